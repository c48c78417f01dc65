//! Making foreign text harmless inside HTML, SVG and an embedded script.
//!
//! Names and sentences come from claims data: none of them may become markup.

use std::fmt;

/// Text that is safe between tags and inside quoted attributes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(position) = rest.find(['&', '<', '>', '"', '\'']) {
            let (before, from) = rest.split_at(position);
            f.write_str(before)?;
            let mut letters = from.chars();
            f.write_str(match letters.next() {
                Some('&') => "&amp;",
                Some('<') => "&lt;",
                Some('>') => "&gt;",
                Some('"') => "&quot;",
                _ => "&#39;",
            })?;
            rest = letters.as_str();
        }
        f.write_str(rest)
    }
}

/// JSON that is safe inside `<script>`: no `</script>`, no `<!--`, no line separators of old JavaScript.
/// These characters occur in JSON only inside strings, where the escaped form means the same.
#[must_use]
pub(crate) fn script_safe(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn markup_becomes_text() {
        for (text, expect) in [
            ("<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;"),
            ("阿莫西林（0.25g）", "阿莫西林（0.25g）"),
            ("", ""),
            ("尾<", "尾&lt;"),
        ] {
            assert_eq!(Escaped(text).to_string(), expect);
        }
    }

    proptest! {
        #[test]
        fn a_script_cannot_be_left_and_means_the_same(text in ".*(</script>|<!--|\u{2028})?.*") {
            let json = serde_json::to_string(&text).unwrap();
            let safe = script_safe(&json);
            let found = safe.contains(['<', '>', '&', '\u{2028}']);
            prop_assert!(!found, "{}", safe);
            prop_assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
        }
    }
}

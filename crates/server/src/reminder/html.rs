//! Text in HTML and in addresses.

/// Text that can stand in an element or a quoted attribute.
pub fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(character),
        }
    }
    out
}

/// What remains of ids in an address: letters, digits and commas.
pub fn in_address(ids: &str) -> String {
    ids.chars().filter(|character| character.is_ascii_alphanumeric() || *character == ',').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_hospitals_write_becomes_markup() {
        assert_eq!(text("<b>\"5&6\"'"), "&lt;b&gt;&quot;5&amp;6&quot;&#39;");
        assert_eq!(in_address("JR1,JR2\r\nSet-Cookie: x=1"), "JR1,JR2SetCookiex1");
    }
}

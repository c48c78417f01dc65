//! One spelling for texts that look alike.
//!
//! Official sheets mix full and half width, brackets of both kinds, stray spaces, several dashes, and
//! radicals that only look like characters. [`fold`] brings them together *for matching*; what is
//! shown and stored stays as published.

use unicode_normalization::UnicodeNormalization;

/// The text, folded: NFKC (which also unifies the Kangxi radicals of U+2F00), the radicals that
/// NFKC leaves alone, dashes to `-`, curly quotes to straight ones; white space dropped.
#[must_use]
pub fn fold(text: &str) -> String {
    text.nfkc().filter(|letter| !letter.is_whitespace()).map(unify).collect()
}

/// Look-alikes that NFKC keeps apart: the CJK radicals supplement (U+2E80) and dashes.
fn unify(letter: char) -> char {
    match letter {
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '﹣' => '-',
        '〜' | '∼' => '~',
        '“' | '”' => '"',
        '⺟' => '母',
        '⺠' => '民',
        '⺼' => '肉',
        '⻄' => '西',
        '⻅' => '见',
        '⻆' => '角',
        '⻉' => '贝',
        '⻋' => '车',
        '⻓' => '长',
        '⻔' => '门',
        '⻘' => '青',
        '⻚' => '页',
        '⻛' => '风',
        '⻜' => '飞',
        '⻝' => '食',
        '⻢' => '马',
        '⻣' => '骨',
        '⻤' => '鬼',
        '⻥' => '鱼',
        '⻦' => '鸟',
        '⻨' => '麦',
        '⻩' => '黄',
        '⻬' => '齐',
        '⻮' => '齿',
        '⻰' => '龙',
        '⻳' => '龟',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_fold_together() {
        for (text, expect) in [
            ("⽉⽇⼩⼉", "月日小儿"),
            ("（18AA－Ⅱ）", "(18AA-II)"),
            ("⻛⻢⽜", "风马牛"),
            ("３ ～ 12　岁", "3~12岁"),
            ("“肠内”，", "\"肠内\","),
        ] {
            assert_eq!(fold(text), expect, "{text}");
        }
    }
}

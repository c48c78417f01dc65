//! One spelling for names that mean the same.
//!
//! Names of drugs and services reach us from PDFs, Excel sheets and hospital systems, where one
//! name is spelt with full or half-width brackets, with radicals that only look like characters,
//! with stray spaces. [`normalise`] gives all of them one form, for comparing only: what is shown
//! is always the original. It never drops a word or a digit, so two different drugs stay two.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// The comparing form of a name: NFKC (folds width, Kangxi radicals, Roman and circled numerals),
/// radicals of the supplement block, one bracket, one list separator, one dash, no white space,
/// Latin letters in lower case.
#[must_use]
pub fn normalise(name: &str) -> String {
    // Radicals of the supplement come before NFKC, which leaves most of them alone.
    let folded = name.chars().map(whole_character).nfkc();
    let mut normal = String::with_capacity(name.len());
    for character in folded {
        match character {
            '[' | '【' | '〔' | '〖' | '{' | '〘' => normal.push('('),
            ']' | '】' | '〕' | '〗' | '}' | '〙' => normal.push(')'),
            ',' | '、' | ';' => normal.push(','),
            '~' | '〜' | '∼' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => normal.push('-'),
            '•' | '・' | '‧' | '∙' => normal.push('·'),
            _ if character.is_whitespace() || character.is_control() || is_invisible(character) => {}
            _ => normal.extend(character.to_lowercase()),
        }
    }
    // What was dropped may have stood between a letter and its accent: join them.
    match is_nfkc_quick(normal.chars()) {
        IsNormalized::Yes => normal,
        _ => normal.nfkc().collect(),
    }
}

/// Zero-width characters, soft hyphens and byte order marks: left behind by copying from PDFs.
const fn is_invisible(character: char) -> bool {
    matches!(character, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

/// The character that a radical of U+2E80–U+2EF3 stands for in running text. Only pairs whose glyphs
/// are the same character are listed; a radical with several readings stays as it is.
const fn whole_character(radical: char) -> char {
    match radical {
        '⺁' => '厂',
        '⺅' => '亻',
        '⺇' => '几',
        '⺉' => '刂',
        '⺊' => '卜',
        '⺎' => '兀',
        '⺒' => '巳',
        '⺓' => '幺',
        '⺖' => '忄',
        '⺘' => '扌',
        '⺙' => '攵',
        '⺝' => '月',
        '⺟' => '母',
        '⺠' => '民',
        '⺡' => '氵',
        '⺢' => '氺',
        '⺣' => '灬',
        '⺤' => '爫',
        '⺦' => '丬',
        '⺨' => '犭',
        '⺫' => '罒',
        '⺭' => '礻',
        '⺮' => '竹',
        '⺰' => '纟',
        '⺶' => '羊',
        '⺹' => '耂',
        '⺻' => '聿',
        '⺾' | '⺿' | '⻀' => '艹',
        '⻁' => '虎',
        '⻂' => '衤',
        '⻃' => '覀',
        '⻄' => '西',
        '⻅' => '见',
        '⻆' => '角',
        '⻈' => '讠',
        '⻉' => '贝',
        '⻋' => '车',
        '⻌' | '⻍' | '⻎' => '辶',
        '⻏' | '⻖' => '阝',
        '⻐' => '钅',
        '⻓' => '长',
        '⻔' => '门',
        '⻗' => '雨',
        '⻘' => '青',
        '⻙' => '韦',
        '⻚' => '页',
        '⻛' => '风',
        '⻜' => '飞',
        '⻝' => '食',
        '⻠' => '饣',
        '⻢' => '马',
        '⻣' => '骨',
        '⻤' => '鬼',
        '⻥' => '鱼',
        '⻦' => '鸟',
        '⻧' => '卤',
        '⻨' => '麦',
        '⻩' => '黄',
        '⻪' => '黾',
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
    use proptest::prelude::*;

    fn check(name: &str, expect: &str) {
        assert_eq!(normalise(name), expect, "{name:?}");
    }

    #[test]
    fn spellings_of_one_name_meet() {
        // The traps of the published attachments: look-alike radicals, mixed brackets and commas.
        check("\u{2F09}童", "儿童");
        check("\u{2F3C}\u{2F8E}", "心血");
        check("\u{2EC4}药", "西药");
        check("青\u{2ED8}\u{2EE9}连", "青青黄连");
        check("\u{2ECB}前\u{2EA0}\u{2EE2}", "车前民马");
        check("\u{2EB3}", "\u{2EB3}");
        check("复方氨基酸注射液（18AA）", "复方氨基酸注射液(18aa)");
        check("复方氨基酸注射液(１８ＡＡ)", "复方氨基酸注射液(18aa)");
        check("【注射】〔用〕［水］", "(注射)(用)(水)");
        check("奥美拉唑碳酸氢钠胶囊 ( Ⅱ )", "奥美拉唑碳酸氢钠胶囊(ii)");
        check("Ⅰ级护理", "i级护理");
        check("留置针、肝素帽，三通；贴膜;管,套", "留置针,肝素帽,三通,贴膜,管,套");
        check("12～18岁", "12-18岁");
        check("12—18岁", "12-18岁");
        check("12–18岁", "12-18岁");
        check("12~18岁", "12-18岁");
        check(" \u{FEFF}头孢\u{3000}克\u{200B}肟\n", "头孢克肟");
        check("ＣＴ平扫", "ct平扫");
        check("i´", "í");
    }

    #[test]
    fn different_names_stay_different() {
        for (one, other) in [("胺碘酮片", "胺碘酮"), ("15AA", "18AA"), ("阿糖腺苷", "阿糖胞苷"), ("A+B", "A-B")]
        {
            assert_ne!(normalise(one), normalise(other), "{one} / {other}");
        }
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(name in "[\\PC\u{2E80}-\u{2FDF}（）～、；Ⅰ-Ⅻ]{0,24}") {
            let once = normalise(&name);
            prop_assert_eq!(normalise(&once), once);
        }
    }
}

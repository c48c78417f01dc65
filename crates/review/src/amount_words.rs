//! 大写: an amount as documents write it, so that no figure can be added to (支付结算办法 附一, 正确填写票据和结算凭证的基本规定).

use model::Fen;

const DIGITS: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
const PLACES: [&str; 4] = ["", "拾", "佰", "仟"];
const GROUPS: [&str; 5] = ["", "万", "亿", "万亿", "亿亿"];

/// An amount in words: 1,680.32 yuan is 壹仟陆佰捌拾元零叁角贰分, 107,000.53 is 壹拾万柒仟元零伍角叁分.
#[must_use]
pub fn amount_in_words(amount: Fen) -> String {
    let fen = amount.0.unsigned_abs();
    let (yuan, jiao, cent) = (fen / 100, fen / 10 % 10, fen % 10);
    let mut text = String::new();
    if amount.0 < 0 {
        text.push('负');
    }
    if yuan > 0 || fen == 0 {
        text.push_str(&whole(yuan));
        text.push('元');
    }
    match (jiao, cent) {
        (0, 0) => text.push('整'),
        (0, cent) => {
            if yuan > 0 {
                text.push('零');
            }
            text.push_str(digit(cent));
            text.push('分');
        }
        (jiao, cent) => {
            // A yuan figure that ends in nothing is followed by 零, so that nothing fits between.
            if yuan > 0 && yuan % 10 == 0 {
                text.push('零');
            }
            text.push_str(digit(jiao));
            text.push('角');
            if cent > 0 {
                text.push_str(digit(cent));
                text.push('分');
            } else {
                text.push('整');
            }
        }
    }
    text
}

fn digit(value: u64) -> &'static str {
    usize::try_from(value).ok().and_then(|value| DIGITS.get(value)).copied().unwrap_or("零")
}

/// A whole number: groups of four from the left; nothing in between is one 零.
fn whole(value: u64) -> String {
    if value == 0 {
        return "零".to_owned();
    }
    let mut text = String::new();
    let mut gap = false;
    for group in (0..5_u32).rev() {
        let part = value / 10_000_u64.pow(group) % 10_000;
        if part == 0 {
            gap = !text.is_empty();
            continue;
        }
        for place in (0..4_u32).rev() {
            let figure = part / 10_u64.pow(place) % 10;
            if figure == 0 {
                gap |= !text.is_empty();
                continue;
            }
            if gap {
                text.push('零');
                gap = false;
            }
            text.push_str(digit(figure));
            text.push_str(PLACES.get(place as usize).copied().unwrap_or_default());
        }
        text.push_str(GROUPS.get(group as usize).copied().unwrap_or_default());
        // What a group ends in is said by its name.
        gap = false;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The first eight are the regulation's own examples or close to them.
    #[test]
    fn amounts_are_written_as_documents_write_them() {
        for (fen, words) in [
            (140_950, "壹仟肆佰零玖元伍角整"),
            (600_714, "陆仟零柒元壹角肆分"),
            (168_032, "壹仟陆佰捌拾元零叁角贰分"),
            (10_700_053, "壹拾万柒仟元零伍角叁分"),
            (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
            (32_504, "叁佰贰拾伍元零肆分"),
            (0, "零元整"),
            (100, "壹元整"),
            (5, "伍分"),
            (50, "伍角整"),
            (1_000, "壹拾元整"),
            (10_000_100, "壹拾万零壹元整"),
            (10_000_000_000, "壹亿元整"),
            (10_000_000_001, "壹亿元零壹分"),
            (10_001_000_000, "壹亿零壹万元整"),
            (-32_504, "负叁佰贰拾伍元零肆分"),
            (100_000_000_000_000, "壹万亿元整"),
        ] {
            assert_eq!(amount_in_words(Fen(fen)), words, "{fen}");
        }
    }

    /// Reads the words back by a grammar of its own.
    fn read(words: &str) -> i64 {
        let figure = |letter: char| DIGITS.iter().position(|digit| digit.starts_with(letter)).map(|value| value as i64);
        let (mut total, mut section, mut last) = (0_i64, 0_i64, 0_i64);
        for letter in words.chars() {
            match letter {
                '拾' => (section, last) = (section + last * 10, 0),
                '佰' => (section, last) = (section + last * 100, 0),
                '仟' => (section, last) = (section + last * 1_000, 0),
                '万' => (total, section, last) = (total + (section + last) * 10_000, 0, 0),
                '亿' => (total, section, last) = ((total + section + last) * 100_000_000, 0, 0),
                '元' => (total, section, last) = ((total + section + last) * 100, 0, 0),
                '角' => (total, last) = (total + last * 10, 0),
                '分' => (total, last) = (total + last, 0),
                '整' => {}
                other => last = figure(other).unwrap_or(0),
            }
        }
        total
    }

    proptest! {
        #[test]
        fn words_read_back(fen in 0_i64..100_000_000_000_000) {
            let words = amount_in_words(Fen(fen));
            prop_assert_eq!(read(&words), fen, "{}", words);
            prop_assert!(!words.contains("零零"), "{}", words);
        }
    }
}

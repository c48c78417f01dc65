//! Age windows in official texts.
//!
//! Owns: «2岁至11岁», «3-12岁», «5至12岁以下», «12至<18岁», «3岁及3岁以上», «≥2岁», «未满14周岁», «1月以上婴儿»,
//! «28日龄以下». Refuses: a bare number of years, durations («14天», «72小时»), doses, grades.
//!
//! An end that is named as part of a range is lived through: «3-12岁» is `3y..13y`, for a child of
//! twelve and a half is twelve. «以下» behind a range excludes its number («5至12岁以下», catalogue
//! usage); standing alone it includes it (Civil Code article 1259). In doubt the wider reading holds: a
//! limit must never be narrower than its text.

use crate::predicate::{AgeBound, AgeUnit, AgeWindow};

/// One window of a text; an open end is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextWindow {
    /// Youngest allowed age
    pub from: Option<AgeBound>,
    /// First age not allowed
    pub until: Option<AgeBound>,
}

/// Every age window of a folded text, in reading order.
#[must_use]
pub fn windows(folded: &str) -> Vec<TextWindow> {
    let letters: Vec<char> = folded.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        match window_at(&letters, at) {
            Some((window, next)) => {
                found.push(window);
                at = next;
            }
            None => at += 1 + digits_behind(&letters, at),
        }
    }
    found
}

/// The narrowest single window that holds all of them; `None` when there is none, or it holds everyone.
#[must_use]
pub fn hull(windows: &[TextWindow]) -> Option<TextWindow> {
    let (&first, rest) = windows.split_first()?;
    let hull = rest.iter().fold(first, |hull, window| TextWindow {
        from: hull.from.zip(window.from).map(|(a, b)| if days(b) < days(a) { b } else { a }),
        until: hull.until.zip(window.until).map(|(a, b)| if days(b) > days(a) { b } else { a }),
    });
    (hull.from.is_some() || hull.until.is_some()).then_some(hull)
}

/// A window of a children's text: where no upper end is named, childhood ends it.
#[must_use]
pub const fn of_children(window: TextWindow) -> AgeWindow {
    match window {
        TextWindow { from: Some(from), until: None } => AgeWindow::ChildFrom(from),
        TextWindow { from, until } => AgeWindow::Between { from, until },
    }
}

/// About how many days, to compare bounds of different units.
pub const fn days(bound: AgeBound) -> i32 {
    match bound.unit {
        AgeUnit::Years => bound.value * 365,
        AgeUnit::Months => bound.value * 30,
        AgeUnit::Days => bound.value,
    }
}

/// After a digit that begins nothing, the rest of its number begins nothing either.
fn digits_behind(letters: &[char], at: usize) -> usize {
    letters.iter().skip(at).take_while(|letter| letter.is_ascii_digit()).count().saturating_sub(1)
}

const LOWER_BEFORE: [&str; 6] = ["≥", ">=", "大于等于", "大于", ">", "年满"];
const UPPER_BEFORE: [&str; 4] = ["<", "未满", "不满", "小于"];
const UPPER_WITH: [&str; 3] = ["≤", "<=", "小于等于"];
const SEPARATORS: [&str; 7] = ["至", "到", "~", "-", "—", "～", "–"];

fn window_at(letters: &[char], at: usize) -> Option<(TextWindow, usize)> {
    let start = Scan { letters, at };
    if let Some(scan) = start.past_any(&UPPER_WITH) {
        let (bound, end) = scan.age()?;
        return end.of_people(bound, |bound| TextWindow { from: None, until: Some(after(bound)) });
    }
    if let Some(scan) = start.past_any(&UPPER_BEFORE) {
        let (bound, end) = scan.age()?;
        return end.of_people(bound, |bound| TextWindow { from: None, until: Some(bound) });
    }
    if let Some(scan) = start.past_any(&LOWER_BEFORE) {
        let (bound, end) = scan.age()?;
        let end = end.past_any(&["以上", "及以上"]).unwrap_or(end);
        return end.of_people(bound, |bound| TextWindow { from: Some(bound), until: None });
    }
    range(start).or_else(|| single(start))
}

/// «3-12岁», «2岁至11岁», «5至12岁以下», «12至<18岁»
fn range(start: Scan<'_>) -> Option<(TextWindow, usize)> {
    let (value, scan) = start.number()?;
    let (unit, scan) = scan.unit().map_or((None, scan), |(unit, scan)| (Some(unit), scan));
    let scan = scan.past_any(&SEPARATORS)?;
    let (open, scan) = scan.past_any(&UPPER_BEFORE).map_or((false, scan), |scan| (true, scan));
    let (end_value, scan) = scan.number()?;
    let (end_unit, scan) = scan.unit()?;
    let from = bound(value, unit.unwrap_or(end_unit));
    let end = bound(end_value, end_unit);
    let (until, scan) = match scan.past_any(&["及以下"]) {
        Some(scan) => (after(end), scan),
        None => match scan.past_any(&["以下"]) {
            Some(scan) => (end, scan),
            None if open => (end, scan),
            None => (after(end), scan),
        },
    };
    (days(from) < days(until)).then_some(())?;
    scan.of_people(end, |_| TextWindow { from: Some(from), until: Some(until) })
}

/// «3岁及3岁以上», «6岁以上», «11周岁以下»
fn single(start: Scan<'_>) -> Option<(TextWindow, usize)> {
    let (bound, scan) = start.age()?;
    let repeated = scan.past_any(&["及其", "及", "和"]).and_then(Scan::age).filter(|&(again, _)| again == bound);
    let scan = repeated.map_or(scan, |(_, scan)| scan);
    if let Some(scan) = scan.past_any(&["(含)以上", "及以上", "以上"]) {
        return scan.of_people(bound, |bound| TextWindow { from: Some(bound), until: None });
    }
    let scan = scan.past_any(&["(含)以下", "及以下", "以下", "以内"])?;
    scan.of_people(bound, |bound| TextWindow { from: None, until: Some(after(bound)) })
}

const fn bound(value: i32, unit: Unit) -> AgeBound {
    match unit {
        Unit::Years => AgeBound::years(value),
        Unit::Months => AgeBound::months(value),
        Unit::Weeks => AgeBound::days(value * 7),
        Unit::Days => AgeBound::days(value),
    }
}

/// The first age after this one has been lived through.
const fn after(bound: AgeBound) -> AgeBound {
    AgeBound { value: bound.value + 1, unit: bound.unit }
}

#[derive(Clone, Copy)]
enum Unit {
    Years,
    Months,
    Weeks,
    Days,
}

/// Longest first, so that 月龄 is not read as 月.
const UNITS: [(&str, Unit); 12] = [
    ("周岁", Unit::Years),
    ("岁", Unit::Years),
    ("个月龄", Unit::Months),
    ("月龄", Unit::Months),
    ("个月", Unit::Months),
    ("月", Unit::Months),
    ("周龄", Unit::Weeks),
    ("周", Unit::Weeks),
    ("日龄", Unit::Days),
    ("天龄", Unit::Days),
    ("天", Unit::Days),
    ("日", Unit::Days),
];

/// A place in the text. Reading moves it along; failing leaves the caller's copy where it was.
#[derive(Clone, Copy)]
struct Scan<'t> {
    letters: &'t [char],
    at: usize,
}

impl<'t> Scan<'t> {
    fn starts_with(self, word: &str) -> bool {
        let rest = self.letters.get(self.at..).unwrap_or_default();
        word.chars().count() <= rest.len() && word.chars().zip(rest).all(|(a, &b)| a == b)
    }

    fn past_any(self, words: &[&str]) -> Option<Self> {
        let word = words.iter().find(|word| self.starts_with(word))?;
        Some(Self { at: self.at + word.chars().count(), ..self })
    }

    /// A whole number that does not go on before or behind. «1.2岁» in a list is item 1, age 2; «0.5岁»
    /// is half a year and is left alone.
    fn number(self) -> Option<(i32, Self)> {
        let before = |back: usize| self.at.checked_sub(back).and_then(|at| self.letters.get(at)).copied();
        if before(1).is_some_and(|letter| letter.is_ascii_alphanumeric())
            || (before(1) == Some('.') && before(2) == Some('0'))
        {
            return None;
        }
        let digits: String = self.letters.get(self.at..)?.iter().take_while(|letter| letter.is_ascii_digit()).collect();
        if digits.is_empty() || digits.len() > 3 {
            return None;
        }
        Some((digits.parse().ok()?, Self { at: self.at + digits.len(), ..self }))
    }

    fn unit(self) -> Option<(Unit, Self)> {
        let (word, unit) = UNITS.iter().find(|(word, _)| self.starts_with(word))?;
        Some((*unit, Self { at: self.at + word.chars().count(), ..self }))
    }

    fn age(self) -> Option<(AgeBound, Self)> {
        let (value, scan) = self.number()?;
        let (unit, scan) = scan.unit()?;
        Some((bound(value, unit), scan))
    }

    /// Years are always an age here. Months, weeks and days may be a duration, unless 龄 stands in
    /// the window or people of tender age stand right behind it.
    fn of_people(self, bound: AgeBound, window: impl FnOnce(AgeBound) -> TextWindow) -> Option<(TextWindow, usize)> {
        let near = |from: usize, to: usize, words: &[char]| {
            self.letters
                .get(from..to.min(self.letters.len()))
                .is_some_and(|part| part.iter().any(|l| words.contains(l)))
        };
        let young = bound.unit == AgeUnit::Years
            || near(self.at.saturating_sub(8), self.at, &['龄'])
            || near(self.at, self.at + 4, &['婴', '儿', '幼', '患']);
        young.then(|| (window(bound), self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold;
    use proptest::prelude::*;

    fn check(text: &str, expect: &[&str]) {
        let found: Vec<String> = windows(&fold(text))
            .into_iter()
            .map(|w| AgeWindow::Between { from: w.from, until: w.until }.to_string())
            .collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn ages_are_read_from_texts() {
        check("限2岁至11岁儿童慢性便秘。", &["2y..12y"]);
        check("限3-12岁特发性或先天性肺动脉高压患者。", &["3y..13y"]);
        check("限5至12岁以下单纯性甲型和乙型流感儿童患者。", &["5y..12y"]);
        check("限6-17岁儿童和青少年的注意缺陷多动障碍(ADHD)。", &["6y..18y"]);
        check("限３～１２岁", &["3y..13y"]);
        check("限：1.1岁至14岁儿童哮喘；2.2岁至14岁儿童鼻炎。", &["1y..15y", "2y..15y"]);
        check("限3岁及3岁以上伴有症状的儿童患者。", &["3y.."]);
        check("限3岁及以上儿童", &["3y.."]);
        check("成人、青少年和≥2 岁儿童", &["2y.."]);
        check("2岁至<18岁慢性HBV感染", &["2y..18y"]);
        check("12至＜18岁青少年", &["12y..18y"]);
        check("适用于接受肠外营养的11周岁以下患者", &["..12y"]);
        check("未满14周岁", &["..14y"]);
        check("用于1月以上婴儿和儿童的急性腹泻", &["1m.."]);
        check("限3月龄及以上的轻度至中度特应性皮炎患者。", &["3m.."]);
        check("4.1月龄至18岁患者的囊性纤维化相关肝病", &["1m..19y"]);
        check("28日龄以下新生儿", &["..29d"]);
        check("6个月及以上且体重≥6kg的儿童受者", &[]);
    }

    #[test]
    fn doses_durations_and_grades_are_no_ages() {
        for text in [
            "单次最多支付14天。",
            "发作72小时内开始使用，支付不超过20天。",
            "支付不超过12个月：1.HER2阳性",
            "每次1～2片，一日3次，疗程3至6天。",
            "轻、中度，NYHA Ⅱ-Ⅳ级，LVEF≤40%",
            "体重≥6 kg，0.5岁剂量减半，5-10mg",
            "复方氨基酸注射液(18AA-Ⅱ)",
            "接受内分泌治疗最长不超过 3 个月。",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn the_hull_is_never_narrower_than_its_windows() {
        let read = |text: &str| hull(&windows(text)).map(|w| of_children(w).to_string());
        assert_eq!(read("1岁至14岁;2岁至16岁").as_deref(), Some("1y..17y"));
        assert_eq!(read("6月龄至2岁;3岁以上").as_deref(), Some("6m..child"));
        assert_eq!(read("3岁以上;5岁以下").as_deref(), None);
        assert_eq!(read("儿童").as_deref(), None);
    }

    proptest! {
        #[test]
        fn every_range_holds_both_its_ends(from in 0_i32..15, width in 1_i32..10) {
            let text = format!("限{from}-{}岁儿童", from + width);
            let expect = TextWindow { from: Some(AgeBound::years(from)), until: Some(AgeBound::years(from + width + 1)) };
            prop_assert_eq!(windows(&text), vec![expect]);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[0-9岁至月龄以上下<≥.~-]{0,16}") {
            let _ = windows(&text);
        }
    }
}

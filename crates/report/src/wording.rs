//! How figures and coded words are shown to people: yuan, 万元, percent, labels.
//!
//! Everything is integer arithmetic; a share that is shown rounded is never added up again.

use model::{Day, Fen};

/// `1,234,567`
#[must_use]
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1,234,567.89`, exact.
#[must_use]
pub(crate) fn yuan(amount: Fen) -> String {
    let magnitude = amount.0.unsigned_abs();
    let sign = if amount.0 < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", count(magnitude / 100), magnitude % 100)
}

/// For a glance: `812.50 元`, `123.46 万元`, `3.20 亿元`; rounded half up.
#[must_use]
pub(crate) fn money(amount: Fen) -> String {
    let (number, unit) = money_parts(amount);
    format!("{number} {unit}")
}

/// The number and the unit of [`money`].
#[must_use]
pub(crate) fn money_parts(amount: Fen) -> (String, &'static str) {
    let magnitude = amount.0.unsigned_abs();
    let (fen_a_hundredth, unit) = match magnitude {
        0..1_000_000 => (1, "元"),
        1_000_000..10_000_000_000 => (10_000, "万元"),
        _ => (100_000_000, "亿元"),
    };
    let hundredths = (magnitude + fen_a_hundredth / 2) / fen_a_hundredth;
    let sign = if amount.0 < 0 { "-" } else { "" };
    (format!("{sign}{}.{:02}", count(hundredths / 100), hundredths % 100), unit)
}

/// For the title of a shown amount: `123,456,700 分（1,234,567.00 元）`.
#[must_use]
pub(crate) fn exact(amount: Fen) -> String {
    let sign = if amount.0 < 0 { "-" } else { "" };
    format!("{} 元（{sign}{} 分）", yuan(amount), count(amount.0.unsigned_abs()))
}

/// A change for a glance, with its sign: `+1.20 万元`, `-300.00 元`, `0.00 元`.
#[must_use]
pub(crate) fn change(amount: Fen) -> String {
    let sign = if amount.0 > 0 { "+" } else { "" };
    format!("{sign}{}", money(amount))
}

/// A change as a share of what was before, with its sign: `+1.25%`; `—` when there was nothing.
#[must_use]
pub(crate) fn change_percent(amount: Fen, before: Fen) -> String {
    if before.0 <= 0 {
        return "—".into();
    }
    let sign = if amount.0 > 0 { "+" } else { "" };
    format!("{sign}{}", percent_of_ppm(Ratio::of_money(amount, before).ppm()))
}

/// Two non-negative numbers whose ratio is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ratio {
    pub(crate) part: i64,
    pub(crate) whole: i64,
}

impl Ratio {
    pub(crate) const fn of_money(part: Fen, whole: Fen) -> Self {
        Self { part: part.0, whole: whole.0 }
    }

    pub(crate) fn of_counts(part: u64, whole: u64) -> Self {
        Self { part: signed(part), whole: signed(whole) }
    }

    /// Parts per million, rounded half up; zero of nothing is zero.
    #[must_use]
    pub(crate) fn ppm(self) -> i64 {
        if self.whole <= 0 {
            return 0;
        }
        let (part, whole) = (i128::from(self.part), i128::from(self.whole));
        i64::try_from((part * 1_000_000 * 2 + whole).div_euclid(whole * 2)).unwrap_or(i64::MAX)
    }

    /// `12.34%`, or `—` of nothing. What is above zero never shows as zero.
    #[must_use]
    pub(crate) fn percent(self) -> String {
        if self.whole <= 0 {
            return "—".into();
        }
        let ppm = self.ppm();
        if self.part > 0 && ppm < 50 {
            return "<0.01%".into();
        }
        percent_of_ppm(ppm)
    }
}

/// `12.34%` of parts per million.
#[must_use]
pub(crate) fn percent_of_ppm(ppm: i64) -> String {
    let sign = if ppm < 0 { "-" } else { "" };
    let hundredths = (ppm.unsigned_abs() + 50) / 100;
    format!("{sign}{}.{:02}%", hundredths / 100, hundredths % 100)
}

/// A count as a signed number, for geometry and ratios.
#[must_use]
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Milliseconds as `850 毫秒`, `12.3 秒`, `3 分 20 秒`.
#[must_use]
pub(crate) fn duration(elapsed_ms: u64) -> String {
    match elapsed_ms {
        0..1_000 => format!("{elapsed_ms} 毫秒"),
        1_000..60_000 => format!("{}.{} 秒", elapsed_ms / 1_000, elapsed_ms % 1_000 / 100),
        _ => format!("{} 分 {} 秒", elapsed_ms / 60_000, elapsed_ms % 60_000 / 1_000),
    }
}

/// The period audited, its last day included.
#[must_use]
pub(crate) fn period(from: Option<Day>, until: Option<Day>) -> String {
    let last = until.map(|day| day.plus(-1));
    match (from, last) {
        (Some(from), Some(last)) => format!("{from} 至 {last}"),
        (Some(from), None) => format!("{from} 起"),
        (None, Some(last)) => format!("至 {last}"),
        (None, None) => "全部数据".into(),
    }
}

/// 政策类 …; a word we do not know is shown as it is.
#[must_use]
pub(crate) fn category(word: &str) -> &str {
    match word {
        "policy" => "政策类",
        "management" => "管理类",
        "medical" => "医疗类",
        other => other,
    }
}

/// Why a rule did not run, in a word: one that is ready lacked data.
#[must_use]
pub(crate) fn status(word: &str) -> &str {
    match word {
        "running" => "缺少数据",
        "planned" => "待实现",
        "needs-local-data" => "待本地数据",
        "shadow" => "试运行",
        "retired" => "已停用",
        other => other,
    }
}

/// 明细 …
#[must_use]
pub(crate) fn grain(word: &str) -> &str {
    match word {
        "line" => "明细",
        "visit" => "就诊",
        "person" | "person-history" => "人员历史",
        "institution" => "机构",
        "doctor" => "医师",
        other => other,
    }
}

/// The Chinese name of a table of the contract.
#[must_use]
pub(crate) fn table(word: &str) -> &str {
    match word {
        "persons" => "参保人",
        "institutions" => "定点机构",
        "staff" => "医师药师",
        "stock" => "进销存",
        "visits" => "就诊结算",
        "diagnoses" => "诊断",
        "procedures" => "手术操作",
        "charge_lines" => "费用明细",
        _ => "其他表",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i2_money_is_shown_exactly_or_rounded_half_up() {
        for (fen, exact_yuan, glance) in [
            (0, "0.00", "0.00 元"),
            (5, "0.05", "0.05 元"),
            (999_999, "9,999.99", "9,999.99 元"),
            (1_000_000, "10,000.00", "1.00 万元"),
            (1_005_000, "10,050.00", "1.01 万元"),
            (123_456_789, "1,234,567.89", "123.46 万元"),
            (10_000_000_000, "100,000,000.00", "1.00 亿元"),
            (-1_234_567, "-12,345.67", "-1.23 万元"),
        ] {
            assert_eq!((yuan(Fen(fen)).as_str(), money(Fen(fen)).as_str()), (exact_yuan, glance), "{fen}");
        }
    }

    #[test]
    fn shares_are_rounded_and_never_vanish() {
        for (part, whole, expect) in [
            (1, 3, "33.33%"),
            (0, 5, "0.00%"),
            (1, 0, "—"),
            (1, 10_000_000, "<0.01%"),
            (2, 3, "66.67%"),
            (7, 7, "100.00%"),
        ] {
            assert_eq!(Ratio { part, whole }.percent(), expect, "{part}/{whole}");
        }
    }

    #[test]
    fn counts_are_grouped_by_three() {
        for (number, expect) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_048_575, "1,048,575")] {
            assert_eq!(count(number), expect);
        }
    }
}

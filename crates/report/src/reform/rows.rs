//! The rows that page, tables and summary share.

use super::ReformReport;
use benefit::Fund;
use model::Fen;
use simulation::{BUCKETS, Dimension, GroupKey, Sums};

/// What one fund pays under both laws.
pub(super) struct FundRow {
    pub(super) word: &'static str,
    pub(super) title: &'static str,
    pub(super) before: Fen,
    pub(super) after: Fen,
}

/// An institution with its sums.
pub(super) struct InstitutionRow<'a> {
    pub(super) code: &'a str,
    pub(super) name: &'a str,
    pub(super) level: &'static str,
    pub(super) sums: Sums,
}

impl ReformReport<'_> {
    /// Funds that pay under either law.
    pub(super) fn funds(&self) -> Vec<FundRow> {
        let rows = Fund::ALL.iter().zip(&self.effects.funds).filter(|(_, sums)| sums.before != 0 || sums.after != 0);
        rows.map(|(fund, sums)| FundRow {
            word: fund.name(),
            title: fund.title(),
            before: Fen(sums.before),
            after: Fen(sums.after),
        })
        .collect()
    }

    /// Groups in the order of showing.
    pub(super) fn groups(&self) -> impl Iterator<Item = (GroupKey, &Sums)> {
        let of = |dimension| self.effects.groups.iter().filter(move |(key, _)| key.dimension == dimension);
        Dimension::ALL.into_iter().flat_map(of).map(|(key, sums)| (*key, sums))
    }

    /// Institutions, the greatest change first.
    pub(super) fn institution_rows(&self) -> Vec<InstitutionRow<'_>> {
        let row = |(index, sums): (&u32, &Sums)| {
            let known = self.institutions.get(*index as usize);
            InstitutionRow {
                code: known.map_or("", |one| &one.code),
                name: known.map_or("（机构表中没有）", |one| &one.name),
                level: known.map_or("", |one| if one.pharmacy { "药店" } else { one.level.label() }),
                sums: *sums,
            }
        };
        let mut rows: Vec<InstitutionRow<'_>> = self.effects.institutions.iter().map(row).collect();
        rows.sort_by(|a, b| (b.sums.change().abs(), a.code).cmp(&(a.sums.change().abs(), b.code)));
        rows
    }
}

/// The name of a class of change in personal burden, in yuan.
pub(super) fn class_name(class: usize) -> String {
    let yuan = |fen: i64| (fen.abs() / 100).to_string();
    let bound = |at: usize| BUCKETS.get(at).copied();
    match (class.checked_sub(1).and_then(bound), bound(class)) {
        (_, Some(0)) => "不变".to_owned(),
        (None, Some(upper)) => format!("少付 {} 以上", yuan(upper)),
        (Some(lower), Some(-1)) => format!("少付 0–{}", yuan(lower)),
        (Some(lower), Some(upper)) if upper < 0 => format!("少付 {}–{}", yuan(upper), yuan(lower)),
        (Some(lower), Some(upper)) => format!("多付 {}–{}", yuan(lower), yuan(upper)),
        (Some(lower), None) => format!("多付 {} 以上", yuan(lower)),
        (None, None) => String::new(),
    }
}

/// `202507` as `2025-07`.
pub(super) fn month_name(key: u32) -> String {
    format!("{:04}-{:02}", key / 100, key % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_have_names_in_order() {
        let names: Vec<String> = (0..=BUCKETS.len()).map(class_name).collect();
        assert_eq!(names.first().map(String::as_str), Some("少付 10000 以上"));
        assert_eq!(names.get(1).map(String::as_str), Some("少付 5000–10000"));
        assert_eq!(names.get(5).map(String::as_str), Some("少付 0–100"));
        assert_eq!(names.get(6).map(String::as_str), Some("不变"));
        assert_eq!(names.get(7).map(String::as_str), Some("多付 0–100"));
        assert_eq!(names.last().map(String::as_str), Some("多付 10000 以上"));
        assert_eq!(month_name(202_507), "2025-07");
    }
}

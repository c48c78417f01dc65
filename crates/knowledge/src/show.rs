//! What the library says of one item, in full: for `yibao knowledge show ITEM_CODE [--on DAY]`.

use crate::class::class_of;
use crate::point::{Knowledge, Point, PointKind, Source, Status};
use model::{Day, Span};
use std::fmt;

/// One point, with every text behind its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointDetails {
    /// Its id
    pub id: String,
    /// Its rule
    pub rule_id: String,
    /// The class in Chinese; the rule id where it has no official name
    pub rule_name: String,
    /// What it speaks of
    pub kind: PointKind,
    /// Item name as published
    pub name: String,
    /// The limit as published
    pub text: String,
    /// The detection logic as published
    pub logic: String,
    /// What must hold, in the predicate language
    pub predicate: String,
    /// Whether claims can decide it
    pub status: Status,
    /// When it judges
    pub valid: Span,
    /// Batch tag
    pub batch: String,
    /// When it was published
    pub published_on: Option<Day>,
    /// The point it replaces; empty when none
    pub supersedes: String,
    /// The points that replace it
    pub superseded_by: Vec<String>,
    /// Attachment and row, or document and article
    pub basis: String,
    /// Where it comes from
    pub source: Source,
    /// The codes it speaks of
    pub codes: Vec<String>,
    /// The other side of a pair
    pub partners: Vec<String>,
    /// Whether the item asked for is the other side
    pub asked_as_partner: bool,
}

impl Knowledge {
    /// Every point that names this code, on one side or the other; on a day, those in force on it.
    /// Diagnosis points are found by prefix.
    #[must_use]
    pub fn points_of_item(&self, code: &str, on: Option<Day>) -> Vec<PointDetails> {
        let mut found: Vec<PointDetails> = Vec::new();
        for point in self.points.iter().filter(|point| on.is_none_or(|day| point.valid.contains(day))) {
            let is_it = |known: &str| {
                known == code || (point.kind == PointKind::Diagnosis && !known.is_empty() && code.starts_with(known))
            };
            let subject = self.subjects_of(point).any(is_it);
            if subject || self.partners_of(point).any(is_it) {
                found.push(PointDetails { asked_as_partner: !subject, ..self.details(point) });
            }
        }
        found
    }

    /// A point, with every text behind its names.
    #[must_use]
    pub fn details(&self, point: &Point) -> PointDetails {
        let text = |name| self.text(name).to_owned();
        let id = self.text(point.id);
        let replaces_it = |other: &&Point| self.text(other.supersedes).split(';').any(|old| old == id);
        PointDetails {
            id: id.to_owned(),
            rule_id: text(point.rule_id),
            rule_name: class_of(self.text(point.rule_id))
                .map_or_else(|| text(point.rule_id), |class| class.name.to_owned()),
            kind: point.kind,
            name: text(point.name),
            text: text(point.text),
            logic: text(point.logic),
            predicate: point.predicate.to_string(),
            status: point.status,
            valid: point.valid,
            batch: text(point.batch),
            published_on: point.published_on,
            supersedes: text(point.supersedes),
            superseded_by: self.points.iter().filter(replaces_it).map(|other| text(other.id)).collect(),
            basis: text(point.basis),
            source: point.source,
            codes: self.subjects_of(point).map(str::to_owned).collect(),
            partners: self.partners_of(point).map(str::to_owned).collect(),
            asked_as_partner: false,
        }
    }
}

impl fmt::Display for PointDetails {
    /// A block of lines in Chinese; at most ten codes a side, then how many more.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}  {}（{}）", self.id, self.rule_name, self.rule_id)?;
        let status = match self.status {
            Status::Executable => "可执行".to_owned(),
            Status::TextOnly(reason) => format!("仅文本：{}", reason.label()),
        };
        let until = self.valid.until.map_or_else(|| "至今".to_owned(), |day| format!("至 {day}（不含）"));
        let published = self.published_on.map(|day| day.to_string()).unwrap_or_default();
        for (label, value) in [
            ("对象", format!("{} {}", self.kind.label(), self.name)),
            ("限定", self.text.clone()),
            ("检出逻辑", self.logic.clone()),
            ("条件", self.predicate.clone()),
            ("状态", status),
            ("有效期", format!("{} {until}", self.valid.from)),
            ("依据", self.basis.clone()),
            ("来源", self.source.label().to_owned()),
            ("批次", self.batch.clone()),
            ("公布日", published),
            ("替代", self.supersedes.clone()),
            ("被替代", self.superseded_by.join("、")),
            ("编码", some_of(&self.codes)),
            ("对方编码", some_of(&self.partners)),
        ] {
            if !value.is_empty() {
                writeln!(f, "  {label}：{value}")?;
            }
        }
        if self.asked_as_partner {
            writeln!(f, "  所查编码是这一对中的对方")?;
        }
        Ok(())
    }
}

fn some_of(codes: &[String]) -> String {
    const SHOWN: usize = 10;
    let mut text = codes.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(" ");
    if codes.len() > SHOWN {
        text.push_str(&format!(" … 共 {} 个", codes.len()));
    }
    text
}

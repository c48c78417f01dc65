//! The predicate column, filled for the reviewer.
//!
//! What [`crate::derive`] reads from a text decides money, so it must stand in `points.csv` where a
//! diff shows it. Classes whose parameter is published keep theirs; classes that read their text are
//! read anew, so that a shipped file can be checked against its own derivation.

use crate::class::{Limit, class_of};
use crate::predicate::Predicate;
use crate::table::POINT_COLUMNS;
use crate::text::{Wording, derive};

/// `points.csv` with its predicate column filled. Rows that are not points, and columns that are not
/// known, come back as they are; a predicate that cannot be read is left for [`crate::Knowledge::read`]
/// to report.
///
/// # Errors
/// The table cannot be read as CSV in UTF-8, or lacks a column.
pub fn with_predicates(points_csv: &[u8]) -> Result<String, ReviewError> {
    let points_csv = points_csv.strip_prefix(b"\xef\xbb\xbf").unwrap_or(points_csv);
    let mut reader = csv::Reader::from_reader(points_csv);
    let header = reader.headers()?.clone();
    let place = |name: &'static str| header.iter().position(|column| column == name).ok_or(ReviewError::NoColumn(name));
    for name in POINT_COLUMNS {
        place(name)?;
    }
    let (rule, name, text, logic, predicate) =
        (place("rule_id")?, place("name")?, place("text")?, place("logic")?, place("predicate")?);
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    writer.write_record(&header)?;
    for record in reader.records() {
        let record = record?;
        let field = |place: usize| record.get(place).unwrap_or_default();
        let wording = Wording { rule_id: field(rule), name: field(name), text: field(text), logic: field(logic) };
        let filled = fill(wording, field(predicate));
        writer.write_record(
            record.iter().enumerate().map(|(place, value)| if place == predicate { filled.as_str() } else { value }),
        )?;
    }
    let bytes = writer.into_inner().map_err(|error| ReviewError::Csv(csv::Error::from(error.into_error())))?;
    String::from_utf8(bytes).map_err(|_| ReviewError::NotText)
}

fn fill(wording: Wording<'_>, given: &str) -> String {
    // The sex is published for all but a few rows; where it stands, it is a parameter.
    let published = class_of(wording.rule_id).is_none_or(|class| matches!(class.limit, Limit::Given | Limit::Sex));
    let parameter = if published { given.parse::<Predicate>() } else { Ok(Predicate::default()) };
    parameter.map_or_else(|_| given.to_owned(), |parameter| derive(wording, &parameter).0.to_string())
}

/// Why the table could not be filled.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// No CSV
    #[error("points.csv 无法按 CSV 读取：{0}")]
    Csv(#[from] csv::Error),
    /// A column is missing
    #[error("points.csv 缺少 {0} 列")]
    NoColumn(&'static str),
    /// Not UTF-8
    #[error("points.csv 不是 UTF-8 编码")]
    NotText,
}

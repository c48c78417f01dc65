//! The truth about a generated city: what was planted, for `score` to hold findings against.

use std::io::Write;

use model::{Fen, Quantity};

use crate::draft::MarkKind;
use crate::error::TestkitError;

/// A row of `truth.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TruthRow {
    /// `rule_id`
    pub rule_id: String,
    /// `psn_no`
    pub psn_no: String,
    /// `mdtrt_id`
    pub mdtrt_id: String,
    /// `feedetl_sn`, empty when the visit is at fault
    pub feedetl_sn: String,
    /// `violation` or `look-alike`
    pub kind: MarkKind,
    /// What was planted, in a few Chinese words
    pub dose: String,
    /// The quantity at stake
    pub cnt_over: Quantity,
    /// The money at stake; empty when the rule does not fix it
    pub amount: Option<Fen>,
    /// Where the scene has degrees: `degree=` and how blatant it is, 1 to 3
    pub note: String,
    /// `fixmedins_code` of an institution that is at fault as a whole; then it names neither person nor visit
    pub fixmedins_code: String,
}

/// What stands before the degree in `note`.
pub(crate) const DEGREE_NOTE: &str = "degree=";

/// The columns of `truth.csv`.
pub(crate) const TRUTH_COLUMNS: [&str; 10] =
    ["rule_id", "psn_no", "mdtrt_id", "feedetl_sn", "kind", "dose", "cnt_over", "amount_fen", "note", "fixmedins_code"];

/// Writes `truth.csv`.
pub(crate) struct TruthWriter<W: Write>(csv::Writer<W>);

fn refused(error: csv::Error) -> TestkitError {
    TestkitError::Write(format!("truth.csv：{error}"))
}

impl<W: Write> TruthWriter<W> {
    pub fn new(out: W) -> Result<Self, TestkitError> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(TRUTH_COLUMNS).map_err(refused)?;
        Ok(Self(writer))
    }

    pub fn add(&mut self, row: &TruthRow) -> Result<(), TestkitError> {
        let kind = match row.kind {
            MarkKind::Violation => "violation",
            MarkKind::LookAlike => "look-alike",
        };
        let amount = row.amount.map_or_else(String::new, |amount| amount.0.to_string());
        let over = row.cnt_over.to_string();
        let fields = [
            &row.rule_id,
            &row.psn_no,
            &row.mdtrt_id,
            &row.feedetl_sn,
            kind,
            &row.dose,
            &over,
            &amount,
            &row.note,
            &row.fixmedins_code,
        ];
        self.0.write_record(fields).map_err(refused)
    }

    pub fn finish(mut self) -> Result<(), TestkitError> {
        self.0.flush()?;
        Ok(())
    }
}

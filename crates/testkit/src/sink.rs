//! Where rows go: a claims folder on disk, or memory for oracles and tests.

use std::path::Path;

use lake::{ClaimsWriter, DiagnosisRow, Format, InstitutionRow, LineRow, PersonRow, ProcedureRow, StaffRow, VisitRow};

use crate::error::TestkitError;

/// Takes the rows of a claims folder; lines sorted by person, visit, time and number.
pub trait Sink {
    /// A row of `persons`.
    fn person(&mut self, row: &PersonRow<'_>) -> Result<(), TestkitError>;
    /// A row of `institutions`.
    fn institution(&mut self, row: &InstitutionRow<'_>) -> Result<(), TestkitError>;
    /// A row of `staff`.
    fn staff(&mut self, row: &StaffRow<'_>) -> Result<(), TestkitError>;
    /// A row of `visits`.
    fn visit(&mut self, row: &VisitRow<'_>) -> Result<(), TestkitError>;
    /// A row of `diagnoses`.
    fn diagnosis(&mut self, row: &DiagnosisRow<'_>) -> Result<(), TestkitError>;
    /// A row of `procedures`.
    fn procedure(&mut self, row: &ProcedureRow<'_>) -> Result<(), TestkitError>;
    /// A row of `charge_lines`.
    fn line(&mut self, row: &LineRow<'_>) -> Result<(), TestkitError>;
}

/// Which files a folder gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FolderFormat {
    /// `NAME.parquet`
    #[default]
    Parquet,
    /// `NAME.csv`
    Csv,
    /// The CSV files in the folder `csv/` beside the Parquet ones: a folder has each table once.
    Both,
}

/// A claims folder on disk.
pub(crate) struct FolderSink {
    writers: Vec<ClaimsWriter>,
}

fn refused(error: lake::LakeError) -> TestkitError {
    TestkitError::Write(error.to_string())
}

impl FolderSink {
    pub fn create(folder: &Path, format: FolderFormat) -> Result<Self, TestkitError> {
        let csv = |folder: &Path| ClaimsWriter::create(folder, Format::Csv).map_err(refused);
        let parquet = || ClaimsWriter::create(folder, Format::Parquet).map_err(refused);
        let writers = match format {
            FolderFormat::Csv => vec![csv(folder)?],
            FolderFormat::Parquet => vec![parquet()?],
            FolderFormat::Both => {
                let beside = folder.join("csv");
                std::fs::create_dir_all(&beside)?;
                vec![parquet()?, csv(&beside)?]
            }
        };
        Ok(Self { writers })
    }

    pub fn finish(self) -> Result<(), TestkitError> {
        self.writers.into_iter().try_for_each(|writer| writer.finish().map_err(refused))
    }
}

macro_rules! to_every_writer {
    ($($method:ident($row:ident))*) => {$(
        fn $method(&mut self, row: &$row<'_>) -> Result<(), TestkitError> {
            self.writers.iter_mut().try_for_each(|writer| writer.$method(row).map_err(refused))
        }
    )*};
}

impl Sink for FolderSink {
    to_every_writer! {
        person(PersonRow) institution(InstitutionRow) staff(StaffRow) visit(VisitRow)
        diagnosis(DiagnosisRow) procedure(ProcedureRow) line(LineRow)
    }
}

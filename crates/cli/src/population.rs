//! Rules about institutions and groups as part of an audit: over the lake, or over a lake made for the run of a folder.

use anyhow::Result;
use audit::{Library, Selection};
use lake::{AddOptions, FindingRow, Lake, Restatement, Silent};
use model::{Day, Finding};
use query::{LakeSession, QueryError, SessionOptions, prepare_facts, query_rules, run_queries};
use std::path::{Path, PathBuf};

/// What sorting and grouping of one rule may take: enough for a city of some twenty million lines.
const MEMORY_BYTES: usize = 6 << 30;

/// What the rules with a query said.
#[derive(Debug, Default)]
pub struct Found {
    /// Their findings in the period.
    pub rows: Vec<FindingRow>,
    /// The index of a rule that needed more memory than there is, and the reason in words.
    pub not_run: Vec<(u32, String)>,
}

/// Where the claims of a run are.
pub enum Claims {
    /// A lake.
    Lake(PathBuf),
    /// A folder, and where a lake of it may be made that vanishes with the run.
    Folder(PathBuf, PathBuf),
}

impl Claims {
    /// From what the command line names.
    pub fn of(folder: Option<&Path>, lake: Option<&Path>, scratch: &Path) -> Self {
        match folder {
            Some(folder) => Self::Folder(folder.to_path_buf(), scratch.join("lake")),
            None => Self::Lake(lake.unwrap_or(scratch).to_path_buf()),
        }
    }

    fn session(&self, threads: usize) -> Result<LakeSession> {
        let root = match self {
            Self::Lake(root) => root,
            Self::Folder(folder, root) => {
                let written_by = format!("yibao {}", env!("CARGO_PKG_VERSION"));
                let options =
                    AddOptions { threads, month: None, restatement: Restatement::None, buckets: None, written_by };
                Lake::add(root, folder, &options, &Silent)?;
                root
            }
        };
        Ok(LakeSession::open(root, &SessionOptions { threads, memory_bytes: MEMORY_BYTES })?)
    }
}

/// What the selected rules with a query find in the period.
pub fn find(
    library: &Library,
    selection: &Selection,
    claims: &Claims,
    (from, until): (Option<Day>, Option<Day>),
    threads: usize,
) -> Result<Found> {
    let rules = query_rules(library.rules(), |index| selection.runs(index));
    if rules.is_empty() {
        return Ok(Found::default());
    }
    let session = claims.session(threads)?;
    match prepare_facts(&session, &rules) {
        Err(error @ QueryError::TooLarge(_)) => {
            let not_run = rules.iter().map(|(index, ..)| (*index, error.to_string())).collect();
            return Ok(Found { rows: Vec::new(), not_run });
        }
        done => done?,
    }
    let within = |finding: &Finding| {
        from.is_none_or(|from| finding.occurred_on >= from) && until.is_none_or(|until| finding.occurred_on < until)
    };
    let found = run_queries(&session, &rules)?;
    let findings = found.findings.into_iter().filter(within);
    let rows = findings.map(|finding| crate::persons::finding_row(library, finding)).collect();
    Ok(Found { rows, not_run: found.not_run })
}

//! Rules about institutions and groups as part of an audit: over the lake, or over a lake made for the run of a folder.

use anyhow::Result;
use audit::{Library, Selection};
use lake::{AddOptions, FindingRow, Lake, Restatement, Silent};
use model::{Day, Finding};
use query::{LakeSession, SessionOptions, prepare_facts, query_rules, run_queries};
use std::path::{Path, PathBuf};

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
        Ok(LakeSession::open(root, &SessionOptions { threads, ..SessionOptions::default() })?)
    }
}

/// What the selected rules with a query find in the period.
pub fn find(
    library: &Library,
    selection: &Selection,
    claims: &Claims,
    (from, until): (Option<Day>, Option<Day>),
    threads: usize,
) -> Result<Vec<FindingRow>> {
    let rules = query_rules(library.rules(), |index| selection.runs(index));
    if rules.is_empty() {
        return Ok(Vec::new());
    }
    let session = claims.session(threads)?;
    prepare_facts(&session, &rules)?;
    let within = |finding: &Finding| {
        from.is_none_or(|from| finding.occurred_on >= from) && until.is_none_or(|until| finding.occurred_on < until)
    };
    let findings = run_queries(&session, &rules)?.into_iter().filter(within);
    Ok(findings.map(|finding| crate::persons::finding_row(library, finding)).collect())
}

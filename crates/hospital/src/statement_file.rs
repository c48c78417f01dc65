//! The files of 3202: a ZIP of one UTF-8 text, tab between columns, a line a record, no header
//! (`protocol.md` §7).

use crate::record::Record;
use model::Fen;
use std::io::{Cursor, Read, Write};

/// A row of the result: something that the two sides do not agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The person.
    pub psn_no: String,
    /// Empty where only the platform has the record.
    pub mdtrt_id: String,
    /// Empty where only the platform has the record.
    pub setl_id: String,
    /// The message that made it.
    pub msgid: String,
    /// What is the matter; 0 is nothing.
    pub stmt_rslt: String,
    /// Whether it is a refund.
    pub refd_setl_flag: String,
    /// In words.
    pub memo: String,
    /// `medfee_sumamt` by the platform.
    pub medfee: Fen,
}

/// Why a result cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Not a ZIP, or a broken one.
    #[error("不是 ZIP：{0}")]
    Zip(#[from] zip::result::ZipError),
    /// Reading or writing failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A line has another form.
    #[error("第 {line} 行{reason}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

/// The file that an institution uploads.
pub fn pack<'a>(name: &str, records: impl IntoIterator<Item = &'a Record>) -> Result<Vec<u8>, FileError> {
    let mut text = String::new();
    for record in records {
        let Record { setl_id, mdtrt_id, psn_no, medfee, fund, account, .. } = record;
        let refund = u8::from(record.reverses.is_some());
        text.push_str(&format!("{setl_id}\t{mdtrt_id}\t{psn_no}\t{medfee}\t{fund}\t{account}\t{refund}\n"));
    }
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(name, zip::write::SimpleFileOptions::default())?;
    writer.write_all(text.as_bytes())?;
    Ok(writer.finish()?.into_inner())
}

/// Reads the result that the platform offers for download.
pub fn unpack(bytes: &[u8]) -> Result<Vec<Difference>, FileError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))?;
    let mut text = String::new();
    archive.by_index(0)?.read_to_string(&mut text)?;
    text.lines().enumerate().filter(|(_, line)| !line.is_empty()).map(|(index, line)| row(index + 1, line)).collect()
}

fn row(number: usize, line: &str) -> Result<Difference, FileError> {
    let cells: Vec<&str> = line.split('\t').map(|cell| if cell == "null" { "" } else { cell }).collect();
    let fault = |reason: String| FileError::Line { line: number, reason };
    let &[psn_no, mdtrt_id, setl_id, msgid, stmt_rslt, refd_setl_flag, memo, medfee, _, _] = cells.as_slice() else {
        return Err(fault(format!("有 {} 列，应为 10 列（§7）", cells.len())));
    };
    let medfee = if medfee.is_empty() {
        Fen::ZERO
    } else {
        Fen::parse(medfee.as_bytes()).map_err(|error| fault(format!("医疗费总额 {medfee} {error}")))?
    };
    let owned = str::to_owned;
    Ok(Difference {
        psn_no: owned(psn_no),
        mdtrt_id: owned(mdtrt_id),
        setl_id: owned(setl_id),
        msgid: owned(msgid),
        stmt_rslt: owned(stmt_rslt),
        refd_setl_flag: owned(refd_setl_flag),
        memo: owned(memo),
        medfee,
    })
}

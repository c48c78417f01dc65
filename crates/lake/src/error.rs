//! What can go wrong around a claims folder, by whose fault.
//!
//! Bad *rows* are not errors: they are rejected, counted and written to `rejects/`. An error means
//! that the audit cannot go on: the folder lacks what it rests on, a disk failed, or we did.

use std::path::{Path, PathBuf};

use crate::Note;

/// Why a claims folder could not be read or results could not be written.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The folder cannot be audited; every problem found, at once.
    #[error("申报数据目录 {} 无法审核，共 {} 处问题：\n{}", folder.display(), problems.len(), list(problems))]
    Folder {
        /// The claims folder.
        folder: PathBuf,
        /// All problems, each with file and remedy.
        problems: Vec<Note>,
    },
    /// There is no such folder.
    #[error("找不到数据目录 {}；请核对路径（应是一个目录，内有 visits、charge_lines 等表）", .0.display())]
    NoFolder(PathBuf),
    /// A file of the input stopped being readable half-way.
    #[error("读取 {} 失败：{reason}。请重新导出该文件后再运行", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the reader said.
        reason: String,
    },
    /// The disk refused.
    #[error("读写 {} 失败：{reason}。请检查磁盘空间与权限", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// Our own fault.
    #[error("内部错误（请报告给开发者）：{0}")]
    Bug(String),
}

impl LakeError {
    pub(crate) fn disk(path: &Path, reason: impl ToString) -> Self {
        Self::Disk { path: path.to_path_buf(), reason: reason.to_string() }
    }

    pub(crate) fn unreadable(file: &Path, reason: impl ToString) -> Self {
        Self::Unreadable { file: file.to_path_buf(), reason: reason.to_string() }
    }
}

fn list(problems: &[Note]) -> String {
    problems.iter().map(|note| format!("  - {note}")).collect::<Vec<_>>().join("\n")
}

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
    /// There is no lake there.
    #[error("{} 不是数据湖（没有 manifest.json）；请核对路径，或用 yibao lake add 建立", .0.display())]
    NoLake(PathBuf),
    /// The lake is of a newer format.
    #[error(
        "数据湖 {} 由更新的版本写成（{written_by}，格式 {format}），本程序只认识到格式 {known}，未作任何改动；请升级 yibao 后再用",
        lake.display()
    )]
    NewerLake {
        /// The lake.
        lake: PathBuf,
        /// Its format.
        format: u32,
        /// Who wrote it.
        written_by: String,
        /// The newest format known here.
        known: u32,
    },
    /// A file of the lake is not what the manifest says.
    #[error("数据湖文件 {}：{reason}。{remedy}", file.display())]
    LakeFile {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// What to do.
        remedy: String,
    },
    /// An object store does not answer, or not to us.
    #[error(
        "读取对象存储 {} 失败：{reason}。请检查网络，核对环境变量 AWS_ENDPOINT、AWS_REGION、AWS_ACCESS_KEY_ID、AWS_SECRET_ACCESS_KEY\
        （http 地址另需 AWS_ALLOW_HTTP=true）",
        object.display()
    )]
    Store {
        /// What was asked for.
        object: PathBuf,
        /// What was said.
        reason: String,
    },
    /// What was asked of the lake cannot be done; nothing was changed.
    #[error("{0}")]
    Refused(String),
    /// Our own fault.
    #[error("内部错误（请报告给开发者）：{0}")]
    Bug(String),
}

impl LakeError {
    pub(crate) fn disk(path: &Path, reason: impl ToString) -> Self {
        Self::Disk { path: path.to_path_buf(), reason: reason.to_string() }
    }

    /// A file that the manifest names cannot be opened.
    pub(crate) fn missing(file: &Path, error: std::io::Error) -> Self {
        let reason = match error.kind() {
            std::io::ErrorKind::NotFound => "文件不见了".to_owned(),
            _ => format!("打不开（{error}）"),
        };
        Self::LakeFile { file: file.to_path_buf(), reason, remedy: RESTORE.to_owned() }
    }

    /// A file that the manifest names is not as it was written.
    pub(crate) fn damaged(file: &Path, reason: impl ToString) -> Self {
        let reason = format!("文件已损坏或被截断（{}）", reason.to_string());
        Self::LakeFile { file: file.to_path_buf(), reason, remedy: RESTORE.to_owned() }
    }

    pub(crate) fn unreadable(file: &Path, reason: impl ToString) -> Self {
        Self::Unreadable { file: file.to_path_buf(), reason: reason.to_string() }
    }
}

const RESTORE: &str = "未输出任何结果；请从备份恢复该文件，或用 yibao lake add … --month 月份 --restate 重报该月";

fn list(problems: &[Note]) -> String {
    problems.iter().map(|note| format!("  - {note}")).collect::<Vec<_>>().join("\n")
}

//! What can go wrong here, by whose fault.

/// Why a city could not be generated or a run not be scored.
#[derive(Debug, thiserror::Error)]
pub enum TestkitError {
    /// The options ask for something that cannot be.
    #[error("生成参数有误：{0}")]
    Options(String),
    /// A published table is missing, lacks a column, or lacks an entry that the city is built of.
    /// All problems at once, one a line.
    #[error("目录或知识库表不可用：\n{}", .0.join("\n"))]
    Tables(Vec<String>),
    /// A truth or findings file cannot be scored.
    #[error("{file} 第 {row} 行：{reason}")]
    Score {
        /// Which of the two files.
        file: &'static str,
        /// Line of the file, the header being 1.
        row: u64,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A truth or findings file could not be read.
    #[error("读不了 {0}；请核对路径")]
    Read(String),
    /// The claims folder could not be written.
    #[error("写出结算文件夹失败：{0}")]
    Write(String),
}

impl From<std::io::Error> for TestkitError {
    fn from(error: std::io::Error) -> Self {
        Self::Write(error.to_string())
    }
}

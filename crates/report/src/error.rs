//! What can go wrong while reporting, by whose fault.
//!
//! Refuses to hide a figure that does not add up: such a report is not written at all.

use std::path::PathBuf;

/// Why a report was not written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The caller fed findings out of their agreed order; visit counts would be wrong. Names no
    /// visit or person (I12).
    #[error(
        "第 {position} 条疑点（机构 {institution}，规则 {rule}）未按（机构、就诊、规则、明细）排序；请先排序再汇总"
    )]
    OutOfOrder {
        /// Which finding, counted from one.
        position: u64,
        /// Its institution.
        institution: String,
        /// Its rule.
        rule: String,
    },
    /// Sums over one dimension differ from the total (I11): a bug of ours.
    #[error(
        "按{dimension}合计与总计不符：{found} ≠ {total}（分）；这是程序错误，报告未写出，请连同命令一起报告给开发者"
    )]
    DoesNotAddUp {
        /// The dimension at fault, in Chinese.
        dimension: &'static str,
        /// Its sum.
        found: i64,
        /// The total it should have.
        total: i64,
    },
    /// The workbook holds another number of rows than were offered to it.
    #[error("report.xlsx 明细应写 {matched} 行，实写 {written} 行；文件不完整，请勿使用，改用 findings.csv")]
    RowsMissing {
        /// Rows that should be there.
        matched: u64,
        /// Rows that are.
        written: u64,
    },
    /// A month that is not one.
    #[error("月份“{0}”不是 yyyy-MM 形式；请改为如 2025-06")]
    Month(String),
    /// The workbook could not be written.
    #[error("写 {path} 失败：{source}；请检查磁盘空间与写权限，并确认文件未在 Excel 中打开")]
    Workbook {
        /// The file.
        path: PathBuf,
        /// What the writer said.
        source: Box<rust_xlsxwriter::XlsxError>,
    },
    /// A file could not be written.
    #[error("写 {path} 失败：{source}；请检查磁盘空间与写权限")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A value could not be put as JSON: a bug of ours.
    #[error("生成 JSON 失败：{0}；这是程序错误，请报告给开发者")]
    Json(#[from] serde_json::Error),
    /// Text could not be formatted: a bug of ours.
    #[error("生成文本失败；这是程序错误，请报告给开发者")]
    Format(#[from] std::fmt::Error),
}

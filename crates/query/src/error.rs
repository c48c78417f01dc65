//! What can go wrong with a question, by whose fault.

use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use lake::LakeError;

/// Why a statement has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The lake cannot be read.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The statement is wrong; the text says where and what to do.
    #[error("SQL 有误：{0}")]
    Statement(String),
    /// The statement wants to change something.
    #[error("只能查询，不能修改数据湖：{0}；请改写为 SELECT")]
    NotAQuestion(String),
    /// It needs more memory than it was given.
    #[error("查询所需内存超过上限（{0}）；请缩小范围（例如按 month 过滤）、先聚合，或加大 --memory")]
    TooLarge(String),
    /// It failed while it ran.
    #[error("查询执行失败：{0}")]
    Failed(String),
    /// A rule's statement, or what it gave, is wrong.
    #[error("规则 {rule}：{reason}")]
    Rule {
        /// The rule.
        rule: String,
        /// What is wrong.
        reason: String,
    },
    /// A rule's case holds a value that cannot be read.
    #[error("{0}")]
    Case(String),
    /// A table given to the session does not fit its own description, or our own fault.
    #[error("内部错误（请报告给开发者）：{0}")]
    Bug(String),
}

impl QueryError {
    /// Sorts an error of DataFusion by whose fault it is.
    pub(crate) fn sort(error: &DataFusionError) -> Self {
        let root = error.find_root();
        match root {
            DataFusionError::External(error) if error.is::<LakeError>() => Self::Failed(error.to_string()),
            DataFusionError::SQL(error, _) => Self::Statement(format!("语法读不懂（{error}）")),
            DataFusionError::SchemaError(error, _) => Self::Statement(schema(error)),
            DataFusionError::Plan(text) => Self::plan(text),
            DataFusionError::ResourcesExhausted(text) => Self::TooLarge(first_line(text)),
            DataFusionError::NotImplemented(text) => Self::Statement(format!("不支持的写法（{}）", first_line(text))),
            other => Self::Failed(first_line(&other.to_string())),
        }
    }

    fn plan(text: &str) -> Self {
        let text = first_line(text);
        let lower = text.to_lowercase();
        if lower.contains("not supported") && ["ddl", "dml", "statement"].iter().any(|word| lower.contains(word)) {
            return Self::NotAQuestion(text);
        }
        match text.strip_prefix("table '").and_then(|rest| rest.split_once('\'')) {
            Some((name, _)) => {
                let name = name.rsplit('.').next().unwrap_or(name);
                Self::Statement(format!("没有表 {name}；可查询的表：{}", crate::TABLES.join("、")))
            }
            None => Self::Statement(text),
        }
    }
}

fn schema(error: &SchemaError) -> String {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let mut names: Vec<&str> = valid_fields.iter().map(|field| field.name.as_str()).collect();
            names.dedup();
            match model::nearest(&field.name, names.iter().copied()) {
                Some(near) => format!("没有列 {}，是否应为 {near}？", field.name),
                None => format!("没有列 {}；可用的列：{}", field.name, names.join("、")),
            }
        }
        SchemaError::AmbiguousReference { field } => {
            format!("列 {} 出现在多张表中，请写成 表名.{}", field.name, field.name)
        }
        other => first_line(&other.to_string()),
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

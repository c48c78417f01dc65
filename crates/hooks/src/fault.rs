//! What is wrong with a call, in words for whoever connects the medical record.

/// Why a call is not answered with cards.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HookFault {
    /// The body is not what the specification says: status 400.
    #[error("{0}")]
    Malformed(String),
    /// FHIR data that were asked for as prefetch did not come: status 412.
    #[error("缺少预取数据 prefetch.{key}：{what}；请按 /cds-services 给出的 prefetch 模板随请求发送")]
    Missing {
        /// Key of the prefetch template.
        key: &'static str,
        /// What it holds.
        what: &'static str,
    },
}

impl HookFault {
    pub(crate) fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed(what.into())
    }
}

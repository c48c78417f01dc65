//! What can go wrong between machines, by whose fault.

/// Why a cluster did not start or a run did not end. Nothing was published then.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The address is no address.
    #[error("地址 {address} 不可用：{reason}；应写成 主机:端口，例如 10.0.0.5:50050")]
    Address {
        /// As it was given.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A scheduler or executor could not start, or stopped.
    #[error("集群服务 {address} 停止：{reason}；请检查端口是否被占用、调度器是否可达")]
    Service {
        /// Where it listens.
        address: String,
        /// What was said.
        reason: String,
    },
    /// The scheduler does not answer.
    #[error("连不上调度器 {scheduler}：{reason}；请先启动 yibao cluster scheduler，或核对 --cluster 的地址")]
    Scheduler {
        /// Where it should be.
        scheduler: String,
        /// What was said.
        reason: String,
    },
    /// The scheduler has nobody to give work to.
    #[error("调度器 {0} 上没有执行器；请在各台机器上启动 yibao cluster executor --scheduler {0}")]
    NoExecutor(String),
    /// An executor said why it does not do the work.
    #[error("{0}\n集群审核未进行，未输出任何结果")]
    Said(String),
    /// The run failed as often as it was tried.
    #[error("集群审核失败（已尝试 {attempts} 次）：{reason}；未输出任何结果")]
    Run {
        /// How often.
        attempts: usize,
        /// The last reason.
        reason: String,
    },
    /// What the run brought could not be kept or read.
    #[error("集群结果暂存失败：{0}；请检查结果目录所在磁盘的空间与权限")]
    Spool(String),
    /// What the run brought could not be taken.
    #[error(transparent)]
    Query(#[from] query::QueryError),
}

/// Around what an executor says, so that it is found again in what Ballista makes of it.
const SAID: [char; 2] = ['«', '»'];

/// The text as an executor says it.
pub(crate) fn saying(text: &str) -> String {
    let [open, close] = SAID;
    format!("{open}{text}{close}")
}

/// What an executor said, from the report of a failed run, which quotes it as a string of Rust.
pub(crate) fn said(report: &str) -> Option<String> {
    let [open, close] = SAID;
    let (_, rest) = report.split_once(open)?;
    let (text, _) = rest.split_once(close)?;
    Some(text.replace("\\n", "\n").replace("\\\"", "\"").replace("\\\\", "\\"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_executor_says_is_found_in_the_report() {
        let text = "执行器 a:1 的规则与提交方不同\n请统一 \"--data\"";
        let report = format!("Job x failed: DataFusionError(External(Refused({:?})))", saying(text));
        assert_eq!(said(&report).as_deref(), Some(text));
        assert_eq!(said("Job x failed: connection refused"), None);
    }
}

//! A request: what is to be audited, as text that travels with the plan.

use std::fmt;
use std::sync::{Arc, OnceLock};

use lake::LakeError;
use query::{BucketAudit, BucketFindings};
use serde::{Deserialize, Serialize};

use crate::error::saying;

/// An audit to be done by whoever gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Buckets of the lake; each is handed out by itself and, when it is lost, done again.
    pub buckets: usize,
    /// What a workshop needs to know: lake, rules, period, hashes. Its form is the workshop's. Names no person (I12):
    /// schedulers keep plans.
    pub order: String,
}

/// Opens an order: checks that it can be done here as the submitter means it, and makes ready to judge. Called for
/// every bucket, so it remembers.
pub type Workshop = Arc<dyn Fn(&str) -> Result<Arc<dyn BucketAudit>, LakeError> + Send + Sync>;

/// Schedulers and submitters carry orders and judge nothing.
pub(crate) fn nobody() -> Workshop {
    Arc::new(|_| Err(LakeError::Bug("an order was opened where nobody judges".into())))
}

/// A request that is opened when the first bucket is judged.
pub(crate) struct Ordered {
    pub(crate) request: Request,
    workshop: Workshop,
    opened: OnceLock<Result<Arc<dyn BucketAudit>, String>>,
}

impl Ordered {
    pub(crate) fn new(request: Request, workshop: Workshop) -> Self {
        Self { request, workshop, opened: OnceLock::new() }
    }
}

impl fmt::Debug for Ordered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ordered").field("buckets", &self.request.buckets).finish_non_exhaustive()
    }
}

impl BucketAudit for Ordered {
    fn buckets(&self) -> usize {
        self.request.buckets
    }

    fn audit(&self, bucket: usize) -> Result<BucketFindings, LakeError> {
        let open = || (self.workshop)(&self.request.order).map_err(|error| error.to_string());
        let found = match self.opened.get_or_init(open) {
            Ok(work) => work.audit(bucket).map_err(|error| error.to_string()),
            Err(reason) => Err(reason.clone()),
        };
        found.map_err(|reason| LakeError::Refused(saying(&reason)))
    }
}

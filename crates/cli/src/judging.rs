//! Where everybody is judged: here, or on a cluster. The findings are the same (I8).

#[cfg(feature = "cluster")]
use crate::cluster::Order;
use crate::data::Data;
use crate::earlier::Ledger;
#[cfg(feature = "sql")]
use crate::lake_audit::{LakeAudit, Receiver, audit_lake};
use crate::persons::{Audit, Outcome, audit_slices};
use crate::progress::Bar;
use anyhow::Result;
use audit::Selection;
use lake::{FindingWriter, Prepared};

/// Where.
pub enum Place {
    /// On this machine.
    Here,
    /// On the executors of a scheduler.
    #[cfg(feature = "cluster")]
    Cluster(String, Box<Order>),
}

/// What judging needs, wherever it is done.
pub struct Judging<'a> {
    pub data: &'a Data,
    pub writer: &'a FindingWriter,
    /// That of a run over a lake.
    pub ledger: Option<&'a Ledger>,
    pub threads: usize,
    pub bar: &'a Bar,
}

impl Judging<'_> {
    /// Judges everybody; gives back what was read.
    pub fn run(&self, place: &Place, selection: Selection, prepared: Prepared) -> Result<(Prepared, Outcome)> {
        match place {
            Place::Here => self.here(selection, prepared),
            #[cfg(feature = "cluster")]
            Place::Cluster(scheduler, order) => {
                let receiver = Receiver { writer: self.writer, ledger: self.ledger, bar: self.bar };
                let whose = (&*self.data.library, &selection, &prepared);
                let outcome = receiver.take(whose, |each| order.run(scheduler, &prepared, each))?;
                Ok((prepared, outcome))
            }
        }
    }

    /// A lake by the plan, a folder slice by slice.
    fn here(&self, selection: Selection, prepared: Prepared) -> Result<(Prepared, Outcome)> {
        let Self { data, writer, ledger, threads, bar } = *self;
        #[cfg(feature = "sql")]
        if ledger.is_some() {
            let audit = LakeAudit::new(data, selection, prepared);
            return audit_lake(audit, threads, &Receiver { writer, ledger, bar });
        }
        let audit = Audit { library: &data.library, selection: &selection, prepared: &prepared, writer, ledger, bar };
        let outcome = audit_slices(&audit, threads)?;
        Ok((prepared, outcome))
    }
}

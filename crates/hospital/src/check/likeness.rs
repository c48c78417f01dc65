//! What two replies owe each other.

use super::amounts::{Amounts, setlinfo};
use crate::deviation::Examination;

/// A final settlement gives what its trial gave, when nothing happened in between (`settlement.md` §1.9).
pub fn trial_and_final(trial: &Amounts, last: &Amounts, examination: &mut Examination<'_>) {
    for ((name, before), (_, after)) in trial.named().into_iter().zip(last.named()) {
        examination.same(&setlinfo(name), "与预结算一致（§1.9）", before, after);
    }
    examination.same("setlinfo.hosp_part_amt", "与预结算一致（§1.9）", trial.hospital, last.hospital);
}

/// A reversal takes back every amount, to the fen (`settlement.md` §3).
pub fn reversal(settled: &Amounts, reversed: &Amounts, examination: &mut Examination<'_>) {
    for ((name, before), (_, after)) in settled.named().into_iter().zip(reversed.named()) {
        examination.same(&setlinfo(name), "原结算金额的相反数（§3）", -before, after);
    }
    examination.same("setlinfo.hosp_part_amt", "原结算金额的相反数（§3）", -settled.hospital, reversed.hospital);
}

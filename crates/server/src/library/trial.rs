//! A changed rule on trial: in the shadow, where nobody hears it, or released to some institutions first.
//!
//! Which institutions belong to a share is a matter of their codes and the number of the revision alone: the same on every
//! machine and every day, and a larger share holds all of a smaller one.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Trials at a time: each has a library of its own in memory.
pub const TRIALS_MAX: usize = 3;

/// Where a changed rule is heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Nowhere: it is evaluated beside the rule in force, and what would differ is counted.
    Shadow,
    /// At some institutions, in the place of the rule in force.
    Some {
        /// Share of all institutions, in hundredths.
        percent: u8,
        /// And these, by code.
        institutions: Vec<String>,
    },
}

/// A changed rule on trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// Number of the revision.
    pub revision: u64,
    /// Id of the rule.
    pub rule: String,
    /// Name of its file.
    pub file: String,
    /// Its text.
    pub text: String,
    /// Where it is heard.
    pub reach: Reach,
}

impl Trial {
    /// Whether the changed rule judges an institution in the place of the one in force.
    #[must_use]
    pub fn is_released_to(&self, institution: &str) -> bool {
        match &self.reach {
            Reach::Shadow => false,
            Reach::Some { percent, institutions } => {
                institutions.iter().any(|code| code == institution)
                    || hundredth(self.revision, institution) < u64::from(*percent)
            }
        }
    }

    /// Whether it is in the shadow.
    #[must_use]
    pub fn is_shadow(&self) -> bool {
        self.reach == Reach::Shadow
    }
}

/// The place of an institution among a hundred.
fn hundredth(revision: u64, institution: &str) -> u64 {
    let digest = Sha256::digest(format!("{revision}/{institution}"));
    let start = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    start % 100
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(reach: Reach) -> Trial {
        let text = String::new;
        Trial { revision: 7, rule: text(), file: text(), text: text(), reach }
    }

    #[test]
    fn a_larger_share_holds_all_of_a_smaller_one_and_comes_to_about_what_it_says() {
        let codes: Vec<String> = (0..2_000).map(|number| format!("H6101000{number:04}")).collect();
        let released = |percent| -> Vec<&String> {
            let trial = trial(Reach::Some { percent, institutions: Vec::new() });
            codes.iter().filter(|code| trial.is_released_to(code)).collect()
        };
        let (none, tenth, half, all) = (released(0), released(10), released(50), released(100));
        assert_eq!((none.len(), all.len()), (0, codes.len()));
        assert!(tenth.iter().all(|code| half.contains(code)));
        assert!(
            (140..260).contains(&tenth.len()) && (900..1_100).contains(&half.len()),
            "{} {}",
            tenth.len(),
            half.len()
        );
    }

    #[test]
    fn named_institutions_hear_it_and_the_shadow_is_silent() {
        let named = trial(Reach::Some { percent: 0, institutions: vec!["H1".to_owned()] });
        assert!(named.is_released_to("H1") && !named.is_released_to("H2"));
        assert!(!trial(Reach::Shadow).is_released_to("H1"));
    }
}

//! From a code to its entry, by hashing: a look-up costs about as much as reading the code.
//!
//! The table is laid out at build time and stored in the image, so that loading it is a copy. The
//! hash is fixed here (FNV-1a) because a stored layout must not change with a library's version.

use crate::strings::{EMPTY, Strings, TextId};
use serde::{Deserialize, Serialize};

/// Open addressing with linear probing; each slot is a pair (text of the key, entry).
#[derive(Serialize, Deserialize)]
pub(crate) struct CodeIndex {
    #[serde(with = "crate::image::words")]
    slots: Vec<u32>,
}

impl CodeIndex {
    /// Of two entries under one key the first wins.
    pub(crate) fn build(keys: &[(TextId, u32)], strings: &Strings) -> Self {
        let capacity = (keys.len() * 2).next_power_of_two().max(8);
        let mut slots = vec![EMPTY; capacity * 2];
        for &(key, entry) in keys {
            let code = strings.get(key);
            for at in probe(code, capacity) {
                let Some([slot_key, slot_entry]) = slots.get_mut(at * 2..at * 2 + 2) else { break };
                if *slot_key == EMPTY {
                    (*slot_key, *slot_entry) = (key, entry);
                    break;
                }
                if *slot_key == key || strings.get(*slot_key) == code {
                    break;
                }
            }
        }
        Self { slots }
    }

    /// The entry under a key.
    pub(crate) fn find(&self, code: &str, strings: &Strings) -> Option<u32> {
        for at in probe(code, self.slots.len() / 2) {
            match self.slots.get(at * 2..at * 2 + 2) {
                Some(&[key, entry]) if key != EMPTY => {
                    if strings.get(key) == code {
                        return Some(entry);
                    }
                }
                _ => return None,
            }
        }
        None
    }
}

/// The slots to try, each once. `capacity` is a power of two.
fn probe(code: &str, capacity: usize) -> impl Iterator<Item = usize> + use<> {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in code.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    // The low bits of FNV are weak for short keys; fold the high ones in.
    let start = (hash ^ (hash >> 32)) as usize;
    (0..capacity).map(move |step| start.wrapping_add(step) & (capacity - 1))
}

/// The form of an ICD code in which codes are compared: no white space, first letter upper, the
/// extension's `x` lower, dagger and full-width signs as `+` and `*`.
pub(crate) fn fold_icd(code: &str) -> String {
    let mut folded = String::with_capacity(code.len());
    let mut at_start = true;
    for character in code.chars() {
        let character = match character {
            '†' | '＋' => '+',
            '＊' => '*',
            '．' | '。' => '.',
            '／' => '/',
            _ if character.is_whitespace() => continue,
            other => other,
        };
        match character {
            'x' | 'X' if !at_start => folded.push('x'),
            other => folded.push(other.to_ascii_uppercase()),
        }
        at_start = character == '+';
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strings::Interner;

    #[test]
    fn icd_codes_fold() {
        for (code, expect) in [
            ("a00.000X001", "A00.000x001"),
            (" J10.800x012 ", "J10.800x012"),
            ("x59.9X0", "X59.9x0"),
            ("a01.002†g01＊", "A01.002+G01*"),
            ("38.13a7", "38.13A7"),
        ] {
            assert_eq!(fold_icd(code), expect, "{code}");
        }
    }

    #[test]
    fn every_key_is_found_and_no_other() {
        let mut interner = Interner::new();
        let keys: Vec<(u32, u32)> = (0..1000).map(|n| (interner.keep(&format!("K{n:04}")), n)).collect();
        let first = interner.keep("K0001");
        let keys: Vec<_> = keys.into_iter().chain([(first, 9999)]).collect();
        let strings = interner.finish();
        let index = CodeIndex::build(&keys, &strings);
        for n in 0..1000 {
            assert_eq!(index.find(&format!("K{n:04}"), &strings), Some(n));
        }
        assert_eq!(index.find("K1000", &strings), None);
        assert_eq!(index.find("", &strings), None);
        assert_eq!(CodeIndex::build(&[], &strings).find("K0001", &strings), None);
    }
}

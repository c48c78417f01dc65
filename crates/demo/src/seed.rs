//! Choices that look arbitrary and never change: a hash of the seed and what is chosen.

/// SplitMix64 (Steele, Lea, Flood 2014) over the seed, a purpose and a number.
fn mix(seed: u64, purpose: u64, number: u64) -> u64 {
    let mut state = seed
        .wrapping_add(purpose.wrapping_mul(0x9E37_79B9_7F4A_7C15))
        .wrapping_add(number.wrapping_mul(0xD1B5_4A32_D192_ED03));
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

/// What a choice is for; different purposes do not follow each other.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// Surname and given name.
    Name = 1,
    /// Day of birth.
    Birth = 2,
    /// Account balance.
    Balance = 3,
}

/// A number below `bound` (zero when the bound is).
pub fn choose(seed: u64, purpose: Purpose, number: u64, bound: u64) -> u64 {
    mix(seed, purpose as u64, number).checked_rem(bound).unwrap_or(0)
}

//! The nearest valid name to a wrong one, for messages.

/// The candidate with the fewest edits to `wanted`, when that is few enough to be meant: at most a
/// third of the characters, at least one. Of equals the first wins.
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut search = Search::new(wanted);
    let mut best = None;
    for candidate in candidates {
        if let Some(distance) = search.distance(candidate) {
            best = Some(candidate);
            if distance == 0 {
                break;
            }
            search.limit = distance - 1;
        }
    }
    best
}

/// Counts edits to one text, within a limit; keeps its buffers from candidate to candidate.
pub struct Search {
    wanted: Vec<char>,
    /// Most edits that still count as near.
    pub limit: usize,
    row: Vec<usize>,
    candidate: Vec<char>,
}

impl Search {
    /// A search for names near this one.
    #[must_use]
    pub fn new(wanted: &str) -> Self {
        let wanted: Vec<char> = wanted.chars().collect();
        // One letter exchanged for another is no slip but another name.
        let limit = (wanted.len() / 3).max(usize::from(wanted.len() > 1));
        Self { wanted, limit, row: Vec::new(), candidate: Vec::new() }
    }

    /// Insertions, deletions and replacements from one text to the other; `None` beyond the limit.
    pub fn distance(&mut self, candidate: &str) -> Option<usize> {
        // Bytes bound characters from above (one each) and below (a quarter), without decoding.
        if candidate.len() > (self.wanted.len() + self.limit) * 4 || candidate.len() + self.limit < self.wanted.len() {
            return None;
        }
        self.candidate.clear();
        self.candidate.extend(candidate.chars());
        if self.candidate.len().abs_diff(self.wanted.len()) > self.limit {
            return None;
        }
        self.row.clear();
        self.row.extend(0..=self.wanted.len());
        for (done, &found) in self.candidate.iter().enumerate() {
            let mut diagonal = done;
            let mut left = done + 1;
            let mut least = left;
            for (cell, &wanted) in self.row.iter_mut().skip(1).zip(&self.wanted) {
                let here = (diagonal + usize::from(found != wanted)).min(left + 1).min(*cell + 1);
                diagonal = *cell;
                *cell = here;
                left = here;
                least = least.min(here);
            }
            if let Some(first) = self.row.first_mut() {
                *first = done + 1;
            }
            if least > self.limit {
                return None;
            }
        }
        self.row.last().copied().filter(|&distance| distance <= self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_or_nothing() {
        let names = ["diagnoses.csv", "procedures.csv", "tcm_pieces.csv", "普通门诊诊查费"];
        for (wanted, expect) in [
            ("diagnosis.csv", Some("diagnoses.csv")),
            ("procedure.csv", Some("procedures.csv")),
            ("普通门诊诊察费", Some("普通门诊诊查费")),
            ("普通门诊费", None),
            ("tcm_pieces.csv", Some("tcm_pieces.csv")),
            ("rubbish", None),
            ("", None),
        ] {
            assert_eq!(nearest(wanted, names), expect, "{wanted}");
        }
    }

    #[test]
    fn edits_are_counted() {
        for (one, other, expect) in [
            ("abcdef", "abcdef", Some(0)),
            ("abcdef", "abdef", Some(1)),
            ("abcdef", "xabcdey", Some(2)),
            ("abcdef", "ghijkl", None),
            ("ab", "b", Some(1)),
        ] {
            assert_eq!(Search::new(one).distance(other), expect, "{one} → {other}");
        }
    }
}

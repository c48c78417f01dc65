//! I11: a line is counted once, however many rules hit it.
//!
//! Of the hits on one line the clearest and dearest counts whole; each further one counts only what
//! it adds beyond the dearest so far. So the sum over a line is the largest single amount, never more
//! than the line. A visit as a whole counts what its lines have left.

use crate::hit::{Hit, WHOLE_VISIT};
use model::{Fen, PersonCase, Severity};

/// Fills `counted` of every hit. Hits must be reduced (ordered by visit, line).
pub(crate) fn settle(case: &PersonCase, hits: &mut [Hit], severity: impl Fn(u16) -> Severity) {
    let mut order: Vec<u32> = (0..hits.len() as u32).collect();
    order.sort_by(|&a, &b| {
        let (a, b) = (&hits[a as usize], &hits[b as usize]);
        (a.visit, a.line)
            .cmp(&(b.visit, b.line))
            .then_with(|| severity(a.rule).cmp(&severity(b.rule)))
            .then_with(|| b.amount.cmp(&a.amount))
            .then_with(|| (a.rule, a.point).cmp(&(b.rule, b.point)))
            .then_with(|| a.related.cmp(&b.related))
    });
    let mut counted_in_visit = Fen::ZERO;
    let mut at: Option<(u32, u32)> = None;
    let mut dearest = Fen::ZERO;
    for &index in &order {
        let hit = &mut hits[index as usize];
        if at.map(|(visit, _)| visit) != Some(hit.visit) {
            counted_in_visit = Fen::ZERO;
        }
        if at != Some((hit.visit, hit.line)) {
            dearest = Fen::ZERO;
            at = Some((hit.visit, hit.line));
        }
        // I11: never above the line's own net amount, nor above what the visit has left.
        let limit = if hit.line == WHOLE_VISIT {
            let billed: Fen = case.lines[case.lines_of(hit.visit)].iter().map(|line| line.amount).sum();
            Fen((billed - counted_in_visit).0.max(0))
        } else {
            Fen(case.lines[hit.line as usize].amount.0.max(0))
        };
        let reached = hit.amount.max(Fen::ZERO).min(limit);
        hit.counted = Fen((reached - dearest).0.max(0));
        dearest = dearest.max(reached);
        if hit.line != WHOLE_VISIT {
            counted_in_visit += hit.counted;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hit::NO_POINT;
    use model::{CaseLine, CaseVisit, Day, Quantity};

    fn check(lines: &[i64], hits: &[(u16, u32, i64)], expect: &[i64]) {
        let mut case = PersonCase::default();
        case.visits.push(CaseVisit::default());
        case.lines = lines.iter().map(|&fen| CaseLine { amount: Fen(fen), ..CaseLine::default() }).collect();
        let mut hits: Vec<Hit> = hits
            .iter()
            .map(|&(rule, line, fen)| Hit {
                rule,
                visit: 0,
                line,
                point: NO_POINT,
                on: Day(0),
                quantity: Quantity::ZERO,
                amount: Fen(fen),
                counted: Fen::ZERO,
                related: Vec::new(),
                evidence: String::new(),
            })
            .collect();
        // Rules below 10 are clear, the others suspicious.
        settle(&case, &mut hits, |rule| if rule < 10 { Severity::Clear } else { Severity::Suspicious });
        assert_eq!(hits.iter().map(|hit| hit.counted.0).collect::<Vec<_>>(), expect);
    }

    #[test]
    fn i11_a_line_counts_once() {
        check(&[100], &[(1, 0, 100), (2, 0, 100)], &[100, 0]);
        check(&[100], &[(1, 0, 40), (2, 0, 70)], &[0, 70]);
        check(&[100], &[(1, 0, 40), (11, 0, 70)], &[40, 30]);
        check(&[100], &[(1, 0, 900)], &[100]);
        check(&[100, 50], &[(1, 0, 100), (11, WHOLE_VISIT, 150)], &[100, 50]);
        check(&[100, 50], &[(11, WHOLE_VISIT, 150), (12, WHOLE_VISIT, 120)], &[150, 0]);
    }
}

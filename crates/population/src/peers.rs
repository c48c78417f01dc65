//! Is a value outside its peer group?
//!
//! Columns: `value`, `size` (what it rests on), `peer` (the group), `wider` (the group that takes over when there are
//! fewer than `min_peers`), `period` (values of different periods are never compared). A value is at fault when the
//! test *and* the absolute limit (`least`) say so: the furthest of many honest peers is not a suspicion.

use std::collections::BTreeMap;

use audit::{PeerLimits, PeerTest, Side};

use crate::evidence::Figures;
use crate::rows::{Rows, Value};
use crate::statistics::{Funnel, Rate, median, rank_percentile, robust_z, shrink, sorted};

/// A decimal of a rule as a number.
pub(crate) fn number(decimal: model::Quantity) -> f64 {
    decimal.0 as f64 / 10_000.0
}

struct Member {
    row: usize,
    rate: Rate,
}

/// The rows at fault, with the figures that say so.
pub(crate) fn outliers(rows: &Rows, limits: &PeerLimits) -> Vec<(usize, Figures)> {
    let mut narrow: BTreeMap<(&str, &str), Vec<Member>> = BTreeMap::new();
    let mut wide: BTreeMap<(&str, &str), Vec<Rate>> = BTreeMap::new();
    // In an order of their own: sums of reals must not depend on how the rows came (I8).
    let mut order: Vec<usize> = (0..rows.cells.len()).collect();
    order.sort_by_key(|&index| (rows.row(index).text("period"), rows.row(index).text("fixmedins_code")));
    for index in order {
        let row = rows.row(index);
        let size = row.real("size").unwrap_or(0.0);
        if size < limits.min_size as f64 {
            continue;
        }
        let Some(value) = row.real("value") else { continue };
        let rate = Rate { value, size };
        narrow.entry((row.text("period"), row.text("peer"))).or_default().push(Member { row: index, rate });
        wide.entry((row.text("period"), row.text("wider"))).or_default().push(rate);
    }
    let mut found = Vec::new();
    for (&(period, _), members) in &narrow {
        let own: Vec<Rate> = members.iter().map(|member| member.rate).collect();
        for member in members {
            let wider = wide.get(&(period, rows.row(member.row).text("wider"))).map_or(&[][..], Vec::as_slice);
            let enough = |group: &[Rate]| group.len() as i64 >= limits.min_peers;
            let group = if enough(&own) { own.as_slice() } else { wider };
            if !enough(group) {
                continue;
            }
            if let Some(figures) = Peers::of(group, limits).judge(member.rate, limits) {
                found.push((member.row, figures));
            }
        }
    }
    found.sort_by_key(|(row, _)| *row);
    found
}

struct Peers {
    ordered: Vec<f64>,
    mean: f64,
    funnel: Option<Funnel>,
}

impl Peers {
    fn of(group: &[Rate], limits: &PeerLimits) -> Self {
        let cases: f64 = group.iter().map(|rate| rate.size).sum();
        let mean = group.iter().map(|rate| rate.value * rate.size).sum::<f64>() / cases;
        let k = limits.shrink as f64;
        let ordered = sorted(group.iter().map(|rate| shrink(rate.value, rate.size, mean, k)));
        let funnel = (limits.test == PeerTest::Funnel).then(|| Funnel::of(group)).flatten();
        Self { ordered, mean, funnel }
    }

    fn judge(&self, rate: Rate, limits: &PeerLimits) -> Option<Figures> {
        let value = shrink(rate.value, rate.size, self.mean, limits.shrink as f64);
        let middle = median(&self.ordered)?;
        let percentile = rank_percentile(value, &self.ordered)?;
        let z = match limits.test {
            PeerTest::RobustZ => robust_z(value, &self.ordered)?,
            PeerTest::Percentile => percentile,
            PeerTest::Funnel => self.funnel?.score(rate)?,
        };
        let limit = number(limits.limit);
        let high = match limits.test {
            PeerTest::Percentile => z > limit && value > middle,
            _ => z > limit,
        };
        let low = match limits.test {
            PeerTest::Percentile => z < 100.0 - limit && value < middle,
            _ => z < -limit,
        };
        let least = limits.least.map(number);
        let high = high && least.is_none_or(|least| rate.value >= least);
        let low = low && least.is_none_or(|least| rate.value <= least || limits.side == Side::Both);
        let at_fault = match limits.side {
            Side::High => high,
            Side::Low => low,
            Side::Both => high || low,
        };
        at_fault.then(|| {
            let mut figures = Figures::default();
            figures.put("peers", Value::Whole(self.ordered.len() as i64));
            figures.put_real("median", Some(middle));
            figures.put_real("percentile", Some(percentile));
            figures.put_real("z", Some(z));
            figures.put_real("centre", self.funnel.map(|funnel| funnel.centre));
            figures.put_real("bound", self.funnel.map(|funnel| funnel.limit(limit, rate.size)));
            figures
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Quantity;

    fn rows(values: &[(f64, i64, &str)]) -> Rows {
        Rows {
            columns: ["value", "size", "peer", "wider"].map(String::from).to_vec(),
            cells: values
                .iter()
                .map(|&(value, size, peer)| {
                    vec![Value::Real(value), Value::Whole(size), Value::Text(peer.into()), Value::Text("all".into())]
                })
                .collect(),
        }
    }

    const LIMITS: PeerLimits = PeerLimits {
        test: PeerTest::RobustZ,
        limit: Quantity(35_000),
        side: Side::High,
        min_size: 30,
        min_peers: 8,
        least: None,
        shrink: 0,
    };

    fn nine(last: f64, size: i64, peer: &'static str) -> Rows {
        let mut values: Vec<(f64, i64, &str)> = (0..8).map(|n| (0.30 + 0.01 * f64::from(n), 100, "二级")).collect();
        values.push((last, size, peer));
        rows(&values)
    }

    fn found(rows: &Rows, limits: &PeerLimits) -> Vec<usize> {
        outliers(rows, limits).into_iter().map(|(row, _)| row).collect()
    }

    #[test]
    fn one_of_nine_stands_out() {
        assert_eq!(found(&nine(0.60, 100, "二级"), &LIMITS), [8]);
        assert_eq!(found(&nine(0.40, 100, "二级"), &LIMITS), [0; 0]);
        assert_eq!(found(&nine(0.05, 100, "二级"), &PeerLimits { side: Side::Low, ..LIMITS }), [8]);
        assert_eq!(found(&nine(0.05, 100, "二级"), &LIMITS), [0; 0]);
    }

    #[test]
    fn what_rests_on_little_says_nothing() {
        assert_eq!(found(&nine(0.60, 29, "二级"), &LIMITS), [0; 0]);
        assert_eq!(found(&nine(0.60, 30, "二级"), &LIMITS), [8]);
    }

    #[test]
    fn a_lone_institution_is_held_against_the_wider_group() {
        assert_eq!(found(&nine(0.60, 100, "三级"), &LIMITS), [8]);
        assert_eq!(found(&nine(0.60, 100, "三级"), &PeerLimits { min_peers: 10, ..LIMITS }), [0; 0]);
    }

    #[test]
    fn the_absolute_limit_must_be_reached_too() {
        let least = |least| PeerLimits { least: Some(Quantity(least)), ..LIMITS };
        assert_eq!(found(&nine(0.60, 100, "二级"), &least(6_000)), [8]);
        assert_eq!(found(&nine(0.60, 100, "二级"), &least(6_001)), [0; 0]);
    }

    #[test]
    fn shrinkage_acquits_the_small_not_the_large() {
        let limits = PeerLimits { shrink: 400, ..LIMITS };
        assert_eq!(found(&nine(0.42, 31, "二级"), &LIMITS), [0; 0]);
        assert_eq!(found(&nine(0.50, 31, "二级"), &LIMITS), [8]);
        assert_eq!(found(&nine(0.50, 31, "二级"), &limits), [0; 0]);
        assert_eq!(found(&nine(0.50, 5_000, "二级"), &limits), [8]);
    }

    #[test]
    fn a_funnel_and_a_percentile_see_the_same_outlier() {
        let funnel = PeerLimits { test: PeerTest::Funnel, limit: Quantity(30_000), ..LIMITS };
        assert_eq!(found(&nine(0.60, 300, "二级"), &funnel), [8]);
        assert_eq!(found(&nine(0.40, 300, "二级"), &funnel), [0; 0]);
        let percentile = PeerLimits { test: PeerTest::Percentile, limit: Quantity(900_000), ..LIMITS };
        assert_eq!(found(&nine(0.60, 300, "二级"), &percentile), [8]);
    }
}

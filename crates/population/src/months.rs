//! Has a series of months shifted from its usual level?
//!
//! Columns: `series` (or `fixmedins_code` when there is none), `period` (sorts as text: `2025-07`), `value`, `size`.
//! The first months tell the usual level; CUSUM sums up what later months add. The first month that alarms speaks
//! for the series. A level that never varied is given a deviation of a twentieth, so that rounding is not a shift.

use std::collections::BTreeMap;

use audit::ShiftLimits;

use crate::evidence::Figures;
use crate::peers::number;
use crate::rows::{Rows, Value};
use crate::statistics::{cusum, mean_and_deviation};

/// The least deviation of a level, as a share of it.
const DEVIATION_MIN: f64 = 0.05;

/// The months that alarm, one a series, with the figures that say so.
pub(crate) fn shifts(rows: &Rows, limits: &ShiftLimits) -> Vec<(usize, Figures)> {
    let key = if rows.has("series") { "series" } else { "fixmedins_code" };
    let mut series: BTreeMap<&str, Vec<(&str, usize, f64)>> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        if let (Some(value), true) = (row.real("value"), row.real("size").unwrap_or(0.0) >= limits.min_size as f64) {
            series.entry(row.text(key)).or_default().push((row.text("period"), index, value));
        }
    }
    let mut found = Vec::new();
    for months in series.values_mut() {
        months.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        found.extend(first_alarm(months, limits));
    }
    found.sort_by_key(|(row, _)| *row);
    found
}

fn first_alarm(months: &[(&str, usize, f64)], limits: &ShiftLimits) -> Option<(usize, Figures)> {
    let (usual, later) = months.split_at_checked(usize::try_from(limits.baseline_months).unwrap_or(usize::MAX))?;
    let values = |months: &[(&str, usize, f64)]| months.iter().map(|month| month.2).collect::<Vec<f64>>();
    let (mean, deviation) = mean_and_deviation(&values(usual))?;
    let deviation = deviation.max(mean.abs() * DEVIATION_MIN);
    if deviation <= 0.0 {
        return None;
    }
    let sums = cusum(&values(later), mean, deviation, number(limits.drift));
    let least = limits.least.map_or(0.0, number);
    later.iter().zip(sums).find_map(|(&(_, row, value), sum)| {
        if sum <= number(limits.limit) || value - mean < least {
            return None;
        }
        let mut figures = Figures::default();
        figures.put_real("usual", Some(mean));
        figures.put_real("deviation", Some(deviation));
        figures.put_real("cusum", Some(sum));
        figures.put("baseline", Value::Whole(limits.baseline_months));
        Some((row, figures))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Quantity;

    fn rows(values: &[f64]) -> Rows {
        let month = |(n, value): (usize, &f64)| {
            let period = format!("2025-{:02}", n + 1);
            vec![Value::Text("H1".into()), Value::Text(period), Value::Real(*value), Value::Whole(50)]
        };
        Rows {
            columns: ["fixmedins_code", "period", "value", "size"].map(String::from).to_vec(),
            cells: values.iter().enumerate().map(month).collect(),
        }
    }

    fn found(values: &[f64], least: i64) -> Vec<usize> {
        let limits = ShiftLimits {
            baseline_months: 4,
            drift: Quantity(5_000),
            limit: Quantity(50_000),
            min_size: 30,
            least: Some(Quantity(least)),
        };
        shifts(&rows(values), &limits).into_iter().map(|(row, _)| row).collect()
    }

    #[test]
    fn a_lasting_shift_alarms_once_and_a_single_bump_does_not() {
        assert_eq!(found(&[0.20, 0.22, 0.21, 0.19, 0.26, 0.27, 0.28, 0.29], 0), [5]);
        assert_eq!(found(&[0.20, 0.22, 0.21, 0.19, 0.23, 0.20, 0.21, 0.20], 0), [0; 0]);
        assert_eq!(found(&[0.20, 0.22, 0.21, 0.19, 0.26, 0.27, 0.28, 0.40], 1_500), [7]);
    }

    #[test]
    fn a_level_that_never_varied_is_not_shifted_by_rounding() {
        assert_eq!(found(&[0.20, 0.20, 0.20, 0.20, 0.201, 0.202, 0.201, 0.202], 0), [0; 0]);
        assert_eq!(found(&[0.0, 0.0, 0.0, 0.0, 0.9], 0), [0; 0]);
        assert_eq!(found(&[0.2, 0.2, 0.2], 0), [0; 0]);
    }
}

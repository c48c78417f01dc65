//! What all persons were charged of an item, against what the institution had of it.
//!
//! The only rule over all persons that needs no query: for each row of the stock table one sum is kept while persons
//! pass by. Workers keep their own and are merged; sums do not ask who came first (I8). A finding is the
//! institution's: it names no person and its money is never counted, because the lines behind it may be at fault for
//! reasons of their own (I11).

use crate::library::{Library, Selection};
use crate::rule::Rule;
use model::{Day, Fen, Finding, ItemKind, PersonCase, Quantity, Stock};
use rustc_hash::FxHashMap;

/// Sums of what was charged, by row of the stock table.
#[derive(Debug)]
pub struct StockFlow<'s> {
    rows: &'s [Stock],
    /// By institution, then item: the rows.
    places: FxHashMap<&'s str, FxHashMap<&'s str, Vec<usize>>>,
    charged: Vec<(Quantity, Fen)>,
}

impl<'s> StockFlow<'s> {
    /// Nothing charged yet.
    #[must_use]
    pub fn new(rows: &'s [Stock]) -> Self {
        let mut places: FxHashMap<&str, FxHashMap<&str, Vec<usize>>> = FxHashMap::default();
        for (number, row) in rows.iter().enumerate() {
            places.entry(&row.institution).or_default().entry(&row.code).or_default().push(number);
        }
        Self { rows, places, charged: vec![(Quantity::ZERO, Fen::ZERO); rows.len()] }
    }

    /// Adds what a person was charged.
    pub fn add(&mut self, case: &PersonCase) {
        if self.rows.is_empty() {
            return;
        }
        for (number, visit) in case.visits.iter().enumerate() {
            let Some(items) = self.places.get(case.text(visit.fixmedins_code)) else { continue };
            if visit.reversed {
                continue;
            }
            for line in &case.lines[case.lines_of(number as u32)] {
                let Some(rows) = items.get(case.text(line.code)) else { continue };
                let day = line.at.day();
                let within = |row: &&usize| self.rows[**row].from <= day && day <= self.rows[**row].to;
                if let Some(&row) = rows.iter().find(within) {
                    let (quantity, amount) = &mut self.charged[row];
                    *quantity += line.quantity;
                    *amount += line.amount;
                }
            }
        }
    }

    /// Adds what another worker has seen.
    pub fn merge(&mut self, other: &Self) {
        for ((quantity, amount), (more, money)) in self.charged.iter_mut().zip(&other.charged) {
            *quantity += *more;
            *amount += *money;
        }
    }

    /// The sums so far, by number of the stock row; rows of which nothing was charged are left out.
    #[must_use]
    pub fn charged(&self) -> Vec<(usize, Quantity, Fen)> {
        let sums = self.charged.iter().enumerate().map(|(row, (quantity, amount))| (row, *quantity, *amount));
        sums.filter(|(_, quantity, amount)| (*quantity, *amount) != (Quantity::ZERO, Fen::ZERO)).collect()
    }

    /// Adds sums that were made elsewhere over the same stock rows; returns whether all those rows are there.
    #[must_use]
    pub fn add_charged(&mut self, sums: &[(usize, Quantity, Fen)]) -> bool {
        sums.iter().all(|&(row, more, money)| {
            let place = self.charged.get_mut(row);
            place.map(|(quantity, amount)| (*quantity += more, *amount += money)).is_some()
        })
    }

    /// What the selected rules say of the sums, by rule, then row.
    #[must_use]
    pub fn findings(&self, library: &Library, selection: &Selection) -> Vec<Finding> {
        let asked = library.rules().iter().enumerate().filter(|(index, rule)| {
            rule.detector == "stock_flow" && selection.runs(u32::try_from(*index).unwrap_or(u32::MAX))
        });
        let judged = asked.flat_map(|(index, rule)| {
            self.rows.iter().zip(&self.charged).filter_map(move |(row, charged)| judge(index, rule, row, *charged))
        });
        judged.collect()
    }
}

fn judge(index: usize, rule: &Rule, row: &Stock, (charged, money): (Quantity, Fen)) -> Option<Finding> {
    let kind = ItemKind::from_code(&row.code);
    let wanted = match rule.params.word("of") {
        "consumable" => kind == ItemKind::Consumable,
        _ => kind.is_medicine() || kind == ItemKind::DecoctionPiece,
    };
    let available = row.opening + row.purchased - row.returned - row.closing;
    let tolerance = rule.params.integer("tolerance_percent");
    let allowed = i128::from(available.0.max(0)) * i128::from(100 + tolerance);
    if !wanted || i128::from(charged.0) * 100 <= allowed {
        return None;
    }
    let over = Quantity((charged - available).0.min(charged.0));
    let amount = money.share(over, charged);
    let evidence = format!(
        "{}至{}，{}结算{charged}，期初{}＋购进{}－退货{}－期末{}＝可供{available}，多出{over}（容差{tolerance}%），涉及{amount}元",
        row.from, row.to, row.code, row.opening, row.purchased, row.returned, row.closing
    );
    Some(Finding {
        rule: u32::try_from(index).unwrap_or(u32::MAX),
        fixmedins_code: row.institution.clone(),
        occurred_on: row.to,
        cnt_over: over,
        amount,
        counted: Fen::ZERO,
        knowledge_point_id: format!("STOCK-{}-{}-{}", row.institution, row.code, row.from),
        basis: rule.basis_line(),
        evidence,
        ..empty()
    })
}

fn empty() -> Finding {
    Finding {
        rule: 0,
        psn_no: String::new(),
        mdtrt_id: String::new(),
        fixmedins_code: String::new(),
        orders_dr_code: String::new(),
        occurred_on: Day(0),
        feedetl_sn: String::new(),
        related_feedetl_sn: String::new(),
        cnt_over: Quantity::ZERO,
        amount: Fen::ZERO,
        counted: Fen::ZERO,
        knowledge_point_id: String::new(),
        basis: String::new(),
        evidence: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{CaseLine, CaseVisit};

    #[test]
    fn i8_workers_merge_to_the_same_sums() {
        let row = |from: i32, to: i32| Stock {
            institution: "H1".into(),
            code: "X1".into(),
            from: Day(from),
            to: Day(to),
            ..Stock::default()
        };
        let rows = [row(0, 30), row(31, 60)];
        let person = |day: i32, quantity: i64| {
            let mut case = PersonCase::default();
            let (house, code) = (case.keep("H1"), case.keep("X1"));
            case.visits.push(CaseVisit { fixmedins_code: house, ..CaseVisit::default() });
            case.lines.push(CaseLine {
                code,
                at: Day(day).start(),
                quantity: Quantity::whole(quantity),
                amount: Fen(quantity * 100),
                ..CaseLine::default()
            });
            case
        };
        let persons = [person(0, 1), person(30, 2), person(31, 4), person(61, 8)];
        let mut together = StockFlow::new(&rows);
        persons.iter().for_each(|case| together.add(case));
        let (mut one, mut other) = (StockFlow::new(&rows), StockFlow::new(&rows));
        persons[..2].iter().for_each(|case| other.add(case));
        persons[2..].iter().for_each(|case| one.add(case));
        one.merge(&other);
        let expected = vec![(Quantity::whole(3), Fen(300)), (Quantity::whole(4), Fen(400))];
        assert_eq!((&together.charged, &one.charged), (&expected, &expected));
        // And through numbers, as machines send them.
        let mut submitter = StockFlow::new(&rows);
        assert_eq!(other.charged(), [(0, Quantity::whole(3), Fen(300))]);
        let mut late = StockFlow::new(&rows);
        persons[2..].iter().for_each(|case| late.add(case));
        assert!(submitter.add_charged(&late.charged()) && submitter.add_charged(&other.charged()));
        assert_eq!(submitter.charged, expected);
        assert!(!submitter.add_charged(&[(2, Quantity::whole(1), Fen(100))]), "there are two rows");
    }
}

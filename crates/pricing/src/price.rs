//! The split of a line: class, ceiling, first share, by the tables of its day.
//!
//! Order (settlement.md §2): a class 丙 line is wholly self-funded. Otherwise what lies above the highest price
//! is cut off first, then the first share of class 乙 is taken from the rest, rounded half up; what
//! remains is in scope. Each part is the rest of the one before, so they add up (I3).

use crate::items::{AreaItems, ItemRow};
use crate::line::{LineProblem, Parts, SplitBill, SplitLine};
use benefit::{BillLine, Portion, Ratio};
use catalog::{Catalogue, Match, PaymentClass, Unclassed};
use model::{Day, Fen, HospitalLevel, ItemKind, UnitPrice};

/// What a temporary policy says of an item on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlaid {
    /// The class for its days.
    pub class: PaymentClass,
    /// Its title.
    pub title: String,
}

/// Prices the lines of one bill.
#[derive(Clone, Copy)]
pub struct Pricer<'a> {
    /// The national tables.
    pub catalogue: &'a Catalogue,
    /// The area's own.
    pub items: &'a AreaItems,
    /// Where the insured person is covered: whose price book holds.
    pub area: &'a str,
    /// Where the line was charged.
    pub level: HospitalLevel,
    /// The area's general first share of class 乙 on a day (slot `upfront.class_b`). Where there is none, class 乙 lines
    /// without a ratio of their own are refused.
    pub class_b: &'a dyn Fn(Day) -> Option<Ratio>,
    /// Temporary policies, by item and day.
    pub overlay: &'a dyn Fn(&str, Day) -> Option<Overlaid>,
}

/// What decides about one line, before any arithmetic.
struct Terms {
    class: PaymentClass,
    ceiling: Option<UnitPrice>,
    upfront_ratio: Ratio,
    basis: Vec<String>,
    restriction: String,
}

impl Pricer<'_> {
    /// Splits a bill, or says what is wrong with every line that cannot be split.
    pub fn price(&self, lines: &[BillLine]) -> Result<SplitBill, Vec<LineProblem>> {
        let mut bill = SplitBill::default();
        let mut problems = Vec::new();
        let mut without_book = 0_usize;
        for (number, line) in (1..).zip(lines) {
            match self.line(number, line) {
                Ok((priced, remark)) => {
                    bill.remarks.extend(remark);
                    without_book += usize::from(self.lacks_price(&priced));
                    bill.lines.push(priced);
                }
                Err(problem) => problems.push(problem),
            }
        }
        if without_book > 0 {
            let area = self.area;
            bill.remarks.push(format!(
                "统筹区 {area} 没有可用的价格目录，{without_book} 条医疗服务明细未核对最高限价；可在 {} 的 ceiling 列给出",
                self.items_file()
            ));
        }
        if problems.is_empty() { Ok(bill) } else { Err(problems) }
    }

    fn line(&self, number: usize, line: &BillLine) -> Result<(SplitLine, Option<String>), LineProblem> {
        let fault = |field: &'static str, value: String, what: &str, remedy: String| LineProblem {
            number,
            field,
            value,
            what: what.to_owned(),
            remedy,
        };
        if line.quantity.0 <= 0 {
            let remedy = "数量应大于 0；退费请先与原明细冲减".to_owned();
            return Err(fault("quantity", line.quantity.to_string(), "数量不大于 0", remedy));
        }
        if line.unit_price.0 < 0 {
            return Err(fault("unit_price", line.unit_price.to_string(), "单价为负", "请填非负的单价".to_owned()));
        }
        let code = line.item.trim();
        let id = self.catalogue.item_on(code, line.on);
        // The area's table may have the code as charged, or the national code behind it.
        let known = id.map_or(code, |id| self.catalogue.item_code(id));
        let own = self.items.row(code, line.on).or_else(|| self.items.row(known, line.on));
        if id.is_none() && own.is_none() {
            return Err(fault("item", code.to_owned(), "目录中没有这个编码", self.unknown_remedy(code)));
        }
        let terms = self.terms(line.on, id, own, [code, known]).map_err(|(what, remedy)| LineProblem {
            number,
            field: "item",
            value: code.to_owned(),
            what,
            remedy,
        })?;
        let name = id.map_or("", |id| self.catalogue.item_name(id));
        let restriction = terms.restriction;
        let remark = (!restriction.is_empty())
            .then(|| format!("第 {number} 条明细 {name}：目录限定支付“{restriction}”，是否符合未核对"));
        let priced = SplitLine {
            number,
            item: code.to_owned(),
            name: name.to_owned(),
            on: line.on,
            portion: own.and_then(|row| row.portion).unwrap_or_else(|| self.portion(id, code)),
            class: terms.class,
            ceiling: terms.ceiling,
            upfront_ratio: terms.upfront_ratio,
            restriction,
            parts: split(line, terms.class, terms.ceiling, terms.upfront_ratio),
            basis: terms.basis.join("；"),
        };
        Ok((priced, remark))
    }

    /// Class, ceiling and first share; or what is wrong and what to do.
    fn terms(
        &self,
        on: Day,
        id: Option<u32>,
        own: Option<&ItemRow>,
        codes: [&str; 2],
    ) -> Result<Terms, (String, String)> {
        let mut basis: Vec<String> = own.map(|row| self.items.cite(row)).into_iter().collect();
        let overlaid = codes.iter().find_map(|code| (self.overlay)(code, on));
        let mut restriction = own.map_or_else(String::new, |row| row.restriction.clone());
        let class = if let Some(overlaid) = overlaid {
            basis.insert(0, format!("{}：按{}类", overlaid.title, overlaid.class.word()));
            overlaid.class
        } else if let Some(class) = own.and_then(|row| row.class) {
            class
        } else {
            let id =
                id.ok_or_else(|| ("只有本地项目表有这个编码，而那一行没有 class".to_owned(), self.table_remedy()))?;
            let classed = self.catalogue.payment_class(id, on).map_err(|why| self.unclassed(why, on))?;
            basis.push(classed.basis);
            if restriction.is_empty() {
                restriction = classed.restriction;
            }
            classed.class
        };
        let upfront_ratio = match (class, own.and_then(|row| row.upfront_ratio), (self.class_b)(on)) {
            (PaymentClass::A, ..) => Ratio::ZERO,
            (PaymentClass::C, ..) => Ratio::ONE,
            (PaymentClass::B, Some(ratio), _) => ratio,
            (PaymentClass::B, None, Some(ratio)) => {
                basis.push(format!("乙类先行自付比例 upfront.class_b {ratio}"));
                ratio
            }
            (PaymentClass::B, None, None) => {
                let what = format!("乙类项目，而 {} 的政策在 {on} 没有先行自付比例", self.area);
                let remedy = format!("请在政策中补 upfront.class_b，或在 {} 给出 upfront_ratio", self.items_file());
                return Err((what, remedy));
            }
        };
        let ceiling = match own.and_then(|row| row.ceiling) {
            Some(own) => own,
            None => id.and_then(|id| self.book_ceiling(id, on, &mut basis)),
        };
        Ok(Terms { class, ceiling, upfront_ratio, basis, restriction })
    }

    fn book_ceiling(&self, id: u32, on: Day, basis: &mut Vec<String>) -> Option<UnitPrice> {
        if !self.catalogue.price_book_holds(self.area, on) {
            return None;
        }
        let ceiling = self.catalogue.price_ceiling(id, self.level)?;
        basis.extend(self.catalogue.price_basis(id));
        Some(ceiling)
    }

    /// Whether a service went unchecked because no price book speaks for the area.
    fn lacks_price(&self, line: &SplitLine) -> bool {
        let service = self.catalogue.item_on(&line.item, line.on).and_then(|id| self.catalogue.service_number(id));
        line.ceiling.is_none()
            && line.class != PaymentClass::C
            && service.is_some()
            && !self.catalogue.price_book_holds(self.area, line.on)
            && self.items.row(&line.item, line.on).is_none_or(|row| row.ceiling.is_none())
    }

    /// Which part of the bill an item belongs to when the area does not say: drugs and pieces, consumables, and of
    /// services 诊查 (1102), 磁共振 (2102), X 线计算机体层 (2103), PET/CT (2304 0001 0); the rest is general.
    fn portion(&self, id: Option<u32>, code: &str) -> Portion {
        match id.map_or_else(|| ItemKind::from_code(code), |id| self.catalogue.item_kind(id)) {
            ItemKind::WesternDrug | ItemKind::PatentDrug | ItemKind::DecoctionPiece => Portion::Drug,
            ItemKind::Consumable => Portion::Consumable,
            ItemKind::Service | ItemKind::Other => {
                let number = id.and_then(|id| self.catalogue.service_number(id)).unwrap_or_default();
                match number.get(..4) {
                    Some("1102") => Portion::Consultation,
                    Some("2102" | "2103") => Portion::LargeEquipment,
                    _ if number == "230400010" => Portion::LargeEquipment,
                    _ => Portion::General,
                }
            }
        }
    }

    fn unclassed(&self, why: Unclassed, on: Day) -> (String, String) {
        let what = match why {
            Unclassed::NoClass => "目录没有给出这个项目的甲乙丙类".to_owned(),
            Unclassed::OtherDays { title, valid } => {
                let until = valid.until.map_or("长期".to_owned(), |day| format!("{day}（不含）"));
                format!("甲乙类出自《{title}》，{} 起至 {until}，{on} 没有可用的目录", valid.from)
            }
        };
        (what, self.table_remedy())
    }

    /// The area's own table, where it is or should be.
    fn items_file(&self) -> String {
        format!("policy/{}/items.csv", self.area)
    }

    fn table_remedy(&self) -> String {
        format!("请在 {} 中给出该项目当日的 class", self.items_file())
    }

    fn unknown_remedy(&self, code: &str) -> String {
        let hits = self.catalogue.lookup(code, None);
        let near = hits.iter().find(|hit| hit.matched == Match::Similar && self.catalogue.item(&hit.code).is_some());
        let near = near.map_or(String::new(), |hit| format!("是否应为 {} {}；", hit.code, hit.name));
        format!("{near}请核对编码，或在 {} 中给出该项目", self.items_file())
    }
}

/// The arithmetic.
fn split(line: &BillLine, class: PaymentClass, ceiling: Option<UnitPrice>, upfront_ratio: Ratio) -> Parts {
    let amount = line.unit_price.times(line.quantity);
    if class == PaymentClass::C {
        return Parts { self_funded: amount, ..Parts::default() };
    }
    let within = ceiling.map_or(amount, |ceiling| ceiling.times(line.quantity).min(amount));
    let upfront = Fen(upfront_ratio.of_fen(within.0));
    Parts { self_funded: Fen::ZERO, over_limit: amount - within, upfront, in_scope: within - upfront }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Quantity;
    use proptest::prelude::*;

    fn line(quantity: i64, price: i64) -> BillLine {
        BillLine { item: String::new(), quantity: Quantity(quantity), unit_price: UnitPrice(price), on: Day(0) }
    }

    #[test]
    fn i2_the_first_share_is_rounded_half_up() {
        // settlement.md §2: 0.05 of 4.52 is 0.23.
        let parts = split(&line(10_000, 45_200), PaymentClass::B, None, Ratio(50_000));
        assert_eq!((parts.upfront, parts.in_scope), (Fen(23), Fen(429)));
        let cut = split(&line(20_000, 100_000), PaymentClass::B, Some(UnitPrice(80_000)), Ratio(100_000));
        assert_eq!((cut.over_limit, cut.upfront, cut.in_scope), (Fen(400), Fen(160), Fen(1440)));
        let out = split(&line(20_000, 100_000), PaymentClass::C, Some(UnitPrice(80_000)), Ratio::ONE);
        assert_eq!(out, Parts { self_funded: Fen(2_000), ..Parts::default() });
    }

    proptest! {
        #[test]
        fn i3_the_parts_of_a_line_add_up_to_it(
            quantity in 1_i64..10_000_000, price in 0_i64..100_000_000, ceiling in proptest::option::of(0_i64..100_000_000),
            ratio in 0_i64..=1_000_000, class in 0_u8..3,
        ) {
            let class = [PaymentClass::A, PaymentClass::B, PaymentClass::C][usize::from(class)];
            let ratio = if class == PaymentClass::B { Ratio(ratio) } else { Ratio::ZERO };
            let line = line(quantity, price);
            let parts = split(&line, class, ceiling.map(UnitPrice), ratio);
            prop_assert_eq!(parts.total(), line.unit_price.times(line.quantity));
            for part in [parts.self_funded, parts.over_limit, parts.upfront, parts.in_scope] {
                prop_assert!(part >= Fen::ZERO);
            }
        }
    }
}

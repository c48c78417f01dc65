//! The law that settlements are computed by: policy packages, the areas' item tables, the catalogue.

use crate::refusal::Refusal;
use benefit::{
    Bill, BillLine, Calculator, Case, Filing, Kind, Level, NoTrace, Outcome, Packages, Person, Policies, Portion,
    Prepared, PricedLine, Status, Visit,
};
use catalog::{Catalogue, PaymentClass};
use model::{Day, Fen};
use pricing::{AreaItems, Overlaid, Pricer, SplitLine};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Compiled once, shared by everybody.
pub struct Law {
    /// Policy packages.
    pub policies: Policies,
    /// Item tables of areas that have one.
    pub items: BTreeMap<String, AreaItems>,
    /// National catalogue; the audit's library looks into the same.
    pub catalogue: Arc<Catalogue>,
}

/// Why law does not compile: every problem of every file of its kind.
#[derive(Debug)]
pub enum LawFault {
    /// Of policy packages.
    Policy(Vec<benefit::Problem>),
    /// Of areas' item tables.
    Items(Vec<catalog::Problem>),
}

/// Every area's `items.csv` among policy files, by area.
///
/// # Errors
/// All rows that do not read.
pub fn area_items(
    files: &[(&str, &[u8])],
    packages: &Packages,
) -> Result<BTreeMap<String, AreaItems>, Vec<catalog::Problem>> {
    let mut items = BTreeMap::new();
    let mut problems = Vec::new();
    for (name, bytes) in files {
        let Some(area) = name.strip_suffix("/items.csv") else { continue };
        match AreaItems::read(&format!("policy/{name}"), bytes, &packages.document_ids(area)) {
            Ok(table) => {
                items.insert(area.to_owned(), table);
            }
            Err(mut found) => problems.append(&mut found),
        }
    }
    if problems.is_empty() { Ok(items) } else { Err(problems) }
}

/// The class that an area's own list gives an item on a day, with the title of the document that says so.
#[must_use]
pub fn overlaid(policies: &Policies, area: &str, scheme: &str, item: &str, on: Day) -> Option<Overlaid> {
    let (class, title) = policies.overlay_class(area, scheme, item, on)?;
    let class = match class {
        'A' => PaymentClass::A,
        'B' => PaymentClass::B,
        _ => PaymentClass::C,
    };
    Some(Overlaid { class, title: title.to_owned() })
}

/// Whose tables split a line.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// 就医地
    pub area: &'a str,
    /// 险种类型
    pub scheme: &'a str,
    /// Level of the institution.
    pub level: Level,
    /// Day of the law.
    pub on: Day,
}

/// A case settled, in numbers.
pub struct Computed {
    /// As the engine took it.
    pub prepared: Prepared,
    /// What came out; `None` where the law gives purchases no benefit: nothing is paid by a fund.
    pub outcome: Option<Outcome>,
}

impl Law {
    /// Compiles policy files (names relative to `policy/`) beside a catalogue.
    ///
    /// # Errors
    /// Every problem of the packages; when they have none, of the item tables.
    pub fn read(files: &[(&str, &[u8])], catalogue: Catalogue) -> Result<Self, LawFault> {
        let packages = Packages::read(files).map_err(LawFault::Policy)?;
        let policies = Policies::compile(&packages).map_err(LawFault::Policy)?;
        let items = area_items(files, &packages).map_err(LawFault::Items)?;
        Ok(Self { policies, items, catalogue: Arc::new(catalogue) })
    }

    /// Splits lines by the catalogue of the place of treatment (B3).
    ///
    /// # Errors
    /// The first line that no table knows, with its number.
    pub fn split(&self, place: Place<'_>, lines: &[BillLine]) -> Result<Vec<SplitLine>, Refusal> {
        let case = anybody(place);
        let frame = self.policies.frame(&case).ok();
        let none = AreaItems::default();
        let overlay = |item: &str, on: Day| overlaid(&self.policies, place.area, place.scheme, item, on);
        let pricer = Pricer {
            catalogue: &self.catalogue,
            items: self.items.get(place.area).unwrap_or(&none),
            area: place.area,
            level: crate::words::price_level(place.level),
            class_b: &|on| frame.as_ref().and_then(|frame| frame.upfront_class_b(on)),
            overlay: &overlay,
        };
        pricer.price(lines).map(|bill| bill.lines).map_err(|problems| {
            let words: Vec<String> = problems
                .iter()
                .take(5)
                .map(|problem| {
                    format!("第 {} 条“{}”{}，{}", problem.number, problem.value, problem.what, problem.remedy)
                })
                .collect();
            let first = problems.first().map_or(1, |problem| problem.number);
            Refusal::new(format!("lines[{first}].item"), words.join("；"), "更正后整批重传")
        })
    }

    /// Settles a case of priced lines.
    ///
    /// # Errors
    /// The law does not cover it; the text says what is missing.
    pub fn settle(&self, case: &Case, lines: &[PricedLine]) -> Result<Computed, Refusal> {
        let refused = |refusal: benefit::Refusal| {
            Refusal::new("policy", refusal.to_string(), "请核对险种、人员类别、医疗类别与机构等级，或由统筹区补录政策")
        };
        let prepared = self.policies.frame(case).and_then(|frame| frame.prepare_lines(lines)).map_err(refused)?;
        match Calculator::new(&self.policies).settle(&prepared, &mut NoTrace) {
            Ok(outcome) => Ok(Computed { prepared, outcome: Some(outcome) }),
            Err(benefit::Fault::NoChain) if case.visit.kind == Kind::Pharmacy => {
                Ok(Computed { prepared, outcome: None })
            }
            Err(fault) => Err(refused(self.policies.explain(&prepared, fault))),
        }
    }

    /// The day whose law judges a case.
    #[must_use]
    pub fn law_day(&self, case: &Case) -> Day {
        self.policies.frame(case).map_or(case.on, |frame| frame.law_day())
    }
}

/// A case about nobody, to ask an area for what holds for everybody.
fn anybody(place: Place<'_>) -> Case {
    Case {
        id: String::new(),
        on: place.on,
        area: place.area.to_owned(),
        scheme: place.scheme.to_owned(),
        person: Person {
            status: if place.scheme == "resident" { Status::Adult } else { Status::Active },
            age: None,
            cover_months: None,
            special: Vec::new(),
            supplements: Vec::new(),
            account_balance: Fen::ZERO,
            family_account_balance: Fen::ZERO,
        },
        visit: Visit {
            kind: Kind::Outpatient,
            level: place.level,
            community: false,
            admission_ordinal: None,
            begin: Some(place.on),
            end: Some(place.on),
            programme: None,
            treatment_area: None,
            filing: Filing::None,
            selected: None,
            referred: None,
        },
        bill: Bill::Lines(Vec::new()),
        year_to_date: Vec::new(),
        admissions: None,
        use_account: false,
    }
}

/// The word of a portion read back.
pub(crate) fn portion(word: &str) -> Portion {
    Portion::parse(word).unwrap_or(Portion::General)
}

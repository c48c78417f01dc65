//! What can be charged, and for what: items as the law of each area sees them on the day, and diagnoses.
//!
//! `items.csv` holds what the law does not say: the hospital's own code, what it asks for, who may sell it. Class, ceiling and
//! first share come from pricing a line, so that they are what the server will answer.

use crate::DemoError;
use crate::file::{Item, Limits, Named};
use agency::{Area, Law, Place};
use benefit::{BillLine, Level, Ratio};
use catalog::PaymentClass;
use model::{Day, Quantity, UnitPrice};
use serde::Deserialize;

/// The table that ships with the demo.
const ITEMS: &str = include_str!("items.csv");

/// Common diagnoses, 医保 2.0.
const DIAGNOSES: [&str; 24] = [
    "J06.900",
    "I10.x00x002",
    "E11.900",
    "J18.900",
    "K35.800",
    "I25.103",
    "C34.900",
    "C50.900",
    "K29.500",
    "J20.900",
    "J45.900",
    "I63.900",
    "K80.200",
    "H10.900",
    "L30.900",
    "A09.900",
    "B18.100",
    "K52.900",
    "N39.000",
    "M54.500",
    "Z51.100",
    "N76.000",
    "R51.x00",
    "Z94.000",
];

/// Items and diagnoses.
#[derive(Debug, Clone)]
pub struct Goods {
    /// A row an item and area.
    pub items: Vec<Item>,
    /// Diagnoses that the catalogue knows.
    pub diagnoses: Vec<Named>,
}

/// A row of the table.
#[derive(Debug, Deserialize)]
struct Row {
    code: String,
    hospital_code: String,
    name: String,
    kind: String,
    price: String,
    sex: String,
    course_days: String,
    pharmacy: String,
}

/// Asks the law of every area about every item.
pub fn goods(today: Day, law: &Law, areas: &[Area]) -> Result<Goods, DemoError> {
    let mut items = Vec::new();
    for row in rows()? {
        for area in areas {
            items.push(item(&row, today, law, area)?);
        }
    }
    let mut diagnoses = Vec::new();
    for code in DIAGNOSES {
        let Some(id) = law.catalogue.diagnosis(code) else { continue };
        diagnoses.push(Named { code: code.to_owned(), name: law.catalogue.diagnosis_name(id).to_owned() });
    }
    Ok(Goods { items, diagnoses })
}

fn rows() -> Result<Vec<Row>, DemoError> {
    let mut reader = csv::Reader::from_reader(ITEMS.as_bytes());
    reader
        .deserialize()
        .map(|row| {
            row.map_err(|error| DemoError::Table {
                line: error.position().map_or(0, csv::Position::line),
                what: error.to_string(),
            })
        })
        .collect()
}

fn item(row: &Row, today: Day, law: &Law, area: &Area) -> Result<Item, DemoError> {
    let lacking = |what: String| DemoError::NotCovered { area: area.code.clone(), on: today, what };
    let price = UnitPrice::parse(row.price.as_bytes())
        .map_err(|error| lacking(format!("项目 {} 的单价 {}：{error}", row.code, row.price)))?;
    let line = BillLine { item: row.code.clone(), quantity: Quantity::whole(1), unit_price: price, on: today };
    let place = Place { area: &area.code, scheme: "employee", level: Level::Third, on: today };
    let split = law.split(place, std::slice::from_ref(&line)).map_err(|refusal| lacking(refusal.to_string()))?;
    let split = split.first().ok_or_else(|| lacking(format!("项目 {}", row.code)))?;
    Ok(Item {
        code: row.code.clone(),
        medins_list_codg: row.hospital_code.clone(),
        name: row.name.clone(),
        area: area.code.clone(),
        kind: row.kind.clone(),
        class: wire(split.class).to_owned(),
        price: price.to_string(),
        ceiling: split.ceiling.map(|ceiling| ceiling.to_string()),
        selfpay_prop: decimal(split.upfront_ratio),
        pharmacy: row.pharmacy == "1",
        limits: Limits {
            gend: some(&row.sex),
            course_days: row.course_days.parse().ok(),
            restricted: (!split.restriction.is_empty()).then_some(true),
        },
    })
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A ratio with four decimals, as the wire has it.
fn decimal(ratio: Ratio) -> String {
    format!("{}.{:04}", ratio.0 / 1_000_000, ratio.0 % 1_000_000 / 100)
}

/// `chrgitm_lv`
const fn wire(class: PaymentClass) -> &'static str {
    match class {
        PaymentClass::A => "01",
        PaymentClass::B => "02",
        PaymentClass::C => "03",
    }
}

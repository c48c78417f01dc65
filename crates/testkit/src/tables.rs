//! The published tables as the generator reads them.
//!
//! Owns the parsing of `catalog/*.csv`, `knowledge/points.csv`, `codes.csv`, `book/*.csv` and, where
//! given, `derived/*.csv`. It refuses to share code with the product's own readers: a mistake there
//! must not be repeated here, or the score would not see it. Where to look next: `limits` for what
//! the points mean, `shelf` for the items that are charged.

use model::Day;
use rustc_hash::FxHashMap;

use crate::error::TestkitError;

/// Named files: path or file name, and bytes.
pub type Inputs<'a> = &'a [(&'a str, &'a [u8])];

/// The tables that [`crate::generate`] wants, as paths from the repository's root.
pub const INPUT_FILES: &[&str] = &[
    "catalog/diagnoses.csv",
    "catalog/diagnosis_clinical_map.csv",
    "catalog/procedures.csv",
    "catalog/procedure_clinical_map.csv",
    "catalog/drug_codes.csv",
    "catalog/service_items_shaanxi_2021.csv",
    "catalog/service_crosswalk.csv",
    "catalog/tcm_pieces.csv",
    "knowledge/points.csv",
    "knowledge/codes.csv",
    "knowledge/book/drug_safety.csv",
    "knowledge/book/duplicate_class.csv",
    "knowledge/book/tcm_incompatible.csv",
    "knowledge/book/procedure_sex.csv",
    "knowledge/book/procedure_diagnosis.csv",
    "knowledge/book/diagnosis_sex.csv",
    "knowledge/book/diagnosis_age.csv",
];

/// A published knowledge point.
#[derive(Debug, Clone)]
pub(crate) struct PointRow {
    pub rule: String,
    pub name: String,
    pub text: String,
    pub predicate: String,
    pub from: Day,
    pub until: Option<Day>,
    pub codes: Vec<String>,
}

/// An item of the provincial price book.
#[derive(Debug, Clone)]
pub(crate) struct ServiceRow {
    pub local: String,
    pub name: String,
    /// Special, tertiary, secondary, primary; in ten-thousandths of a yuan.
    pub price: [Option<i64>; 4],
}

/// A drug code.
#[derive(Debug, Clone)]
pub(crate) struct DrugRow {
    pub code: String,
    pub category: String,
}

/// All tables.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub diagnoses: FxHashMap<String, String>,
    pub procedures: FxHashMap<String, String>,
    pub clinical_diagnoses: Vec<String>,
    pub clinical_procedures: Vec<String>,
    pub drugs: FxHashMap<String, Vec<DrugRow>>,
    pub services: Vec<ServiceRow>,
    /// National code, local code, national name; in table order.
    pub crosswalk: Vec<[String; 4]>,
    pub pieces: Vec<[String; 2]>,
    pub points: Vec<PointRow>,
    /// Generic name and class of the book's drug safety rows.
    pub drug_safety: Vec<[String; 3]>,
    /// Generic name and group of the duplicate classes whose group is published.
    pub duplicate_class: Vec<[String; 2]>,
    pub incompatible: Vec<[String; 2]>,
    pub procedure_sex: Vec<[String; 2]>,
    /// Operation, diagnosis.
    pub procedure_diagnosis: Vec<[String; 2]>,
    pub diagnosis_sex: Vec<[String; 2]>,
    pub diagnosis_age: Vec<[String; 2]>,
}

struct Reader<'a> {
    inputs: Inputs<'a>,
    problems: Vec<String>,
}

impl Reader<'_> {
    /// Calls `each` with the wanted columns of every row.
    fn rows<const N: usize>(&mut self, file: &str, columns: [&str; N], mut each: impl FnMut([&str; N])) {
        let Some((_, bytes)) = self.inputs.iter().find(|(name, _)| names_file(name, file)) else {
            self.problems.push(format!("缺少 {file}；请一并传入该表"));
            return;
        };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(*bytes);
        let header = match reader.byte_headers() {
            Ok(header) => header.clone(),
            Err(error) => return self.problems.push(format!("{file}：{error}")),
        };
        let places = columns.map(|wanted| {
            let mut names = header.iter().map(|name| name.strip_prefix(b"\xef\xbb\xbf").unwrap_or(name));
            names.position(|name| name == wanted.as_bytes())
        });
        for (column, place) in columns.iter().zip(places) {
            if place.is_none() {
                self.problems.push(format!("{file} 缺少列 {column}"));
                return;
            }
        }
        let mut record = csv::StringRecord::new();
        loop {
            match reader.read_record(&mut record) {
                Ok(false) => return,
                Ok(true) => each(places.map(|place| place.and_then(|p| record.get(p)).unwrap_or_default().trim())),
                Err(error) => return self.problems.push(format!("{file}：{error}")),
            }
        }
    }
}

fn names_file(given: &str, file: &str) -> bool {
    given.strip_suffix(file).is_some_and(|rest| rest.is_empty() || rest.ends_with(['/', '\\']))
}

impl Tables {
    /// Reads every table; all problems at once.
    pub fn read(inputs: Inputs<'_>) -> Result<Self, TestkitError> {
        let mut reader = Reader { inputs, problems: Vec::new() };
        let mut tables = Self::default();
        tables.read_catalogue(&mut reader);
        tables.read_points(&mut reader);
        tables.read_book(&mut reader);
        if reader.problems.is_empty() { Ok(tables) } else { Err(TestkitError::Tables(reader.problems)) }
    }

    fn read_catalogue(&mut self, reader: &mut Reader<'_>) {
        reader.rows("diagnoses.csv", ["code", "name"], |[code, name]| {
            self.diagnoses.insert(code.into(), name.into());
        });
        reader.rows("procedures.csv", ["code", "name"], |[code, name]| {
            self.procedures.insert(code.into(), name.into());
        });
        reader.rows("diagnosis_clinical_map.csv", ["clinical_code"], |[code]| {
            self.clinical_diagnoses.push(code.into());
        });
        reader.rows("procedure_clinical_map.csv", ["clinical_code"], |[code]| {
            self.clinical_procedures.push(code.into());
        });
        reader.rows("drug_codes.csv", ["code", "generic_name", "nrdl_category"], |[code, name, category]| {
            let row = DrugRow { code: code.into(), category: category.into() };
            self.drugs.entry(name.into()).or_default().push(row);
        });
        let columns = ["code", "name", "price_special", "price_tier3", "price_tier2", "price_tier1"];
        reader.rows("service_items_shaanxi_2021.csv", columns, |[local, name, prices @ ..]| {
            let price = prices.map(|text| model::UnitPrice::parse(text.as_bytes()).ok().map(|p| p.0));
            self.services.push(ServiceRow { local: local.into(), name: name.into(), price });
        });
        reader.rows("service_crosswalk.csv", ["national_code", "local_code", "name", "method"], |row| {
            self.crosswalk.push(row.map(Into::into));
        });
        reader.rows("tcm_pieces.csv", ["code", "name"], |row| self.pieces.push(row.map(Into::into)));
    }

    fn read_points(&mut self, reader: &mut Reader<'_>) {
        let mut place: FxHashMap<String, usize> = FxHashMap::default();
        let mut bad_days = Vec::new();
        let columns = ["point_id", "rule_id", "name", "text", "predicate", "valid_from", "valid_until", "logic"];
        reader.rows("points.csv", columns, |[id, rule, name, text, predicate, from, until, logic]| {
            if logic == "exemption" {
                return;
            }
            let Ok(from) = Day::parse(from.as_bytes()) else {
                bad_days.push(format!("points.csv {id}：valid_from “{from}” 不是日期"));
                return;
            };
            place.insert(id.into(), self.points.len());
            self.points.push(PointRow {
                rule: rule.into(),
                name: name.into(),
                text: text.into(),
                predicate: predicate.into(),
                from,
                until: Day::parse(until.as_bytes()).ok(),
                codes: Vec::new(),
            });
        });
        reader.problems.append(&mut bad_days);
        reader.rows("codes.csv", ["point_id", "code"], |[id, code]| {
            if let Some(point) = place.get(id).and_then(|&p| self.points.get_mut(p)) {
                point.codes.push(code.into());
            }
        });
    }

    fn read_book(&mut self, reader: &mut Reader<'_>) {
        let own = |row: [&str; 2]| row.map(String::from);
        reader.rows("book/drug_safety.csv", ["rule_id", "generic_name", "text"], |row| {
            self.drug_safety.push(row.map(Into::into));
        });
        reader.rows("book/duplicate_class.csv", ["generic_name", "group"], |row| {
            if !row[1].is_empty() {
                self.duplicate_class.push(own(row));
            }
        });
        reader.rows("book/tcm_incompatible.csv", ["piece_a", "piece_b"], |row| self.incompatible.push(own(row)));
        reader.rows("book/procedure_sex.csv", ["code", "sex"], |row| self.procedure_sex.push(own(row)));
        reader.rows("book/procedure_diagnosis.csv", ["op_code", "dx_code"], |row| {
            self.procedure_diagnosis.push(own(row))
        });
        reader.rows("book/diagnosis_sex.csv", ["code", "sex"], |row| self.diagnosis_sex.push(own(row)));
        reader.rows("book/diagnosis_age.csv", ["code", "age_group"], |row| self.diagnosis_age.push(own(row)));
    }
}

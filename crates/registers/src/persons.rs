//! Rows of persons: who somebody is.

use crate::identity::{self, NumberFault};
use crate::import::Batch;
use crate::row::Row;
use agency::{Person, SpecialStatus};
use model::Day;

/// `psn_cert_type`
const CERTIFICATES: [(&str, &str); 10] = [
    ("01", "居民身份证"),
    ("02", "军官证"),
    ("03", "武警警官证"),
    ("04", "港澳居民来往内地通行证"),
    ("06", "台湾居民来往大陆通行证"),
    ("07", "外国人永久居留证"),
    ("08", "外国人护照"),
    ("16", "中国护照"),
    ("17", "港澳台居民居住证"),
    ("99", "其他身份证件"),
];
const SEXES: [(&str, &str); 3] = [("1", "男"), ("2", "女"), ("9", "未说明性别")];
/// Words of the policy packages for special groups, with `psn_idet_type`.
const SPECIAL: [(&str, &str, &str); 6] = [
    ("destitute", "2304", "特困"),
    ("low_income", "2303", "低保"),
    ("poverty_prone", "2302", "返贫致贫"),
    ("edge_household", "2305", "低保边缘"),
    ("expense_driven", "2306", "因病致贫"),
    ("disabled", "2308", "重度残疾"),
];
/// Longest number of a person on the wire.
const ID_MAX: usize = 30;

/// Numbers of family members, separated by semicolons.
pub(crate) fn family(text: &str) -> Vec<String> {
    text.split(';').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

/// Judges a row; takes the person when nothing is wrong.
pub(crate) fn take(row: &mut Row<'_>, batch: &mut Batch<'_>) {
    let id = row.must("psn_no").unwrap_or_default();
    if id.len() > ID_MAX || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        row.reject("psn_no", "不是人员编号", "应为至多 30 位的数字或字母");
    }
    let name = row.must("psn_name").unwrap_or_default();
    let kind = row.code("psn_cert_type", &CERTIFICATES).unwrap_or_default();
    let certificate = certificate(row);
    let said = if kind == "01" && !certificate.is_empty() { said(row, &certificate) } else { None };
    let sex = sex(row, said);
    let born_on = born_on(row, said, batch.now.day());
    let died_on = row.day("died_on");
    if let (Some(born_on), Some(died_on)) = (born_on, died_on)
        && died_on < born_on
    {
        row.reject("died_on", &format!("死亡日期早于出生日期 {born_on}"), "请核对两个日期");
    }
    let special = special(row);
    let family = family(&row.text("family"));
    for relative in &family {
        if !batch.known.persons.contains_key(relative) {
            row.reject("family", &format!("共济人员“{relative}”没有登记"), "请先导入该人员，或删去");
        }
    }
    duplicates(row, batch, &id, kind, &certificate);
    let (Some(born_on), true) = (born_on, row.is_sound()) else { return };
    let nation = row.text("naty");
    let card = row.text("card_no");
    let person = Person {
        id: id.clone(),
        name,
        certificate_kind: kind.to_owned(),
        certificate: certificate.clone(),
        sex: sex.to_owned(),
        nation,
        born_on,
        died_on,
        card,
        family,
        special,
    };
    batch.remember(format!("person {id}"), row.number);
    batch.remember(format!("certificate {kind} {certificate}"), row.number);
    batch.known.certificates.insert((kind.to_owned(), certificate), id.clone());
    batch.known.persons.insert(id, person.clone());
    batch.changes.persons.push(person);
}

/// The certificate's number in upper case.
fn certificate(row: &mut Row<'_>) -> String {
    let number = row.must("certno").unwrap_or_default();
    let upper = number.to_ascii_uppercase();
    if upper != number {
        row.correct("certno", &upper, "字母改为大写");
    }
    upper
}

/// What an identity number says; its faults are told.
fn said(row: &mut Row<'_>, number: &str) -> Option<identity::Said> {
    let (reason, remedy) = match identity::read(number) {
        Ok(said) => return Some(said),
        Err(NumberFault::Old) => ("十五位旧号码".to_owned(), "请改用十八位号码".to_owned()),
        Err(NumberFault::Form) => {
            ("不是十八位居民身份证号码".to_owned(), "请核对；Excel 中请把该列设为文本，以免末位变为 0".to_owned())
        }
        Err(NumberFault::Birthday) => ("第 7 至 14 位不是日期".to_owned(), "请核对号码".to_owned()),
        Err(NumberFault::Check(expected)) => {
            (format!("校验码不符，前十七位对应的校验码是 {expected}"), "请核对号码的每一位".to_owned())
        }
    };
    row.reject("certno", &reason, &remedy);
    None
}

fn sex(row: &mut Row<'_>, said: Option<identity::Said>) -> &'static str {
    let given = row.code_or("gend", &SEXES, "").unwrap_or_default();
    match (given, said) {
        ("", None) => "9",
        ("", Some(said)) => {
            row.correct("gend", said.sex, "没有填写，取自身份证号码");
            said.sex
        }
        (given, Some(said)) if given != "9" && given != said.sex => {
            row.reject("gend", "与身份证号码所载性别不一致", "请核对性别与号码");
            given
        }
        (given, _) => given,
    }
}

fn born_on(row: &mut Row<'_>, said: Option<identity::Said>, today: Day) -> Option<Day> {
    let given = row.day("brdy");
    let born_on = match (given, said) {
        (Some(given), Some(said)) if given != said.born_on => {
            let reason = format!("与身份证号码所载出生日期 {} 不一致", said.born_on);
            row.reject("brdy", &reason, "请核对出生日期与号码");
            return None;
        }
        (None, Some(said)) => {
            if row.is_sound() {
                row.correct("brdy", &said.born_on.to_string(), "没有填写，取自身份证号码");
            }
            Some(said.born_on)
        }
        (given, _) => given,
    };
    if born_on.is_none() && row.is_sound() {
        row.reject("brdy", "没有填写，证件也不载明出生日期", "请补上出生日期");
    }
    if born_on.is_some_and(|born_on| born_on > today) {
        row.reject("brdy", "出生日期在将来", "请核对");
    }
    born_on
}

/// `low_income:2025-01-01:2026-01-01;disabled:2024-05-01`: group (or its Chinese word), first day, first day after.
fn special(row: &mut Row<'_>) -> Vec<SpecialStatus> {
    let text = row.text("special");
    let mut statuses = Vec::new();
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let mut pieces = part.split(':').map(str::trim);
        let word = pieces.next().unwrap_or_default();
        let day = |text: Option<&str>| text.map(|text| Day::parse(text.as_bytes()));
        let group = SPECIAL.iter().find(|(group, _, title)| *group == word || *title == word);
        match (group, day(pieces.next()), day(pieces.next()), pieces.next()) {
            (Some((group, code, _)), Some(Ok(from)), until, None) if !matches!(until, Some(Err(_))) => {
                let until = until.and_then(Result::ok);
                if until.is_some_and(|until| until <= from) {
                    row.reject("special", &format!("“{part}”的结束日期不晚于开始日期"), "结束日期不含当天");
                }
                statuses.push(SpecialStatus { group: (*group).to_owned(), code: (*code).to_owned(), from, until });
            }
            (None, ..) => {
                let all: Vec<String> = SPECIAL.iter().map(|(group, _, title)| format!("{group}（{title}）")).collect();
                row.reject("special", &format!("不认识的特殊身份“{word}”"), &format!("应为：{}", all.join("、")));
            }
            _ => row.reject("special", &format!("“{part}”的日期不可用"), "请写作 low_income:2025-01-01:2026-01-01"),
        }
    }
    statuses
}

fn duplicates(row: &mut Row<'_>, batch: &mut Batch<'_>, id: &str, kind: &str, certificate: &str) {
    batch.once(row, "psn_no", &format!("person {id}"));
    batch.once(row, "certno", &format!("certificate {kind} {certificate}"));
    if !row.is_sound() {
        return;
    }
    let holder = batch.known.certificates.get(&(kind.to_owned(), certificate.to_owned()));
    if let Some(holder) = holder.filter(|holder| *holder != id) {
        let reason = format!("该证件已登记在人员编号“{holder}”名下");
        row.reject("certno", &reason, "同一人只有一个编号；请改用该编号，或先更正登记");
    }
    let known = batch.known.persons.get(id);
    if let Some(known) = known.filter(|known| known.certificate_kind == kind && known.certificate != certificate) {
        let reason = format!("人员编号“{}”登记的是另一个同类证件", known.id);
        row.reject("psn_no", &reason, "请核对编号；换发证件的请在登记中更正");
    }
}

//! A case read key by key, so that every mistake comes at once.

use super::{AMOUNT_MAX, Bill, BillLine, Case, CaseProblem, Person, Visit};
use crate::words::{Filing, Kind, Level, Status};
use datafile::did_you_mean;
use model::{Day, Fen, Quantity, UnitPrice};
use serde_json::{Map, Value};

#[derive(Default)]
pub(super) struct Reader {
    pub(super) problems: Vec<CaseProblem>,
}

/// An object of the case and the keys asked of it.
struct Object<'v> {
    path: String,
    map: &'v Map<String, Value>,
    asked: Vec<&'static str>,
}

impl<'v> Object<'v> {
    fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value; JSON null is "not given".
    fn get(&mut self, key: &'static str) -> Option<&'v Value> {
        self.asked.push(key);
        self.map.get(key).filter(|value| !value.is_null())
    }
}

impl Reader {
    fn report(&mut self, key: impl Into<String>, message: impl Into<String>) {
        self.problems.push(CaseProblem { key: key.into(), message: message.into() });
    }

    fn object<'v>(&mut self, path: &str, value: Option<&'v Value>) -> Option<Object<'v>> {
        match value {
            Some(Value::Object(map)) => Some(Object { path: path.to_owned(), map, asked: Vec::new() }),
            Some(_) => {
                self.report(path, "应为对象 { … }");
                None
            }
            None => {
                self.report(path, "缺少，必须填写");
                None
            }
        }
    }

    /// Reports keys nobody asked for.
    fn finish(&mut self, object: &Object<'_>) {
        for key in object.map.keys() {
            if !object.asked.contains(&key.as_str()) {
                let hint = did_you_mean(key, object.asked.iter().copied());
                self.report(object.key(key), format!("不认识的键{hint}"));
            }
        }
    }

    pub(super) fn case(&mut self, value: &Value) -> Option<Case> {
        let mut root = self.object("", Some(value))?;
        let id = self.text(&mut root, "id").unwrap_or_default();
        let on = self.day(&mut root, "on");
        let area = self.required_text(&mut root, "area");
        let scheme = self.required_text(&mut root, "scheme");
        let person = root.get("person");
        let person = self.object("person", person).and_then(|object| self.person(object));
        let visit = root.get("visit");
        let visit = self.object("visit", visit).and_then(|object| self.visit(object));
        let bill = self.bill(&mut root);
        let (year_to_date, admissions) = self.year(&mut root);
        let use_account = self.flag(&mut root, "use_account").unwrap_or(false);
        self.finish(&root);
        let on = match on.or_else(|| visit.as_ref().and_then(|visit| visit.end.or(visit.begin))) {
            Some(on) => on,
            None => {
                self.report("on", "缺少结算日期，写作 \"2024-05-06\"，或用 --on 给出");
                return None;
            }
        };
        Some(Case {
            id,
            on,
            area: area?,
            scheme: scheme?,
            person: person?,
            visit: visit?,
            bill: bill?,
            year_to_date,
            admissions,
            use_account,
        })
    }

    fn person(&mut self, mut object: Object<'_>) -> Option<Person> {
        let status = self.word(&mut object, "status", Status::parse, Status::names().collect());
        if status.is_none() && !object.map.contains_key("status") {
            self.report("person.status", "缺少人员类别，如 active、retired、child");
        }
        let person = Person {
            status: status.unwrap_or(Status::Active),
            age: self.count(&mut object, "age"),
            cover_months: self.count(&mut object, "cover_months"),
            special: self.texts(&mut object, "special"),
            supplements: self.texts(&mut object, "supplements"),
            account_balance: self.money(&mut object, "account_balance").unwrap_or_default(),
            family_account_balance: self.money(&mut object, "family_account_balance").unwrap_or_default(),
        };
        self.finish(&object);
        status.map(|_| person)
    }

    fn visit(&mut self, mut object: Object<'_>) -> Option<Visit> {
        let kind = self.word(&mut object, "kind", Kind::parse, Kind::names().collect());
        if kind.is_none() && !object.map.contains_key("kind") {
            self.report("visit.kind", "缺少就诊类别，如 outpatient、inpatient、pharmacy");
        }
        let level = self.word(&mut object, "institution_level", Level::parse, Level::names().collect());
        let ordinal = self.count(&mut object, "admission_ordinal");
        if ordinal == Some(0) {
            self.report("visit.admission_ordinal", "住院次序从 1 起");
        }
        let visit = Visit {
            kind: kind.unwrap_or(Kind::Outpatient),
            level: level.unwrap_or(Level::Unrated),
            community: self.flag(&mut object, "community").unwrap_or(false),
            admission_ordinal: ordinal,
            begin: self.day(&mut object, "begin"),
            end: self.day(&mut object, "end"),
            programme: self.text(&mut object, "programme"),
            treatment_area: self.text(&mut object, "treatment_area"),
            filing: self.word(&mut object, "filing", Filing::parse, Filing::names().collect()).unwrap_or(Filing::None),
            selected: self.flag(&mut object, "selected_institution"),
            referred: self.flag(&mut object, "referred"),
        };
        if let (Some(begin), Some(end)) = (visit.begin, visit.end)
            && end < begin
        {
            self.report("visit.end", "结束日期早于开始日期");
        }
        self.finish(&object);
        kind.map(|_| visit)
    }

    fn bill(&mut self, root: &mut Object<'_>) -> Option<Bill> {
        let (amounts, lines) = (root.get("amounts"), root.get("lines"));
        match (amounts, lines) {
            (Some(amounts), None) => {
                let object = self.object("amounts", Some(amounts))?;
                self.amounts(object)
            }
            (None, Some(Value::Array(lines))) if !lines.is_empty() => {
                let lines: Vec<Option<BillLine>> =
                    lines.iter().enumerate().map(|(index, line)| self.line(index, line)).collect();
                lines.into_iter().collect::<Option<Vec<_>>>().map(Bill::Lines)
            }
            (None, Some(_)) => {
                self.report("lines", "应为非空的明细列表 [ … ]");
                None
            }
            (Some(_), Some(_)) => {
                self.report("lines", "amounts 与 lines 只能给一个");
                None
            }
            (None, None) => {
                self.report("amounts", "缺少金额：写 amounts（已分割的金额）或 lines（费用明细）");
                None
            }
        }
    }

    fn amounts(&mut self, mut object: Object<'_>) -> Option<Bill> {
        let before = self.problems.len();
        let total = self.money(&mut object, "total");
        let self_funded = self.money(&mut object, "fully_self_funded").unwrap_or_default();
        let over_limit = self.money(&mut object, "over_limit").unwrap_or_default();
        let upfront = self.money(&mut object, "upfront_self_paid").unwrap_or_default();
        let in_scope = self.money(&mut object, "in_scope");
        self.finish(&object);
        if self.problems.len() > before {
            return None;
        }
        let others = self_funded + over_limit + upfront;
        let (total, in_scope) = match (total, in_scope) {
            (Some(total), Some(in_scope)) => (total, in_scope),
            (None, Some(in_scope)) => (others + in_scope, in_scope),
            (Some(total), None) => (total, total - others),
            (None, None) => {
                self.report("amounts", "至少要有 total 或 in_scope");
                return None;
            }
        };
        if in_scope < Fen::ZERO || total != others + in_scope {
            let sum = others + in_scope;
            self.report(
                "amounts.total",
                format!("总额 {total} 应等于全自费、超限价、先行自付、范围内之和 {sum}，相差 {}", total - sum),
            );
            return None;
        }
        Some(Bill::Amounts { total, self_funded, over_limit, upfront, in_scope })
    }

    fn line(&mut self, index: usize, value: &Value) -> Option<BillLine> {
        let path = format!("lines[{}]", index + 1);
        let mut object = self.object(&path, Some(value))?;
        let item = self.required_text(&mut object, "item");
        let quantity = self.decimal(&mut object, "quantity", Quantity::parse);
        let unit_price = self.decimal(&mut object, "unit_price", UnitPrice::parse);
        let on = self.day(&mut object, "on");
        for (key, missing) in
            [("quantity", quantity.is_none()), ("unit_price", unit_price.is_none()), ("on", on.is_none())]
        {
            if missing && !object.map.contains_key(key) {
                self.report(object.key(key), "缺少，必须填写");
            }
        }
        self.finish(&object);
        Some(BillLine { item: item?, quantity: quantity?, unit_price: unit_price?, on: on? })
    }

    fn year(&mut self, root: &mut Object<'_>) -> (Vec<(String, Fen)>, Option<u16>) {
        let Some(value) = root.get("year_to_date") else { return (Vec::new(), None) };
        let Some(mut object) = self.object("year_to_date", Some(value)) else { return (Vec::new(), None) };
        let admissions = self.count(&mut object, "admissions");
        let mut year = Vec::new();
        for (key, value) in object.map.iter().filter(|(key, value)| *key != "admissions" && !value.is_null()) {
            match self.money_of(&object.key(key), value) {
                Some(fen) => year.push((key.clone(), fen)),
                None => continue,
            }
        }
        (year, admissions)
    }

    fn text(&mut self, object: &mut Object<'_>, key: &'static str) -> Option<String> {
        match object.get(key)? {
            Value::String(text) => Some(text.clone()),
            _ => {
                self.report(object.key(key), "应为字符串");
                None
            }
        }
    }

    fn required_text(&mut self, object: &mut Object<'_>, key: &'static str) -> Option<String> {
        if object.map.get(key).is_none_or(|value| value.is_null() || value.as_str() == Some("")) {
            object.asked.push(key);
            self.report(object.key(key), "缺少，必须填写");
            return None;
        }
        self.text(object, key)
    }

    fn texts(&mut self, object: &mut Object<'_>, key: &'static str) -> Vec<String> {
        match object.get(key) {
            None => Vec::new(),
            Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
                items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
            }
            Some(_) => {
                self.report(object.key(key), "应为字符串列表，如 [\"low_income\"]");
                Vec::new()
            }
        }
    }

    fn flag(&mut self, object: &mut Object<'_>, key: &'static str) -> Option<bool> {
        match object.get(key)? {
            Value::Bool(flag) => Some(*flag),
            _ => {
                self.report(object.key(key), "应为 true 或 false");
                None
            }
        }
    }

    fn count(&mut self, object: &mut Object<'_>, key: &'static str) -> Option<u16> {
        let value = object.get(key)?;
        let count = value.as_u64().and_then(|count| u16::try_from(count).ok()).filter(|&count| count < u16::MAX);
        if count.is_none() {
            self.report(object.key(key), "应为 0 至 65534 的整数");
        }
        count
    }

    fn day(&mut self, object: &mut Object<'_>, key: &'static str) -> Option<Day> {
        let text = self.text(object, key)?;
        match Day::parse(text.as_bytes()) {
            Ok(day) => Some(day),
            Err(_) => {
                self.report(object.key(key), format!("“{text}” 不是日期，应为 yyyy-MM-dd"));
                None
            }
        }
    }

    fn money(&mut self, object: &mut Object<'_>, key: &'static str) -> Option<Fen> {
        let value = object.get(key)?;
        self.money_of(&object.key(key), value)
    }

    fn money_of(&mut self, key: &str, value: &Value) -> Option<Fen> {
        let Value::String(text) = value else {
            self.report(key, "金额应写成字符串（元），如 \"1916.72\"");
            return None;
        };
        match Fen::parse(text.as_bytes()) {
            Ok(fen) if fen < Fen::ZERO => {
                self.report(key, format!("“{text}” 不能为负数；退费请写反向结算"));
                None
            }
            Ok(fen) if fen > AMOUNT_MAX => {
                self.report(key, format!("“{text}” 超过 10 亿元，请核对单位是否为元"));
                None
            }
            Ok(fen) => Some(fen),
            Err(_) => {
                self.report(key, format!("“{text}” 不是金额，应为至多两位小数的元，如 \"1916.72\""));
                None
            }
        }
    }

    fn decimal<T>(
        &mut self,
        object: &mut Object<'_>,
        key: &'static str,
        parse: fn(&[u8]) -> Result<T, model::DecimalError>,
    ) -> Option<T> {
        let text = self.text(object, key)?;
        match parse(text.as_bytes()) {
            Ok(number) => Some(number),
            Err(_) => {
                self.report(object.key(key), format!("“{text}” 不是至多四位小数的数值"));
                None
            }
        }
    }

    fn word<T>(
        &mut self,
        object: &mut Object<'_>,
        key: &'static str,
        parse: fn(&str) -> Option<T>,
        names: Vec<&'static str>,
    ) -> Option<T> {
        let text = self.text(object, key)?;
        let word = parse(&text);
        if word.is_none() {
            let hint = did_you_mean(&text, names.iter().copied());
            self.report(object.key(key), format!("不认识“{text}”{hint}"));
        }
        word
    }
}

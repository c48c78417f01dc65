//! A SELECT put together from conditions. Names of columns are constants of this crate; values are parameters, always.

use super::Page;
use crate::value::{Value, clean};
use std::borrow::Cow;
use std::sync::Arc;

/// A selection in the making.
#[derive(Debug)]
pub(crate) struct Select {
    head: Cow<'static, str>,
    conditions: Vec<String>,
    parameters: Vec<Value>,
    tail: String,
}

impl Select {
    /// All rows of a statement without conditions.
    pub(crate) fn of(head: &'static str) -> Self {
        Self { head: head.into(), conditions: Vec::new(), parameters: Vec::new(), tail: String::new() }
    }

    /// The same, for a statement put together from constants of this crate.
    pub(crate) fn owned(head: String) -> Self {
        Self { head: head.into(), conditions: Vec::new(), parameters: Vec::new(), tail: String::new() }
    }

    /// Whether nothing narrows it.
    pub(crate) fn is_whole(&self) -> bool {
        self.conditions.is_empty()
    }

    fn compare(mut self, column: &'static str, relation: &str, value: Value) -> Self {
        self.parameters.push(value);
        self.conditions.push(format!("{column} {relation} ${}", self.parameters.len()));
        self
    }

    /// Rows with this text.
    pub(crate) fn text(self, column: &'static str, text: &str) -> Self {
        self.compare(column, "=", Value::Text(clean(text.to_owned())))
    }

    /// Rows with this text, when there is one.
    pub(crate) fn maybe(self, column: &'static str, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(column, text),
            None => self,
        }
    }

    /// Rows that begin with this text.
    pub(crate) fn begins(self, column: &'static str, prefix: &str) -> Self {
        if prefix.is_empty() {
            return self;
        }
        let after = format!("{}{}", clean(prefix.to_owned()), char::MAX);
        self.compare(column, ">=", Value::Text(clean(prefix.to_owned()))).compare(column, "<", Value::Text(after))
    }

    /// Rows that have one of these texts; all when there is none to have.
    pub(crate) fn any_of(mut self, column: &'static str, texts: &[&str]) -> Self {
        if texts.is_empty() {
            return self;
        }
        let mut places = Vec::with_capacity(texts.len());
        for text in texts {
            self.parameters.push(Value::Text(clean((*text).to_owned())));
            places.push(format!("${}", self.parameters.len()));
        }
        self.conditions.push(format!("{column} IN ({})", places.join(", ")));
        self
    }

    /// Rows that begin with one of these texts; none when there is none to begin with.
    pub(crate) fn any_beginning(mut self, column: &'static str, stems: &[&str]) -> Self {
        if stems.contains(&"") {
            return self;
        }
        let mut ranges = vec!["1 = 0".to_owned()];
        for stem in stems {
            let after = format!("{}{}", clean((*stem).to_owned()), char::MAX);
            self.parameters.extend([Value::Text(clean((*stem).to_owned())), Value::Text(after)]);
            let last = self.parameters.len();
            ranges.push(format!("({column} >= ${} AND {column} < ${last})", last - 1));
        }
        self.conditions.push(format!("({})", ranges.join(" OR ")));
        self
    }

    /// Rows behind a place in an order by a column and the id.
    pub(crate) fn beyond(mut self, column: &'static str, value: Value, id: &str, descending: bool) -> Self {
        self.parameters.extend([value, Value::Text(clean(id.to_owned()))]);
        let (last, relation) = (self.parameters.len(), if descending { "<" } else { ">" });
        self.conditions.push(format!("({column}, id) {relation} (${}, ${last})", last - 1));
        self
    }

    /// Rows before a place in a descending order of two columns.
    pub(crate) fn below(mut self, column: &'static str, value: i64, second: &'static str, text: &str) -> Self {
        self.parameters.extend([Value::Number(value), Value::Text(clean(text.to_owned()))]);
        let last = self.parameters.len();
        self.conditions.push(format!("({column}, {second}) < (${}, ${last})", last - 1));
        self
    }

    /// The whole selection as one to select from.
    pub(crate) fn wrapped(self) -> Self {
        let (sql, parameters) = self.finish();
        Self::owned(format!("SELECT * FROM ({sql}) AS one")).with(parameters)
    }

    /// Rows of both selections; what was wrapped before comes first.
    pub(crate) fn union(mut self, other: Self) -> Self {
        let before = self.parameters.len();
        let (sql, parameters) = other.finish();
        self.head = format!("{} UNION ALL SELECT * FROM ({}) AS other", self.head, moved(&sql, before)).into();
        self.parameters.extend(parameters);
        self
    }

    fn with(mut self, parameters: Vec<Value>) -> Self {
        self.parameters = parameters;
        self
    }

    /// With this at the end of the statement.
    pub(crate) fn tail(mut self, tail: &str) -> Self {
        self.tail.push_str(tail);
        self
    }

    /// Rows for which a constant condition holds.
    pub(crate) fn holds(mut self, condition: &'static str) -> Self {
        self.conditions.push(condition.to_owned());
        self
    }

    /// Rows with at least this number, when there is one.
    pub(crate) fn from(self, column: &'static str, number: Option<i64>) -> Self {
        match number {
            Some(number) => self.compare(column, ">=", Value::Number(number)),
            None => self,
        }
    }

    /// Rows below this number, when there is one.
    pub(crate) fn until(self, column: &'static str, number: Option<i64>) -> Self {
        match number {
            Some(number) => self.compare(column, "<", Value::Number(number)),
            None => self,
        }
    }

    /// Rows whose column is among the rows of another selection, which must come before any other condition's value.
    pub(crate) fn within(mut self, column: &'static str, other: Self) -> Self {
        let before = self.parameters.len();
        let conditions: Vec<String> = other
            .conditions
            .iter()
            .zip(before + 1..)
            .map(|(condition, number)| match condition.rsplit_once('$') {
                Some((relation, _)) => format!("{relation}${number}"),
                None => condition.clone(),
            })
            .collect();
        self.parameters.extend(other.parameters);
        self.conditions.push(format!("{column} IN ({} WHERE {})", other.head, conditions.join(" AND ")));
        self
    }

    /// In this order.
    pub(crate) fn order(mut self, columns: &'static str) -> Self {
        self.tail = format!(" ORDER BY {columns}");
        self
    }

    /// Only a page.
    pub(crate) fn page(mut self, page: Option<Page>) -> Self {
        if let Some(page) = page {
            let number = |count: u64| Value::Number(i64::try_from(count).unwrap_or(i64::MAX));
            self.parameters.extend([number(page.limit), number(page.skip)]);
            let last = self.parameters.len();
            self.tail.push_str(&format!(" LIMIT ${} OFFSET ${last}", last - 1));
        }
        self
    }

    /// The statement and its parameters.
    pub(crate) fn finish(self) -> (Arc<str>, Vec<Value>) {
        let mut sql = self.head.into_owned();
        if !self.conditions.is_empty() {
            sql.push_str(" WHERE ");
            sql.push_str(&self.conditions.join(" AND "));
        }
        sql.push_str(&self.tail);
        (sql.into(), self.parameters)
    }
}

/// A statement whose parameters are numbered from a later place.
fn moved(sql: &str, by: usize) -> String {
    let mut parts = sql.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        text.push_str(&format!("${}{rest}", number.parse::<usize>().unwrap_or_default() + by));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_parameters_in_the_order_of_their_conditions() {
        let inner = Select::of("SELECT owner_id FROM coverage").text("area", "110000").maybe("insurance", Some("310"));
        let outer = Select::of("SELECT body FROM person")
            .text("name", "x' OR '1'='1")
            .within("owner_id", inner)
            .order("owner_id")
            .page(Some(Page { skip: 20, limit: 10 }));
        let (sql, parameters) = outer.finish();
        assert_eq!(
            &*sql,
            "SELECT body FROM person WHERE name = $1 AND owner_id IN \
             (SELECT owner_id FROM coverage WHERE area = $2 AND insurance = $3) ORDER BY owner_id LIMIT $4 OFFSET $5"
        );
        assert_eq!(parameters.len(), 5);
        assert_eq!(parameters[0], Value::Text("x' OR '1'='1".to_owned()));
    }
}

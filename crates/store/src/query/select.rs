//! A SELECT put together from conditions. Names of columns are constants of this crate; values are parameters, always.

use super::Page;
use crate::value::{Value, clean};
use std::sync::Arc;

/// A selection in the making.
#[derive(Debug)]
pub(crate) struct Select {
    head: &'static str,
    conditions: Vec<String>,
    parameters: Vec<Value>,
    tail: String,
}

impl Select {
    /// All rows of a statement without conditions.
    pub(crate) fn of(head: &'static str) -> Self {
        Self { head, conditions: Vec::new(), parameters: Vec::new(), tail: String::new() }
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

    /// With this at the end of the statement.
    pub(crate) fn tail(mut self, tail: &str) -> Self {
        self.tail.push_str(tail);
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
        let mut sql = self.head.to_owned();
        if !self.conditions.is_empty() {
            sql.push_str(" WHERE ");
            sql.push_str(&self.conditions.join(" AND "));
        }
        sql.push_str(&self.tail);
        (sql.into(), self.parameters)
    }
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

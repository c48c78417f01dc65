//! Rules about institutions and groups, run over a session: prepared tables, a statement a rule, its rows judged.
//!
//! Prepared tables (`population::FACTS`) are made once for all rules that name them. A rule whose statement fails ends
//! the run with its name: a partial audit must not look whole. One that needs more memory than there is is handed back
//! with the reason, to be listed among the rules that did not run.

use ::population::{Fact, Rows, Value, facts_for, judge};
use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, TimeUnit, TimestampSecondType};
use audit::{Query, Rule};
use model::{Day, Finding, Stamp};

use crate::{Answer, LakeSession, QueryError};

/// A rule with a query, and its index in the library.
pub type IndexedRule<'a> = (u32, &'a Rule, &'a Query);

/// The rules that have a query and are wanted.
pub fn query_rules(rules: &[Rule], wanted: impl Fn(u32) -> bool) -> Vec<IndexedRule<'_>> {
    let indexed = rules.iter().enumerate().filter_map(|(index, rule)| Some((index as u32, rule, rule.query.as_ref()?)));
    indexed.filter(|(index, ..)| wanted(*index)).collect()
}

/// What rules over a session found, and which of them did not run.
#[derive(Debug, Default)]
pub struct Found {
    /// In rule order.
    pub findings: Vec<Finding>,
    /// The index of a rule, and why it did not run.
    pub not_run: Vec<(u32, String)>,
}

/// The prepared tables that these rules name, in the order in which they can be made.
pub fn wanted_facts(rules: &[IndexedRule<'_>]) -> Vec<Fact> {
    facts_for(rules.iter().map(|(_, _, query)| query.sql.as_str()))
}

/// Makes a prepared table; returns its rows.
pub fn prepare_fact(session: &LakeSession, fact: Fact) -> Result<usize, QueryError> {
    let answer = session.sql_in_steps(fact.sql)?;
    session.register(fact.name, answer.schema().clone(), answer.batches().to_vec())?;
    Ok(answer.rows())
}

/// Makes the prepared tables that these rules name.
pub fn prepare_facts(session: &LakeSession, rules: &[IndexedRule<'_>]) -> Result<(), QueryError> {
    wanted_facts(rules).into_iter().try_for_each(|fact| prepare_fact(session, fact).map(drop))
}

/// Runs the rules over the session, whose facts are prepared.
pub fn run_queries(session: &LakeSession, rules: &[IndexedRule<'_>]) -> Result<Found, QueryError> {
    let mut found = Found::default();
    for (index, rule, query) in rules {
        let failed =
            |error: &dyn std::fmt::Display| QueryError::Rule { rule: rule.id.clone(), reason: error.to_string() };
        match session.sql_in_steps(&query.statement()) {
            Ok(answer) => {
                let rows = rows_of(&answer)?;
                found.findings.extend(judge(rule, *index, &rows).map_err(|error| failed(&error))?);
            }
            Err(error @ QueryError::TooLarge(_)) => found.not_run.push((*index, error.to_string())),
            Err(error) => return Err(failed(&error)),
        }
    }
    Ok(found)
}

/// An answer as plain values.
fn rows_of(answer: &Answer) -> Result<Rows, QueryError> {
    let columns: Vec<String> = answer.schema().fields().iter().map(|field| field.name().clone()).collect();
    let mut cells: Vec<Vec<Value>> = Vec::with_capacity(answer.rows());
    for batch in answer.batches() {
        let from = cells.len();
        cells.extend((0..batch.num_rows()).map(|_| Vec::with_capacity(columns.len())));
        for column in batch.columns() {
            let values = values_of(column.as_ref())?;
            for (row, value) in cells.iter_mut().skip(from).zip(values) {
                row.push(value);
            }
        }
    }
    Ok(Rows { columns, cells })
}

fn values_of(column: &dyn Array) -> Result<Vec<Value>, QueryError> {
    let bug = |error: &dyn std::fmt::Display| QueryError::Bug(format!("answer: {error}"));
    let as_kind = |kind: &DataType| cast(column, kind).map_err(|error| bug(&error));
    let or_null = |value: Option<Value>| value.unwrap_or(Value::Null);
    Ok(match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().iter().map(|v| or_null(v.map(|v| Value::Text(v.into())))).collect(),
        DataType::Date32 => {
            column.as_primitive::<Date32Type>().iter().map(|v| or_null(v.map(|v| Value::Day(Day(v))))).collect()
        }
        DataType::Timestamp(..) => as_kind(&DataType::Timestamp(TimeUnit::Second, None))?
            .as_primitive::<TimestampSecondType>()
            .iter()
            .map(|v| or_null(v.map(|v| Value::Stamp(Stamp(v)))))
            .collect(),
        DataType::Float64 | DataType::Float32 | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            as_kind(&DataType::Float64)?
                .as_primitive::<Float64Type>()
                .iter()
                .map(|v| or_null(v.map(Value::Real)))
                .collect()
        }
        _ => as_kind(&DataType::Int64)?
            .as_primitive::<Int64Type>()
            .iter()
            .map(|v| or_null(v.map(Value::Whole)))
            .collect(),
    })
}

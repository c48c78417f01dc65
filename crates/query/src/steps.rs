//! A rule's statement, cut into steps: what it names more than once is computed once.
//!
//! DataFusion puts a `WITH` part into the plan wherever it is named, and computes it anew each time; over a year of claims
//! that is a scan and a grouping of all lines each time. A part that is named twice or more becomes a step of its own, whose
//! answer the later steps read as a table.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Cte, Query, Statement, Visit, visit_relations};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

/// What to ask one after the other.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Steps {
    /// Tables to make, each after those it reads: name and statement.
    pub tables: Vec<(String, String)>,
    /// The statement that answers.
    pub last: String,
}

/// Cuts a statement. `taken` says which names are tables already: a part of that name stays where it is, and so does
/// everything of a statement that is not understood here.
pub(crate) fn steps(statement: &str, taken: impl Fn(&str) -> bool) -> Steps {
    let whole = || Steps { tables: Vec::new(), last: statement.to_owned() };
    let Ok(parsed) = Parser::parse_sql(&GenericDialect {}, statement) else { return whole() };
    let [Statement::Query(query)] = parsed.as_slice() else { return whole() };
    let mut query = (**query).clone();
    let Some(with) = query.with.clone().filter(|with| !with.recursive) else { return whole() };
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    with.cte_tables.iter().for_each(|part| count(&part.query, &mut uses));
    count(&query.body, &mut uses);
    let (mut tables, mut kept): (Vec<(String, String)>, Vec<Cte>) = (Vec::new(), Vec::new());
    for part in with.cte_tables.iter().cloned() {
        let name = part.alias.name.value.clone();
        let again = uses.get(&name).is_some_and(|times| *times > 1);
        if again && !taken(&name) && part.query.with.is_none() {
            tables.push((name, with_parts(&part.query, &kept)));
        } else {
            kept.push(part);
        }
    }
    query.with = None;
    let last = with_parts(&query, &kept);
    Steps { tables, last }
}

/// How often each table is named.
fn count(part: &impl Visit, uses: &mut BTreeMap<String, usize>) {
    let _ = visit_relations(part, |name| {
        *uses.entry(name.to_string()).or_default() += 1;
        ControlFlow::<()>::Continue(())
    });
}

/// A query after the parts that stay with it.
fn with_parts(query: &Query, parts: &[Cte]) -> String {
    if parts.is_empty() {
        return query.to_string();
    }
    let parts: Vec<String> = parts.iter().map(Cte::to_string).collect();
    format!("WITH {} {query}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(statement: &str) -> (Vec<(String, String)>, String) {
        let steps = steps(statement, |name| name == "visits");
        (steps.tables, steps.last)
    }

    #[test]
    fn what_is_named_twice_is_a_step_and_what_it_reads_goes_with_it() {
        let (tables, last) = cut("WITH a AS (SELECT 1 AS x), b AS (SELECT x FROM a), c AS (SELECT 2 AS y) \
             SELECT b.x FROM b JOIN b AS d ON b.x = d.x JOIN c ON c.y = b.x");
        assert_eq!(tables, [("b".to_owned(), "WITH a AS (SELECT 1 AS x) SELECT x FROM a".to_owned())]);
        let parts = "WITH a AS (SELECT 1 AS x), c AS (SELECT 2 AS y)";
        assert_eq!(last, format!("{parts} SELECT b.x FROM b JOIN b AS d ON b.x = d.x JOIN c ON c.y = b.x"));
    }

    #[test]
    fn a_part_named_in_a_subquery_counts() {
        let (tables, last) = cut("WITH a AS (SELECT 1 AS x) SELECT x FROM a WHERE x IN (SELECT MAX(x) FROM a)");
        assert_eq!(tables, [("a".to_owned(), "SELECT 1 AS x".to_owned())]);
        assert_eq!(last, "SELECT x FROM a WHERE x IN (SELECT MAX(x) FROM a)");
    }

    #[test]
    fn what_is_named_once_or_hides_a_table_or_is_not_understood_stays() {
        let once = "WITH a AS (SELECT 1 AS x) SELECT x FROM a";
        assert_eq!(cut(once), (vec![], once.to_owned()));
        let hides = "WITH visits AS (SELECT 1 AS x) SELECT a.x FROM visits AS a JOIN visits AS b ON a.x = b.x";
        assert_eq!(cut(hides), (vec![], hides.to_owned()));
        for other in ["SELECT 1", "WITH RECURSIVE a AS (SELECT 1 AS x) SELECT x FROM a, a", "nonsense"] {
            assert_eq!(cut(other), (vec![], other.to_owned()));
        }
    }
}

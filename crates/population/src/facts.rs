//! What rules about institutions and groups read besides the tables of the lake: one row an institution, a visit, a
//! stay. Each is a statement over the tables and the facts before it; `query` computes those that a rule names.

/// A prepared table.
#[derive(Debug, Clone, Copy)]
pub struct Fact {
    /// Its name in statements.
    pub name: &'static str,
    /// What makes it.
    pub sql: &'static str,
}

/// The prepared tables, each after those that it reads.
pub const FACTS: [Fact; 6] = [
    Fact { name: "places", sql: include_str!("facts/places.sql") },
    Fact { name: "visit_facts", sql: include_str!("facts/visit_facts.sql") },
    Fact { name: "trace_codes", sql: include_str!("facts/trace_codes.sql") },
    Fact { name: "main_diagnoses", sql: include_str!("facts/main_diagnoses.sql") },
    Fact { name: "planned_visits", sql: include_str!("facts/planned_visits.sql") },
    Fact { name: "stays", sql: include_str!("facts/stays.sql") },
];

/// The facts that these statements name, and what those read, in the order in which they can be made.
#[must_use]
pub fn facts_for<'a>(statements: impl IntoIterator<Item = &'a str>) -> Vec<Fact> {
    let mut wanted = [false; FACTS.len()];
    let mut mark = |sql: &str, below: usize| {
        for (wanted, fact) in wanted.iter_mut().zip(&FACTS).take(below) {
            *wanted |= names(sql, fact.name);
        }
        wanted
    };
    let mut marked = [false; FACTS.len()];
    for statement in statements {
        marked = mark(statement, FACTS.len());
    }
    for (index, fact) in FACTS.iter().enumerate().rev() {
        if marked.get(index) == Some(&true) {
            marked = mark(fact.sql, index);
        }
    }
    FACTS.iter().zip(marked).filter(|(_, wanted)| *wanted).map(|(fact, _)| *fact).collect()
}

/// Whether a statement names a table, as a word of its own.
fn names(sql: &str, table: &str) -> bool {
    sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_brings_what_it_reads() {
        let wanted = |sql| facts_for([sql]).iter().map(|fact| fact.name).collect::<Vec<_>>();
        assert_eq!(wanted("SELECT 1 FROM visits"), [""; 0]);
        assert_eq!(wanted("SELECT 1 FROM main_diagnoses d"), ["main_diagnoses"]);
        assert_eq!(
            wanted("SELECT 1 FROM stays"),
            ["places", "visit_facts", "main_diagnoses", "planned_visits", "stays"]
        );
        assert_eq!(facts_for(["FROM places", "FROM main_diagnoses"]).len(), 2);
    }
}

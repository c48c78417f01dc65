//! The `[query]` of a rule about institutions or groups: SQL over the lake, and how its rows are judged.
//!
//! ~~~text
//! grain = "institution"               # or "population"
//! [query]
//! judge = "peers"                     # rows | peers | months | groups
//! evidence = "{period}药占比{value%}，同组{peers}家中位数{median%}"
//! …                                   # the limits of that judge, see `Judge`
//! [params]                            # free: `$name` in the SQL
//! ~~~
//!
//! The SQL is the first ```sql block of the body. Nothing is run here: `population` judges rows, `query` gets them.
//! Limits are decimals in ten-thousandths ([`Quantity`]); the statistics behind them are not this crate's.

use datafile::{Reading, Table};
use model::Quantity;
use toml::de::DeValue;

/// How a rule about many visits is put and judged.
#[derive(Debug, Clone)]
pub struct Query {
    /// The statement, with `$name` where a parameter goes.
    pub sql: String,
    /// What makes a row a finding.
    pub judge: Judge,
    /// The sentence of a finding, with `{column}` where a figure goes.
    pub evidence: String,
    /// Parameters of the statement, as SQL text.
    pub params: Vec<QueryParam>,
}

/// One parameter of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryParam {
    /// Key in `[params]`.
    pub name: String,
    /// As it is shown: `30`, `0.5`, `XJ01 XJ02`.
    pub shown: String,
    /// As it stands in the SQL: a number, `'text'`, `('a', 'b')`.
    pub sql: String,
}

/// What makes a row, or several, a finding.
#[derive(Debug, Clone)]
pub enum Judge {
    /// Every row is one: the statement itself says what is at fault.
    Rows,
    /// A row whose value lies outside its peer group's.
    Peers(PeerLimits),
    /// A series of months whose value has shifted (CUSUM).
    Months(ShiftLimits),
    /// Persons who are seen together again and again.
    Groups(GroupLimits),
}

/// How far from its peers a value may lie.
#[derive(Debug, Clone)]
pub struct PeerLimits {
    /// The statistic.
    pub test: PeerTest,
    /// Robust z, standard errors of the funnel, or percentile, by `test`.
    pub limit: Quantity,
    /// Which side is at fault.
    pub side: Side,
    /// A row that rests on less says nothing.
    pub min_size: i64,
    /// Fewer peers say nothing: the row is held against the wider group.
    pub min_peers: i64,
    /// Besides the test the value must be at least (or, on the low side, at most) this.
    pub least: Option<Quantity>,
    /// Empirical-Bayes weight of the peers, in units of size; 0 leaves the value as it is.
    pub shrink: i64,
}

/// The statistic that compares a value with its peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerTest {
    /// 0.6745 (x − median) / MAD
    RobustZ,
    /// Rank percentile, of 100
    Percentile,
    /// Funnel limits of a rate, widened for over-dispersion
    Funnel,
}

/// Which side of the peers is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Too much
    High,
    /// Too little
    Low,
    /// Either
    Both,
}

/// When a series has shifted.
#[derive(Debug, Clone)]
pub struct ShiftLimits {
    /// Months from which the usual level is learned.
    pub baseline_months: i64,
    /// Standard deviations that are let pass each month (k).
    pub drift: Quantity,
    /// Standard deviations that alarm when summed up (h).
    pub limit: Quantity,
    /// Months that rest on less are left out.
    pub min_size: i64,
    /// The month must differ from the usual level by at least this, whatever its deviation.
    pub least: Option<Quantity>,
}

/// When persons seen together are a group.
#[derive(Debug, Clone)]
pub struct GroupLimits {
    /// Two events of one place are together when so many seconds apart or less.
    pub window_seconds: i64,
    /// Two persons belong together from so many times on.
    pub min_together: i64,
    /// Persons of a group.
    pub min_group: i64,
    /// Pairs that belong together, of all pairs of the group, in percent.
    pub min_density_percent: i64,
    /// Times together over what chance would give.
    pub min_lift: i64,
    /// Places in which the group was seen together.
    pub min_places: i64,
    /// Coefficient of variation of the amounts, at most, in percent; 0 does not look at it.
    pub max_variation_percent: i64,
    /// Members of one household up to this size do not count as together.
    pub household_max: i64,
    /// Crowds that came together again count when chance would give fewer of them than this, in everything that was
    /// compared; without it nothing is left out.
    pub max_chance: Option<Quantity>,
}

const TESTS: [(&str, PeerTest); 3] =
    [("robust-z", PeerTest::RobustZ), ("percentile", PeerTest::Percentile), ("funnel", PeerTest::Funnel)];
const SIDES: [(&str, Side); 3] = [("high", Side::High), ("low", Side::Low), ("both", Side::Both)];
const JUDGES: [(&str, usize); 4] = [("rows", 0), ("peers", 1), ("months", 2), ("groups", 3)];

impl Query {
    /// Reads `[query]` and `[params]` of a head, and the statement of the body.
    pub(crate) fn read(
        mut table: Table<'_, '_>,
        params: Option<Table<'_, '_>>,
        body: &str,
        reading: &mut Reading<'_>,
    ) -> Option<Self> {
        let line = table.line();
        let evidence = table.text(reading, "evidence");
        let judge = match table.required_word(reading, "judge", &JUDGES) {
            Some(0) => Some(Judge::Rows),
            Some(1) => PeerLimits::read(&mut table, reading).map(Judge::Peers),
            Some(2) => ShiftLimits::read(&mut table, reading).map(Judge::Months),
            Some(_) => Some(Judge::Groups(GroupLimits::read(&mut table, reading))),
            None => None,
        };
        table.finish(reading);
        let sql = statement(body);
        if sql.is_none() {
            reading.report(line, "query", "正文缺少查询语句（```sql 代码块）");
        }
        let params = params.map(|table| read_params(table, reading)).unwrap_or_default();
        let query = Self { sql: sql?.to_owned(), judge: judge?, evidence, params };
        for name in query.unknown_names() {
            reading.report(line, "query", format!("查询语句引用了 [params] 中没有的参数“${name}”"));
        }
        Some(query)
    }

    /// The statement with its parameters in place.
    #[must_use]
    pub fn statement(&self) -> String {
        let mut text = String::with_capacity(self.sql.len() + 256);
        for piece in pieces(&self.sql) {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Name(name) => {
                    text.push_str(self.params.iter().find(|p| p.name == name).map_or("NULL", |p| p.sql.as_str()));
                }
            }
        }
        text
    }

    fn unknown_names(&self) -> Vec<&str> {
        let names = pieces(&self.sql).filter_map(|piece| match piece {
            Piece::Name(name) => Some(name),
            Piece::Text(_) => None,
        });
        names.filter(|name| !self.params.iter().any(|p| p.name == **name)).collect()
    }
}

enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

/// Cuts a statement at its `$name`s.
fn pieces(sql: &str) -> impl Iterator<Item = Piece<'_>> {
    sql.split('$').enumerate().flat_map(|(index, part)| {
        let end = if index == 0 {
            0
        } else {
            part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len())
        };
        let (name, text) = part.split_at(end);
        [(index > 0).then_some(Piece::Name(name)), Some(Piece::Text(text))].into_iter().flatten()
    })
}

/// The first ```sql block of a body.
fn statement(body: &str) -> Option<&str> {
    let from = body.find("```sql\n")? + "```sql\n".len();
    let rest = body.get(from..)?;
    rest.get(..rest.find("\n```")?)
}

impl PeerLimits {
    fn read(table: &mut Table<'_, '_>, reading: &mut Reading<'_>) -> Option<Self> {
        let test = table.required_word(reading, "test", &TESTS);
        let limit = required_limit(table, reading);
        Some(Self {
            test: test?,
            limit: limit?,
            side: table.word(reading, "side", &SIDES).unwrap_or(Side::High),
            min_size: whole(table, reading, "min_size", 1),
            min_peers: whole(table, reading, "min_peers", 8),
            least: table.quantity(reading, "least"),
            shrink: whole(table, reading, "shrink", 0),
        })
    }
}

impl ShiftLimits {
    fn read(table: &mut Table<'_, '_>, reading: &mut Reading<'_>) -> Option<Self> {
        let limit = required_limit(table, reading);
        Some(Self {
            baseline_months: whole(table, reading, "baseline_months", 6).max(2),
            drift: table.quantity(reading, "drift").unwrap_or(Quantity(5_000)),
            limit: limit?,
            min_size: whole(table, reading, "min_size", 1),
            least: table.quantity(reading, "least"),
        })
    }
}

impl GroupLimits {
    fn read(table: &mut Table<'_, '_>, reading: &mut Reading<'_>) -> Self {
        Self {
            window_seconds: whole(table, reading, "window_seconds", 600),
            min_together: whole(table, reading, "min_together", 2),
            min_group: whole(table, reading, "min_group", 4),
            min_density_percent: whole(table, reading, "min_density_percent", 50),
            min_lift: whole(table, reading, "min_lift", 0),
            min_places: whole(table, reading, "min_places", 1),
            max_variation_percent: whole(table, reading, "max_variation_percent", 0),
            household_max: whole(table, reading, "household_max", 4),
            max_chance: table.quantity(reading, "max_chance"),
        }
    }
}

fn required_limit(table: &mut Table<'_, '_>, reading: &mut Reading<'_>) -> Option<Quantity> {
    if !table.holds("limit") {
        reading.report(table.line(), "query.limit", "缺少此键，必须填写");
    }
    table.quantity(reading, "limit")
}

fn whole(table: &mut Table<'_, '_>, reading: &mut Reading<'_>, key: &'static str, default: i64) -> i64 {
    if table.holds(key) { table.integer(reading, key).unwrap_or(default) } else { default }
}

/// Free parameters: whole numbers, decimals in quotes, words, lists of words.
fn read_params(mut table: Table<'_, '_>, reading: &mut Reading<'_>) -> Vec<QueryParam> {
    let mut params = Vec::new();
    for (name, value) in table.take_entries() {
        let param = match value.get_ref() {
            DeValue::Integer(number) => Some((number.as_str().to_owned(), number.as_str().to_owned())),
            DeValue::String(text) => Some((text.to_string(), scalar(text))),
            DeValue::Array(items) => {
                let texts: Option<Vec<String>> = items
                    .iter()
                    .map(|item| match item.get_ref() {
                        DeValue::String(text) => Some(text.to_string()),
                        _ => None,
                    })
                    .collect();
                texts.map(|texts| (texts.join(" "), list(&texts)))
            }
            _ => None,
        };
        match param {
            Some((shown, sql)) => params.push(QueryParam { name, shown, sql }),
            None => table.report_wrong(reading, value, &name, "整数、引号中的小数或字符串列表"),
        }
    }
    params
}

/// A decimal stays a number; anything else is a text.
fn scalar(text: &str) -> String {
    if Quantity::parse(text.as_bytes()).is_ok() { text.to_owned() } else { quoted(text) }
}

/// A list for `IN`; an empty one matches nothing.
fn list(texts: &[String]) -> String {
    if texts.is_empty() {
        return "(NULL)".into();
    }
    let quoted: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("({})", quoted.join(", "))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(sql: &str, params: &[(&str, &str)]) -> Query {
        let param = |&(name, sql): &(&str, &str)| QueryParam { name: name.into(), shown: sql.into(), sql: sql.into() };
        let params = params.iter().map(param).collect();
        Query { sql: sql.into(), judge: Judge::Rows, evidence: String::new(), params }
    }

    #[test]
    fn parameters_take_their_places() {
        let query =
            query("SELECT $a WHERE x IN $list AND y < $a_b", &[("a", "1"), ("a_b", "0.5"), ("list", "('p', 'q')")]);
        assert_eq!(query.statement(), "SELECT 1 WHERE x IN ('p', 'q') AND y < 0.5");
        assert!(query.unknown_names().is_empty());
    }

    #[test]
    fn a_name_without_a_parameter_is_told() {
        assert_eq!(query("SELECT $b + $a", &[("a", "1")]).unknown_names(), ["b"]);
    }

    #[test]
    fn texts_are_quoted_so_that_no_parameter_is_code() {
        assert_eq!(scalar("0.05"), "0.05");
        assert_eq!(scalar("x'; DROP"), "'x''; DROP'");
        assert_eq!(list(&["N18".into(), "O'".into()]), "('N18', 'O''')");
        assert_eq!(list(&[]), "(NULL)");
    }

    #[test]
    fn the_statement_is_the_first_sql_block() {
        assert_eq!(statement("# x\n```sql\nSELECT 1\n```\n```sql\nSELECT 2\n```"), Some("SELECT 1"));
        assert_eq!(statement("# x\n```toml\nSELECT 1\n```"), None);
    }
}

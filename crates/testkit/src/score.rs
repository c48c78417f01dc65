//! The scorer behind `yibao score`: findings held against the truth.
//!
//! A finding and a row of the truth are the same when rule, visit and line are; the line is empty when the
//! visit is at fault. What is about no visit is the same when rule and institution are. A finding that the truth does not name is unexpected; one that a look-alike names
//! is a look-alike wrongly hit, and unexpected too. Rules that neither file names do not appear. Money
//! is compared where the truth fixes it. Everything is integers; ratios are shown with four decimals.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use model::{Fen, Severity};

use crate::error::TestkitError;
use crate::table;
use crate::truth::TRUTH_COLUMNS;

/// What is counted for a rule or a severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Violations in the truth.
    pub planted: u64,
    /// Of these, found.
    pub found: u64,
    /// Of these, not found.
    pub missed: u64,
    /// Findings that are not in the truth.
    pub unexpected: u64,
    /// Look-alikes in the truth.
    pub look_alikes: u64,
    /// Of these, wrongly found.
    pub look_alikes_hit: u64,
    /// Σ amounts of the found violations whose amount the truth fixes.
    pub amount_planted: Fen,
    /// Σ |difference| of those amounts.
    pub amount_off: Fen,
}

/// A ratio of two counts; 1 when nothing was to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ratio {
    /// Parts of 10,000, rounded down so that 1.0000 means all.
    pub ten_thousandths: u64,
}

/// A finding or a truth row that has no counterpart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Discrepancy {
    /// `rule_id`
    pub rule_id: String,
    /// `mdtrt_id`
    pub mdtrt_id: String,
    /// `feedetl_sn`
    pub feedetl_sn: String,
    /// The dose of a truth row, the evidence of a finding.
    pub about: String,
}

/// The result of a comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Score {
    /// By rule.
    pub rules: BTreeMap<String, RuleScore>,
    /// Planted, not found.
    pub missed: Vec<Discrepancy>,
    /// Found, not planted.
    pub unexpected: Vec<Discrepancy>,
}

/// The counts of a rule and its severity, when anything says which.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleScore {
    /// From the findings, else from what the caller knows of the rule.
    pub severity: Option<Severity>,
    /// What was counted.
    pub counts: Counts,
}

/// What a score must reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Recall and precision of clear rules.
    pub clear: Ratio,
    /// Recall and precision of suspicious rules.
    pub suspicious: Ratio,
}

impl Target {
    /// 1.0000 for clear rules, 0.9500 for suspicious ones.
    pub const REQUIRED: Self =
        Self { clear: Ratio { ten_thousandths: 10_000 }, suspicious: Ratio { ten_thousandths: 9_500 } };
}

impl Ratio {
    /// `part` of `whole`; 1 when `whole` is 0.
    #[must_use]
    pub fn of(part: u64, whole: u64) -> Self {
        Self { ten_thousandths: (part * 10_000).checked_div(whole).unwrap_or(10_000) }
    }
}

impl std::fmt::Display for Ratio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:04}", self.ten_thousandths / 10_000, self.ten_thousandths % 10_000)
    }
}

impl Counts {
    /// Found of planted.
    #[must_use]
    pub fn recall(&self) -> Ratio {
        Ratio::of(self.found, self.planted)
    }

    /// Found of all findings.
    #[must_use]
    pub fn precision(&self) -> Ratio {
        Ratio::of(self.found, self.found + self.unexpected)
    }

    fn add(&mut self, other: &Self) {
        self.planted += other.planted;
        self.found += other.found;
        self.missed += other.missed;
        self.unexpected += other.unexpected;
        self.look_alikes += other.look_alikes;
        self.look_alikes_hit += other.look_alikes_hit;
        self.amount_planted += other.amount_planted;
        self.amount_off += other.amount_off;
    }
}

type Key = (String, String, String);

#[derive(Debug, Default)]
struct Truth {
    /// Dose, amount.
    violations: BTreeMap<Key, (String, Option<Fen>)>,
    look_alikes: BTreeSet<Key>,
}

#[derive(Debug)]
struct Found {
    severity: Option<Severity>,
    amount: Fen,
    evidence: String,
}

/// Compares two files. `severities` says what a rule is that no finding names.
///
/// # Errors
/// A file that cannot be read or lacks a column, a row that is not what it should be.
pub fn score(
    truth_csv: &Path,
    findings_csv: &Path,
    severities: &BTreeMap<String, Severity>,
) -> Result<Score, TestkitError> {
    let read =
        |path: &Path| std::fs::read(path).map_err(|error| TestkitError::Read(format!("{}（{error}）", path.display())));
    score_bytes(&read(truth_csv)?, &read(findings_csv)?, severities)
}

/// As [`score`], of files in memory.
///
/// # Errors
/// As [`score`].
pub fn score_bytes(
    truth_csv: &[u8],
    findings_csv: &[u8],
    severities: &BTreeMap<String, Severity>,
) -> Result<Score, TestkitError> {
    let truth = read_truth(truth_csv)?;
    let found = read_findings(findings_csv)?;
    let mut score = Score::default();
    for (key, (dose, amount)) in &truth.violations {
        let counts = score.counts(&key.0);
        counts.planted += 1;
        if let Some(finding) = found.get(key) {
            counts.found += 1;
            if let Some(amount) = amount {
                counts.amount_planted += *amount;
                counts.amount_off += Fen((finding.amount - *amount).0.abs());
            }
        } else {
            counts.missed += 1;
            score.missed.push(discrepancy(key, dose));
        }
    }
    for key in &truth.look_alikes {
        let counts = score.counts(&key.0);
        counts.look_alikes += 1;
        counts.look_alikes_hit += u64::from(found.contains_key(key));
    }
    for (key, finding) in &found {
        if !truth.violations.contains_key(key) {
            score.counts(&key.0).unexpected += 1;
            score.unexpected.push(discrepancy(key, &finding.evidence));
        }
        let rule = score.rules.entry(key.0.clone()).or_default();
        rule.severity = rule.severity.or(finding.severity);
    }
    for (rule_id, rule) in &mut score.rules {
        rule.severity = rule.severity.or(severities.get(rule_id).copied());
    }
    Ok(score)
}

fn discrepancy(key: &Key, about: &str) -> Discrepancy {
    let (rule_id, mdtrt_id, feedetl_sn) = key.clone();
    Discrepancy { rule_id, mdtrt_id, feedetl_sn, about: about.to_owned() }
}

fn rows<const N: usize>(
    file: &'static str,
    bytes: &[u8],
    columns: [&str; N],
    mut each: impl FnMut(u64, [&str; N]) -> Result<(), TestkitError>,
) -> Result<(), TestkitError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let bad = |row: u64, reason: String| TestkitError::Score { file, row, reason };
    let header = reader.headers().map_err(|error| bad(1, error.to_string()))?.clone();
    let mut places = [0; N];
    for (place, column) in places.iter_mut().zip(columns) {
        *place = match header.iter().position(|name| name == column) {
            Some(position) => position,
            // Files made by hand may leave institutions out; no cell has this number.
            None if column == INSTITUTION => usize::MAX,
            None => return Err(bad(1, format!("缺少列 {column}"))),
        };
    }
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| bad(0, error.to_string()))? {
        let row = record.position().map_or(0, csv::Position::line);
        each(row, places.map(|place| record.get(place).unwrap_or_default()))?;
    }
    Ok(())
}

/// The column that names what is about an institution as a whole.
const INSTITUTION: &str = "fixmedins_code";

/// What is about a visit goes by the visit, what is about none by its institution.
fn key(rule: &str, visit: &str, line: &str, institution: &str) -> Key {
    let place = if visit.is_empty() { institution } else { visit };
    (rule.to_owned(), place.to_owned(), line.to_owned())
}

fn read_truth(bytes: &[u8]) -> Result<Truth, TestkitError> {
    let mut truth = Truth::default();
    let bad = |row: u64, reason: String| Err(TestkitError::Score { file: "truth.csv", row, reason });
    rows("truth.csv", bytes, TRUTH_COLUMNS, |row, [rule, _, visit, line, kind, dose, _, amount, _, institution]| {
        let key = key(rule, visit, line, institution);
        let amount = match amount {
            "" => None,
            text => match text.parse() {
                Ok(fen) => Some(Fen(fen)),
                Err(_) => return bad(row, format!("amount_fen 列的“{text}”不是整数（分）")),
            },
        };
        match kind {
            "violation" => drop(truth.violations.insert(key, (dose.to_owned(), amount))),
            "look-alike" => drop(truth.look_alikes.insert(key)),
            other => return bad(row, format!("kind 列的“{other}”应为 violation 或 look-alike")),
        }
        Ok(())
    })?;
    Ok(truth)
}

fn read_findings(bytes: &[u8]) -> Result<BTreeMap<Key, Found>, TestkitError> {
    let mut found: BTreeMap<Key, Found> = BTreeMap::new();
    let columns = ["rule_id", "severity", "mdtrt_id", "feedetl_sn", "amount_fen", "evidence", "fixmedins_code"];
    rows("findings.csv", bytes, columns, |row, [rule, severity, visit, line, amount, evidence, institution]| {
        let severity = match severity {
            "clear" => Some(Severity::Clear),
            "suspicious" => Some(Severity::Suspicious),
            "indicator" => Some(Severity::Indicator),
            _ => None,
        };
        let Ok(amount) = amount.parse() else {
            let reason = format!("amount_fen 列的“{amount}”不是整数（分）");
            return Err(TestkitError::Score { file: "findings.csv", row, reason });
        };
        let key = key(rule, visit, line, institution);
        // Several points of one rule may find the same line: the dearest stands for it.
        let entry = found.entry(key).or_insert(Found { severity, amount: Fen(amount), evidence: evidence.to_owned() });
        entry.amount = entry.amount.max(Fen(amount));
        Ok(())
    })?;
    Ok(found)
}

impl Score {
    fn counts(&mut self, rule_id: &str) -> &mut Counts {
        if !self.rules.contains_key(rule_id) {
            self.rules.insert(rule_id.to_owned(), RuleScore::default());
        }
        &mut self.rules.entry(rule_id.to_owned()).or_default().counts
    }

    /// The counts of all rules of a severity.
    #[must_use]
    pub fn of_severity(&self, severity: Option<Severity>) -> Counts {
        let mut sum = Counts::default();
        self.rules.values().filter(|rule| rule.severity == severity).for_each(|rule| sum.add(&rule.counts));
        sum
    }

    /// Whether the target is reached; rules of unknown severity are held to that of clear ones.
    #[must_use]
    pub fn reaches(&self, target: Target) -> bool {
        let holds = |severity, least: Ratio| {
            let counts = self.of_severity(severity);
            counts.recall().ten_thousandths >= least.ten_thousandths
                && counts.precision().ten_thousandths >= least.ten_thousandths
        };
        holds(Some(Severity::Clear), target.clear)
            && holds(None, target.clear)
            && holds(Some(Severity::Suspicious), target.suspicious)
    }

    /// The status to exit with: 0 when the target is reached, 1 when not.
    #[must_use]
    pub fn exit_status(&self, target: Target) -> u8 {
        u8::from(!self.reaches(target))
    }

    /// A table by rule and by severity, then the first discrepancies.
    #[must_use]
    pub fn text(&self) -> String {
        let header = [
            "规则",
            "程度",
            "植入",
            "查出",
            "漏查",
            "误报",
            "相似例",
            "误中相似",
            "查全率",
            "查准率",
            "金额(元)",
            "金额差(元)",
        ];
        let mut lines: Vec<Vec<String>> = vec![header.map(String::from).to_vec()];
        lines.extend(self.rules.iter().map(|(rule_id, rule)| line(rule_id, label(rule.severity), &rule.counts)));
        for severity in [Some(Severity::Clear), Some(Severity::Suspicious), Some(Severity::Indicator), None] {
            let counts = self.of_severity(severity);
            if counts != Counts::default() {
                lines.push(line("合计", label(severity), &counts));
            }
        }
        let mut text = table::aligned(&lines, 2);
        for (title, list) in [("漏查", &self.missed), ("误报", &self.unexpected)] {
            for entry in list.iter().take(20) {
                let Discrepancy { rule_id, mdtrt_id, feedetl_sn, about } = entry;
                text.push_str(&format!("{title}  {rule_id}  就诊 {mdtrt_id}  明细 {feedetl_sn}  {about}\n"));
            }
            if list.len() > 20 {
                text.push_str(&format!("{title}共 {} 条，仅列前 20 条\n", list.len()));
            }
        }
        text
    }
}

fn label(severity: Option<Severity>) -> &'static str {
    severity.map_or("未知", Severity::label)
}

fn line(name: &str, severity: &str, counts: &Counts) -> Vec<String> {
    let numbers =
        [counts.planted, counts.found, counts.missed, counts.unexpected, counts.look_alikes, counts.look_alikes_hit];
    let mut cells = vec![name.to_owned(), severity.to_owned()];
    cells.extend(numbers.map(|n| n.to_string()));
    cells.extend([counts.recall().to_string(), counts.precision().to_string()]);
    cells.extend([counts.amount_planted.to_string(), counts.amount_off.to_string()]);
    cells
}

//! One rule file: `rules/<family>/<id>.md`.
//!
//! ~~~text
//! +++
//! id = "drug-sex-specific"            # = the file's name
//! version = 1
//! …                                   # see `Rule`
//! +++
//! # 药品区分性别使用
//! ## 查什么 … ## 为什么 … ## 例外 … ## 如何核实
//! ## 用例
//! ```toml
//! [[case]] …                          # see `RuleCase`
//! ```
//! ~~~
//!
//! Reading reports every mistake of the file at once: line, key, nearest valid name. A running rule
//! without a hit, a near miss and an exemption among its cases is a mistake too.

use crate::detectors::{self, ParamValues};
use crate::query::Query;
use crate::query_case::QueryCase;
use crate::rule_case::{CaseKind, KINDS, RuleCase, read_case, read_cases};
use datafile::{Problem, Reading, Table};
use model::{Severity, Span};

/// When a rule may speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// 事前
    Pre,
    /// 事中
    Mid,
    /// 事后
    Post,
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// One charge line
    Line,
    /// One visit
    Visit,
    /// A person's visits over time
    PersonHistory,
    /// An institution
    Institution,
    /// Persons and institutions together
    Population,
}

/// Whether the rule runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Runs.
    Running,
    /// Needs data that a later capability brings.
    Planned,
    /// Needs a table that the locality fills (`knowledge/local/<id>.csv`); runs when it is there.
    NeedsLocalData,
}

/// Document and article behind a rule.
#[derive(Debug, Clone)]
pub struct Basis {
    /// Title and number.
    pub document: String,
    /// Article, item or row.
    pub article: String,
}

/// A rule, read and checked.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Stable id, English, named for what it flags.
    pub id: String,
    /// Raised whenever the logic or a parameter changes.
    pub version: u32,
    /// National code; empty for the classes that have none.
    pub official_code: String,
    /// Official name.
    pub name: String,
    /// 政策类, 管理类, 医疗类
    pub category: String,
    /// Second-level class.
    pub family: String,
    /// Framework editions that list it (1.0, 2025); empty for local rules.
    pub framework: Vec<String>,
    /// Stages.
    pub stages: Vec<Stage>,
    /// How sure its findings are.
    pub severity: Severity,
    /// What it looks at.
    pub grain: Grain,
    /// Whether it runs.
    pub status: Status,
    /// Its detector; empty while planned without one.
    pub detector: String,
    /// Columns it cannot do without (`table.column`).
    pub needs: Vec<String>,
    /// For planned and local rules: what is missing, in Chinese.
    pub lacks: String,
    /// Days on which it judges.
    pub effective: Span,
    /// Values for the detector.
    pub params: ParamValues,
    /// Legal basis.
    pub basis: Vec<Basis>,
    /// The Chinese prose.
    pub prose: String,
    /// Its cases.
    pub cases: Vec<RuleCase>,
    /// For a rule about many visits: the query over the lake, and what makes its rows findings.
    pub query: Option<Query>,
    /// The cases of such a rule.
    pub query_cases: Vec<QueryCase>,
    /// Where it was read.
    pub file: String,
}

const SEVERITIES: [(&str, Severity); 3] =
    [("clear", Severity::Clear), ("suspicious", Severity::Suspicious), ("indicator", Severity::Indicator)];
const STAGES: [(&str, Stage); 3] = [("pre", Stage::Pre), ("mid", Stage::Mid), ("post", Stage::Post)];
const GRAINS: [(&str, Grain); 5] = [
    ("line", Grain::Line),
    ("visit", Grain::Visit),
    ("person-history", Grain::PersonHistory),
    ("institution", Grain::Institution),
    ("population", Grain::Population),
];
const STATUSES: [(&str, Status); 3] =
    [("running", Status::Running), ("planned", Status::Planned), ("needs-local-data", Status::NeedsLocalData)];
/// Headings that every rule's prose must have.
const HEADINGS: [&str; 4] = ["## 查什么", "## 为什么", "## 例外", "## 如何核实"];

impl Status {
    /// The word in rule files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Planned => "planned",
            Self::NeedsLocalData => "needs-local-data",
        }
    }
}

impl Grain {
    /// The word in rule files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Visit => "visit",
            Self::PersonHistory => "person-history",
            Self::Institution => "institution",
            Self::Population => "population",
        }
    }
}

impl Rule {
    /// Reads one rule file. Mistakes go to `problems`; a rule comes back when the head was readable.
    pub fn read(file: &str, text: &str, problems: &mut Vec<Problem>) -> Option<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let fault = |line: usize, message: &str| Problem {
            file: file.into(),
            line,
            key: String::new(),
            message: message.into(),
        };
        let Some(after) = text.strip_prefix("+++\n") else {
            problems.push(fault(1, "规则文件必须以“+++”一行开头，其后为 TOML 头"));
            return None;
        };
        let Some(end) = after.find("\n+++\n") else {
            problems.push(fault(1, "找不到结束 TOML 头的“+++”一行"));
            return None;
        };
        let (head, body) = (&after[..=end], &after[end + 5..]);
        let body_line = 2 + head.matches('\n').count();
        let mut reading = Reading::new(file, head, 1);
        let table = reading.parse();
        let mut rule = table.and_then(|table| read_head(file, &table, body, &mut reading));
        problems.append(&mut reading.problems);
        let (prose, cases) = split_cases(body);
        for heading in HEADINGS {
            if !prose.contains(heading) {
                problems.push(fault(body_line, &format!("正文缺少“{heading}”一节")));
            }
        }
        if let Some(rule) = &mut rule {
            rule.prose = prose.trim().to_owned();
            for (block, line) in cases {
                read_cases(file, block, body_line + line, problems, &mut |case, reading| match rule.query {
                    Some(_) => rule.query_cases.extend(QueryCase::read(case, reading)),
                    None => rule.cases.extend(read_case(case, reading)),
                });
            }
            rule.check(problems);
        }
        rule
    }

    /// What only the whole file can show.
    fn check(&self, problems: &mut Vec<Problem>) {
        let mut fault = |key: &str, message: String| {
            problems.push(Problem { file: self.file.clone(), line: 1, key: key.into(), message });
        };
        let stem = self.file.rsplit('/').next().unwrap_or_default().trim_end_matches(".md");
        if stem != self.id {
            fault("id", format!("应与文件名一致：“{stem}”"));
        }
        if self.status != Status::Running && self.lacks.is_empty() {
            fault("lacks", "未运行的规则必须说明缺什么".into());
        }
        if self.basis.is_empty() {
            fault("basis", "至少写一条依据（[[basis]]：document、article）".into());
        }
        for (kind, silent, line, name) in self.told_cases() {
            if (kind == CaseKind::Hit) == silent {
                let message = if silent {
                    "hit 用例必须写出预期疑点（[[case.finding]]）"
                } else {
                    "只有 hit 用例可以有预期疑点"
                };
                problems.push(Problem { file: self.file.clone(), line, key: name.into(), message: message.into() });
            }
        }
    }

    /// Kind, whether it expects nothing, line and name of every case.
    fn told_cases(&self) -> impl Iterator<Item = (CaseKind, bool, usize, &str)> {
        let persons = self.cases.iter().map(|c| (c.kind, c.findings.is_empty(), c.line, c.name.as_str()));
        persons.chain(self.query_cases.iter().map(|c| (c.kind, c.findings.is_empty(), c.line, c.name.as_str())))
    }

    /// The kinds of cases that a running rule lacks.
    pub(crate) fn missing_cases(&self) -> impl Iterator<Item = Problem> {
        let missing = KINDS
            .into_iter()
            .filter(|(_, kind)| self.status == Status::Running && !self.told_cases().any(|(told, ..)| told == *kind));
        missing.map(|(word, _)| Problem {
            file: self.file.clone(),
            line: 1,
            key: "case".into(),
            message: format!("运行中的规则至少要有一个 {word} 用例"),
        })
    }

    /// The basis in one line.
    #[must_use]
    pub fn basis_line(&self) -> String {
        self.basis.iter().map(|b| format!("{}{}", b.document, b.article)).collect::<Vec<_>>().join("；")
    }
}

fn read_head(file: &str, table: &toml::de::DeTable<'_>, body: &str, reading: &mut Reading<'_>) -> Option<Rule> {
    let mut head = Table::new("", table, 2);
    let id = head.text(reading, "id");
    let version = head.integer(reading, "version").and_then(|v| u32::try_from(v).ok());
    if version.is_none_or(|v| v == 0) {
        reading.report(2, "version", "必须是不小于 1 的整数");
    }
    let name = head.text(reading, "name");
    let official_code = head.optional_text(reading, "official_code").unwrap_or_default();
    let category = head.text(reading, "category");
    let family = head.text(reading, "family");
    let framework = head.texts(reading, "framework");
    let stages = read_stages(&mut head, reading);
    let severity = head.required_word(reading, "severity", &SEVERITIES);
    let grain = head.required_word(reading, "grain", &GRAINS);
    let status = head.required_word(reading, "status", &STATUSES);
    let needs = head.texts(reading, "needs");
    let lacks = head.optional_text(reading, "lacks").unwrap_or_default();
    let from = head.day(reading, "effective_from");
    if from.is_none() {
        reading.report(2, "effective_from", "缺少此键，必须填写规则开始适用的日期");
    }
    let until = head.day(reading, "effective_until");
    let query = head.table(reading, "query");
    let (detector, params, query) = match query {
        Some(query) => {
            let params = head.table(reading, "params");
            (String::new(), ParamValues::default(), Query::read(query, params, body, reading))
        }
        None => {
            let (detector, params) = read_detector(&mut head, reading, status);
            (detector, params, None)
        }
    };
    let mut basis = Vec::new();
    for mut entry in head.tables(reading, "basis") {
        let document = entry.text(reading, "document");
        let article = entry.optional_text(reading, "article").unwrap_or_default();
        entry.finish(reading);
        basis.push(Basis { document, article });
    }
    head.finish(reading);
    Some(Rule {
        id,
        version: version.unwrap_or(1),
        official_code,
        name,
        category,
        family,
        framework,
        stages,
        severity: severity?,
        grain: grain?,
        status: status?,
        detector,
        needs,
        lacks,
        effective: Span { from: from?, until },
        params,
        basis,
        prose: String::new(),
        cases: Vec::new(),
        query,
        query_cases: Vec::new(),
        file: file.to_owned(),
    })
}

fn read_stages(head: &mut Table<'_, '_>, reading: &mut Reading<'_>) -> Vec<Stage> {
    let line = head.line();
    let mut stages = Vec::new();
    for word in head.texts(reading, "stage") {
        match STAGES.iter().find(|(name, _)| *name == word) {
            Some(&(_, stage)) => stages.push(stage),
            None => reading.report(line, "stage", format!("不认识“{word}”；可用：pre、mid、post")),
        }
    }
    stages
}

fn read_detector(head: &mut Table<'_, '_>, reading: &mut Reading<'_>, status: Option<Status>) -> (String, ParamValues) {
    let line = head.line();
    let detector = head.optional_text(reading, "detector").unwrap_or_default();
    let params = head.table(reading, "params");
    if detector.is_empty() {
        if status == Some(Status::Running) {
            reading.report(line, "detector", "运行中的规则必须写明检测器或 [query]");
        }
        if let Some(params) = params {
            params.finish(reading);
        }
        return (detector, ParamValues::default());
    }
    let Some(info) = detectors::find(&detector) else {
        let names: Vec<&str> = detectors::detectors().iter().map(|d| d.name).collect();
        let hint = datafile::did_you_mean(&detector, names.iter().copied());
        reading.report(line, "detector", format!("没有检测器“{detector}”{hint}"));
        return (detector, ParamValues::default());
    };
    (detector, ParamValues::read(info.params, params, line, reading))
}

/// The prose, and every TOML block under “## 用例” with its line in the body.
fn split_cases(body: &str) -> (&str, Vec<(&str, usize)>) {
    let Some(start) = body.find("\n## 用例") else { return (body, Vec::new()) };
    let mut blocks = Vec::new();
    let mut at = start;
    while let Some(open) = body[at..].find("```toml\n") {
        let from = at + open + "```toml\n".len();
        let Some(length) = body[from..].find("\n```") else { break };
        blocks.push((&body[from..=from + length], body[..from].matches('\n').count()));
        at = from + length;
    }
    (&body[..start], blocks)
}

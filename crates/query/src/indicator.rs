//! Indicators as data: a numerator and a denominator over the visits or lines of a month.
//!
//! A definition is a file under `indicators/`: SQL expressions, not statements, so that every indicator
//! can be shown by institution, level, area, department … without being written again. The value is kept as
//! two sums; their ratio is made last, and a group without a denominator has none.

use lake::Month;
use serde::Deserialize;

use crate::{Answer, LakeSession, QueryError};

/// A definition.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Its name in commands.
    pub id: String,
    /// Its name on screens.
    pub name: String,
    /// The unit of the value: `%`, `元`, `天`, `次` …
    pub unit: String,
    /// Who defined it and where.
    pub basis: String,
    /// What one row stands for.
    pub over: Over,
    /// Which rows count; all when empty.
    #[serde(default)]
    pub only: String,
    /// The sum above the line.
    pub numerator: String,
    /// The sum below the line.
    pub denominator: String,
    /// What the ratio is multiplied by: 1, 100 for percentages, 1000 for per mille.
    #[serde(default = "one")]
    pub scale: u32,
}

fn one() -> u32 {
    1
}

/// The rows that an indicator adds up: `v` is the visit, `i` its institution, `p` its person; lines are `l`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Over {
    /// One row a visit.
    Visits,
    /// One row a charge line.
    Lines,
}

/// How the values are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Not at all.
    All,
    /// `fixmedins_code`, with the name.
    Institution,
    /// `hosp_lv`
    Level,
    /// The institution's `admdvs`.
    Area,
    /// `adm_dept_codg`
    Department,
    /// `insutype`
    Insurance,
    /// `med_type`
    CareType,
}

impl By {
    /// Every way, with its word on the command line.
    pub const ALL: [(&'static str, Self); 7] = [
        ("all", Self::All),
        ("institution", Self::Institution),
        ("level", Self::Level),
        ("area", Self::Area),
        ("department", Self::Department),
        ("insurance", Self::Insurance),
        ("care-type", Self::CareType),
    ];

    /// The group as one text.
    fn expression(self) -> &'static str {
        match self {
            Self::All => "'全部'",
            Self::Institution => "concat(v.fixmedins_code, ' ', coalesce(i.fixmedins_name, ''))",
            Self::Level => "coalesce(i.hosp_lv, '未定')",
            Self::Area => "coalesce(i.admdvs, '未知')",
            Self::Department => "coalesce(v.adm_dept_codg, '未填')",
            Self::Insurance => "coalesce(CAST(v.insutype AS VARCHAR), '未填')",
            Self::CareType => "v.med_type",
        }
    }
}

impl Indicator {
    /// The indicator as a statement: `grouping`, `numerator`, `denominator`, `value`.
    #[must_use]
    pub fn statement(&self, month: Month, by: By) -> String {
        let from = match self.over {
            Over::Visits => "visits v",
            Over::Lines => "charge_lines l JOIN visits v ON l.mdtrt_id = v.mdtrt_id AND l.psn_no = v.psn_no",
        };
        let lines_of_month = if self.over == Over::Lines { format!("AND l.month = '{month}'") } else { String::new() };
        let only = if self.only.is_empty() { String::new() } else { format!("AND ({})", self.only) };
        format!(
            "SELECT grouping, numerator, denominator, \
             CASE WHEN denominator = 0 THEN NULL ELSE \
             round(CAST(numerator AS DOUBLE) * {scale} / CAST(denominator AS DOUBLE), 4) END AS value \
             FROM (SELECT {group} AS grouping, {numerator} AS numerator, {denominator} AS denominator \
             FROM {from} \
             LEFT JOIN institutions i ON v.fixmedins_code = i.fixmedins_code \
             LEFT JOIN persons p ON v.psn_no = p.psn_no \
             WHERE v.month = '{month}' AND coalesce(v.refd_setl_flag, '0') <> '1' {lines_of_month} {only} \
             GROUP BY {group}) ORDER BY grouping",
            scale = self.scale,
            group = by.expression(),
            numerator = self.numerator,
            denominator = self.denominator,
        )
    }

    /// The values of a month.
    pub fn values(&self, session: &LakeSession, month: Month, by: By) -> Result<Answer, QueryError> {
        session.sql(&self.statement(month, by)).map_err(|error| match error {
            QueryError::Statement(text) => QueryError::Statement(format!("指标 {}：{text}", self.id)),
            other => other,
        })
    }
}

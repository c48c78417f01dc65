//! The columns of each kind of file: national name, Chinese title, whether every file has it.

use crate::table::{FileFault, Table};
use model::nearest;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Name, the national field's where there is one.
    pub name: &'static str,
    /// Title in Chinese; a header may have either.
    pub title: &'static str,
    /// Whether every file has it.
    pub required: bool,
}

/// What a file's rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Persons.
    Persons,
    /// Spells of cover.
    Coverage,
    /// Contributions paid.
    Contributions,
    /// Changes of cover: 增员, 减员, 变更.
    Events,
    /// Institutions.
    Institutions,
    /// Staff.
    Staff,
}

const fn must(name: &'static str, title: &'static str) -> Column {
    Column { name, title, required: true }
}

const fn may(name: &'static str, title: &'static str) -> Column {
    Column { name, title, required: false }
}

const PERSONS: &[Column] = &[
    must("psn_no", "人员编号"),
    must("psn_name", "姓名"),
    must("psn_cert_type", "证件类型"),
    must("certno", "证件号码"),
    may("gend", "性别"),
    may("naty", "民族"),
    may("brdy", "出生日期"),
    may("died_on", "死亡日期"),
    may("card_no", "社会保障卡号"),
    may("family", "共济人员编号"),
    may("special", "特殊身份"),
];
const COVERAGE: &[Column] = &[
    must("psn_no", "人员编号"),
    must("insutype", "险种类型"),
    must("psn_type", "人员类别"),
    must("insuplc_admdvs", "参保地医保区划"),
    may("psn_insu_stas", "参保状态"),
    may("cvlserv_flag", "公务员标志"),
    may("supplements", "补充保障"),
    may("emp_name", "单位名称"),
    must("begndate", "开始日期"),
    may("enddate", "结束日期"),
    may("months_before", "此前连续参保月数"),
];
const CONTRIBUTIONS: &[Column] = &[
    must("psn_no", "人员编号"),
    must("insutype", "险种类型"),
    must("period", "费款所属期"),
    must("individual", "个人缴费"),
    must("employer", "单位缴费"),
    may("account_credit", "划入个人账户"),
    must("paid_on", "到账日期"),
    may("voucher_no", "缴费凭证号"),
];
const EVENTS: &[Column] = &[
    must("psn_no", "人员编号"),
    must("event", "变动类型"),
    must("insutype", "险种类型"),
    may("psn_type", "人员类别"),
    may("insuplc_admdvs", "参保地医保区划"),
    may("cvlserv_flag", "公务员标志"),
    may("emp_name", "单位名称"),
    must("on", "生效日期"),
];
const INSTITUTIONS: &[Column] = &[
    must("fixmedins_code", "机构编码"),
    must("fixmedins_name", "机构名称"),
    must("admdvs", "医保区划"),
    may("medins_type", "机构类别"),
    may("hosp_lv", "医院等级"),
    may("community", "基层标志"),
    may("uscc", "统一社会信用代码"),
    may("beds", "床位数"),
    must("services", "服务范围"),
    may("departments", "科室"),
    must("agreement", "协议状态"),
    must("agreement_from", "协议状态起始日期"),
    may("reason", "原因"),
];
const STAFF: &[Column] = &[
    must("code", "人员代码"),
    must("name", "姓名"),
    must("fixmedins_code", "机构编码"),
    must("profession", "类别"),
    may("dept", "科室编码"),
    may("points_left", "剩余记分"),
    must("state", "医保支付资格"),
    must("state_from", "资格起始日期"),
    may("reason", "原因"),
];

impl Kind {
    /// All, by the words of the command line.
    pub const ALL: [(&'static str, Self); 6] = [
        ("persons", Self::Persons),
        ("coverage", Self::Coverage),
        ("contributions", Self::Contributions),
        ("events", Self::Events),
        ("institutions", Self::Institutions),
        ("staff", Self::Staff),
    ];

    /// The kind by its word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind)
    }

    /// The kind in Chinese.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Persons => "参保人",
            Self::Coverage => "参保",
            Self::Contributions => "缴费",
            Self::Events => "参保变动",
            Self::Institutions => "定点机构",
            Self::Staff => "医务人员",
        }
    }

    /// Its columns.
    #[must_use]
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Persons => PERSONS,
            Self::Coverage => COVERAGE,
            Self::Contributions => CONTRIBUTIONS,
            Self::Events => EVENTS,
            Self::Institutions => INSTITUTIONS,
            Self::Staff => STAFF,
        }
    }
}

/// Where each column of a kind stands in a table; `None` for one that is not there.
pub(crate) type Places = Vec<(&'static Column, Option<usize>)>;

/// Finds the columns by name or title.
///
/// # Errors
/// Headers that no column has, columns that must be there and are not, columns that are there twice: all at once.
pub(crate) fn places(kind: Kind, table: &Table) -> Result<Places, FileFault> {
    let columns = kind.columns();
    let is = |column: &Column, header: &str| header == column.name || header == column.title;
    let mut faults = Vec::new();
    for header in table.header.iter().filter(|header| !columns.iter().any(|column| is(column, header))) {
        let names = columns.iter().flat_map(|column| [column.name, column.title]);
        let near = nearest(header, names).map_or(String::new(), |near| format!("（是否应为 {near}）"));
        faults.push(format!("不认识的列“{header}”{near}"));
    }
    let mut places = Places::new();
    for column in columns {
        let mut found = table.header.iter().enumerate().filter(|(_, header)| is(column, header)).map(|(at, _)| at);
        let place = found.next();
        if found.next().is_some() {
            faults.push(format!("列“{}”（{}）出现了两次", column.title, column.name));
        }
        if place.is_none() && column.required {
            faults.push(format!("缺少列“{}”（{}）", column.title, column.name));
        }
        places.push((column, place));
    }
    if faults.is_empty() {
        return Ok(places);
    }
    let all: Vec<String> = columns.iter().map(|column| format!("{}（{}）", column.title, column.name)).collect();
    Err(FileFault::new(faults.join("；"), format!("{}的列：{}", kind.title(), all.join("、"))))
}

//! The list of input tables: which file holds what, which columns it has, what may stand in them.
//!
//! To add a table, add its row here; reading, checking, look-up and the image follow. Tables whose
//! rows are entries (things that have a code or a name) are [`ENTRY_TABLES`], in the order of their
//! ids; tables that only relate two codes are [`CODE_MAPS`].

use serde::{Deserialize, Serialize};

/// What an entry is. The order is the order of ids and of look-up results; the first five kinds are
/// the items that a charge line can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EntryKind {
    /// 医保药品代码
    Drug,
    /// 国家医疗服务项目代码
    NationalService,
    /// 本地价格表的医疗服务项目
    LocalService,
    /// 中药饮片
    Piece,
    /// 可单独收费的特殊材料
    Material,
    /// 疾病诊断
    Diagnosis,
    /// 手术操作
    Procedure,
    /// 国家药品目录条目
    NrdlDrug,
    /// 行政区划
    Division,
    /// 医院
    Hospital,
    /// 疾病诊断类目
    DiagnosisCategory,
}

impl EntryKind {
    /// The kind in Chinese.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Drug => "药品代码",
            Self::NationalService => "国家医疗服务项目",
            Self::LocalService => "本地医疗服务项目",
            Self::Piece => "中药饮片",
            Self::Material => "特殊材料",
            Self::Diagnosis => "疾病诊断",
            Self::Procedure => "手术操作",
            Self::NrdlDrug => "国家药品目录",
            Self::Division => "行政区划",
            Self::Hospital => "医院",
            Self::DiagnosisCategory => "诊断类目",
        }
    }
}

/// What may stand in a column.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Check {
    /// Any text, also none.
    Any,
    /// One of these, shown as their Chinese words.
    OneOf(&'static [(&'static str, &'static str)]),
    /// Yuan with at most four decimals, not negative; or nothing.
    Price,
    /// `yyyy-MM-dd`, or nothing.
    Day,
}

/// A column beside code and name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    /// Its name on screens; empty when it is not shown.
    pub(crate) label: &'static str,
    pub(crate) check: Check,
}

/// A table whose rows are entries.
#[derive(Debug)]
pub(crate) struct EntryTable {
    pub(crate) kind: EntryKind,
    pub(crate) file: &'static str,
    /// The column of the code; empty when entries have none.
    pub(crate) code: &'static str,
    /// The column of the name.
    pub(crate) name: &'static str,
    /// The columns that together occur once.
    pub(crate) key: &'static [&'static str],
    pub(crate) columns: &'static [Column],
}

/// A table that leads a foreign code to one of ours.
#[derive(Debug)]
pub(crate) struct CodeMap {
    pub(crate) file: &'static str,
    pub(crate) foreign: &'static str,
    pub(crate) ours: &'static str,
    pub(crate) target: EntryKind,
}

const fn any(name: &'static str, label: &'static str) -> Column {
    Column { name, label, check: Check::Any }
}

const fn price(name: &'static str, label: &'static str) -> Column {
    Column { name, label, check: Check::Price }
}

const fn day(name: &'static str, label: &'static str) -> Column {
    Column { name, label, check: Check::Day }
}

const fn one_of(name: &'static str, label: &'static str, values: &'static [(&'static str, &'static str)]) -> Column {
    Column { name, label, check: Check::OneOf(values) }
}

/// The file that names the source and validity of every table.
pub(crate) const SOURCES_FILE: &str = "SOURCES.toml";

pub(crate) static ENTRY_TABLES: [EntryTable; 11] = [
    EntryTable {
        kind: EntryKind::Drug,
        file: "drug_codes.csv",
        code: "code",
        name: "generic_name",
        key: &["code"],
        columns: &[
            any("other_names", "又名"),
            any("nrdl_category", "药品分类"),
            one_of("nrdl_class", "甲乙类", &[("", ""), ("甲", "甲"), ("乙", "乙")]),
            one_of("medicine_kind", "类别", &[("western", "西药"), ("patent", "中成药")]),
        ],
    },
    EntryTable {
        kind: EntryKind::NationalService,
        file: "service_crosswalk.csv",
        code: "national_code",
        name: "name",
        key: &["national_code"],
        columns: &[
            any("local_code", "本地项目代码"),
            one_of(
                "method",
                "对照方式",
                &[("base", "编码规则"), ("hainan", "海南对照表"), ("name", "名称一致"), ("unmatched", "无法确定")],
            ),
        ],
    },
    EntryTable {
        kind: EntryKind::LocalService,
        file: "service_items_shaanxi_2021.csv",
        code: "code",
        name: "name",
        key: &["code"],
        columns: &[
            any("unit", "计价单位"),
            any("finance_category", "财务分类"),
            price("price_special", "特殊级最高价（元）"),
            price("price_tier3", "三级最高价（元）"),
            price("price_tier2", "二级最高价（元）"),
            price("price_tier1", "一级最高价（元）"),
            any("content", "项目内涵"),
            any("excluded", "除外内容"),
            any("notes", "说明"),
            any("price_note", "价格说明"),
        ],
    },
    EntryTable {
        kind: EntryKind::Piece,
        file: "tcm_pieces.csv",
        code: "code",
        name: "name",
        key: &["code"],
        columns: &[],
    },
    EntryTable {
        kind: EntryKind::Material,
        file: "special_materials.csv",
        code: "code",
        name: "name",
        key: &["code"],
        columns: &[any("finance_category", "财务分类"), any("tender_code", "招采代码")],
    },
    EntryTable {
        kind: EntryKind::Diagnosis,
        file: "diagnoses.csv",
        code: "code",
        name: "name",
        key: &["code"],
        columns: &[any("category_code", "类目代码"), any("category_name", "类目"), any("category_group", "归并")],
    },
    EntryTable {
        kind: EntryKind::Procedure,
        file: "procedures.csv",
        code: "code",
        name: "name",
        key: &["code"],
        columns: &[one_of("grouping_valid", "可入组", &[("0", "否"), ("1", "是")])],
    },
    EntryTable {
        kind: EntryKind::NrdlDrug,
        file: "drugs_nrdl.csv",
        code: "category_code",
        name: "drug_name",
        key: &["section", "class", "seq_no", "name_no", "drug_name", "dosage_form", "valid_from"],
        columns: &[
            one_of("class", "甲乙类", &[("甲", "甲"), ("乙", "乙")]),
            any("seq_no", "目录编号"),
            any("name_no", ""),
            one_of(
                "section",
                "部分",
                &[
                    ("western", "西药"),
                    ("patent", "中成药"),
                    ("negotiated_western", "协议期内谈判药品（西药）"),
                    ("negotiated_patent", "协议期内谈判药品（中成药）"),
                    ("bidding", "竞价药品"),
                ],
            ),
            any("category_path", "分类"),
            any("dosage_form", "剂型"),
            any("payment_standard", "支付标准"),
            any("restriction_note", "限定支付"),
            one_of("repeat_dosage_form", "剂型重复出现", &[("0", ""), ("1", "是")]),
            day("valid_from", ""),
            day("valid_until", ""),
            day("agreement_from", "协议自"),
            day("agreement_until", "协议止（不含）"),
        ],
    },
    EntryTable {
        kind: EntryKind::Division,
        file: "divisions.csv",
        code: "code",
        name: "name",
        // A city without counties stands in the list twice: as prefecture and as its own county.
        key: &["code", "level"],
        columns: &[
            one_of("level", "级别", &[("province", "省级"), ("prefecture", "地级"), ("county", "县级")]),
            any("parent", "上级代码"),
        ],
    },
    EntryTable {
        kind: EntryKind::Hospital,
        file: "hospitals_3a.csv",
        code: "",
        name: "name",
        key: &["name", "province", "city"],
        columns: &[any("level", "等级"), any("province", "省份"), any("city", "城市")],
    },
    EntryTable {
        kind: EntryKind::DiagnosisCategory,
        file: "diagnosis_categories.csv",
        code: "code",
        name: "name",
        // Syndrome categories share codes: B02.07 is both 火证类 and 热证类.
        key: &["kind", "code", "name"],
        columns: &[
            one_of(
                "kind",
                "体系",
                &[
                    ("western", "西医"),
                    ("tumour", "肿瘤形态"),
                    ("tcm_disease", "中医病名"),
                    ("tcm_syndrome", "中医证候"),
                ],
            ),
            any("group", "归并"),
        ],
    },
];

pub(crate) static CODE_MAPS: [CodeMap; 2] = [
    CodeMap {
        file: "diagnosis_clinical_map.csv",
        foreign: "clinical_code",
        ours: "code",
        target: EntryKind::Diagnosis,
    },
    CodeMap {
        file: "procedure_clinical_map.csv",
        foreign: "clinical_code",
        ours: "code",
        target: EntryKind::Procedure,
    },
];

/// How many of the entry tables, from the first, hold items.
pub(crate) const ITEM_TABLES: usize = 5;

/// Every file that the catalogue reads.
pub(crate) fn known_files() -> impl Iterator<Item = &'static str> {
    ENTRY_TABLES.iter().map(|t| t.file).chain(CODE_MAPS.iter().map(|m| m.file)).chain([SOURCES_FILE])
}

impl EntryTable {
    /// All columns that the file must have.
    pub(crate) fn wanted(&self) -> Vec<&'static str> {
        let mut wanted: Vec<_> = [self.code, self.name].into_iter().filter(|c| !c.is_empty()).collect();
        wanted.extend(self.columns.iter().map(|c| c.name));
        wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_stand_in_the_order_of_kinds_and_keys_are_columns() {
        assert!(ENTRY_TABLES.is_sorted_by_key(|t| t.kind));
        assert!(ENTRY_TABLES.iter().enumerate().all(|(at, t)| t.kind as usize == at));
        assert_eq!(ENTRY_TABLES[ITEM_TABLES].kind, EntryKind::Diagnosis);
        for table in &ENTRY_TABLES {
            let wanted = table.wanted();
            for key in table.key {
                assert!(wanted.contains(key), "{}: {key}", table.file);
            }
        }
    }
}

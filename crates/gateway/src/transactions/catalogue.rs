//! Catalogue entries as pages (1304, 1312, 1316–1319) and as files (1301–1311, 1313–1315, 1320–1327).
//!
//! A file has the columns of the newest print, by position; clients read as many as they know. What an entry does not say
//! is `null`: most of the printed columns describe goods in ways that no settlement needs.

use crate::files::TextFile;
use crate::output::Values;
use crate::table::rows;
use agency::Document;
use model::{Day, UnitPrice};
use std::collections::HashMap;

/// An entry of a catalogue, in the words of the field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CatalogueEntry {
    /// National code.
    pub code: String,
    /// Name.
    pub name: String,
    /// 目录类别 (`list_type`): 101 drug, 102 decoction piece, 201 service, 301 consumable.
    pub kind: String,
    /// 收费项目类别 (`med_chrgitm_type`)
    pub category: String,
    /// 收费项目等级: 01, 02, 03; empty when the catalogue has no classes.
    pub class: String,
    /// Whether payment is restricted.
    pub restricted: bool,
    /// 先行自付比例 in millionths.
    pub upfront_ratio: i64,
    /// 最高限价; `None` when there is none.
    pub ceiling: Option<UnitPrice>,
    /// 计价单位
    pub unit: String,
    /// 规格
    pub specification: String,
    /// 剂型
    pub form: String,
    /// 医保区划 it holds in; empty for the nation.
    pub area: String,
    /// Institution whose mapping it is (1317); empty otherwise.
    pub institution: String,
    /// The institution's own code and name (1317); empty otherwise.
    pub local: (String, String),
    /// First day.
    pub from: Day,
    /// Last day; open when `None`.
    pub until: Option<Day>,
    /// 备注
    pub memo: String,
}

/// The row of a page. Every page names the same things in its own way; what a page does not declare is left out.
pub(crate) fn page_row(node: &crate::table::Node, entry: &CatalogueEntry) -> Values {
    let code = &entry.code;
    let texts: [(&str, &str); 22] = [
        ("med_list_codg", code),
        ("hilist_code", code),
        ("rid", code),
        ("hilist_name", &entry.name),
        ("drug_genname", &entry.name),
        ("drug_prodname", &entry.name),
        ("list_type", &entry.kind),
        ("med_chrgitm_type", &entry.category),
        ("chrgitm_lv", &entry.class),
        ("insu_admdvs", &entry.area),
        ("poolarea_no", &entry.area),
        ("fixmedins_code", &entry.institution),
        ("medins_list_codg", &entry.local.0),
        ("medins_list_name", &entry.local.1),
        ("prcunt", &entry.unit),
        ("spec", &entry.specification),
        ("drug_spec", &entry.specification),
        ("dosform", &entry.form),
        ("memo", &entry.memo),
        ("vali_flag", "1"),
        ("med_use_flag", "1"),
        ("hilist_lmtpric_type", if entry.ceiling.is_some() { "101" } else { "" }),
    ];
    let declared = |name: &str| node.field(name).is_some();
    let mut values = texts
        .into_iter()
        .filter(|(name, _)| declared(name))
        .fold(Values::new(), |values, (name, text)| values.text(name, text));
    if declared("lmt_used_flag") {
        values = values.flag("lmt_used_flag", entry.restricted);
    }
    if declared("selfpay_prop") {
        values = values.ratio("selfpay_prop", entry.upfront_ratio);
    }
    if let Some(ceiling) = entry.ceiling.filter(|_| declared("hilist_pric_uplmt_amt")) {
        values = values.price("hilist_pric_uplmt_amt", ceiling);
    }
    for name in ["begndate", "updt_time", "crte_time"] {
        if declared(name) {
            values = values.day(name, entry.from);
        }
    }
    match entry.until {
        Some(until) if declared("enddate") => values.day("enddate", until),
        _ => values,
    }
}

/// An institution's own mapping, as it filed it (3301): what 1317 tells.
#[must_use]
pub fn mapping(document: &Document) -> CatalogueEntry {
    let filed: HashMap<String, String> = super::told::texts(&document.content).into_iter().collect();
    let text = |name: &str| filed.get(name).cloned().unwrap_or_default();
    CatalogueEntry {
        code: text("med_list_codg"),
        kind: text("list_type"),
        unit: text("prcunt"),
        specification: text("spec"),
        form: text("dosform"),
        institution: document.owner.clone(),
        local: (text("fixmedins_hilist_id"), text("fixmedins_hilist_name")),
        from: document.on,
        until: Day::parse(text("enddate").as_bytes()).ok(),
        memo: text("memo"),
        ..CatalogueEntry::default()
    }
}

/// Labels of the columns of a file, in order; empty when the transaction has no file.
fn columns(infno: &str) -> Vec<&'static str> {
    let all = rows::<3>(include_str!("../../fields/files.csv"));
    all.filter(|[number, _, _]| *number == infno).map(|[_, _, label]| label).collect()
}

/// Columns that hold the code, by their labels over all files.
const CODES: [&str; 16] = [
    "医疗目录编码",
    "西医疾病诊断ID",
    "诊断代码",
    "手术标准目录ID",
    "手术操作代码",
    "门慢门特病种目录代码",
    "病种结算目录ID",
    "按病种结算病种目录代码",
    "日间手术治疗目录ID",
    "日间手术病种目录代码",
    "肿瘤/细胞类型代码",
    "疾病分类代码",
    "证候分类代码",
    "中药配方颗粒代码",
    "试剂分类代码",
    "唯一记录号",
];
/// The same for the name.
const NAMES: [&str; 16] = [
    "药品商品名",
    "药品通用名",
    "注册名称",
    "单味药名称",
    "医疗服务项目名称",
    "耗材名称",
    "医保通用名",
    "诊断名称",
    "手术操作名称",
    "门慢门特病种名称",
    "按病种结算病种名称",
    "日间手术病种名称",
    "肿瘤/细胞类型",
    "疾病分类名称",
    "证候分类名称",
    "中药配方颗粒名称",
];

/// The file of a catalogue: a ZIP of one text, a row an entry.
///
/// # Errors
/// The ZIP could not be written: a fault of the program.
pub fn catalogue_file(infno: &str, version: &str, entries: &[CatalogueEntry]) -> Result<Vec<u8>, String> {
    let columns = columns(infno);
    let mut file = TextFile::default();
    for entry in entries {
        let (from, until) = (entry.from.to_string(), entry.until.map(|day| day.to_string()).unwrap_or_default());
        let cell = |label: &&'static str| match *label {
            code if CODES.contains(&code) => entry.code.as_str(),
            name if NAMES.contains(&name) => entry.name.as_str(),
            "有效标志" => "1",
            "版本号" | "版本名称" => version,
            "开始日期" | "开始时间" | "生效时间" | "数据创建时间" | "数据更新时间" => {
                from.as_str()
            }
            "结束日期" | "结束时间" | "失效时间" => until.as_str(),
            "计价单位" | "计价单位名称" | "最小计价单位" => entry.unit.as_str(),
            "药品规格" | "注册规格" | "规格" => entry.specification.as_str(),
            "药品剂型名称" | "剂型名称" | "注册剂型" => entry.form.as_str(),
            "医保区划" => entry.area.as_str(),
            "国家医保药品目录甲乙类标识" => entry.class.as_str(),
            "限制使用标志" => ["0", "1"][usize::from(entry.restricted)],
            "备注" => entry.memo.as_str(),
            _ => "",
        };
        file.add(columns.iter().map(cell));
    }
    file.write(&format!("{infno}_{version}.txt"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use super::*;

    #[test]
    fn a_catalogue_file_has_the_printed_columns() {
        let entry = CatalogueEntry {
            code: "XTEST".into(),
            name: "示例药".into(),
            unit: "盒".into(),
            ..CatalogueEntry::default()
        };
        for (infno, count, code, name) in [
            ("1301", 97, 0, 1),
            ("1302", 33, 0, 1),
            ("1305", 19, 0, 9),
            ("1306", 71, 0, 1),
            ("1307", 24, 10, 11),
            ("1308", 24, 10, 11),
            ("1309", 16, 0, 14),
            ("1314", 14, 5, 6),
        ] {
            let zipped = catalogue_file(infno, "v1", std::slice::from_ref(&entry)).unwrap();
            let file = TextFile::read(&zipped).unwrap();
            let row = file.rows().next().unwrap();
            assert_eq!((row.count(), row.get(code), row.get(name)), (count, "XTEST", "示例药"), "{infno}");
        }
    }
}

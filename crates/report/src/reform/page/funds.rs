//! What changes for funds: by fund, month, group and institution.

use super::super::ReformReport;
use super::super::rows::month_name;
use super::{change_cell, figure};
use crate::chart::{Changed, Compared, change_bars, paired_bars};
use crate::escape::Escaped;
use crate::html::cells::{Column, Kind, close, count_cell, money_cell, open, text_cell};
use crate::wording::Ratio;
use model::Fen;
use simulation::Sums;
use std::fmt::{self, Write};

/// Institutions in the table; all of them are in `institutions.csv`.
const INSTITUTIONS_SHOWN: usize = 300;

const BEFORE_AFTER: [(&str, &str); 2] = [("before", "现行政策"), ("after", "改革后")];
const MORE_LESS: [(&str, &str); 2] = [("more", "基金多支付"), ("less", "基金少支付")];

pub(super) fn funds(out: &mut String, report: &ReformReport<'_>) -> fmt::Result {
    out.push_str("<section id=\"funds\"><h2>基金</h2>\n");
    let funds = report.funds();
    let rows: Vec<Compared<'_>> =
        funds.iter().map(|row| Compared { name: row.title, before: row.before, after: row.after }).collect();
    figure(out, "各基金支付：现行与改革后", &BEFORE_AFTER, "")?;
    paired_bars(out, &rows, "各基金在两种政策下的支付")?;
    out.push_str("</figure>\n");
    let names: Vec<String> = report.effects.months.keys().map(|month| month_name(*month)).collect();
    let rows: Vec<Changed<'_>> =
        names.iter().zip(report.effects.months.values()).map(|(name, sums)| changed("结算月份", name, sums)).collect();
    let note = "年度限额、起付标准按改革后的政策另行累计，因此影响随月份推移而变化。";
    figure(out, "逐月：基金支付的变化", &MORE_LESS, note)?;
    change_bars(out, &rows, "各月基金支付的变化")?;
    out.push_str("</figure></section>\n");
    Ok(())
}

fn changed<'a>(block: &'a str, name: &'a str, sums: &Sums) -> Changed<'a> {
    Changed {
        block,
        name,
        before: Fen(sums.before),
        change: Fen(sums.change()),
        settlements: sums.settlements,
        changed: sums.changed,
    }
}

pub(super) fn groups(out: &mut String, report: &ReformReport<'_>) -> fmt::Result {
    out.push_str("<section id=\"groups\"><h2>人群与机构级别</h2>\n");
    let rows: Vec<Changed<'_>> =
        report.groups().map(|(key, sums)| changed(key.dimension.label(), key.label(), sums)).collect();
    figure(
        out,
        "各组：基金支付的变化",
        &MORE_LESS,
        "括号内为占该组现行基金支付的比例。每一维度的各组之和都等于总计。",
    )?;
    change_bars(out, &rows, "各组基金支付的变化")?;
    out.push_str("</figure>\n");
    let columns = [
        Column("维度", Kind::Text, "按什么分组"),
        Column("组", Kind::Text, "组"),
        Column("结算", Kind::Number, "次"),
        Column("有变化", Kind::Number, "任一基金支付有变化的结算"),
        Column("范围内费用（元）", Kind::Number, "政策范围内费用"),
        Column("现行支付（元）", Kind::Number, "现行政策下基金支付"),
        Column("改革后支付（元）", Kind::Number, "改革后基金支付"),
        Column("变化（元）", Kind::Number, "改革后减现行"),
        Column("支付比例", Kind::Text, "现行 → 改革后，占政策范围内费用"),
    ];
    open(out, "group-table", "各组影响", &columns)?;
    for (key, sums) in report.groups() {
        out.push_str("<tr>");
        text_cell(out, key.dimension.label())?;
        text_cell(out, key.label())?;
        sums_cells(out, sums)?;
    }
    close(out);
    out.push_str("</section>\n");
    Ok(())
}

fn sums_cells(out: &mut String, sums: &Sums) -> fmt::Result {
    count_cell(out, sums.settlements)?;
    count_cell(out, sums.changed)?;
    money_cell(out, Fen(sums.in_scope))?;
    money_cell(out, Fen(sums.before))?;
    money_cell(out, Fen(sums.after))?;
    change_cell(out, Fen(sums.change()))?;
    let share = |part| Ratio { part, whole: sums.in_scope }.percent();
    writeln!(out, "<td>{} → {}</td></tr>", share(sums.before), share(sums.after))
}

pub(super) fn institutions(out: &mut String, report: &ReformReport<'_>) -> fmt::Result {
    out.push_str("<section id=\"institutions\"><h2>机构</h2>\n");
    let rows = report.institution_rows();
    let note = if rows.len() > INSTITUTIONS_SHOWN {
        format!("列出变化最大的 {INSTITUTIONS_SHOWN} 家，共 {} 家，全部见 institutions.csv。", rows.len())
    } else {
        format!("共 {} 家，变化大的在前。", rows.len())
    };
    write!(out, "<p class=\"note\">{note}“变化”是基金为该机构的病人多支付或少支付的金额。</p>")?;
    let columns = [
        Column("机构", Kind::Text, "定点医药机构"),
        Column("级别", Kind::Text, "机构级别"),
        Column("结算", Kind::Number, "次"),
        Column("有变化", Kind::Number, "任一基金支付有变化的结算"),
        Column("范围内费用（元）", Kind::Number, "政策范围内费用"),
        Column("现行支付（元）", Kind::Number, "现行政策下基金支付"),
        Column("改革后支付（元）", Kind::Number, "改革后基金支付"),
        Column("变化（元）", Kind::Number, "改革后减现行"),
        Column("支付比例", Kind::Text, "现行 → 改革后，占政策范围内费用"),
    ];
    open(out, "institution-table", "各机构影响", &columns)?;
    for row in rows.iter().take(INSTITUTIONS_SHOWN) {
        write!(out, "<tr><td>{}<span class=\"code\">{}</span></td>", Escaped(row.name), Escaped(row.code))?;
        text_cell(out, row.level)?;
        sums_cells(out, &row.sums)?;
    }
    close(out);
    out.push_str("</section>\n");
    Ok(())
}

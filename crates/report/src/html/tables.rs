//! The tables: rules, institutions, doctors, visits. A press on a name opens its findings below.

use std::fmt::{self, Write};

use super::cells::{Column, Kind, bar_cell, close, count_cell, money_cell, open, severity_cell, share_cell, text_cell};
use crate::escape::Escaped;
use crate::figures::{Figures, InstitutionRow, RuleRow};
use crate::funnel::Standing;
use crate::tally::{DOCTORS_KEPT, VISITS_KEPT};
use crate::wording::{Ratio, category, count, grain, yuan};

/// Institutions listed on the page; the workbook has them all.
pub(super) const INSTITUTIONS_SHOWN: usize = 500;

const COUNTED: &str = "重叠的规则理清之后的金额，各处合计以此为准";
const AT_STAKE: &str = "违规部分的金额，重叠的规则各算一次";

pub(super) fn write(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    rules(out, figures)?;
    institutions(out, figures)?;
    out.push_str("<section id=\"people\"><h2>医师与就诊</h2>\n");
    doctors(out, figures)?;
    visits(out, figures)?;
    out.push_str("</section>\n");
    Ok(())
}

fn rules(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    out.push_str("<section id=\"rules\"><h2>规则</h2>\n<div class=\"filters\" data-filters=\"rule-table\">");
    out.push_str("<label>查找 <input type=\"search\" data-text placeholder=\"规则名称或编码\"></label>");
    out.push_str("<label>程度 <select data-field=\"severity\"><option value=\"\">全部</option>");
    out.push_str("<option value=\"clear\">明确违规</option><option value=\"suspicious\">可疑</option>");
    out.push_str("<option value=\"indicator\">指标</option></select></label>");
    let mut categories: Vec<&str> = figures.rules.iter().map(|row| row.line.category.as_str()).collect();
    categories.sort_unstable();
    categories.dedup();
    out.push_str("<label>类别 <select data-field=\"category\"><option value=\"\">全部</option>");
    for word in categories.into_iter().filter(|word| !word.is_empty()) {
        write!(out, "<option value=\"{}\">{}</option>", Escaped(word), Escaped(category(word)))?;
    }
    out.push_str("</select></label><label><input type=\"checkbox\" data-zero> 含无疑点的规则</label>");
    out.push_str("<output data-shown></output></div>\n");
    let columns = [
        Column("规则", Kind::Text, "点击进入该规则的疑点"),
        Column("类别", Kind::Text, "国家规则库的类别与系列"),
        Column("程度", Kind::Text, "疑点的性质"),
        Column("粒度", Kind::Text, "在什么上判断"),
        Column("疑点", Kind::Number, "条数"),
        Column("机构", Kind::Number, "涉及的机构数"),
        Column("涉疑金额（元）", Kind::Number, AT_STAKE),
        Column("计入金额（元）", Kind::Number, COUNTED),
        Column("占比", Kind::Number, "占全部计入金额"),
        Column("", Kind::Text, "相对金额最大的规则"),
    ];
    open(out, "rule-table", "规则列表", &columns)?;
    for row in &figures.rules {
        rule(out, figures, row)?;
    }
    close(out);
    let total = figures.total();
    // I11: said on the page, because it was checked before the page was written.
    writeln!(
        out,
        "<p class=\"adds-up\">核对：按规则合计 = 按机构合计 = 按月份合计 = 总计 = <strong>{}</strong> 元（{} 分），{} 条疑点。</p></section>",
        yuan(total.counted_fen),
        count(total.counted_fen.0.unsigned_abs()),
        count(total.findings)
    )
}

fn rule(out: &mut String, figures: &Figures<'_>, row: &RuleRow<'_>) -> fmt::Result {
    let (line, sums) = (&row.line, row.split.total());
    let (id, word) = (Escaped(&line.rule_id), Escaped(&line.category));
    let zero = if sums.findings == 0 { " class=\"zero\"" } else { "" };
    write!(out, "<tr{zero} data-severity=\"{}\" data-category=\"{word}\"><td>", row.severity().word())?;
    if sums.findings > 0 {
        write!(out, "<a href=\"#rule={id}\">{}</a>", Escaped(&line.name))?;
    } else {
        write!(out, "{}", Escaped(&line.name))?;
    }
    write!(out, "<small class=\"code\">{} · {id}</small></td>", Escaped(&line.official_code))?;
    let (class, family) = (Escaped(category(&line.category)), Escaped(&line.family));
    write!(out, "<td>{class}<small class=\"code\">{family}</small></td>")?;
    severity_cell(out, row.severity())?;
    text_cell(out, grain(&line.grain))?;
    count_cell(out, sums.findings)?;
    count_cell(out, row.institutions)?;
    money_cell(out, sums.amount_fen)?;
    money_cell(out, sums.counted_fen)?;
    share_cell(out, Ratio::of_money(sums.counted_fen, figures.total().counted_fen))?;
    let most = figures.rules.first().map(|row| row.split.total().counted_fen).unwrap_or_default();
    bar_cell(out, &row.split, most)?;
    out.push_str("</tr>\n");
    Ok(())
}

fn institutions(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    out.push_str(
        "<section id=\"institutions\"><h2>机构</h2>\n<div class=\"filters\" data-filters=\"institution-table\">",
    );
    out.push_str("<label>查找 <input type=\"search\" data-text placeholder=\"机构名称或编码\"></label>");
    out.push_str("<label>级别 <select data-field=\"group\"><option value=\"\">全部</option>");
    for group in crate::figures::Group::ALL {
        if figures.institutions.iter().any(|row| row.group == group) {
            write!(out, "<option>{}</option>", group.label())?;
        }
    }
    out.push_str("</select></label><label>位置 <select data-field=\"standing\"><option value=\"\">全部</option>");
    for standing in [Standing::FarAbove, Standing::Above, Standing::Within, Standing::Below, Standing::FarBelow] {
        write!(out, "<option>{}</option>", standing.label())?;
    }
    out.push_str("</select></label><output data-shown></output></div>\n");
    let columns = [
        Column("机构", Kind::Text, "点击进入该机构的疑点"),
        Column("级别", Kind::Text, "机构等级或类型"),
        Column("就诊人次", Kind::Number, "审核期间的就诊"),
        Column("审核金额（元）", Kind::Number, "退费冲减后的净额"),
        Column("涉疑人次", Kind::Number, "有明确违规或可疑疑点的就诊"),
        Column("涉疑占比", Kind::Number, "涉疑人次 ÷ 就诊人次"),
        Column("位置", Kind::Text, "与全体占比相比，是否超出偶然波动"),
        Column("疑点", Kind::Number, "条数"),
        Column("计入金额（元）", Kind::Number, COUNTED),
        Column("占审核金额", Kind::Number, "计入金额 ÷ 该机构审核金额"),
        Column("", Kind::Text, "相对金额最大的机构"),
    ];
    open(out, "institution-table", "机构列表", &columns)?;
    for row in figures.institutions.iter().take(INSTITUTIONS_SHOWN) {
        institution(out, figures, row)?;
    }
    close(out);
    let all = figures.institutions.len();
    if all > INSTITUTIONS_SHOWN {
        let shown = INSTITUTIONS_SHOWN;
        write!(
            out,
            "<p class=\"note\">仅列出计入金额最高的 {shown} 家，共 {all} 家，全部见 report.xlsx“按机构”。</p>"
        )?;
    }
    out.push_str("</section>\n");
    Ok(())
}

fn institution(out: &mut String, figures: &Figures<'_>, row: &InstitutionRow) -> fmt::Result {
    let sums = row.split.total();
    let (code, name, group, standing) =
        (Escaped(&row.code), Escaped(&row.name), row.group.label(), row.standing.label());
    write!(out, "<tr data-group=\"{group}\" data-standing=\"{standing}\"><td>")?;
    write!(out, "<a href=\"#institution={code}\">{name}</a><small class=\"code\">{code}</small></td><td>{group}</td>")?;
    count_cell(out, row.visits)?;
    money_cell(out, row.billed)?;
    count_cell(out, row.flagged_visits)?;
    share_cell(out, row.rate())?;
    let class = match row.standing {
        Standing::FarAbove => "far-above",
        Standing::Above => "above",
        _ => "plain",
    };
    write!(out, "<td data-v=\"{}\"><span class=\"standing {class}\">{standing}</span></td>", row.standing as u8)?;
    count_cell(out, sums.findings)?;
    money_cell(out, sums.counted_fen)?;
    share_cell(out, Ratio::of_money(sums.counted_fen, row.billed))?;
    let most = figures.institutions.first().map(|row| row.split.total().counted_fen).unwrap_or_default();
    bar_cell(out, &row.split, most)?;
    out.push_str("</tr>\n");
    Ok(())
}

/// The months as a table, folded away under their plot.
pub(super) fn months(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    let columns = [
        Column("月份", Kind::Text, "费用发生的月份"),
        Column("审核明细", Kind::Number, "条"),
        Column("就诊人次", Kind::Number, "当月开始的就诊"),
        Column("审核金额（元）", Kind::Number, "退费冲减后的净额"),
        Column("疑点", Kind::Number, "条数"),
        Column("其中明确违规", Kind::Number, "条数"),
        Column("计入金额（元）", Kind::Number, COUNTED),
        Column("占审核金额", Kind::Number, "计入金额 ÷ 当月审核金额"),
    ];
    out.push_str("<details><summary>逐月数据表</summary>");
    open(out, "month-table", "逐月数据表", &columns)?;
    for row in &figures.months {
        let sums = row.split.total();
        write!(out, "<tr><td>{}</td>", row.month)?;
        count_cell(out, row.lines)?;
        count_cell(out, row.visits)?;
        money_cell(out, row.billed)?;
        count_cell(out, sums.findings)?;
        count_cell(out, row.split.clear.findings)?;
        money_cell(out, sums.counted_fen)?;
        share_cell(out, Ratio::of_money(sums.counted_fen, row.billed))?;
        out.push_str("</tr>\n");
    }
    close(out);
    out.push_str("</details>\n");
    Ok(())
}

fn doctors(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    writeln!(out, "<h3>开单医师（计入金额最高的 {DOCTORS_KEPT} 名）</h3>")?;
    let columns = [
        Column("医师编码", Kind::Text, "开单医师在该机构的编码"),
        Column("机构", Kind::Text, "所在机构"),
        Column("疑点", Kind::Number, "条数"),
        Column("其中明确违规", Kind::Number, "条数"),
        Column("涉疑金额（元）", Kind::Number, AT_STAKE),
        Column("计入金额（元）", Kind::Number, COUNTED),
    ];
    let names = figures.institution_names();
    open(out, "doctor-table", "医师列表", &columns)?;
    for row in &figures.tallied.doctors {
        let sums = row.split.total();
        let name = names.get(row.institution.as_str()).copied().unwrap_or(&row.institution);
        let (doctor, institution) = (Escaped(&row.doctor), Escaped(&row.institution));
        write!(out, "<tr><td><a href=\"#institution={institution}&amp;text={doctor}\">{doctor}</a></td>")?;
        text_cell(out, name)?;
        count_cell(out, sums.findings)?;
        count_cell(out, row.split.clear.findings)?;
        money_cell(out, sums.amount_fen)?;
        money_cell(out, sums.counted_fen)?;
        out.push_str("</tr>\n");
    }
    close(out);
    Ok(())
}

fn visits(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    writeln!(out, "<h3>就诊（计入金额最高的 {VISITS_KEPT} 次）</h3>")?;
    let columns = [
        Column("就诊ID", Kind::Text, "点击进入该就诊的疑点"),
        Column("机构", Kind::Text, "就诊机构"),
        Column("人员编号", Kind::Text, "参保人"),
        Column("疑点", Kind::Number, "条数"),
        Column("计入金额（元）", Kind::Number, COUNTED),
        Column("金额最大的疑点", Kind::Text, "该就诊中计入金额最大的一条"),
    ];
    let names = figures.institution_names();
    open(out, "visit-table", "就诊列表", &columns)?;
    for row in &figures.tallied.visits {
        let sums = row.split.total();
        let name = names.get(row.institution.as_str()).copied().unwrap_or(&row.institution);
        let visit = Escaped(&row.visit);
        write!(out, "<tr><td><a href=\"#visit={visit}\">{visit}</a></td>")?;
        text_cell(out, name)?;
        text_cell(out, &row.person)?;
        count_cell(out, sums.findings)?;
        money_cell(out, sums.counted_fen)?;
        text_cell(out, row.samples.first().map_or("", |sample| sample.evidence.as_str()))?;
        out.push_str("</tr>\n");
    }
    close(out);
    Ok(())
}

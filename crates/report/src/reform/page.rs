//! `report.html` of a simulation: one file, no network, the same looks as the audit's.

use super::ReformReport;
use super::rows::{class_name, month_name};
use crate::ReportError;
use crate::chart::{Changed, Class, Compared, change_bars, paired_bars, person_columns};
use crate::escape::Escaped;
use crate::html::STYLE;
use crate::html::cells::{Column, Kind, close, count_cell, money_cell, open, text_cell};
use crate::wording::{Ratio, change, change_percent, count, exact, money, money_parts, yuan};
use model::Fen;
use simulation::{Affected, BUCKETS, Sums};
use std::fmt::{self, Write as _};
use std::io::Write;

const OWN_STYLE: &str = include_str!("reform.css");
const SCRIPT: &str = include_str!("reform.js");
/// Institutions in the table; all of them are in `institutions.csv`.
const INSTITUTIONS_SHOWN: usize = 300;

const SECTIONS: [(&str, &str); 7] = [
    ("overview", "概览"),
    ("funds", "基金"),
    ("groups", "人群与机构级别"),
    ("persons", "受益与受损"),
    ("institutions", "机构"),
    ("ground", "依据与局限"),
    ("receipt", "凭证"),
];

/// Writes `report.html`.
pub fn write_reform_html(report: &ReformReport<'_>, mut out: impl Write) -> Result<(), ReportError> {
    let page = page(report)?;
    out.write_all(page.as_bytes()).map_err(|source| ReportError::File { path: "report.html".into(), source })
}

fn page(report: &ReformReport<'_>) -> Result<String, fmt::Error> {
    let mut out = String::with_capacity(400_000);
    out.push_str("<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    // Nothing may be fetched, whatever a claims record says.
    out.push_str("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
    out.push_str("style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n");
    writeln!(out, "<title>医保政策测算报告</title>\n<style>\n{STYLE}{OWN_STYLE}</style>\n</head>\n<body>")?;
    head(&mut out, report)?;
    overview(&mut out, report)?;
    funds(&mut out, report)?;
    groups(&mut out, report)?;
    persons(&mut out, report)?;
    institutions(&mut out, report)?;
    ground(&mut out, report)?;
    receipt(&mut out, report)?;
    out.push_str("</main>\n<div id=\"tip\" role=\"tooltip\" hidden></div>\n");
    writeln!(out, "<script>\n{SCRIPT}</script>\n</body>\n</html>")?;
    Ok(out)
}

fn head(out: &mut String, report: &ReformReport<'_>) -> fmt::Result {
    out.push_str("<a class=\"skip\" href=\"#groups\">跳到人群影响</a>\n<header class=\"top\"><div class=\"wide\">");
    let (area, name, reform) = (Escaped(report.area), Escaped(report.area_name), Escaped(report.reform));
    write!(out, "<h1>医保政策测算报告</h1><p>{name}（{area}）　{} 年结算　方案：{reform}</p>", report.year)?;
    let invented = if report.invented { "政策为虚构的示例。" } else { "" };
    write!(
        out,
        "<p class=\"care\">{invented}只改变政策，不改变就医：账单照旧，次数照旧。不含人员编号，机构具名，按内部资料保管。</p>"
    )?;
    out.push_str("</div></header>\n<nav aria-label=\"本页内容\"><div class=\"wide\">");
    for (anchor, name) in SECTIONS {
        write!(out, "<a href=\"#{anchor}\">{name}</a>")?;
    }
    out.push_str("</div></nav>\n<main class=\"wide\">\n");
    Ok(())
}

fn card(out: &mut String, name: &str, (number, unit): (&str, &str), note: &str, class: &str) -> fmt::Result {
    write!(out, "<div class=\"card {class}\"><span class=\"card-name\">{name}</span>")?;
    write!(out, "<strong>{number}<small>{unit}</small></strong><span class=\"card-note\">{note}</span></div>")
}

fn overview(out: &mut String, report: &ReformReport<'_>) -> fmt::Result {
    let (total, persons) = (&report.effects.total, &report.effects.persons.all);
    out.push_str("<section id=\"overview\"><h2>概览</h2>\n<div class=\"strip\">");
    let settlements = count(total.settlements);
    let note = format!("{} 人，其中 {} 次结算有变化", count(persons.persons), count(total.changed));
    card(out, "重放的结算", (&settlements, "次"), &note, "")?;
    let (number, unit) = money_parts(Fen(total.before));
    let share = Ratio { part: total.before, whole: total.in_scope }.percent();
    card(out, "现行政策：基金支付", (&number, unit), &format!("占政策范围内费用 {share}"), "")?;
    let (number, unit) = money_parts(Fen(total.after));
    let share = Ratio { part: total.after, whole: total.in_scope }.percent();
    card(out, "改革后：基金支付", (&number, unit), &format!("占政策范围内费用 {share}"), "")?;
    let moved = Fen(total.change());
    let (number, unit) = money_parts(moved);
    let sign = if moved.0 > 0 { "+" } else { "" };
    let note = format!("{} 于现行支付", change_percent(moved, Fen(total.before)));
    card(out, "基金变化", (&format!("{sign}{number}"), unit), &note, "")?;
    let note = format!("共少付 {}", money(Fen(persons.gain)));
    card(out, "受益", (&count(persons.winners), "人"), &note, "gain")?;
    let note = format!("共多付 {}", money(Fen(persons.loss)));
    card(out, "受损", (&count(persons.losers), "人"), &note, "loss")?;
    out.push_str("</div>\n<ul class=\"lead\">");
    sentences(out, report)?;
    out.push_str("</ul></section>\n");
    Ok(())
}

fn sentences(out: &mut String, report: &ReformReport<'_>) -> fmt::Result {
    let (total, persons) = (&report.effects.total, &report.effects.persons.all);
    let moved = Fen(total.change());
    let word = match moved.0 {
        0 => "不增不减",
        1.. => "多支付",
        _ => "少支付",
    };
    let amount = if moved.0 == 0 { String::new() } else { format!(" {}", money(Fen(moved.0.abs()))) };
    write!(out, "<li>若这一年适用改革方案，基金{word}{amount}（{}）。", change_percent(moved, Fen(total.before)))?;
    write!(
        out,
        "个人负担由 {} 变为 {}。</li>",
        money(Fen(total.personal_before())),
        money(Fen(total.personal_after()))
    )?;
    let same = persons.persons - persons.winners - persons.losers;
    let share = Ratio::of_counts(persons.winners, persons.persons).percent();
    write!(
        out,
        "<li>{} 人受益（占 {share}），{} 人受损，{} 人不变。",
        count(persons.winners),
        count(persons.losers),
        count(same)
    )?;
    if persons.winners > 0 {
        let each = persons.gain / i64::try_from(persons.winners).unwrap_or(i64::MAX).max(1);
        write!(out, "受益者平均每人少付 {} 元。", yuan(Fen(each)))?;
    }
    out.push_str("</li>");
    if total.changed == 0 {
        out.push_str("<li>没有一次结算因改革而变化：请核对方案的适用条件与日期。</li>");
    }
    let missed: u64 = report.effects.not_replayed.values().sum();
    if missed > 0 {
        let all = missed + total.settlements;
        let share = Ratio::of_counts(missed, all).percent();
        write!(
            out,
            "<li>另有 {} 次结算（{share}）政策未收录，未参与比较，原因见<a href=\"#ground\">依据与局限</a>。</li>",
            count(missed)
        )?;
    }
    Ok(())
}

fn figure(out: &mut String, name: &str, legend: &[(&str, &str)], note: &str) -> fmt::Result {
    write!(out, "<figure><figcaption><h3>{name}</h3></figcaption>")?;
    if !legend.is_empty() {
        out.push_str("<p class=\"legend\">");
        for (class, word) in legend {
            write!(out, "<span><i class=\"swatch {class}\"></i>{word}</span>")?;
        }
        out.push_str("</p>");
    }
    if !note.is_empty() {
        write!(out, "<p class=\"note\">{note}</p>")?;
    }
    Ok(())
}

const BEFORE_AFTER: [(&str, &str); 2] = [("before", "现行政策"), ("after", "改革后")];
const MORE_LESS: [(&str, &str); 2] = [("more", "基金多支付"), ("less", "基金少支付")];

fn funds(out: &mut String, report: &ReformReport<'_>) -> fmt::Result {
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

fn groups(out: &mut String, report: &ReformReport<'_>) -> fmt::Result {
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

fn change_cell(out: &mut String, amount: Fen) -> fmt::Result {
    let (class, sign) = match amount.0 {
        1.. => (" up", "+"),
        0 => ("", ""),
        _ => (" down", ""),
    };
    let (fen, title, text) = (amount.0, exact(amount), yuan(amount));
    write!(out, r#"<td class="number{class}" data-v="{fen}" title="{title}">{sign}{text}</td>"#)
}

fn persons(out: &mut String, report: &ReformReport<'_>) -> fmt::Result {
    out.push_str("<section id=\"persons\"><h2>受益与受损</h2>\n");
    let sums = &report.effects.persons;
    let zero = BUCKETS.iter().position(|bound| *bound == 0).unwrap_or_default();
    let classes: Vec<Class> = (0..)
        .zip(sums.classes)
        .filter(|(class, _)| *class != zero)
        .map(|(class, persons)| Class { name: class_name(class), persons, gains: class < zero })
        .collect();
    let same = sums.classes.get(zero).copied().unwrap_or_default();
    let note = format!("每人全年个人负担的变化（元），按变化大小分组；不变的 {} 人不画。", count(same));
    figure(out, "每人负担的变化", &[("gain", "少付"), ("loss", "多付")], &note)?;
    if sums.all.winners + sums.all.losers == 0 {
        out.push_str("<p class=\"empty\">没有人的负担有变化。</p>");
    } else {
        person_columns(out, &classes, "按负担变化大小的人数")?;
    }
    out.push_str("</figure>\n");
    let columns = [
        Column("维度", Kind::Text, "按什么分组"),
        Column("组", Kind::Text, "组"),
        Column("人数", Kind::Number, "有结算的人"),
        Column("受益", Kind::Number, "全年少付的人"),
        Column("受损", Kind::Number, "全年多付的人"),
        Column("共少付（元）", Kind::Number, "受益者合计"),
        Column("共多付（元）", Kind::Number, "受损者合计"),
    ];
    open(out, "person-group-table", "各组受益与受损人数", &columns)?;
    for (key, group) in &report.effects.person_groups {
        out.push_str("<tr>");
        text_cell(out, key.dimension.label())?;
        text_cell(out, key.label())?;
        count_cell(out, group.persons)?;
        count_cell(out, group.winners)?;
        count_cell(out, group.losers)?;
        money_cell(out, Fen(group.gain))?;
        money_cell(out, Fen(group.loss))?;
        out.push_str("</tr>\n");
    }
    close(out);
    out.push_str("<div class=\"two\"><div>");
    affected(out, "受益最多的人（已去标识）", "winner-table", &sums.winners)?;
    out.push_str("</div><div>");
    affected(out, "受损最多的人（已去标识）", "loser-table", &sums.losers)?;
    out.push_str("</div></div></section>\n");
    Ok(())
}

fn affected(out: &mut String, name: &str, id: &str, persons: &[Affected]) -> fmt::Result {
    write!(out, "<h3>{name}</h3>")?;
    if persons.is_empty() {
        out.push_str("<p class=\"empty panel\">没有。</p>");
        return Ok(());
    }
    let columns = [
        Column("序", Kind::Number, "名次"),
        Column("年龄段", Kind::Text, "年末最后一次就诊时"),
        Column("身份", Kind::Text, "困难身份"),
        Column("结算", Kind::Number, "次"),
        Column("现行负担（元）", Kind::Number, "全年"),
        Column("改革后（元）", Kind::Number, "全年"),
        Column("变化（元）", Kind::Number, "改革后减现行"),
    ];
    open(out, id, name, &columns)?;
    for (place, person) in (1..).zip(persons) {
        out.push_str("<tr>");
        count_cell(out, place)?;
        text_cell(out, person.age.label())?;
        text_cell(out, person.income.label())?;
        count_cell(out, person.settlements)?;
        money_cell(out, Fen(person.before))?;
        money_cell(out, Fen(person.after))?;
        change_cell(out, Fen(person.change))?;
        out.push_str("</tr>\n");
    }
    close(out);
    Ok(())
}

fn institutions(out: &mut String, report: &ReformReport<'_>) -> fmt::Result {
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

fn ground(out: &mut String, report: &ReformReport<'_>) -> fmt::Result {
    let effects = report.effects;
    out.push_str("<section id=\"ground\"><h2>依据与局限</h2>\n<p class=\"adds-up\">各基金、各维度、各月、各机构、全体人员的合计都与总计相等，分文不差；");
    out.push_str("现行政策编译两次、重放两次，结果逐笔一致。</p>");
    let recorded = &effects.recorded;
    if recorded.settlements > 0 {
        write!(
            out,
            "<p class=\"note\">数据记有基金支付的结算 {} 次：所记合计 {} 元，按现行政策重算 {} 元（{}），{} 次分文不差。\
            两者不等说明数据不是按这里收录的政策结算的，或有本页列出的假定；比较的是两种政策的重算，不受此影响。</p>",
            count(recorded.settlements),
            yuan(Fen(recorded.recorded)),
            yuan(Fen(recorded.computed)),
            change_percent(Fen(recorded.computed - recorded.recorded), Fen(recorded.recorded)),
            count(recorded.equal)
        )?;
    }
    list(out, "数据没有、因而假定的", effects.assumptions().map(|(text, count)| (text.to_owned(), count)), "次结算")?;
    let months = format!("设定的连续参保月数为 {} 个月。", report.cover_months);
    write!(out, "<p class=\"note\">{months}不计大额、单位等需要另行参加的补充保险，不动用个人账户。</p>")?;
    list(out, "政策未收录、未参与比较的结算", effects.not_replayed.iter().map(|(k, v)| (k.clone(), *v)), "次")?;
    list(out, "读取时略过的结算", report.left_out.iter().cloned(), "行")?;
    let refused = report.intake.iter().filter(|table| table.rejected > 0);
    let refused = refused.map(|table| (format!("{}（见 rejects/{}.csv）", table.table, table.table), table.rejected));
    list(out, "读取时退回的行", refused, "行")?;
    out.push_str("</section>\n");
    Ok(())
}

fn list(out: &mut String, name: &str, rows: impl Iterator<Item = (String, u64)>, unit: &str) -> fmt::Result {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return Ok(());
    }
    write!(out, "<h3>{name}</h3><div class=\"panel\"><ul>")?;
    for (text, number) in rows {
        write!(out, "<li>{}：{} {unit}</li>", Escaped(&text), count(number))?;
    }
    out.push_str("</ul></div>");
    Ok(())
}

fn receipt(out: &mut String, report: &ReformReport<'_>) -> fmt::Result {
    out.push_str("<section id=\"receipt\"><h2>凭证</h2><div class=\"panel\"><dl class=\"receipt\">");
    for (label, value) in &report.receipt {
        write!(out, "<dt>{label}</dt><dd>{}</dd>", Escaped(value))?;
    }
    write!(out, "<dt>基金变化</dt><dd>{}</dd>", change(Fen(report.effects.total.change())))?;
    out.push_str("</dl></div></section>\n");
    Ok(())
}

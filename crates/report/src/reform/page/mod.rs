//! `report.html` of a simulation: one file, no network, the same looks as the audit's.

mod funds;
mod ground;
mod people;

use super::ReformReport;
use crate::ReportError;
use crate::escape::Escaped;
use crate::html::STYLE;
use crate::wording::{Ratio, change_percent, count, exact, money, money_parts, yuan};
use model::Fen;
use std::fmt::{self, Write as _};
use std::io::Write;

const OWN_STYLE: &str = include_str!("../reform.css");
const SCRIPT: &str = include_str!("../reform.js");

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
    funds::funds(&mut out, report)?;
    funds::groups(&mut out, report)?;
    people::persons(&mut out, report)?;
    funds::institutions(&mut out, report)?;
    ground::ground(&mut out, report)?;
    ground::receipt(&mut out, report)?;
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
    let note = format!("为现行支付的 {}", change_percent(moved, Fen(total.before)));
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

/// A change in what a person pays: less is a gain.
fn burden_cell(out: &mut String, amount: Fen) -> fmt::Result {
    signed_cell(out, amount, [" gain", " loss"])
}

/// A change in what funds pay.
fn change_cell(out: &mut String, amount: Fen) -> fmt::Result {
    signed_cell(out, amount, [" down", " up"])
}

fn signed_cell(out: &mut String, amount: Fen, [less, more]: [&str; 2]) -> fmt::Result {
    let (class, sign) = match amount.0 {
        1.. => (more, "+"),
        0 => ("", ""),
        _ => (less, ""),
    };
    let (fen, title, text) = (amount.0, exact(amount), yuan(amount));
    write!(out, r#"<td class="number{class}" data-v="{fen}" title="{title}">{sign}{text}</td>"#)
}

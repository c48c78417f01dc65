//! The top of the page: what was audited, what came out, in one strip and three sentences.

use std::fmt::{self, Write};

use model::Fen;

use crate::escape::Escaped;
use crate::figures::Figures;
use crate::funnel::Standing;
use crate::wording::{Ratio, count, exact, money, money_parts, period};

/// Sections in page order: anchor and name.
const SECTIONS: [(&str, &str); 9] = [
    ("overview", "概览"),
    ("plots", "图表"),
    ("rules", "规则"),
    ("institutions", "机构"),
    ("people", "医师与就诊"),
    ("drill", "疑点明细"),
    ("quality", "数据质量"),
    ("not-run", "未运行规则"),
    ("receipt", "凭证"),
];

/// One figure of the strip.
struct Card<'a> {
    name: &'static str,
    number: String,
    unit: &'static str,
    title: String,
    meaning: &'a str,
    href: &'static str,
    class: &'static str,
}

pub(super) fn write(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    let (run, totals) = (&figures.report.run, &figures.report.totals);
    out.push_str("<a class=\"skip\" href=\"#rules\">跳到规则列表</a>\n<header class=\"top\"><div class=\"wide\">");
    write!(out, "<h1>医保费用审核报告</h1><p class=\"period\">审核期间 {}", period(totals.from, totals.until))?;
    if !run.started.is_empty() {
        write!(out, "　运行于 {}", Escaped(&run.started))?;
    }
    write!(out, "　引擎 {}</p>", Escaped(&run.engine_version))?;
    out.push_str("<p class=\"care\">含就诊与人员编号，按内部资料保管。疑点是线索，须经复核与申诉后才能认定。</p>");
    out.push_str("</div></header>\n<nav aria-label=\"本页内容\"><div class=\"wide\">");
    for (anchor, name) in SECTIONS {
        write!(out, "<a href=\"#{anchor}\">{name}</a>")?;
    }
    out.push_str("</div></nav>\n<main class=\"wide\">\n<section id=\"overview\"><h2>概览</h2>\n");
    strip(out, figures)?;
    sentences(out, figures)?;
    for doubt in &figures.doubts {
        write!(out, "<p class=\"doubt\" role=\"note\">注意：{}</p>", Escaped(doubt))?;
    }
    definitions(out)?;
    out.push_str("</section>\n");
    Ok(())
}

fn strip(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    let (totals, sums) = (&figures.report.totals, figures.total());
    let (billed, billed_unit) = money_parts(figures.billed);
    let (counted, counted_unit) = money_parts(sums.counted_fen);
    let split = &figures.tallied.total;
    let severities = format!(
        "明确违规 {} · 可疑 {} · 指标 {}",
        count(split.clear.findings),
        count(split.suspicious.findings),
        count(split.indicator.findings)
    );
    let audited = format!("{} 人次 · {} 人", count(totals.visits), count(totals.persons));
    let visits = format!(
        "涉疑就诊 {} 人次，占 {}",
        count(figures.tallied.flagged_visits),
        Ratio::of_counts(figures.tallied.flagged_visits, totals.visits).percent()
    );
    let before = format!("去重前 {}", money(sums.amount_fen));
    let flagged = u64::try_from(figures.flagged_institutions()).unwrap_or(u64::MAX);
    let all = format!("共 {} 家；{}", figures.institutions.len(), visits);
    let card =
        |name, number, unit, title, meaning, href, class| Card { name, number, unit, title, meaning, href, class };
    let cards = [
        card("审核明细", count(totals.lines), "条", String::new(), &audited, "#quality", ""),
        card("审核金额", billed, billed_unit, exact(figures.billed), "退费冲减后的净额", "#institutions", ""),
        card("疑点", count(sums.findings), "条", String::new(), &severities, "#rules", ""),
        card("计入金额", counted, counted_unit, exact(sums.counted_fen), &before, "#rules", "strong"),
        card(
            "占审核金额",
            Ratio::of_money(sums.counted_fen, figures.billed).percent(),
            "",
            String::new(),
            "计入金额 ÷ 审核金额",
            "#plots",
            "",
        ),
        card("涉及机构", count(flagged), "家", String::new(), &all, "#institutions", ""),
    ];
    out.push_str("<div class=\"strip\">");
    for Card { name, number, unit, title, meaning, href, class } in cards {
        write!(out, "<a class=\"card {class}\" href=\"{href}\"><span class=\"card-name\">{name}</span>")?;
        write!(out, "<strong title=\"{title}\">{number}<small>{unit}</small></strong>")?;
        write!(out, "<span class=\"card-note\">{meaning}</span></a>")?;
    }
    out.push_str("</div>\n");
    Ok(())
}

/// What a reader in a hurry should take away; each sentence is computed, none is advice.
fn sentences(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    let sums = figures.total();
    let Some(first) = figures.rules.first().filter(|_| sums.findings > 0) else {
        out.push_str("<p class=\"lead\">运行的规则没有发现疑点。</p>");
        return Ok(());
    };
    let share = |part: Fen| Ratio::of_money(part, sums.counted_fen).percent();
    let top_rules: Fen = figures.rules.iter().take(5).map(|row| row.split.total().counted_fen).sum();
    let top_institutions: Fen = figures.institutions.iter().take(10).map(|row| row.split.total().counted_fen).sum();
    let far = figures.institutions.iter().filter(|row| row.standing == Standing::FarAbove).count();
    let first_sums = first.split.total();
    write!(
        out,
        "<ul class=\"lead\"><li>运行 {} 条规则，{} 条有疑点；金额最大的是“<a href=\"#rule={}\">{}</a>”，计入 {}，占 {}{}。</li>",
        figures.rules.len(),
        figures.rules_with_findings(),
        Escaped(&first.line.rule_id),
        Escaped(&first.line.name),
        money(first_sums.counted_fen),
        share(first_sums.counted_fen),
        if figures.rules_with_findings() > 5 {
            format!("；前 5 条规则合计占 {}", share(top_rules))
        } else {
            String::new()
        }
    )?;
    write!(
        out,
        "<li>明确违规（有明文依据）计入 {}；可疑（需核对病历等资料）计入 {}。</li>",
        money(figures.tallied.total.clear.counted_fen),
        money(figures.tallied.total.suspicious.counted_fen)
    )?;
    writeln!(
        out,
        "<li>{}全部机构涉疑就诊占比 {}，其中 {far} 家超出 99.8% 控制限，列为显著偏高。</li></ul>",
        if figures.flagged_institutions() > 10 {
            format!("计入金额前 10 家机构合计占 {}；", share(top_institutions))
        } else {
            String::new()
        },
        figures.pooled().percent()
    )
}

fn definitions(out: &mut String) -> fmt::Result {
    out.push_str("<details class=\"definitions\"><summary>口径说明</summary><dl>");
    for (term, meaning) in [
        ("疑点", "一条规则在一条明细、一次就诊或一名参保人上命中一次。"),
        ("涉疑金额", "违规部分的金额，不是整条明细的金额；同一明细被几条规则命中时各算一次。"),
        (
            "计入金额",
            "把重叠的规则理清之后的金额：一条明细无论被几条规则命中，合计不超过它的净额。各处合计用的都是这个数。",
        ),
        ("明确违规", "依据明文规定可以直接判定。"),
        ("可疑", "需要人工核对病历等资料后判定。"),
        ("指标", "统计指标，提示关注，不作为认定依据，也不计入涉疑就诊。"),
        ("涉疑就诊", "至少有一条明确违规或可疑疑点的就诊。"),
        ("月份", "以费用发生的日期为准，不是结算日期。"),
    ] {
        write!(out, "<dt>{term}</dt><dd>{meaning}</dd>")?;
    }
    out.push_str("</dl></details>\n");
    Ok(())
}

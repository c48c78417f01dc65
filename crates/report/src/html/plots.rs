//! The plots with their captions, legends and footnotes.

use std::fmt::{self, Write};

use super::tables;
use crate::chart;
use crate::escape::Escaped;
use crate::figures::{Figures, Group};
use crate::funnel::Standing;
use crate::sums::SEVERITIES;
use crate::wording::exact;

/// Outliers named under the funnel.
const NAMED: usize = 8;

pub(super) fn write(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    out.push_str("<section id=\"plots\"><h2>图表</h2>\n");
    if figures.total().findings == 0 {
        out.push_str(
            "<p class=\"note\">没有疑点，不画图。审核了什么见下面的“机构”“数据质量”和“未运行规则”。</p></section>\n",
        );
        return Ok(());
    }
    figure(out, "明确违规与可疑的构成", "", |out| {
        severity_legend(out)?;
        chart::severity_split(out, figures)
    })?;
    let found = figures.rules_with_findings();
    let note = if found > chart::BARS_SHOWN {
        format!("画出金额最大的 {} 条，共 {found} 条规则有疑点，全部见下表。点击或回车进入明细。", chart::BARS_SHOWN)
    } else {
        "点击或回车进入明细。".into()
    };
    figure(out, "各规则计入金额", &note, |out| {
        severity_legend(out)?;
        chart::rule_bars(out, figures)
    })?;
    figure(
        out,
        "逐月走势",
        "柱为计入金额（左轴），线为疑点数（右轴）；月份以费用发生日期为准。",
        |out| {
            legend(out, "<span><i class=\"swatch line\"></i>疑点数</span>")?;
            chart::month_trend(out, figures)?;
            tables::months(out, figures)
        },
    )?;
    figure(out, "机构漏斗图", FUNNEL_NOTE, |out| {
        funnel_legend(out, figures)?;
        chart::institution_funnel(out, figures)?;
        if figures.institutions.len() > chart::POINTS_MAX {
            let (shown, all) = (chart::POINTS_MAX, figures.institutions.len());
            write!(out, "<p class=\"note\">仅画就诊人次最多的 {shown} 家，共 {all} 家。</p>")?;
        }
        outliers(out, figures)
    })?;
    let note = "列出计入金额最大的规则与机构；颜色按平方根分级，格内数字为计入金额。空格表示没有疑点。";
    figure(out, "规则 × 机构", note, |out| chart::heat_map(out, figures))?;
    out.push_str("</section>\n");
    Ok(())
}

const FUNNEL_NOTE: &str = "每点一家机构。虚线之间是偶然波动的 95% 范围，点线之间是 99.8% 范围（二项分布，围绕全体占比）；\
就诊不足 30 人次的机构淡显，不作判断，涉疑不足 5 人次的不列为偏高；超出图幅的画在上沿。超出上限说明差异不像偶然，但病种结构不同也会造成差异，只作线索。";

fn figure(out: &mut String, name: &str, note: &str, draw: impl FnOnce(&mut String) -> fmt::Result) -> fmt::Result {
    writeln!(out, "<figure><figcaption><h3>{name}</h3></figcaption>")?;
    draw(out)?;
    if !note.is_empty() {
        write!(out, "<p class=\"note\">{note}</p>")?;
    }
    out.push_str("</figure>\n");
    Ok(())
}

fn severity_legend(out: &mut String) -> fmt::Result {
    legend(out, "")
}

/// The severities, and what else the plot shows (markup of ours).
fn legend(out: &mut String, more: &str) -> fmt::Result {
    out.push_str("<p class=\"legend\">");
    for severity in SEVERITIES {
        write!(out, "<span><i class=\"swatch {}\"></i>{}</span>", severity.word(), severity.label())?;
    }
    writeln!(out, "{more}</p>")
}

fn funnel_legend(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    out.push_str("<p class=\"legend\">");
    for group in Group::ALL {
        let members = figures.institutions.iter().filter(|row| row.group == group && row.visits > 0).count();
        if members > 0 {
            out.push_str("<span><svg width=\"14\" height=\"14\" aria-hidden=\"true\">");
            chart::mark(out, group, 70, 70)?;
            write!(out, "</svg>{} {members} 家</span>", group.label())?;
        }
    }
    writeln!(out, "<span>全体占比 {}</span></p>", figures.pooled().percent())
}

fn outliers(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    let far: Vec<_> = figures.institutions.iter().filter(|row| row.standing == Standing::FarAbove).collect();
    if far.is_empty() {
        out.push_str("<p class=\"outliers\">没有机构超出 99.8% 上限。</p>");
        return Ok(());
    }
    write!(out, "<p class=\"outliers\">超出 99.8% 上限 {} 家，按计入金额：", far.len())?;
    for (position, row) in far.iter().take(NAMED).enumerate() {
        let (mark, code, name) = (if position > 0 { "、" } else { "" }, Escaped(&row.code), Escaped(&row.name));
        let (title, share) = (exact(row.split.total().counted_fen), row.rate().percent());
        write!(out, "{mark}<a href=\"#institution={code}\" title=\"计入 {title}\">{name}</a>（{share}）")?;
    }
    out.push_str(if far.len() > NAMED { " 等。</p>" } else { "。</p>" });
    Ok(())
}

//! What the comparison rests on, and what it cannot see.

use super::super::ReformReport;
use crate::escape::Escaped;
use crate::wording::{change, change_percent, count, yuan};
use model::Fen;
use std::fmt::{self, Write};

pub(super) fn ground(out: &mut String, report: &ReformReport<'_>) -> fmt::Result {
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

pub(super) fn receipt(out: &mut String, report: &ReformReport<'_>) -> fmt::Result {
    out.push_str("<section id=\"receipt\"><h2>凭证</h2><div class=\"panel\"><dl class=\"receipt\">");
    for (label, value) in &report.receipt {
        write!(out, "<dt>{label}</dt><dd>{}</dd>", Escaped(value))?;
    }
    write!(out, "<dt>基金变化</dt><dd>{}</dd>", change(Fen(report.effects.total.change())))?;
    out.push_str("</dl></div></section>\n");
    Ok(())
}

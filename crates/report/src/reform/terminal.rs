//! What a simulation says when it ends.

use super::ReformReport;
use crate::wording::{change, change_percent, count, duration, money};
use model::Fen;
use std::fmt::Write;

/// A few lines for the terminal.
#[must_use]
pub fn reform_terminal(report: &ReformReport<'_>, where_to_look: &[String]) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_all(&mut out, report, where_to_look);
    out
}

fn write_all(out: &mut String, report: &ReformReport<'_>, where_to_look: &[String]) -> std::fmt::Result {
    let effects = report.effects;
    let (total, persons) = (&effects.total, &effects.persons.all);
    let [reading, replaying] = report.elapsed_ms;
    writeln!(out, "测算结果  {} {} {} 年：{}", report.area, report.area_name, report.year, report.reform)?;
    let missed: u64 = effects.not_replayed.values().sum();
    writeln!(
        out,
        "  重放  {} 次结算，{} 人；另有 {} 次政策未收录，未参与比较",
        count(total.settlements),
        count(persons.persons),
        count(missed)
    )?;
    writeln!(
        out,
        "  基金  现行 {} → 改革后 {}，{}（{}）",
        money(Fen(total.before)),
        money(Fen(total.after)),
        change(Fen(total.change())),
        change_percent(Fen(total.change()), Fen(total.before))
    )?;
    for row in report.funds() {
        let moved = Fen(row.after.0 - row.before.0);
        writeln!(out, "        {}：{} → {}，{}", row.title, money(row.before), money(row.after), change(moved))?;
    }
    writeln!(
        out,
        "  人员  {} 人少付共 {}，{} 人多付共 {}，{} 人不变",
        count(persons.winners),
        money(Fen(persons.gain)),
        count(persons.losers),
        money(Fen(persons.loss)),
        count(persons.persons - persons.winners - persons.losers)
    )?;
    writeln!(out, "  结算  {} 次有变化", count(total.changed))?;
    let recorded = &effects.recorded;
    writeln!(
        out,
        "  核对  现行政策两次重放一致；数据所记基金支付 {}，按现行政策重算 {}，{} / {} 次相符",
        money(Fen(recorded.recorded)),
        money(Fen(recorded.computed)),
        count(recorded.equal),
        count(recorded.settlements)
    )?;
    writeln!(out, "  用时  读取 {}，重放 {}，{} 线程", duration(reading), duration(replaying), report.threads)?;
    where_to_look.iter().try_for_each(|line| writeln!(out, "{line}"))
}

//! The summary that ends a run in a terminal.
//!
//! No colour and no cursor movement: it reads the same in a log file. Columns are aligned by display
//! width, where a Chinese character takes two cells.

use std::fmt::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::figures::Figures;
use crate::wording::{Ratio, category, count, duration, money, period, table, yuan};

/// Rules shown.
const RULES_SHOWN: usize = 15;
/// Cells of a rule's name.
const NAME_CELLS: usize = 34;

#[derive(Clone, Copy)]
enum Align {
    Left,
    Right,
}

/// The whole summary; `where_to_look` names the files written, one a line.
#[must_use]
pub fn terminal_summary(figures: &Figures<'_>, where_to_look: &[String]) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail; if a Display ever does, what is there is still shown.
    let _ = write_all(&mut out, figures, where_to_look);
    out
}

fn write_all(out: &mut String, figures: &Figures<'_>, where_to_look: &[String]) -> fmt::Result {
    totals(out, figures)?;
    rules(out, figures)?;
    intake(out, figures)?;
    not_run(out, figures)?;
    for doubt in &figures.doubts {
        writeln!(out, "注意：{doubt}")?;
    }
    for line in where_to_look {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn totals(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    let (totals, run, sums) = (&figures.report.totals, &figures.report.run, figures.total());
    let split = &figures.tallied.total;
    let elapsed: u64 = run.stages.iter().map(|stage| stage.elapsed_ms).sum();
    writeln!(out, "审核结果  {}", period(totals.from, totals.until))?;
    writeln!(
        out,
        "  审核  {} 条明细 · {} 人次 · {} 人 · {} 家机构 · {}",
        count(totals.lines),
        count(totals.visits),
        count(totals.persons),
        figures.institutions.len(),
        money(figures.billed)
    )?;
    writeln!(
        out,
        "  疑点  {} 条：明确违规 {}，可疑 {}，指标 {}；涉及 {} 人次、{} 家机构、{} 条规则",
        count(sums.findings),
        count(split.clear.findings),
        count(split.suspicious.findings),
        count(split.indicator.findings),
        count(figures.tallied.flagged_visits),
        figures.flagged_institutions(),
        figures.rules_with_findings()
    )?;
    writeln!(
        out,
        "  金额  计入 {} 元（去重后），占审核金额 {}；去重前 {} 元",
        yuan(sums.counted_fen),
        Ratio::of_money(sums.counted_fen, figures.billed).percent(),
        yuan(sums.amount_fen)
    )?;
    if elapsed > 0 {
        let (speed, threads) = (count(run.lines_per_second), run.threads);
        writeln!(out, "  用时  {}，{speed} 条/秒，{threads} 线程", duration(elapsed))?;
    }
    writeln!(out)
}

fn rules(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    let found = figures.rules_with_findings();
    let mut rows = vec![["规则", "类别", "程度", "疑点", "机构", "计入金额（元）", "占比"].map(String::from)];
    for row in figures.rules.iter().take(RULES_SHOWN.min(found)) {
        let sums = row.split.total();
        rows.push([
            shorten(&row.line.name, NAME_CELLS),
            category(&row.line.category).into(),
            row.severity().label().into(),
            count(sums.findings),
            count(row.institutions),
            yuan(sums.counted_fen),
            Ratio::of_money(sums.counted_fen, figures.total().counted_fen).percent(),
        ]);
    }
    if found == 0 {
        return writeln!(out, "没有疑点。\n");
    }
    use Align::{Left, Right};
    write_table(out, &rows, [Left, Left, Left, Right, Right, Right, Right])?;
    if found > RULES_SHOWN {
        writeln!(out, "  …… 另有 {} 条规则有疑点，见报告", found - RULES_SHOWN)?;
    }
    writeln!(out)
}

fn intake(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    if figures.report.intake.is_empty() {
        return Ok(());
    }
    let mut rows = vec![["数据表", "", "读入", "接受", "修正", "退回"].map(String::from)];
    for line in &figures.report.intake {
        rows.push([
            line.table.clone(),
            table(&line.table).into(),
            count(line.read),
            count(line.accepted),
            count(line.corrected),
            count(line.rejected),
        ]);
    }
    use Align::{Left, Right};
    write_table(out, &rows, [Left, Left, Right, Right, Right, Right])?;
    writeln!(out)
}

fn not_run(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    let (run, not) = (figures.rules.len(), figures.not_run.len());
    write!(out, "规则  运行 {run} 条，未运行 {not} 条")?;
    writeln!(out, "{}", if not > 0 { "（原因见报告“未运行规则”）" } else { "" })
}

fn write_table<const N: usize>(out: &mut String, rows: &[[String; N]], aligns: [Align; N]) -> fmt::Result {
    let mut widths = [0_usize; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    for (position, row) in rows.iter().enumerate() {
        let mut line = String::from(" ");
        for ((cell, width), align) in row.iter().zip(widths).zip(aligns) {
            let gap = " ".repeat(width.saturating_sub(cell.width()));
            match align {
                Align::Left => write!(line, " {cell}{gap} ")?,
                Align::Right => write!(line, " {gap}{cell} ")?,
            }
        }
        writeln!(out, "{}", line.trim_end())?;
        if position == 0 {
            writeln!(out, "  {}", "-".repeat(widths.iter().sum::<usize>() + 2 * (N - 1)))?;
        }
    }
    Ok(())
}

/// At most that many cells; a cut is marked.
pub(crate) fn shorten(text: &str, cells: usize) -> String {
    if text.width() <= cells {
        return text.into();
    }
    let mut used = 0;
    let mut out: String = text
        .chars()
        .take_while(|letter| {
            used += letter.width().unwrap_or(0);
            used + 2 <= cells
        })
        .collect();
    out.push_str("..");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_by_cells() {
        for (text, cells, expect) in
            [("药品限性别", 10, "药品限性别"), ("药品限性别", 9, "药品限.."), ("abc", 2, ".."), ("药a品b", 6, "药a品b")]
        {
            assert_eq!(shorten(text, cells), expect, "{text} in {cells}");
        }
    }

    #[test]
    fn columns_line_up_by_cells() {
        let rows = [["规则", "1"], ["ab", "1,000"]].map(|row| row.map(String::from));
        let mut out = String::new();
        write_table(&mut out, &rows, [Align::Left, Align::Right]).unwrap();
        assert_eq!(out, "  规则      1\n  -----------\n  ab    1,000\n");
    }
}

//! Money by rule: horizontal bars, split by severity, the greatest first.

use std::fmt::{self, Write};

use model::Fen;

use super::axis::{in_units, money_unit, ticks};
use super::{Size, nothing, open, scaled};
use crate::escape::Escaped;
use crate::figures::Figures;
use crate::sums::SEVERITIES;
use crate::text::shorten;
use crate::wording::{count, exact, money};

/// Rules drawn; the table below has them all.
pub(crate) const BARS_SHOWN: usize = 20;
const ROW: i64 = 27;
const LEFT: i64 = 262;
const WIDTH: i64 = 1120;
const RIGHT: i64 = 172;
const TOP: i64 = 10;
const LABEL_CELLS: usize = 36;

/// Draws the bars.
pub(crate) fn rule_bars(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    let rows: Vec<_> =
        figures.rules.iter().filter(|row| row.split.total().counted_fen.0 > 0).take(BARS_SHOWN).collect();
    let Some(first) = rows.first() else { return nothing(out) };
    let most = first.split.total().counted_fen;
    let marks = ticks(most.0, 5);
    let reach = marks.last().copied().unwrap_or(most.0).max(most.0);
    let (unit, fen) = money_unit(most);
    let plot = WIDTH - LEFT - RIGHT;
    let bottom = TOP + ROW * i64::try_from(rows.len()).unwrap_or(0);
    open(out, Size { width: WIDTH, height: bottom + 34 }, "各规则计入金额，按严重程度分色")?;
    for mark in &marks {
        let x = LEFT + scaled(*mark, reach, plot);
        write!(out, r#"<line class="grid" x1="{x}" y1="{TOP}" x2="{x}" y2="{bottom}"/>"#)?;
        let label = in_units(*mark, fen);
        write!(out, r#"<text class="tick" x="{x}" y="{}" text-anchor="middle">{label}</text>"#, bottom + 17)?;
    }
    write!(out, r#"<text class="tick" x="{}" y="{}">{unit}</text>"#, LEFT + plot + 28, bottom + 17)?;
    for (position, row) in (0_i64..).zip(&rows) {
        let y = TOP + position * ROW;
        let total = row.split.total();
        let (name, code) = (Escaped(&row.line.name), Escaped(&row.line.rule_id));
        write!(out, r##"<a href="#rule={code}" class="mark"><title>{name}"##)?;
        for severity in SEVERITIES {
            let part = row.split.of(severity);
            if part.findings > 0 {
                write!(out, "\n{}：{}，{} 条", severity.label(), exact(part.counted_fen), count(part.findings))?;
            }
        }
        write!(out, "\n涉及 {} 家机构</title>", count(row.institutions))?;
        write!(out, r#"<rect class="hit" x="0" y="{y}" width="{WIDTH}" height="{ROW}"/>"#)?;
        let label = shorten(&row.line.name, LABEL_CELLS);
        let baseline = y + 18;
        let label_x = LEFT - 10;
        write!(out, r#"<text class="name" x="{label_x}" y="{baseline}" text-anchor="end">{}</text>"#, Escaped(&label))?;
        let mut sum = Fen::ZERO;
        let mut x = LEFT;
        for severity in SEVERITIES {
            sum += row.split.of(severity).counted_fen;
            let end = LEFT + scaled(sum.0, reach, plot);
            if end > x {
                let (word, width) = (severity.word(), end - x);
                let (top, height) = (y + 5, ROW - 10);
                write!(out, r#"<rect class="fill {word}" x="{x}" y="{top}" width="{width}" height="{height}"/>"#)?;
            }
            x = end;
        }
        let value = format!("{} · {} 条", money(total.counted_fen), count(total.findings));
        write!(out, r#"<text class="value" x="{}" y="{baseline}">{value}</text></a>"#, x.max(LEFT + 1) + 7)?;
    }
    write!(out, r#"<line class="axis" x1="{LEFT}" y1="{TOP}" x2="{LEFT}" y2="{bottom}"/></svg>"#)
}

//! The months: money counted as bars, findings as a line.

use std::fmt::{self, Write};

use model::Fen;

use super::axis::{in_units, money_unit, short_count, ticks};
use super::{Size, Tenth, nothing, open, scaled};
use crate::figures::{Figures, MonthRow};
use crate::sums::SEVERITIES;
use crate::wording::{Ratio, count, exact, signed};

const SIZE: Size = Size { width: 1120, height: 306 };
const LEFT: i64 = 70;
const RIGHT: i64 = 1050;
const TOP: i64 = 34;
const BOTTOM: i64 = 280;
/// The least room for a month's name.
const LABEL_WIDTH: i64 = 58;

/// Draws the trend.
pub(crate) fn month_trend(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    let rows = &figures.months;
    if rows.is_empty() {
        return nothing(out);
    }
    let most_money = rows.iter().map(|row| row.split.total().counted_fen).max().unwrap_or_default();
    let most_findings = rows.iter().map(|row| signed(row.split.total().findings)).max().unwrap_or_default();
    let money_ticks = ticks(most_money.0, 4);
    let finding_ticks = ticks(most_findings, 4);
    let money_reach = money_ticks.last().copied().unwrap_or(1).max(1);
    let finding_reach = finding_ticks.last().copied().unwrap_or(1).max(1);
    let (unit, fen) = money_unit(most_money);
    open(out, SIZE, "各月计入金额与疑点数")?;
    for tick in money_ticks {
        let y = Tenth(BOTTOM * 10 - scaled(tick, money_reach, (BOTTOM - TOP) * 10));
        let (x, label) = (LEFT - 8, in_units(tick, fen));
        write!(out, r#"<line class="grid" x1="{LEFT}" y1="{y}" x2="{RIGHT}" y2="{y}"/>"#)?;
        write!(out, r#"<text class="tick" x="{x}" y="{y}" dy="4" text-anchor="end">{label}</text>"#)?;
    }
    for tick in finding_ticks {
        let y = Tenth(BOTTOM * 10 - scaled(tick, finding_reach, (BOTTOM - TOP) * 10));
        let (x, label) = (RIGHT + 8, short_count(tick.unsigned_abs()));
        write!(out, r#"<text class="tick line-tick" x="{x}" y="{y}" dy="4">{label}</text>"#)?;
    }
    write!(out, r#"<text class="tick" x="{LEFT}" y="16" text-anchor="end">{unit}</text>"#)?;
    write!(out, r#"<text class="tick line-tick" x="{RIGHT}" y="16">疑点（条）</text>"#)?;
    let months = i64::try_from(rows.len()).unwrap_or(1).max(1);
    let slot_tenths = (RIGHT - LEFT) * 10 / months;
    let each = (LABEL_WIDTH * 10 + slot_tenths - 1) / slot_tenths.max(1);
    let mut line = String::new();
    for (position, row) in (0_i64..).zip(rows) {
        let centre = LEFT * 10 + slot_tenths * position + slot_tenths / 2;
        month(out, row, Slot { centre, width: (slot_tenths * 62 / 100).min(560) }, money_reach)?;
        if position % each.max(1) == 0 {
            let (x, y) = (Tenth(centre), BOTTOM + 19);
            write!(out, r#"<text class="tick" x="{x}" y="{y}" text-anchor="middle">{}</text>"#, row.month)?;
        }
        let y = BOTTOM * 10 - scaled(signed(row.split.total().findings), finding_reach, (BOTTOM - TOP) * 10);
        write!(line, "{}{} {}", if line.is_empty() { 'M' } else { 'L' }, Tenth(centre), Tenth(y))?;
    }
    write!(out, r#"<path class="count-line" d="{line}"/>"#)?;
    write!(out, r#"<line class="axis" x1="{LEFT}" y1="{BOTTOM}" x2="{RIGHT}" y2="{BOTTOM}"/></svg>"#)
}

/// Where a month stands, in tenths of a pixel.
struct Slot {
    centre: i64,
    width: i64,
}

fn month(out: &mut String, row: &MonthRow, slot: Slot, reach: i64) -> fmt::Result {
    let total = row.split.total();
    write!(out, "<g class=\"mark\"><title>{}\n计入 {}", row.month, exact(total.counted_fen))?;
    for severity in SEVERITIES {
        let part = row.split.of(severity);
        if part.findings > 0 {
            write!(out, "\n{}：{}，{} 条", severity.label(), exact(part.counted_fen), count(part.findings))?;
        }
    }
    let share = Ratio::of_money(total.counted_fen, row.billed).percent();
    write!(out, "\n审核明细 {} 条，金额 {}，占比 {share}</title>", count(row.lines), exact(row.billed))?;
    let x = Tenth(slot.centre - slot.width / 2);
    let width = Tenth(slot.width);
    let mut sum = Fen::ZERO;
    let mut bottom = BOTTOM * 10;
    for severity in SEVERITIES {
        sum += row.split.of(severity).counted_fen;
        let top = BOTTOM * 10 - scaled(sum.0, reach, (BOTTOM - TOP) * 10);
        if bottom > top {
            let (y, height, word) = (Tenth(top), Tenth(bottom - top), severity.word());
            write!(out, r#"<rect class="fill {word}" x="{x}" y="{y}" width="{width}" height="{height}"/>"#)?;
        }
        bottom = top;
    }
    write!(out, r#"<rect class="hit" x="{x}" y="{TOP}" width="{width}" height="{}"/></g>"#, BOTTOM - TOP)
}

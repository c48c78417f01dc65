//! Before and after: paired bars, changes around zero, and how many persons a change meets.

use std::fmt::{self, Write};

use model::Fen;

use super::axis::{in_units, money_unit, short_count, ticks};
use super::{Size, nothing, open, scaled};
use crate::escape::Escaped;
use crate::wording::{change, change_percent, count, exact, money, signed};

const WIDTH: i64 = 1120;
const LEFT: i64 = 250;
const RIGHT: i64 = 190;
const TOP: i64 = 10;
/// Where the names of changes end, and how wide a written change may be.
const NAMES: i64 = 150;
const VALUE: i64 = 200;

/// A named amount under two laws.
pub(crate) struct Compared<'a> {
    pub(crate) name: &'a str,
    pub(crate) before: Fen,
    pub(crate) after: Fen,
}

/// A named change; rows of one block stand under its name.
pub(crate) struct Changed<'a> {
    pub(crate) block: &'a str,
    pub(crate) name: &'a str,
    pub(crate) before: Fen,
    pub(crate) change: Fen,
    pub(crate) settlements: u64,
    pub(crate) changed: u64,
}

/// A class of persons by how much more or less they pay.
pub(crate) struct Class {
    pub(crate) name: String,
    pub(crate) persons: u64,
    pub(crate) gains: bool,
}

/// Two bars a row: the law in force above, the reform below.
pub(crate) fn paired_bars(out: &mut String, rows: &[Compared<'_>], label: &str) -> fmt::Result {
    let most = rows.iter().flat_map(|row| [row.before, row.after]).max().unwrap_or_default();
    if most <= Fen::ZERO {
        return nothing(out);
    }
    const ROW: i64 = 48;
    let marks = ticks(most.0, 5);
    let reach = marks.last().copied().unwrap_or(most.0).max(most.0);
    let (unit, fen) = money_unit(most);
    let plot = WIDTH - LEFT - RIGHT;
    let bottom = TOP + ROW * signed(rows.len() as u64);
    open(out, Size { width: WIDTH, height: bottom + 34 }, label)?;
    for mark in &marks {
        let x = LEFT + scaled(*mark, reach, plot);
        write!(out, r#"<line class="grid" x1="{x}" y1="{TOP}" x2="{x}" y2="{bottom}"/>"#)?;
        let label = in_units(*mark, fen);
        write!(out, r#"<text class="tick" x="{x}" y="{}" text-anchor="middle">{label}</text>"#, bottom + 17)?;
    }
    write!(out, r#"<text class="tick" x="{}" y="{}">{unit}</text>"#, LEFT + plot + 28, bottom + 17)?;
    for (position, row) in (0_i64..).zip(rows) {
        let y = TOP + position * ROW;
        let moved = Fen(row.after.0 - row.before.0);
        let name = Escaped(row.name);
        write!(out, "<g class=\"mark\"><title>{name}\n现行 {}\n改革后 {}", exact(row.before), exact(row.after))?;
        write!(out, "\n变化 {}</title>", change(moved))?;
        write!(out, r#"<rect class="hit" x="0" y="{y}" width="{WIDTH}" height="{ROW}"/>"#)?;
        let label_x = LEFT - 10;
        write!(out, r#"<text class="name" x="{label_x}" y="{}" text-anchor="end">{name}</text>"#, y + 28)?;
        for (offset, class, amount) in [(7, "before", row.before), (25, "after", row.after)] {
            let (top, width) = (y + offset, scaled(amount.0, reach, plot));
            write!(out, r#"<rect class="fill {class}" x="{LEFT}" y="{top}" width="{width}" height="15"/>"#)?;
            let (x, value) = (LEFT + width + 7, money(amount));
            write!(out, r#"<text class="value" x="{x}" y="{}">{value}</text>"#, top + 12)?;
        }
        out.push_str("</g>");
    }
    write!(out, r#"<line class="axis" x1="{LEFT}" y1="{TOP}" x2="{LEFT}" y2="{bottom}"/></svg>"#)
}

/// Changes to both sides of zero, block by block.
pub(crate) fn change_bars(out: &mut String, rows: &[Changed<'_>], label: &str) -> fmt::Result {
    const ROW: i64 = 25;
    const HEAD: i64 = 30;
    let most = rows.iter().map(|row| row.change.0.abs()).max().unwrap_or(0);
    if rows.is_empty() {
        return nothing(out);
    }
    let heads = signed(rows.chunk_by(|a, b| a.block == b.block).count() as u64);
    let bottom = TOP + ROW * signed(rows.len() as u64) + HEAD * heads;
    // Both sides leave room for a value behind the longest bar, the left one for the names too.
    let half = 270;
    let zero = NAMES + VALUE + half;
    open(out, Size { width: WIDTH, height: bottom + 12 }, label)?;
    let mut y = TOP;
    for block in rows.chunk_by(|a, b| a.block == b.block) {
        let name = block.first().map_or("", |row| row.block);
        write!(out, r#"<text class="block" x="8" y="{}">{}</text>"#, y + 20, Escaped(name))?;
        write!(out, r#"<line class="grid" x1="8" y1="{}" x2="{}" y2="{}"/>"#, y + 27, WIDTH - 8, y + 27)?;
        y += HEAD;
        for row in block {
            change_row(out, row, Axis { zero, half, most, y })?;
            y += ROW;
        }
    }
    write!(out, r#"<line class="axis" x1="{zero}" y1="{TOP}" x2="{zero}" y2="{bottom}"/></svg>"#)
}

/// Where a row of changes lies.
#[derive(Clone, Copy)]
struct Axis {
    zero: i64,
    half: i64,
    most: i64,
    y: i64,
}

fn change_row(out: &mut String, row: &Changed<'_>, axis: Axis) -> fmt::Result {
    let Axis { zero, half, most, y } = axis;
    let (name, baseline) = (Escaped(row.name), y + 17);
    write!(out, "<g class=\"mark\"><title>{} {name}\n现行基金支付 {}", Escaped(row.block), exact(row.before))?;
    write!(out, "\n变化 {}（{}）", change(row.change), change_percent(row.change, row.before))?;
    write!(out, "\n结算 {} 次，其中有变化 {} 次</title>", count(row.settlements), count(row.changed))?;
    write!(out, r#"<rect class="hit" x="0" y="{y}" width="{WIDTH}" height="25"/>"#)?;
    write!(out, r#"<text class="name" x="{}" y="{baseline}" text-anchor="end">{name}</text>"#, NAMES)?;
    let width = scaled(row.change.0.abs(), most, half);
    let (x, class) = if row.change.0 < 0 { (zero - width, "less") } else { (zero, "more") };
    write!(out, r#"<rect class="fill {class}" x="{x}" y="{}" width="{width}" height="15"/>"#, y + 5)?;
    let (x, anchor) = if row.change.0 < 0 { (zero - width - 7, "end") } else { (zero + width + 7, "start") };
    let value = match row.change.0 {
        0 => "0".to_owned(),
        _ => format!("{}（{}）", change(row.change), change_percent(row.change, row.before)),
    };
    write!(out, r#"<text class="value" x="{x}" y="{baseline}" text-anchor="{anchor}">{value}</text></g>"#)
}

/// Columns of persons, those who pay less to the left of those who pay more.
pub(crate) fn person_columns(out: &mut String, classes: &[Class], label: &str) -> fmt::Result {
    const SIZE: Size = Size { width: 1120, height: 300 };
    const EDGE: i64 = 70;
    const FOOT: i64 = 246;
    const HEAD: i64 = 28;
    let most = classes.iter().map(|class| signed(class.persons)).max().unwrap_or(0);
    if most == 0 {
        return nothing(out);
    }
    let marks = ticks(most, 4);
    let reach = marks.last().copied().unwrap_or(most).max(most);
    open(out, SIZE, label)?;
    for mark in &marks {
        let y = FOOT - scaled(*mark, reach, FOOT - HEAD);
        write!(out, r#"<line class="grid" x1="{EDGE}" y1="{y}" x2="1100" y2="{y}"/>"#)?;
        let label = short_count(mark.unsigned_abs());
        write!(out, r#"<text class="tick" x="{}" y="{y}" dy="4" text-anchor="end">{label}</text>"#, EDGE - 8)?;
    }
    write!(out, r#"<text class="tick" x="{EDGE}" y="14" text-anchor="end">人</text>"#)?;
    let slot = (1_100 - EDGE) / signed(classes.len().max(1) as u64);
    for (position, class) in (0_i64..).zip(classes) {
        let height = scaled(signed(class.persons), reach, FOOT - HEAD).max(i64::from(class.persons > 0));
        let (x, y) = (EDGE + position * slot + slot / 8, FOOT - height);
        let (width, colour) = (slot * 3 / 4, if class.gains { "gain" } else { "loss" });
        let name = Escaped(&class.name);
        write!(out, "<g class=\"mark\"><title>{name}\n{} 人</title>", count(class.persons))?;
        write!(out, r#"<rect class="fill {colour}" x="{x}" y="{y}" width="{width}" height="{height}"/>"#)?;
        let (centre, above) = (x + width / 2, y - 6);
        let persons = count(class.persons);
        write!(out, r#"<text class="value" x="{centre}" y="{above}" text-anchor="middle">{persons}</text>"#)?;
        let foot = FOOT + 18;
        write!(out, r#"<text class="tick" x="{centre}" y="{foot}" text-anchor="middle">{name}</text></g>"#)?;
    }
    write!(out, r#"<line class="axis" x1="{EDGE}" y1="{FOOT}" x2="1100" y2="{FOOT}"/></svg>"#)
}

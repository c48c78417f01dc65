//! Which rule hits which institution: a table of colours, with the money written in each cell.

use std::fmt::{self, Write};

use model::Fen;

use super::axis::{money_unit, two_decimals};
use super::{Size, nothing, open};
use crate::escape::Escaped;
use crate::figures::Figures;
use crate::text::shorten;
use crate::wording::{count, exact};

/// Institutions drawn.
pub(crate) const ROWS: usize = 20;
/// Rules drawn.
pub(crate) const COLUMNS: usize = 13;
const LEFT: i64 = 240;
const TOP: i64 = 126;
const CELL: Size = Size { width: 60, height: 26 };
const WIDTH: i64 = 1120;
/// Shades from faint to full; `page.css` has one colour each.
const SHADES: u64 = 7;

/// Draws the map: institutions down, rules across, both with most money first.
pub(crate) fn heat_map(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    let counted = |fen: Fen| fen.0 > 0;
    let rules: Vec<_> =
        figures.rules.iter().filter(|row| counted(row.split.total().counted_fen)).take(COLUMNS).collect();
    let institutions: Vec<_> =
        figures.institutions.iter().filter(|row| counted(row.split.total().counted_fen)).take(ROWS).collect();
    let cells =
        || institutions.iter().flat_map(|row| rules.iter().filter_map(|rule| row.by_rule.get(&rule.line.rule_id)));
    let Some(most) = cells().map(|sums| sums.counted_fen).max().filter(|most| counted(*most)) else {
        return nothing(out);
    };
    let (unit, fen) = money_unit(most);
    let rows = i64::try_from(institutions.len()).unwrap_or(0);
    open(out, Size { width: WIDTH, height: TOP + rows * CELL.height + 12 }, "规则与机构的热力图，按计入金额着色")?;
    write!(out, r#"<text class="tick" x="8" y="{}">单位：{unit}</text>"#, TOP - 10)?;
    for (column, rule) in (0_i64..).zip(&rules) {
        let x = LEFT + column * CELL.width + CELL.width / 2 - 4;
        let (id, name) = (Escaped(&rule.line.rule_id), Escaped(&rule.line.name));
        let label = shorten(&rule.line.name, 24);
        write!(out, r##"<a href="#rule={id}" class="mark" tabindex="-1"><title>{name}</title>"##)?;
        let turn = format!("translate({x} {}) rotate(-42)", TOP - 8);
        write!(out, r#"<text class="column" transform="{turn}">{}</text></a>"#, Escaped(&label))?;
    }
    for (position, row) in (0_i64..).zip(&institutions) {
        let y = TOP + position * CELL.height;
        let (code, label) = (Escaped(&row.code), shorten(&row.name, 32));
        write!(
            out,
            r##"<a href="#institution={code}" class="mark" tabindex="-1"><title>{}</title>"##,
            Escaped(&row.name)
        )?;
        let (x, baseline) = (LEFT - 10, y + 18);
        write!(out, r#"<text class="name" x="{x}" y="{baseline}" text-anchor="end">{}</text></a>"#, Escaped(&label))?;
        for (column, rule) in (0_i64..).zip(&rules) {
            let x = LEFT + column * CELL.width;
            let (width, height) = (CELL.width - 2, CELL.height - 2);
            let Some(sums) = row.by_rule.get(&rule.line.rule_id) else {
                write!(out, r#"<rect class="shade0" x="{x}" y="{y}" width="{width}" height="{height}"/>"#)?;
                continue;
            };
            let shade = shade(sums.counted_fen, most);
            let (money, findings) = (exact(sums.counted_fen), count(sums.findings));
            let (name, rule_name) = (Escaped(&row.name), Escaped(&rule.line.name));
            write!(out, "<g class=\"mark\"><title>{name}\n{rule_name}\n计入 {money}\n{findings} 条</title>")?;
            write!(out, r#"<rect class="shade{shade}" x="{x}" y="{y}" width="{width}" height="{height}"/>"#)?;
            let ink = if shade > 4 { "cell light" } else { "cell" };
            let (centre, text) = (x + width / 2, two_decimals(sums.counted_fen.0, fen));
            write!(out, r#"<text class="{ink}" x="{centre}" y="{}" text-anchor="middle">{text}</text></g>"#, y + 17)?;
        }
    }
    out.push_str("</svg>");
    Ok(())
}

/// By the square root, so that one giant does not leave everything else pale.
fn shade(value: Fen, most: Fen) -> u64 {
    if value.0 <= 0 {
        return 0;
    }
    let (part, whole) = (value.0.unsigned_abs().isqrt(), most.0.unsigned_abs().isqrt().max(1));
    (part * SHADES).div_ceil(whole).clamp(1, SHADES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_cover_zero_to_most() {
        for (value, expect) in [(-5, 0), (0, 0), (1, 1), (2_500, 4), (10_000, 7)] {
            assert_eq!(shade(Fen(value), Fen(10_000)), expect, "{value}");
        }
    }
}

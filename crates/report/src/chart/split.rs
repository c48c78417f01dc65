//! How sure the findings are: two bars of one length, by money and by number.

use std::fmt::{self, Write};

use super::{Size, nothing, open, scaled};
use crate::figures::Figures;
use crate::sums::{SEVERITIES, Sums};
use crate::wording::{Ratio, count, exact, signed};

const SIZE: Size = Size { width: 1120, height: 118 };
const LEFT: i64 = 92;
const RIGHT: i64 = 1104;
const HEIGHT: i64 = 38;

/// Draws the two bars.
pub(crate) fn severity_split(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    if figures.total().findings == 0 {
        return nothing(out);
    }
    open(out, SIZE, "疑点按严重程度的构成")?;
    bar(out, figures, Row { y: 8, name: "计入金额", measure: |sums| sums.counted_fen.0 })?;
    bar(out, figures, Row { y: 64, name: "疑点数", measure: |sums| signed(sums.findings) })?;
    out.push_str("</svg>");
    Ok(())
}

struct Row {
    y: i64,
    name: &'static str,
    measure: fn(&Sums) -> i64,
}

fn bar(out: &mut String, figures: &Figures<'_>, row: Row) -> fmt::Result {
    let whole = (row.measure)(&figures.total());
    let (y, baseline) = (row.y, row.y + HEIGHT / 2 + 5);
    write!(out, r#"<text class="name" x="{}" y="{baseline}" text-anchor="end">{}</text>"#, LEFT - 10, row.name)?;
    let (mut x, mut sum) = (LEFT, 0);
    for severity in SEVERITIES {
        let part = figures.tallied.total.of(severity);
        let value = (row.measure)(part);
        sum += value;
        let end = LEFT + scaled(sum, whole, RIGHT - LEFT);
        let (word, label, width) = (severity.word(), severity.label(), end - x);
        let share = Ratio { part: value, whole }.percent();
        let (money, findings) = (exact(part.counted_fen), count(part.findings));
        write!(out, "<g class=\"mark\"><title>{label}\n计入 {money}\n{findings} 条\n占 {share}</title>")?;
        write!(out, r#"<rect class="fill {word}" x="{x}" y="{y}" width="{width}" height="{HEIGHT}"/>"#)?;
        if width > 96 {
            write!(out, r#"<text class="on-{word}" x="{}" y="{baseline}">{label} {share}</text>"#, x + 12)?;
        }
        out.push_str("</g>");
        x = end;
    }
    Ok(())
}

//! The pieces that tables share: a sortable head, a money cell, a severity tag.

use std::fmt::{self, Write};

use model::{Fen, Severity};

use crate::escape::Escaped;
use crate::sums::{SEVERITIES, Split};
use crate::wording::{count, exact, yuan};

/// How a column is read and sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
}

/// A column: its name, kind, and what it means. One without a name holds bars and does not sort.
pub(crate) struct Column(pub(crate) &'static str, pub(crate) Kind, pub(crate) &'static str);

/// A scrolling frame with a table whose columns sort by a press; the caller closes with [`close`].
pub(crate) fn open(out: &mut String, id: &str, label: &str, columns: &[Column]) -> fmt::Result {
    write!(out, r#"<div class="frame" tabindex="0" role="region" aria-label="{label}">"#)?;
    write!(out, r#"<table class="data sortable" id="{id}"><thead><tr>"#)?;
    for Column(name, kind, meaning) in columns {
        if name.is_empty() {
            write!(out, r#"<th scope="col" class="bar"><span class="unseen">{meaning}</span></th>"#)?;
            continue;
        }
        let class = if *kind == Kind::Number { "number" } else { "text" };
        // The name is there twice: Chromium prints no button in a head that repeats on the next sheet.
        write!(out, r#"<th scope="col" class="{class}" data-name="{name}">"#)?;
        write!(out, r#"<button type="button" title="{meaning}">{name}</button></th>"#)?;
    }
    out.push_str("</tr></thead><tbody>\n");
    Ok(())
}

pub(crate) fn close(out: &mut String) {
    out.push_str("</tbody></table></div>\n");
}

/// Yuan, with the exact fen behind it; sorts by fen.
pub(crate) fn money_cell(out: &mut String, amount: Fen) -> fmt::Result {
    let (fen, title, text) = (amount.0, exact(amount), yuan(amount));
    write!(out, r#"<td class="number" data-v="{fen}" title="{title}">{text}</td>"#)
}

/// A whole number.
pub(crate) fn count_cell(out: &mut String, number: u64) -> fmt::Result {
    write!(out, r#"<td class="number" data-v="{number}">{}</td>"#, count(number))
}

/// A share with the parts per million it sorts by.
pub(crate) fn share_cell(out: &mut String, ratio: crate::wording::Ratio) -> fmt::Result {
    write!(out, r#"<td class="number" data-v="{}">{}</td>"#, ratio.ppm(), ratio.percent())
}

/// Foreign text.
pub(crate) fn text_cell(out: &mut String, text: &str) -> fmt::Result {
    write!(out, "<td>{}</td>", Escaped(text))
}

/// The severity as a coloured word.
pub(crate) fn severity_cell(out: &mut String, severity: Severity) -> fmt::Result {
    let (word, label) = (severity.word(), severity.label());
    write!(out, r#"<td data-v="{word}"><span class="tag {word}">{label}</span></td>"#)
}

/// A thin bar: the share of the largest, split by severity.
pub(crate) fn bar_cell(out: &mut String, split: &Split, most: Fen) -> fmt::Result {
    out.push_str(r#"<td class="bar" aria-hidden="true"><span class="track">"#);
    for severity in SEVERITIES {
        let part = split.of(severity).counted_fen;
        let hundredths = crate::wording::Ratio::of_money(part, most).ppm().max(0) / 100;
        if hundredths > 0 {
            let (word, whole, rest) = (severity.word(), hundredths / 100, hundredths % 100);
            write!(out, r#"<i class="{word}" style="width:{whole}.{rest:02}%"></i>"#)?;
        }
    }
    out.push_str("</span></td>");
    Ok(())
}

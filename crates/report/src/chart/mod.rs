//! The plots, drawn by us as SVG: no library, no network, the same bytes for the same data.
//!
//! Geometry is in whole pixels or tenths of one ([`Tenth`]), never in floats: a plot of money is near
//! money (I2). Colours are told apart by people with any colour vision (after Okabe and Ito) and are
//! never the only cue: shapes, order and words say the same. Every mark has a `<title>`, and what a
//! plot shows can be read as text elsewhere on the page.

mod axis;
mod bars;
mod compare;
mod funnel;
mod heat;
mod split;
mod trend;

pub(crate) use bars::{BARS_SHOWN, rule_bars};
pub(crate) use compare::{Changed, Class, Compared, change_bars, paired_bars, person_columns};
pub(crate) use funnel::{POINTS_MAX, institution_funnel, mark};
pub(crate) use heat::heat_map;
pub(crate) use split::severity_split;
pub(crate) use trend::month_trend;

use std::fmt;

use crate::escape::Escaped;

/// A length in tenths of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Tenth(i64);

impl fmt::Display for Tenth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        match magnitude % 10 {
            0 => write!(f, "{sign}{}", magnitude / 10),
            rest => write!(f, "{sign}{}.{rest}", magnitude / 10),
        }
    }
}

/// The size of a drawing in pixels.
#[derive(Debug, Clone, Copy)]
struct Size {
    width: i64,
    height: i64,
}

fn open(out: &mut String, size: Size, label: &str) -> fmt::Result {
    use fmt::Write;
    let Size { width, height } = size;
    write!(out, r#"<svg class="plot" viewBox="0 0 {width} {height}" role="group" aria-label="{}">"#, Escaped(label))
}

fn nothing(out: &mut String) -> fmt::Result {
    out.push_str(r#"<p class="empty">没有可画的数据。</p>"#);
    Ok(())
}

/// `value` of `most`, laid out on `length`; rounded down, zero when there is nothing to compare with.
fn scaled(value: i64, most: i64, length: i64) -> i64 {
    if most <= 0 {
        return 0;
    }
    let product = i128::from(value.clamp(0, most)) * i128::from(length);
    i64::try_from(product / i128::from(most)).unwrap_or(0)
}

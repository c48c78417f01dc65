//! `report.html`: one file that a director forwards and an auditor drills into.
//!
//! It needs no network, no fonts and no server: style and script are inline, plots are drawn by
//! [`crate::chart`], the findings to drill into are embedded as JSON within a budget, and what is left
//! out is said on the page. Figures stand in the markup, so that the page is complete on paper and
//! without its script; the script only sorts, filters and opens.
//!
//! Where to look next: `headline`, `plots`, `tables`, `drill` and `quality` are the page from top to
//! bottom; `payload` is what is embedded; `page.css` and `page.js` are its looks and its manners.

pub(crate) mod cells;
mod drill;
mod headline;
mod payload;
mod plots;
mod quality;
mod tables;

use std::fmt::Write as _;
use std::io::Write;

use crate::ReportError;
use crate::escape::script_safe;
use crate::figures::Figures;
use payload::Payload;

pub(crate) const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Writes `report.html`.
pub fn write_html(figures: &Figures<'_>, mut out: impl Write) -> Result<(), ReportError> {
    let page = page(figures)?;
    out.write_all(page.as_bytes()).map_err(|source| ReportError::File { path: "report.html".into(), source })
}

fn page(figures: &Figures<'_>) -> Result<String, ReportError> {
    let payload = Payload::within_budget(figures)?;
    let mut out = String::with_capacity(payload.json.len() + 1_000_000);
    out.push_str("<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    // Nothing may be fetched, whatever a claims record says.
    out.push_str("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
    out.push_str("style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n");
    writeln!(out, "<title>医保费用审核报告</title>\n<style>\n{STYLE}</style>\n</head>\n<body>")?;
    headline::write(&mut out, figures)?;
    plots::write(&mut out, figures)?;
    tables::write(&mut out, figures)?;
    drill::write(&mut out, figures, &payload)?;
    quality::write(&mut out, figures)?;
    out.push_str("</main>\n<div id=\"tip\" role=\"tooltip\" hidden></div>\n");
    writeln!(out, "<script id=\"data\" type=\"application/json\">{}</script>", script_safe(&payload.json))?;
    writeln!(out, "<script>\n{SCRIPT}</script>\n</body>\n</html>")?;
    Ok(out)
}

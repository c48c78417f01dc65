//! The institution funnel: visits against the share of them with a finding, with the limits of chance.
//!
//! The formula and its caveats are in `crate::funnel`; here is only ink. The x axis is logarithmic,
//! because a city has clinics of a hundred visits beside hospitals of a million.

use std::fmt::{self, Write};

use super::axis::{log2_milli, short_count, ticks};
use super::{Size, Tenth, nothing, open, scaled};
use crate::escape::Escaped;
use crate::figures::{Figures, Group, InstitutionRow};
use crate::funnel::{Funnel, VISITS_MIN, Width};
use crate::wording::{count, exact, percent_of_ppm};

/// Institutions drawn, most visits first; more would only be a cloud.
pub(crate) const POINTS_MAX: usize = 3_000;
const SIZE: Size = Size { width: 1120, height: 450 };
const LEFT: i64 = 70;
const RIGHT: i64 = 1092;
const TOP: i64 = 14;
const BOTTOM: i64 = 396;
const MILLION: i64 = 1_000_000;

/// Where counts and rates lie on the paper.
#[derive(Clone, Copy)]
struct Paper {
    log_from: i64,
    log_until: i64,
    top_ppm: i64,
}

/// Draws the funnel.
pub(crate) fn institution_funnel(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    let mut rows: Vec<&InstitutionRow> = figures.institutions.iter().filter(|row| row.visits > 0).collect();
    rows.sort_by(|a, b| (b.visits, &a.code).cmp(&(a.visits, &b.code)));
    rows.truncate(POINTS_MAX);
    let (Some(most), Some(least)) = (rows.first(), rows.last()) else { return nothing(out) };
    let paper = Paper::for_data(&rows, figures.funnel, least.visits..=most.visits);
    open(out, SIZE, "机构漏斗图：横轴为就诊人次，纵轴为涉疑就诊占比")?;
    grid(out, paper)?;
    for (width, class) in [(Width::NinetyNineEight, "limit far"), (Width::NinetyFive, "limit")] {
        limits(out, paper, figures.funnel, width, class)?;
    }
    let y = paper.y(figures.funnel.rate_ppm);
    write!(out, r#"<line class="centre" x1="{LEFT}" y1="{y}" x2="{RIGHT}" y2="{y}"/>"#)?;
    // Small ones last, so that a hospital does not hide a clinic.
    for row in rows {
        point(out, paper, row)?;
    }
    out.push_str("</svg>");
    Ok(())
}

/// The mark of a group, also used in the legend: shape and colour say the same.
pub(crate) fn mark(out: &mut String, group: Group, x: i64, y: i64) -> fmt::Result {
    let class = class(group);
    let at = |dx: i64, dy: i64| format!("{} {}", Tenth(x + dx), Tenth(y + dy));
    match group {
        Group::Tertiary => write!(out, r#"<circle class="point {class}" cx="{}" cy="{}" r="5"/>"#, Tenth(x), Tenth(y)),
        Group::Secondary => {
            let (left, top) = (Tenth(x - 44), Tenth(y - 44));
            write!(out, r#"<rect class="point {class}" x="{left}" y="{top}" width="8.8" height="8.8"/>"#)
        }
        Group::Primary => {
            let (a, b, c) = (at(0, -56), at(52, 40), at(-52, 40));
            write!(out, r#"<path class="point {class}" d="M{a}L{b}L{c}Z"/>"#)
        }
        Group::Pharmacy => {
            let (a, b, c, d) = (at(0, -58), at(58, 0), at(0, 58), at(-58, 0));
            write!(out, r#"<path class="point {class}" d="M{a}L{b}L{c}L{d}Z"/>"#)
        }
        Group::Unrated => {
            let (a, b, c) = (at(0, 56), at(52, -40), at(-52, -40));
            write!(out, r#"<path class="point {class}" d="M{a}L{b}L{c}Z"/>"#)
        }
        Group::Unknown => {
            write!(out, r#"<circle class="point {class}" cx="{}" cy="{}" r="4"/>"#, Tenth(x), Tenth(y))
        }
    }
}

const fn class(group: Group) -> &'static str {
    match group {
        Group::Tertiary => "tertiary",
        Group::Secondary => "secondary",
        Group::Primary => "primary",
        Group::Unrated => "unrated",
        Group::Pharmacy => "pharmacy",
        Group::Unknown => "unknown",
    }
}

impl Paper {
    fn for_data(rows: &[&InstitutionRow], funnel: Funnel, visits: std::ops::RangeInclusive<u64>) -> Self {
        let (log_from, log_until) = (log2_milli(*visits.start()), log2_milli(*visits.end()));
        // One clinic that is flagged throughout must not press all others to the floor: the paper reaches to
        // twice the ninth decile, and what lies above is drawn on its edge.
        let mut rates: Vec<i64> =
            rows.iter().filter(|row| row.visits >= VISITS_MIN).map(|row| row.rate().ppm()).collect();
        rates.sort_unstable();
        let decile = rates.get(rates.len() * 9 / 10).map(|rate| rate * 2);
        let judged = decile.zip(rates.last().copied()).map(|(decile, last)| decile.min(last));
        let limit = funnel.limits(Width::NinetyNineEight, (*visits.start()).max(VISITS_MIN)).1;
        let most = judged.unwrap_or(MILLION).max(limit.min(funnel.rate_ppm * 4)).max(1_000);
        let pad = 250.max((log_until - log_from) / 40);
        Self { log_from: log_from - pad, log_until: log_until + pad, top_ppm: (most + most / 12).min(MILLION) }
    }

    /// In tenths of a pixel.
    fn x_tenths(self, visits: u64) -> i64 {
        LEFT * 10 + scaled(log2_milli(visits) - self.log_from, self.log_until - self.log_from, (RIGHT - LEFT) * 10)
    }

    /// In tenths of a pixel; what lies above the paper is put on its edge.
    fn y_tenths(self, ppm: i64) -> i64 {
        BOTTOM * 10 - scaled(ppm, self.top_ppm, (BOTTOM - TOP) * 10)
    }

    fn x(self, visits: u64) -> Tenth {
        Tenth(self.x_tenths(visits))
    }

    fn y(self, ppm: i64) -> Tenth {
        Tenth(self.y_tenths(ppm))
    }
}

fn grid(out: &mut String, paper: Paper) -> fmt::Result {
    for tick in ticks(paper.top_ppm, 5).into_iter().filter(|tick| *tick <= paper.top_ppm) {
        let y = paper.y(tick);
        write!(out, r#"<line class="grid" x1="{LEFT}" y1="{y}" x2="{RIGHT}" y2="{y}"/>"#)?;
        let text_y = Tenth(paper.y_tenths(tick) + 40);
        let label = percent_of_ppm(tick);
        write!(out, r#"<text class="tick" x="{}" y="{text_y}" text-anchor="end">{label}</text>"#, LEFT - 8)?;
    }
    let decades = (paper.log_until - paper.log_from) / 3_322;
    let steps: &[u64] = if decades >= 4 { &[1] } else { &[1, 2, 5] };
    for power in 0..15_u32 {
        for step in steps {
            let visits = step * 10_u64.pow(power);
            let log = log2_milli(visits);
            if log < paper.log_from || log > paper.log_until {
                continue;
            }
            let x = paper.x(visits);
            write!(out, r#"<line class="grid" x1="{x}" y1="{TOP}" x2="{x}" y2="{BOTTOM}"/>"#)?;
            let (y, label) = (BOTTOM + 18, short_count(visits));
            write!(out, r#"<text class="tick" x="{x}" y="{y}" text-anchor="middle">{label}</text>"#)?;
        }
    }
    write!(out, r#"<line class="axis" x1="{LEFT}" y1="{BOTTOM}" x2="{RIGHT}" y2="{BOTTOM}"/>"#)?;
    let (centre, y) = (i64::midpoint(LEFT, RIGHT), BOTTOM + 42);
    write!(out, r#"<text class="axis-name" x="{centre}" y="{y}" text-anchor="middle">就诊人次（对数刻度）</text>"#)?;
    let middle = i64::midpoint(TOP, BOTTOM);
    write!(
        out,
        r#"<text class="axis-name" transform="translate(16 {middle}) rotate(-90)" text-anchor="middle">涉疑就诊占比</text>"#
    )
}

/// The upper and the lower limit as two lines.
fn limits(out: &mut String, paper: Paper, funnel: Funnel, width: Width, class: &str) -> fmt::Result {
    // 2^(i/8) in ten-thousandths: eight steps an octave make a smooth curve.
    const STEPS: [u64; 8] = [10_000, 10_905, 11_892, 12_968, 14_142, 15_422, 16_818, 18_340];
    let mut paths = [String::new(), String::new()];
    for octave in 0..44_u32 {
        for step in STEPS {
            let visits = (step << octave) / 10_000;
            let log = log2_milli(visits);
            if visits == 0 || log < paper.log_from || log > paper.log_until {
                continue;
            }
            let (low, high) = funnel.limits(width, visits);
            for (path, ppm) in paths.iter_mut().zip([low, high]) {
                // A line that runs along the edge of the paper would say something that is not so.
                if ppm > paper.top_ppm || ppm == 0 {
                    continue;
                }
                let letter = if path.is_empty() { 'M' } else { 'L' };
                write!(path, "{letter}{} {}", paper.x(visits), paper.y(ppm))?;
            }
        }
    }
    for path in paths {
        write!(out, r#"<path class="{class}" d="{path}"/>"#)?;
    }
    Ok(())
}

fn point(out: &mut String, paper: Paper, row: &InstitutionRow) -> fmt::Result {
    let sums = row.split.total();
    let few = if row.visits < VISITS_MIN { " few" } else { "" };
    write!(
        out,
        "<a href=\"#institution={}\" class=\"mark{few}\" tabindex=\"-1\"><title>{}\n{} · {}\n涉疑 {} / {} 人次 = {}\n计入 {}</title>",
        Escaped(&row.code),
        Escaped(&row.name),
        row.group.label(),
        row.standing.label(),
        count(row.flagged_visits),
        count(row.visits),
        row.rate().percent(),
        exact(sums.counted_fen)
    )?;
    mark(out, row.group, paper.x_tenths(row.visits), paper.y_tenths(row.rate().ppm()))?;
    out.push_str("</a>");
    Ok(())
}

//! FHIR's moments (`2026-11-27T09:30:00+08:00`, `2026-11-27`) as the agency's: the clock of Beijing.

use model::{Day, Stamp};

/// Seconds that Beijing is ahead of UTC.
const BEIJING: i64 = 8 * 3600;

/// The moment of a FHIR `dateTime`; a date without time is its midnight, a year or month alone is no moment.
pub(crate) fn stamp(text: &str) -> Option<Stamp> {
    let text = text.trim();
    let Some((date, time)) = text.split_once('T') else { return Stamp::parse(text.as_bytes()).ok() };
    let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at_checked(zone)?;
    let local = Stamp::parse(format!("{date} {clock}").as_bytes()).ok()?;
    match offset(zone)? {
        Some(seconds) => Some(Stamp(local.0 - seconds + BEIJING)),
        None => Some(local),
    }
}

/// The day of a FHIR `date`.
pub(crate) fn day(text: &str) -> Option<Day> {
    stamp(text).map(Stamp::day)
}

/// Seconds ahead of UTC; none where no zone is told. `None` for what is no zone.
#[expect(clippy::option_option, reason = "no zone and no such zone are two things")]
fn offset(zone: &str) -> Option<Option<i64>> {
    if zone.is_empty() {
        return Some(None);
    }
    if zone == "Z" {
        return Some(Some(0));
    }
    let (sign, rest) = zone.split_at_checked(1)?;
    let (hours, minutes) = rest.split_once(':')?;
    let seconds = hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60;
    Some(Some(if sign == "-" { -seconds } else { seconds }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_every_zone_are_told_by_the_clock_of_beijing() {
        for (text, expect) in [
            ("2026-11-27T09:30:00+08:00", Some("2026-11-27 09:30:00")),
            ("2026-11-27T01:30:00Z", Some("2026-11-27 09:30:00")),
            ("2026-11-27T20:00:00.123-05:00", Some("2026-11-28 09:00:00")),
            ("2026-11-27T09:30:00", Some("2026-11-27 09:30:00")),
            ("2026-11-27", Some("2026-11-27 00:00:00")),
            ("2026-11", None),
            ("2026-11-27T09:30:00+8", None),
            ("yesterday", None),
        ] {
            assert_eq!(stamp(text).map(|stamp| stamp.to_string()).as_deref(), expect, "{text}");
        }
    }
}

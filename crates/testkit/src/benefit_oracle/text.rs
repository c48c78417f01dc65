//! A policy written down in the language of decision 0006, for the engine to read.

use super::policy::{Base, LawDay, Measure, Origin, Per, Policy, Rounding, Setting, Test, Tier, When};
use model::Fen;
use std::fmt::Write as _;

/// A file of a policy folder: its path below `policy/` and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// As `990100/employee/scheme.toml`.
    pub path: String,
    /// TOML.
    pub text: String,
}

/// Why an invented value is one.
const SOURCE: &str = "assumed = \"虚构的取值\"";

/// Writes the whole folder.
#[must_use]
pub fn files(policy: &Policy) -> Vec<File> {
    let province = format!("{}0000", &policy.area[..2]);
    let mut files = vec![
        area_file("000000", "试验国", None, "nation", policy),
        area_file(&province, "试验省", Some("000000"), "province", policy),
        area_file(&policy.area, "试验市", Some(&province), "area", policy),
        File { path: format!("{}/{}/scheme.toml", policy.area, policy.scheme), text: scheme(policy) },
    ];
    for (origin, area) in [(Origin::Nation, "000000"), (Origin::Province, &province), (Origin::Area, &policy.area)] {
        let text = values(policy, origin);
        if !text.is_empty() {
            files.push(File { path: format!("{area}/{}/values.toml", policy.scheme), text });
        }
    }
    files.extend(overlay(policy));
    files
}

/// The temporary policy, if there is one; all of its rows have the same days.
fn overlay(policy: &Policy) -> Option<File> {
    let first = policy.values.values().flatten().find(|row| row.origin == Origin::Overlay)?;
    let until = first.until?;
    let head = format!(
        "overlay = \"weeks\"\nname = \"虚构的临时政策\"\nareas = [\"{}\"]\nschemes = [\"{}\"]\nfrom = {}\nuntil = {until}\n{SOURCE}\n\n",
        policy.area, policy.scheme, first.from
    );
    Some(File { path: "overlays/weeks.toml".to_owned(), text: head + &values(policy, Origin::Overlay) })
}

fn area_file(code: &str, name: &str, parent: Option<&str>, level: &str, policy: &Policy) -> File {
    let mut text = format!("area = \"{code}\"\nname = \"{name}\"\n");
    if let Some(parent) = parent {
        let _ = writeln!(text, "parent = \"{parent}\"");
    }
    let _ = writeln!(text, "level = \"{level}\"\ninvented = true");
    for index in policy.indices.iter().filter(|_| level == "area") {
        let _ = writeln!(
            text,
            "\n[[index]]\nid = \"{0}\"\nname = \"{0}\"\nlag = {1}\nunit = \"元/年\"",
            index.name, index.lag
        );
        for (year, fen) in &index.years {
            let _ = writeln!(text, "\n[[index.value]]\nyear = {year}\nvalue = \"{}\"\n{SOURCE}", Fen(*fen));
        }
    }
    File { path: format!("{code}/area.toml"), text }
}

fn scheme(policy: &Policy) -> String {
    let law_day = match policy.law_day {
        LawDay::Admission => "admission",
        LawDay::Discharge => "discharge",
        LawDay::Service => "service",
    };
    let mut text = format!(
        "scheme = \"{}\"\nname = \"试验险种\"\nstatuses = {}\nspecial_order = {}\nlaw_day = \"{law_day}\"\n",
        policy.scheme,
        words(&policy.statuses),
        words(&policy.special_order)
    );
    for programme in &policy.programmes {
        let _ = writeln!(text, "\n[[programme]]\nid = \"{programme}\"\nname = \"{programme}\"");
    }
    for chain in &policy.chains {
        let _ = writeln!(text, "\n[[chain]]\nkinds = {}\ntiers = {}", words(&chain.kinds), words(&chain.tiers));
    }
    for tier in &policy.tiers {
        text.push_str(&tier_text(tier));
    }
    text
}

fn tier_text(tier: &Tier) -> String {
    let base = match &tier.base {
        Base::InScope => "base = \"in_scope\"".to_owned(),
        Base::OverCap(of) => format!("base = \"over_cap\"\nof = \"{of}\""),
        Base::AboveDeductible(of) => format!("base = \"above_deductible\"\nof = \"{of}\""),
        Base::Rest => "base = \"rest\"".to_owned(),
    };
    let measure = match tier.measure {
        Measure::WithDeductible => "with_deductible",
        Measure::AboveDeductible => "above_deductible",
        Measure::Paid => "paid",
    };
    let rounding = match tier.rounding {
        Rounding::Total => "total",
        Rounding::EachFund => "each_fund",
        Rounding::InOrder => "in_order",
    };
    let mut text = format!(
        "\n[tier.{}]\ntitle = \"{}\"\n{base}\nfund = \"{}\"\ndeductible_per = \"{}\"\nbands_measure = \"{measure}\"\n\
         bands_per = \"{}\"\nrounding = \"{rounding}\"\n",
        tier.name,
        tier.name,
        tier.fund,
        per(tier.deductible_per),
        per(tier.bands_per),
    );
    if !tier.when.0.is_empty() {
        let _ = writeln!(text, "when = {}", condition(&tier.when));
    }
    if !tier.feeds.is_empty() {
        let _ = writeln!(text, "feeds = {}", words(&tier.feeds));
    }
    text
}

fn per(per: Per) -> &'static str {
    match per {
        Per::Never => "none",
        Per::Year => "year",
        Per::Visit => "visit",
    }
}

/// `[[value]]` entries of one level.
fn values(policy: &Policy, origin: Origin) -> String {
    let mut text = String::new();
    let rows = policy.values.iter().flat_map(|(slot, rows)| rows.iter().map(move |row| (slot, row)));
    for (slot, row) in rows.filter(|(_, row)| row.origin == origin) {
        let _ = writeln!(text, "[[value]]\nslot = \"{slot}\"");
        if let Some(band) = row.band {
            let _ = writeln!(text, "band = {band}");
        }
        let _ = writeln!(text, "value = {}", setting(&row.setting));
        if !row.when.0.is_empty() {
            let _ = writeln!(text, "when = {}", condition(&row.when));
        }
        if origin != Origin::Overlay {
            let _ = writeln!(text, "from = {}", row.from);
            if let Some(until) = row.until {
                let _ = writeln!(text, "until = {until}");
            }
            let _ = writeln!(text, "{SOURCE}");
        }
        text.push('\n');
    }
    text
}

fn setting(setting: &Setting) -> String {
    match setting {
        Setting::Money(fen) => format!("\"{}\"", Fen(*fen)),
        Setting::NoLimit => "\"none\"".to_owned(),
        Setting::Indexed(index, factor) => format!("{{ index = \"{index}\", factor = \"{}\" }}", ratio(*factor)),
        Setting::Ratio(value) => format!("\"{}\"", ratio(*value)),
        Setting::Split(parts) => {
            let parts: Vec<String> =
                parts.iter().map(|(fund, part)| format!("{fund} = \"{}\"", ratio(*part))).collect();
            format!("{{ {} }}", parts.join(", "))
        }
        Setting::Count(count) => count.to_string(),
        Setting::Words(list) => words(list),
    }
}

/// Ten-thousandths as a decimal with four places.
fn ratio(ten_thousandths: i64) -> String {
    let sign = if ten_thousandths < 0 { "-" } else { "" };
    let size = ten_thousandths.abs();
    format!("{sign}{}.{:04}", size / 10_000, size % 10_000)
}

fn condition(when: &When) -> String {
    let tests: Vec<String> = when
        .0
        .iter()
        .map(|(key, test)| match test {
            Test::AnyOf(list) => format!("{key} = {}", words(list)),
            Test::Range(from, until) => {
                let bound = |bound: &Option<i64>| bound.map_or(String::new(), |bound| bound.to_string());
                format!("{key} = \"{}..{}\"", bound(from), bound(until))
            }
            Test::Is(wanted) => format!("{key} = {wanted}"),
        })
        .collect();
    format!("{{ {} }}", tests.join(", "))
}

fn words(list: &[String]) -> String {
    let quoted: Vec<String> = list.iter().map(|word| format!("\"{word}\"")).collect();
    format!("[{}]", quoted.join(", "))
}

//! Conditions in words, for people who read `policy show` and `policy diff`.

use crate::condition::{Bounds, Condition, mask};
use crate::package::{Programme, Words};
use crate::words::{Filing, Kind, Level, Portion, Region, Status};

/// A condition in Chinese; "所有情形" when it does not restrict.
pub(crate) fn condition(condition: &Condition, words: &Words, programmes: &[Programme]) -> String {
    let mut parts: Vec<String> = Vec::new();
    masked(&mut parts, condition.kinds, Kind::ALL, |kind| kind.title(), |kind| kind.bit());
    masked(&mut parts, condition.levels, Level::ALL, |level| level.title(), |level| level.bit());
    if condition.community & 0b11 != 0b11 {
        parts.push(if condition.community & 0b10 != 0 { "社区机构" } else { "非社区机构" }.to_owned());
    }
    masked(&mut parts, condition.statuses, Status::ALL, |status| status.title(), |status| status.bit());
    range(&mut parts, condition.age, "岁");
    let special = words.special.iter().map(String::as_str);
    listed(&mut parts, condition.special, "无特殊身份", special);
    let supplements = words.supplements.iter().enumerate();
    let held: Vec<&str> = supplements
        .filter(|(index, _)| condition.supplements & (1 << index) != 0)
        .map(|(_, word)| word.as_str())
        .collect();
    if !held.is_empty() {
        parts.push(format!("有补充保障 {}", held.join(" 或 ")));
    }
    listed(&mut parts, condition.programmes, "无病种", programmes.iter().map(|programme| programme.name.as_str()));
    masked(&mut parts, condition.filings, Filing::ALL, |filing| filing.title(), |filing| filing.bit());
    masked(&mut parts, condition.regions, Region::ALL, |region| region.title(), |region| region.bit());
    for (told, yes, no) in [(condition.selected, "选定机构", "非选定机构"), (condition.referred, "已转诊", "未转诊")]
    {
        match told & 0b111 {
            0b100 => parts.push(yes.to_owned()),
            0b010 => parts.push(no.to_owned()),
            _ => {}
        }
    }
    if condition.admission != Bounds::ALL {
        let Bounds { from, until } = condition.admission;
        parts.push(match until {
            u16::MAX => format!("第 {from} 次及以后住院"),
            _ if until == from + 1 => format!("第 {from} 次住院"),
            _ => format!("第 {} 至 {} 次住院", from.max(1), until - 1),
        });
    }
    range(&mut parts, condition.cover_months, "个月参保");
    masked(&mut parts, condition.portions, Portion::ALL, |portion| portion.title(), |portion| portion.bit());
    if parts.is_empty() { "所有情形".to_owned() } else { parts.join("，") }
}

fn masked<T: Copy>(parts: &mut Vec<String>, admitted: u16, all: &[T], title: fn(T) -> &'static str, bit: fn(T) -> u16) {
    let every = mask(all.len());
    if admitted & every != every {
        let titles: Vec<&str> =
            all.iter().filter(|word| admitted & bit(**word) != 0).map(|word| title(*word)).collect();
        parts.push(titles.join("、"));
    }
}

/// Open words: bit 0 is "none of them".
fn listed<'w>(parts: &mut Vec<String>, admitted: u64, none: &str, words: impl Iterator<Item = &'w str>) {
    if admitted == u64::MAX {
        return;
    }
    let mut titles = Vec::new();
    if admitted & 1 != 0 {
        titles.push(none.to_owned());
    }
    titles.extend(words.enumerate().filter(|(index, _)| admitted & (2 << index) != 0).map(|(_, word)| word.to_owned()));
    parts.push(titles.join("、"));
}

fn range(parts: &mut Vec<String>, bounds: Bounds, unit: &str) {
    if bounds == Bounds::ALL {
        return;
    }
    parts.push(match (bounds.from, bounds.until) {
        (from, u16::MAX) => format!("满 {from} {unit}"),
        (0, until) => format!("不满 {until} {unit}"),
        (from, until) => format!("满 {from} 不满 {until} {unit}"),
    });
}

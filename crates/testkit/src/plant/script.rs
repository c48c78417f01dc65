//! Scenes written as text: what is charged when, which line is at fault, which only looks so.
//!
//! ```text
//! spec-imaging-3d-not-done: 无CT检查收三维重建      rule, and what the scene shows
//!   degrees                                        plays at doses 1, 2 and 3; `{a|b|c}` chooses (`degree 2`: only there)
//!   daily                                          the lines come again on as many days as the dose
//!   who female 20 40                               male, female, unknown, anybody; completed years
//!   quiet 95                                       so many days before and after without other visits (15)
//!   stay 8 M51.200 I10.x00x002                     nights, main diagnosis, further ones
//!   - 120100004                                    a stay without this usual charge
//!   bare                                           or without any, from 8:00 to 10:00, later stays later
//!   op 54.1100 2 09:30-12:10                       an operation, and when anaesthesia began and ended
//!   2 09:20 210300001d x2 @50% !                   day, time, item, quantity, price, mark
//!   fault                                          the visit as a whole is at fault; `like` only looks so; `also RULE`
//! ```
//!
//! A visit is `stay NIGHTS DX…`, `clinic DX…`, `chronic DX…`, `home DX…` or `pharmacy DX…`; another such line opens another
//! visit, `after N` days later, perhaps `elsewhere`; `insured CODE` is the scheme of the visit (of all, written first). Items are numbers of the price book, `drug:NAME`, or `new:CODE:NAME:FEN` for what no
//! table has. Quantity is 1 and the price the institution's unless given (`@50%`, `@860.00`). Marks: `!` at fault whole,
//! `!2` so many units of it, `!~` money not judged, `?` a look-alike. Remarks: `home`, `days=N`, `rx=N`, `route=WORDS`,
//! `level=N`, `dept=CODE`, `scope=PERCENT`.
//!
//! Reading names file and line of what it does not understand.

use model::{Fen, Quantity};

use crate::draft::Remark;

/// What looks across visits must not meet the person's own.
const QUIET_DAYS: i32 = 15;

/// A scene at one dose.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub rule: &'static str,
    pub shows: &'static str,
    /// 1 to 3, where it has degrees.
    pub degree: Option<u8>,
    pub gender: Option<&'static str>,
    pub years: (i32, i32),
    pub insurance: Option<u32>,
    /// Days before and after without any other visit of the person.
    pub quiet_days: i32,
    pub visits: Vec<Visit>,
}

/// Where a visit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Setting {
    Stay { nights: i32 },
    Clinic,
    Chronic,
    HomeBed,
    Pharmacy,
}

/// A visit of a scene.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub setting: Setting,
    /// Days after the first one.
    pub offset: i32,
    /// The institution of the n-th kind of the city: 0 is the usual one.
    pub elsewhere: bool,
    pub insurance: Option<u32>,
    pub diagnoses: Vec<&'static str>,
    pub without: Vec<&'static str>,
    /// Nothing but what the script charges; times of day are those of its place among the visits.
    pub bare: bool,
    pub operations: Vec<Operation>,
    pub lines: Vec<Line>,
    pub mark: Option<Mark>,
    /// Another rule that the visit breaks by what it is.
    pub also: Option<&'static str>,
}

/// An operation of a visit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation {
    pub code: &'static str,
    pub day: i32,
    /// When anaesthesia began and ended, in seconds after midnight.
    pub anaesthesia: Option<(i64, i64)>,
}

/// What a line, or a visit, is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Fault,
    Part(Quantity),
    MoneyOpen,
    Like,
}

/// How a line is priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Price {
    Usual,
    Percent(i64),
    Exactly(Fen),
}

/// A charge line.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub day: i32,
    /// Seconds after midnight.
    pub time: i64,
    pub item: &'static str,
    pub quantity: Quantity,
    pub price: Price,
    pub prescription: Option<u8>,
    pub supply_days: Option<u16>,
    pub performed_in: &'static str,
    pub remark: Remark,
    pub mark: Option<Mark>,
}

/// Reads a script; each problem names file and line.
pub(super) fn read(file: &str, text: &'static str, problems: &mut Vec<String>) -> Vec<Scene> {
    let mut scenes = Vec::new();
    let mut block: Vec<(usize, &'static str)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let body = line.split('#').next().unwrap_or_default().trim_end();
        if body.is_empty() {
            continue;
        }
        if !body.starts_with(' ') && !block.is_empty() {
            expand(file, &block, &mut scenes, problems);
            block.clear();
        }
        block.push((number + 1, body));
    }
    if !block.is_empty() {
        expand(file, &block, &mut scenes, problems);
    }
    scenes
}

/// A block is one scene, or one a degree.
fn expand(file: &str, block: &[(usize, &'static str)], scenes: &mut Vec<Scene>, problems: &mut Vec<String>) {
    let graded = block.iter().any(|(_, line)| line.trim() == "degrees");
    let degrees: &[Option<u8>] = if graded { &[Some(1), Some(2), Some(3)] } else { &[None] };
    for &degree in degrees {
        match scene(block, degree) {
            Ok(scene) => scenes.push(scene),
            Err((line, problem)) => return problems.push(format!("{file} 第 {line} 行：{problem}")),
        }
    }
}

type Fault = (usize, String);

fn scene(block: &[(usize, &'static str)], degree: Option<u8>) -> Result<Scene, Fault> {
    let Some(((number, head), rest)) = block.split_first() else { return Err((0, "空".into())) };
    let (rule, shows) = head.split_once(':').ok_or((*number, "应为“规则: 情形”".to_owned()))?;
    let mut scene = Scene {
        rule,
        shows: shows.trim(),
        degree,
        gender: None,
        years: (25, 55),
        insurance: None,
        quiet_days: QUIET_DAYS,
        visits: Vec::new(),
    };
    let mut daily = false;
    for &(number, line) in rest {
        let words: Vec<&'static str> = line.split_whitespace().map(|word| chosen(word, degree)).collect();
        let fault = |problem: &str| (number, format!("{problem}：{}", line.trim()));
        match words.as_slice() {
            ["degrees"] => {}
            ["degree", one] => scene.degree = whole(one).and_then(|one| u8::try_from(one).ok()),
            ["daily"] => daily = true,
            ["quiet", days] => scene.quiet_days = whole(days).ok_or(fault("天数"))?,
            ["who", gender, from, until] => {
                scene.gender = match *gender {
                    "male" => Some("1"),
                    "female" => Some("2"),
                    "unknown" => Some("9"),
                    _ => None,
                };
                scene.years = (whole(from).ok_or(fault("年龄"))?, whole(until).ok_or(fault("年龄"))?);
            }
            ["insured", code] => match scene.visits.last_mut() {
                Some(visit) => visit.insurance = whole(code).map(|code: i32| code.unsigned_abs()),
                None => scene.insurance = whole(code).map(|code: i32| code.unsigned_abs()),
            },
            _ => visit_line(&mut scene, &words).map_err(|problem| fault(&problem))?,
        }
    }
    if daily {
        scene.visits.iter_mut().for_each(|visit| repeat(visit, degree));
    }
    if scene.visits.is_empty() {
        return Err((*number, "没有就诊".into()));
    }
    Ok(scene)
}

fn visit_line(scene: &mut Scene, words: &[&'static str]) -> Result<(), String> {
    let setting = match words {
        ["stay", nights, ..] => Some((Setting::Stay { nights: whole(nights).ok_or("住院夜数")? }, 2)),
        ["clinic", ..] => Some((Setting::Clinic, 1)),
        ["chronic", ..] => Some((Setting::Chronic, 1)),
        ["home", ..] => Some((Setting::HomeBed, 1)),
        ["pharmacy", ..] => Some((Setting::Pharmacy, 1)),
        _ => None,
    };
    if let Some((setting, taken)) = setting {
        scene.visits.push(Visit {
            setting,
            offset: 0,
            elsewhere: false,
            insurance: None,
            diagnoses: words.get(taken..).unwrap_or_default().to_vec(),
            without: Vec::new(),
            bare: false,
            operations: Vec::new(),
            lines: Vec::new(),
            mark: None,
            also: None,
        });
        return Ok(());
    }
    let visit = scene.visits.last_mut().ok_or("先写就诊")?;
    match words {
        ["after", days] => visit.offset = whole(days).ok_or("天数")?,
        ["elsewhere"] => visit.elsewhere = true,
        ["bare"] => visit.bare = true,
        ["-", item] => visit.without.push(item),
        ["fault"] => visit.mark = Some(Mark::Fault),
        ["fault", "~"] => visit.mark = Some(Mark::MoneyOpen),
        ["like"] => visit.mark = Some(Mark::Like),
        ["also", rule] => visit.also = Some(rule),
        ["op", code, day] => {
            visit.operations.push(Operation { code, day: whole(day).ok_or("天")?, anaesthesia: None })
        }
        ["op", code, day, record] => {
            let (from, until) = record.split_once('-').ok_or("麻醉起止")?;
            let record = clock(from).zip(clock(until)).ok_or("麻醉起止")?;
            visit.operations.push(Operation { code, day: whole(day).ok_or("天")?, anaesthesia: Some(record) });
        }
        [day, time, item, more @ ..] => {
            let (day, time) = (whole(day).ok_or("天")?, clock(time).ok_or("时刻")?);
            let mut line = Line {
                day,
                time,
                item,
                quantity: Quantity::whole(1),
                price: Price::Usual,
                prescription: None,
                supply_days: None,
                performed_in: "",
                remark: Remark::default(),
                mark: None,
            };
            for word in more {
                term(&mut line, word).ok_or_else(|| format!("不认识“{word}”"))?;
            }
            visit.lines.push(line);
        }
        _ => return Err("不认识".into()),
    }
    Ok(())
}

fn term(line: &mut Line, word: &'static str) -> Option<()> {
    let quantity = |text: &str| Quantity::parse(text.as_bytes()).ok();
    if let Some((key, value)) = word.split_once('=') {
        match key {
            "days" => line.supply_days = Some(value.parse().ok()?),
            "rx" => line.prescription = Some(value.parse().ok()?),
            "route" => line.remark.route = value,
            "dept" => line.performed_in = value,
            "level" => line.remark.charge_level = Some(value),
            "scope" => line.remark.in_scope_percent = Some(value.parse().ok()?),
            _ => return None,
        }
        return Some(());
    }
    match word {
        "home" => line.remark.take_home = true,
        "!" => line.mark = Some(Mark::Fault),
        "!~" => line.mark = Some(Mark::MoneyOpen),
        "?" => line.mark = Some(Mark::Like),
        _ => match word.split_at_checked(1)? {
            ("x", count) => line.quantity = quantity(count)?,
            ("!", count) => line.mark = Some(Mark::Part(quantity(count)?)),
            ("@", price) => {
                line.price = match price.strip_suffix('%') {
                    Some(percent) => Price::Percent(percent.parse().ok()?),
                    None => Price::Exactly(Fen::parse(price.as_bytes()).ok()?),
                }
            }
            _ => return None,
        },
    }
    Some(())
}

/// Every line again on the following days, as many days as the degree says.
fn repeat(visit: &mut Visit, degree: Option<u8>) {
    let once = visit.lines.clone();
    for day in 1..i32::from(degree.unwrap_or(1)) {
        visit.lines.extend(once.iter().map(|line| Line { day: line.day + day, ..line.clone() }));
    }
}

/// Of `{a|b|c}` the one of the degree. Only a whole word, or what follows its first letter, may be a choice.
fn chosen(word: &'static str, degree: Option<u8>) -> &'static str {
    let (Some(open), Some(degree)) = (word.find('{'), degree) else { return word };
    let choices = word.get(open + 1..).and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
    let choice = choices.split('|').nth(usize::from(degree) - 1).unwrap_or_default();
    if open == 0 {
        return choice;
    }
    // A script is read once a run: what it leaks is a few short words.
    format!("{}{choice}", word.get(..open).unwrap_or_default()).leak()
}

fn whole(text: &str) -> Option<i32> {
    text.parse().ok()
}

/// Seconds after midnight of `09:30`.
fn clock(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':')?;
    Some(hour.parse::<i64>().ok()? * 3600 + minute.parse::<i64>().ok()? * 60)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "a test that finds less than it expects should stop there")]
    use super::*;

    #[test]
    fn a_block_becomes_a_scene_a_degree() {
        let text = "some-rule: 示例\n  degrees\n  daily\n  who female 20 40\n  stay 8 M51.200\n  - 120100004\n  2 09:20 210300001d x{1|2|4} @50% !\n";
        let mut problems = Vec::new();
        let scenes = read("示例", text, &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        let counts: Vec<(Option<u8>, usize, Quantity)> =
            scenes.iter().map(|s| (s.degree, s.visits[0].lines.len(), s.visits[0].lines[0].quantity)).collect();
        let expected = [(1, 1, 1), (2, 2, 2), (3, 3, 4)];
        assert_eq!(counts, expected.map(|(d, lines, q)| (Some(d), lines, Quantity::whole(q))));
        assert_eq!((scenes[0].gender, scenes[0].years), (Some("2"), (20, 40)));
        assert_eq!(scenes[2].visits[0].lines[2].day, 4);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (text, expect) in [
            (
                "r: x\n  stay 8 M51.200\n  2 09:00 330100005 x1 ?!\n",
                "示例 第 3 行：不认识“?!”：2 09:00 330100005 x1 ?!",
            ),
            ("r: x\n  2 09:00 330100005\n", "示例 第 2 行：先写就诊：2 09:00 330100005"),
            ("r: x\n", "示例 第 1 行：没有就诊"),
            ("r x\n", "示例 第 1 行：应为“规则: 情形”"),
        ] {
            let mut problems = Vec::new();
            read("示例", text, &mut problems);
            assert_eq!(problems, [expect], "{text}");
        }
    }
}

//! A reform as a folder of overriding values, laid over the law in force.
//!
//! ```text
//! reform/reform.toml                     optional: name, reason
//! reform/<area>/<scheme>/any-name.toml   [[value]] rows, written as in policy/ (decision 0006)
//! reform/overlays/<name>.toml            whole overlays, as in policy/overlays/
//! ```
//! The rows become a temporary policy (overlay) of that area and scheme for the year replayed: where a row's condition
//! holds, it goes before every value in force, whatever its level; where it does not, the law stays as it is. A row
//! needs no source: the reform itself is named as the assumption. Rows that leave two values for one case (I9),
//! name a tier that the scheme does not have, or stand in a place that is none are refused, with file and line.

use datafile::Problem;
use model::{Day, nearest};
use std::fmt;

/// A file by name relative to its folder, with its content.
type File = (String, Vec<u8>);

/// The law under the reform: policy files with the reform among them.
#[derive(Debug, Clone, Default)]
pub struct Laid {
    /// What the reform calls itself.
    pub name: String,
    /// All files, as `benefit::Packages::read` takes them.
    pub files: Vec<File>,
    /// Overlays made of value files: name in `files`, name in the reform folder, lines put before its text.
    made: Vec<(String, String, usize)>,
}

/// What is wrong with a reform folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayProblem {
    /// File below the reform folder.
    pub file: String,
    /// Line, from 1; 0 when the whole file is meant.
    pub line: usize,
    /// What is wrong and what to do, in Chinese.
    pub message: String,
}

impl fmt::Display for LayProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}：{}", self.file, self.message),
            line => write!(f, "{}:{line}：{}", self.file, self.message),
        }
    }
}

/// Lays the files of a reform folder over those of the baseline, for the days `from` to before `until`.
///
/// # Errors
/// Every file that is not where the layout wants it, and every row for a tier or a scheme that is not there.
pub fn lay_over(baseline: &[File], reform: &[File], from: Day, until: Day) -> Result<Laid, Vec<LayProblem>> {
    let mut problems = Vec::new();
    let mut laid = Laid { name: "改革方案".to_owned(), files: baseline.to_vec(), made: Vec::new() };
    let head = reform.iter().find(|(name, _)| name == "reform.toml");
    let reason = head.map_or_else(String::new, |(name, bytes)| read_head(name, bytes, &mut laid.name, &mut problems));
    let assumed = if reason.is_empty() { laid.name.clone() } else { format!("{}：{reason}", laid.name) };
    let mut values = 0;
    for (number, (name, bytes)) in reform.iter().filter(|(name, _)| name != "reform.toml").enumerate() {
        let parts: Vec<&str> = name.split('/').collect();
        match parts.as_slice() {
            ["overlays", file] if file.ends_with(".toml") => {
                values += 1;
                laid.files.retain(|(known, _)| known != name);
                laid.files.push((name.clone(), bytes.clone()));
            }
            [area, scheme, file] if file.ends_with(".toml") && !matches!(*file, "scheme.toml" | "cases.toml") => {
                let tiers = tiers_of(baseline, area, scheme, name, &mut problems);
                let Some(text) = checked(name, bytes, &tiers, &mut problems) else { continue };
                values += 1;
                let overlay = format!("reform_{number}");
                let before = format!(
                    "overlay = {overlay:?}\nname = {:?}\nareas = [{area:?}]\nschemes = [{scheme:?}]\nfrom = {from}\nuntil = {until}\nassumed = {assumed:?}\n",
                    laid.name
                );
                let made = format!("overlays/{overlay}.toml");
                laid.made.push((made.clone(), name.clone(), before.lines().count()));
                laid.files.push((made, format!("{before}{text}").into_bytes()));
            }
            _ => problems.push(LayProblem {
                file: name.clone(),
                line: 0,
                message: "改革目录中没有这样的文件；参数值写在 <统筹区代码>/<险种>/任意名.toml 的 [[value]] 中，临时政策写在 overlays/ 中"
                    .to_owned(),
            }),
        }
    }
    if values == 0 && problems.is_empty() {
        problems.push(LayProblem {
            file: "（改革目录）".to_owned(),
            line: 0,
            message:
                "没有任何参数值；请写 <统筹区代码>/<险种>/任意名.toml，每个 [[value]] 给出 slot、value 与适用条件 when"
                    .to_owned(),
        });
    }
    if problems.is_empty() { Ok(laid) } else { Err(problems) }
}

impl Laid {
    /// A problem of the compiler, told in the reform's own files and lines.
    #[must_use]
    pub fn own_words(&self, problem: &Problem) -> String {
        let mut text = problem.to_string();
        for (made, name, before) in &self.made {
            let place = format!("policy/{made}");
            if problem.file == place {
                let line = problem.line.saturating_sub(*before);
                text = Problem { file: format!("改革方案/{name}"), line, ..problem.clone() }.to_string();
            }
            text = renumber(&text, &place, name, *before);
        }
        text
    }
}

/// Places inside a message: `policy/overlays/reform_0.toml:12` is a line of the reform's own file.
fn renumber(text: &str, place: &str, name: &str, before: usize) -> String {
    let mut parts = text.split(place);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("改革方案/");
        out.push_str(name);
        let digits = part.strip_prefix(':').map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
        let number = part.get(1..=digits).and_then(|digits| digits.parse::<usize>().ok());
        match number.filter(|_| digits > 0) {
            Some(line) => {
                out.push_str(&format!(":{}", line.saturating_sub(before)));
                out.push_str(part.get(digits + 1..).unwrap_or_default());
            }
            None => out.push_str(part),
        }
    }
    out
}

/// `reform.toml`: fills the name, returns the reason.
fn read_head(file: &str, bytes: &[u8], name: &mut String, problems: &mut Vec<LayProblem>) -> String {
    let Some(table) = parse(file, bytes, problems) else { return String::new() };
    let mut reason = String::new();
    for (key, value) in &table {
        match (key.as_str(), value.as_str()) {
            ("name", Some(text)) => *name = text.to_owned(),
            ("reason", Some(text)) => reason = text.to_owned(),
            ("name" | "reason", None) => problems.push(of(file, format!("{key} 应为字符串"))),
            _ => {
                let near = nearest(key, ["name", "reason"]);
                let hint = near.map_or("；可用：name、reason".to_owned(), |near| format!("；是否应为“{near}”"));
                problems.push(of(file, format!("不认识的键“{key}”{hint}")));
            }
        }
    }
    reason
}

/// The tiers of a scheme in force.
fn tiers_of(
    baseline: &[File],
    area: &str,
    scheme: &str,
    file: &str,
    problems: &mut Vec<LayProblem>,
) -> Option<Vec<String>> {
    let wanted = format!("{area}/{scheme}/scheme.toml");
    let Some((_, bytes)) = baseline.iter().find(|(name, _)| *name == wanted) else {
        let schemes = baseline.iter().filter_map(|(name, _)| name.strip_suffix("/scheme.toml"));
        let asked = format!("{area}/{scheme}");
        let hint = nearest(&asked, schemes).map_or(String::new(), |near| format!("；是否应为 {near}"));
        problems.push(of(file, format!("现行政策没有 {asked} 这个统筹区与险种{hint}")));
        return None;
    };
    let table: toml::Table = std::str::from_utf8(bytes).ok()?.parse().ok()?;
    let tiers = table.get("tier").and_then(toml::Value::as_table)?;
    Some(tiers.keys().cloned().collect())
}

/// The text of a value file, when every row names a tier of the scheme or a slot of the scheme itself.
fn checked<'b>(
    file: &str,
    bytes: &'b [u8],
    tiers: &Option<Vec<String>>,
    problems: &mut Vec<LayProblem>,
) -> Option<&'b str> {
    let table = parse(file, bytes, problems)?;
    if let Some(key) = table.keys().find(|key| *key != "value") {
        problems.push(of(file, format!("不认识的键“{key}”；改革方案的参数文件只有 [[value]]")));
        return None;
    }
    let rows = table.get("value").and_then(toml::Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if rows.is_empty() {
        problems.push(of(file, "没有 [[value]]；请写明要改的 slot 与 value".to_owned()));
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let tiers = tiers.as_ref()?;
    for slot in rows.iter().filter_map(|row| row.get("slot").and_then(toml::Value::as_str)) {
        let Some((tier, rest)) = slot.split_once('.') else { continue };
        if matches!(tier, "upfront" | "contribution") || tiers.iter().any(|known| known == tier) {
            continue;
        }
        let near = nearest(tier, tiers.iter().map(String::as_str));
        let hint = match near {
            Some(near) => format!("；是否应为“{near}.{rest}”"),
            None => format!("；该险种的待遇层：{}", tiers.join("、")),
        };
        let line = text.lines().position(|line| line.contains(slot)).map_or(0, |at| at + 1);
        let message = format!("该险种没有待遇层“{tier}”（slot = {slot:?}）{hint}");
        problems.push(LayProblem { file: file.to_owned(), line, message });
    }
    Some(text)
}

fn parse(file: &str, bytes: &[u8], problems: &mut Vec<LayProblem>) -> Option<toml::Table> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        problems.push(of(file, "不是 UTF-8 文本；请另存为 UTF-8".to_owned()));
        return None;
    };
    match text.parse::<toml::Table>() {
        Ok(table) => Some(table),
        Err(error) => {
            let before = error.span().map_or(0, |span| span.start);
            let line = text.bytes().take(before).filter(|&byte| byte == b'\n').count() + 1;
            let message = format!("不是合法的 TOML：{}", error.message());
            problems.push(LayProblem { file: file.to_owned(), line, message });
            None
        }
    }
}

fn of(file: &str, message: String) -> LayProblem {
    LayProblem { file: file.to_owned(), line: 0, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(pairs: &[(&str, &str)]) -> Vec<File> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
    }

    fn baseline() -> Vec<File> {
        files(&[("990100/employee/scheme.toml", "scheme = \"employee\"\n[tier.outpatient]\n[tier.pool]\n")])
    }

    fn lay(reform: &[(&str, &str)]) -> Result<Laid, String> {
        let days = [Day(20_000), Day(20_365)];
        let join = |problems: Vec<LayProblem>| problems.iter().map(|p| format!("{p}\n")).collect::<String>();
        lay_over(&baseline(), &files(reform), days[0], days[1]).map_err(join)
    }

    #[test]
    fn values_become_an_overlay_and_problems_keep_their_own_lines() {
        let rows = "\n[[value]]\nslot = \"pool.rate\"\nvalue = \"0.9\"\n";
        let laid = lay(&[("reform.toml", "name = \"提高住院比例\"\n"), ("990100/employee/a.toml", rows)]).unwrap();
        assert_eq!(laid.name, "提高住院比例");
        let (name, text) = laid.files.last().unwrap();
        let text = std::str::from_utf8(text).unwrap();
        assert!(text.contains("areas = [\"990100\"]") && text.ends_with(rows), "{text}");
        let line = text.lines().position(|line| line.contains("pool.rate")).unwrap() + 1;
        let problem = Problem {
            file: format!("policy/{name}"),
            line,
            key: "value".into(),
            message: format!("与 policy/{name}:{line} 冲突"),
        };
        assert_eq!(
            laid.own_words(&problem),
            "改革方案/990100/employee/a.toml:3: value: 与 改革方案/990100/employee/a.toml:3 冲突"
        );
    }

    #[test]
    fn what_could_have_no_effect_is_refused() {
        for (reform, words) in [
            (vec![], vec!["没有任何参数值"]),
            (vec![("990100/employe/a.toml", "[[value]]\n")], vec!["没有 990100/employe", "是否应为 990100/employee"]),
            (
                vec![("990100/employee/a.toml", "[[value]]\nslot = \"pol.rate\"\n")],
                vec!["a.toml:2", "没有待遇层“pol”", "是否应为“pool.rate”"],
            ),
            (vec![("990100/employee/a.toml", "slot = \"pool.rate\"\n")], vec!["不认识的键“slot”"]),
            (vec![("990100/employee/a.toml", "[[value]\n")], vec!["a.toml:1", "不是合法的 TOML"]),
            (vec![("990100/items.csv", "x")], vec!["改革目录中没有这样的文件"]),
            (vec![("reform.toml", "nam = \"x\"\n")], vec!["是否应为“name”"]),
        ] {
            let error = lay(&reform).unwrap_err();
            for word in words {
                assert!(error.contains(word), "{word} not in {error}");
            }
        }
    }
}

//! The law as the commands use it: policy packages compiled, the areas' item tables, the catalogue when a bill has lines.

use crate::data::{DataFiles, all, collect};
use agency::words::price_level;
use agency::{LawFault, area_items, overlaid};
use anyhow::{Result, bail};
use benefit::{Answer, Bill, BillLine, Case, CaseProblem, Packages, Policies, PricedLine, Refusal, TraceStep};
use catalog::Catalogue;
use model::{Day, Fen};
use pricing::{AreaItems, LineProblem, Pricer, SplitBill, SplitLine};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

/// Policy files by name relative to `policy/`, in name order.
pub type PolicyFiles = Vec<(String, Vec<u8>)>;

const POLICY: &str = "政策（policy）";
const ITEMS: &str = "本地项目表（items.csv）";

/// Compiled law with the tables that bills need.
pub struct Law<'d> {
    pub policies: Policies,
    items: BTreeMap<String, AreaItems>,
    data: &'d DataFiles,
    catalogue: OnceLock<std::result::Result<Catalogue, String>>,
}

/// The files of `--policy DIR`, else those packed or beside the other data.
pub fn policy_files(data: &DataFiles, folder: Option<&Path>) -> Result<PolicyFiles> {
    let Some(folder) = folder else {
        let files = data.below("policy/");
        return Ok(files.into_iter().map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).collect());
    };
    if !folder.is_dir() {
        bail!("找不到政策目录 {}；请核对 --policy 后的路径", folder.display());
    }
    let files = files_of(folder)?;
    if !files.iter().any(|(name, _)| name.ends_with("area.toml")) {
        bail!("{} 不是政策目录：其中没有 <统筹区代码>/area.toml", folder.display());
    }
    Ok(files)
}

/// The data files of any folder, by name relative to it, in name order.
pub fn files_of(folder: &Path) -> Result<PolicyFiles> {
    let mut found = Vec::new();
    collect(folder, "", &mut found)?;
    let mut files: PolicyFiles =
        found.into_iter().map(|(name, bytes)| (name.trim_start_matches('/').to_owned(), bytes)).collect();
    files.sort();
    Ok(files)
}

/// Names and contents as the compiler takes them.
pub fn named(files: &[(String, Vec<u8>)]) -> Vec<(&str, &[u8])> {
    files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect()
}

impl<'d> Law<'d> {
    /// Reads and compiles; every problem of every file comes at once.
    pub fn load(data: &'d DataFiles, folder: Option<&Path>) -> Result<Self> {
        let files = policy_files(data, folder)?;
        let files = named(&files);
        let packages = Packages::read(&files).map_err(|problems| all(POLICY, &problems))?;
        let policies = Policies::compile(&packages).map_err(|problems| all(POLICY, &problems))?;
        let items = area_items(&files, &packages).map_err(|problems| all(ITEMS, &problems))?;
        Ok(Self { policies, items, data, catalogue: OnceLock::new() })
    }

    /// Settles a case, its lines priced first.
    pub fn settle(&self, case: &Case) -> std::result::Result<Answer, Refusal> {
        let Bill::Lines(lines) = &case.bill else { return self.policies.settle(case) };
        let split = self.split(case, lines)?;
        let priced: Vec<PricedLine> = split.lines.iter().map(SplitLine::priced).collect();
        let mut answer = self.policies.settle_lines(case, &priced)?;
        answer.trace.splice(0..0, split.lines.iter().flat_map(line_steps));
        answer.unmodelled.extend(split.remarks);
        Ok(answer)
    }

    fn split(&self, case: &Case, lines: &[BillLine]) -> std::result::Result<SplitBill, Refusal> {
        let frame = self.policies.frame(case)?;
        let catalogue = self.catalogue().map_err(|error| Refusal::NotCovered(error.to_owned()))?;
        let none = AreaItems::default();
        let overlay = |item: &str, on: Day| overlaid(&self.policies, &case.area, &case.scheme, item, on);
        let pricer = Pricer {
            catalogue,
            items: self.items.get(&case.area).unwrap_or(&none),
            area: &case.area,
            level: price_level(case.visit.level),
            class_b: &|on| frame.upfront_class_b(on),
            overlay: &overlay,
        };
        pricer.price(lines).map_err(|problems| Refusal::Invalid(problems.iter().map(line_problem).collect()))
    }

    /// The catalogue, read when the first bill with lines comes.
    fn catalogue(&self) -> std::result::Result<&Catalogue, &str> {
        let read = || self.data.catalogue().map_err(|error| format!("{error:#}"));
        self.catalogue.get_or_init(read).as_ref().map_err(String::as_str)
    }
}

/// The law as the server settles by it, catalogue included.
pub fn shared_law(data: &DataFiles) -> Result<agency::Law> {
    let files = policy_files(data, None)?;
    agency::Law::read(&named(&files), data.catalogue()?).map_err(|fault| match fault {
        LawFault::Policy(problems) => all(POLICY, &problems),
        LawFault::Items(problems) => all(ITEMS, &problems),
    })
}

fn line_problem(problem: &LineProblem) -> CaseProblem {
    let LineProblem { number, field, value, what, remedy } = problem;
    CaseProblem { key: format!("lines[{number}].{field}"), message: format!("“{value}” {what}；{remedy}") }
}

/// A line's split as the first steps of the trace (I4): what it came to, and which tables said so.
fn line_steps(line: &SplitLine) -> [TraceStep; 2] {
    let parts = &line.parts;
    let name = if line.name.is_empty() { &line.item } else { &line.name };
    let ceiling = line.ceiling.map_or(String::new(), |ceiling| format!("，最高限价 {ceiling} 元"));
    let mut text = format!("第 {} 条 {name}：{}类{ceiling}，金额 {} 元", line.number, line.class.word(), parts.total());
    for (part, title) in [
        (parts.self_funded, "全自费"),
        (parts.over_limit, "超限价自费"),
        (parts.upfront, "先行自付"),
        (parts.in_scope, "政策范围内"),
    ] {
        if part != Fen::ZERO {
            text.push_str(&format!("，{title} {part}"));
        }
    }
    let step = |text, for_person| TraceStep { step: "line", amount: parts.in_scope, parameter: None, text, for_person };
    [step(text, true), step(format!("第 {} 条 {}（{}）依据：{}", line.number, line.item, line.on, line.basis), false)]
}

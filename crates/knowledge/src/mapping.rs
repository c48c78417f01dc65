//! Reviewed code sets, and which text-only points they make executable.
//!
//! Official indication rows name diseases in prose. `code_sets.csv` says, once a disease, which ICD
//! prefixes it means, in doubt more rather than fewer; `mappings.csv` says which point may be judged
//! by which sets, who said so and why. Both are kept apart from the published row, so that they can be
//! reviewed, refused and replaced on their own. `a+b` is the union of two sets.
//!
//! A mapping without a set is a decision too: someone read the text, and it needs clinical findings.

use crate::class::{Limit, class_of};
use crate::load::Load;
use crate::point::{CodeSet, CodeSystem, Reason, Status, Str};
use crate::problem::nearest;
use crate::sheet::{self, Problems, Row};
use std::collections::BTreeMap;

const SET_COLUMNS: &[&str] = &["set_id", "title", "code_system", "code_prefix", "note"];
const MAPPING_COLUMNS: &[&str] = &["rule_id", "point_id", "include_set", "exclude_set", "mapped_by", "certainty_note"];

/// Reads both tables; the points must have been read.
pub fn read(sets: Option<(&str, &[u8])>, mappings: Option<(&str, &[u8])>, load: &mut Load, problems: &mut Problems) {
    let mut known = sets.map(|table| read_sets(table, load, problems)).unwrap_or_default();
    if let Some((name, bytes)) = mappings {
        let mut seen = rustc_hash::FxHashSet::default();
        sheet::read(name, bytes, MAPPING_COLUMNS, problems, |row, problems| {
            if !seen.insert(row.get(1).to_owned()) {
                return problems.push(row.problem(1, "映射重复，每个知识点只能有一行"));
            }
            map(row, &mut known, load, problems);
        });
    }
    load.knowledge.code_sets = known.into_values().collect();
}

fn read_sets((name, bytes): (&str, &[u8]), load: &mut Load, problems: &mut Problems) -> BTreeMap<String, CodeSet> {
    let mut known: BTreeMap<String, CodeSet> = BTreeMap::new();
    sheet::read(name, bytes, SET_COLUMNS, problems, |row, problems| {
        let (id, prefix) = (row.required(0, problems), row.required(3, problems));
        let system = match row.get(2) {
            "icd10" => CodeSystem::Icd10,
            "icd9cm3" => CodeSystem::Icd9Cm3,
            "item" => CodeSystem::Item,
            other => {
                let mut problem = row.problem(2, "不是已知的编码体系（icd10、icd9cm3、item）");
                problem.nearest = nearest(other, ["icd10", "icd9cm3", "item"]);
                return problems.push(problem);
            }
        };
        if id.contains('+') || id.contains(char::is_whitespace) {
            return problems.push(row.problem(0, "含有“+”或空白；“+”用来合并集合，请换一个名字"));
        }
        let title = load.share(row.get(1));
        let prefix = load.knowledge.keep(prefix);
        let set = known.entry(id.to_owned()).or_insert_with(|| CodeSet {
            id: load.share(id),
            title,
            system,
            prefixes: Vec::new(),
        });
        if set.system != system {
            return problems.push(row.problem(2, format!("集合 {id} 的各行编码体系不一致")));
        }
        if set.prefixes.iter().any(|&other| load.knowledge.text(other) == load.knowledge.text(prefix)) {
            return problems.push(row.problem(3, format!("在集合 {id} 中重复")));
        }
        set.prefixes.push(prefix);
    });
    known
}

fn map(row: &Row<'_>, known: &mut BTreeMap<String, CodeSet>, load: &mut Load, problems: &mut Problems) {
    let (rule_id, id) = (row.get(0), row.get(1));
    let Some(place) = load.find(id) else {
        return problems.push(row.problem(1, "没有这个编号的知识点"));
    };
    row.required(4, problems);
    let right_rule = load.at(place).map(|point| point.rule_id).is_some_and(|rule| load.knowledge.text(rule) == rule_id);
    let of_diseases =
        class_of(rule_id).is_some_and(|class| matches!(class.limit, Limit::Diseases | Limit::ExcludedDiseases));
    if !right_rule || !of_diseases {
        return problems.push(row.problem(0, "与知识点所属的规则不符，或这条规则不限疾病"));
    }
    let (Some(include), Some(exclude)) = (set(row, 2, known, load, problems), set(row, 3, known, load, problems))
    else {
        return;
    };
    let Some(point) = load.at(place) else { return };
    point.predicate.diagnoses = include.clone();
    point.predicate.excluded_diagnoses = exclude.clone();
    if point.status == Status::TextOnly(Reason::NoDiagnosisMapping) {
        point.status = match (include, exclude) {
            (None, None) => Status::TextOnly(Reason::ClinicalFinding),
            _ => Status::Executable,
        };
    }
}

/// The set named in a column, made if it is a union. The outer `None` is a problem, the inner one an
/// empty column.
fn set(
    row: &Row<'_>,
    column: usize,
    known: &mut BTreeMap<String, CodeSet>,
    load: &mut Load,
    problems: &mut Problems,
) -> Option<Option<Box<str>>> {
    let name = row.get(column);
    if name.is_empty() {
        return Some(None);
    }
    for part in name.split('+') {
        if !known.contains_key(part) {
            let mut problem = row.problem(column, format!("code_sets.csv 中没有集合“{part}”"));
            problem.nearest = nearest(part, known.keys().map(String::as_str));
            problems.push(problem);
            return None;
        }
    }
    if !known.contains_key(name) {
        let union = union(name, known, load);
        known.insert(name.to_owned(), union);
    }
    Some(Some(name.into()))
}

fn union(name: &str, known: &BTreeMap<String, CodeSet>, load: &mut Load) -> CodeSet {
    let parts: Vec<&CodeSet> = name.split('+').filter_map(|part| known.get(part)).collect();
    let titles: Vec<&str> = parts.iter().map(|part| load.knowledge.text(part.title)).collect();
    let title = titles.join("、");
    let prefixes: Vec<Str> = parts.iter().flat_map(|part| part.prefixes.iter().copied()).collect();
    let system = parts.first().map_or(CodeSystem::Icd10, |part| part.system);
    CodeSet { id: load.share(name), title: load.share(&title), system, prefixes }
}

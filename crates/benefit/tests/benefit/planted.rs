//! Static checks: each planted defect in a copy of the shipped packages is found where it was planted, and
//! the shipped packages themselves have none.

use crate::shipped::files;
use benefit::{Packages, Policies, Problem};

/// A defect: in `file`, the first `from` after `near` becomes `to`; found as a problem of `found_in` that mentions
/// `says` in key or message.
struct Plant {
    name: &'static str,
    file: &'static str,
    near: &'static str,
    from: &'static str,
    to: &'static str,
    found_in: &'static str,
    says: &'static str,
}

const OUTPATIENT: &str = "110000/employee/outpatient.toml";
const INPATIENT: &str = "110000/employee/inpatient.toml";
const SCHEME: &str = "110000/employee/scheme.toml";
const FIRST: &str = "990100/employee/inpatient.toml";
const FIRST_SCHEME: &str = "990100/employee/scheme.toml";
const SHENZHEN: &str = "440300/employee/outpatient.toml";
const ILLNESS: &str = "990500/resident/critical_illness.toml";

#[rustfmt::skip]
const PLANTS: &[Plant] = &[
    Plant { name: "one value ends a day early", file: OUTPATIENT, near: "outpatient.deductible", from: "from = 2010-05-01", to: "from = 2010-05-01\nuntil = 2020-01-01", found_in: OUTPATIENT, says: "没有起付标准" },
    Plant { name: "all rates end and begin again", file: ILLNESS, near: "critical_illness.rate", from: "from = 2024-01-01", to: "from = 2024-01-01\nuntil = 2024-06-01\ndocument = \"x990500-benefit\"\narticle = \"一\"\n[[value]]\nslot = \"critical_illness.rate\"\nvalue = \"0.6\"\nfrom = 2024-09-01", found_in: "990500/resident/scheme.toml", says: "空档" },
    Plant { name: "the same value twice", file: FIRST, near: "pool.cap", from: "[[value]]", to: "[[value]]\nslot = \"pool.cap\"\nvalue = \"160000\"\nfrom = 2024-01-01\ndocument = \"x990100-benefit\"\narticle = \"一\"\n[[value]]", found_in: FIRST, says: "两个值" },
    Plant { name: "two rows overlap and neither is finer", file: FIRST, near: "pool.rate", from: "[[value]]", to: "[[value]]\nslot = \"pool.rate\"\nvalue = \"0.99\"\nwhen = { status = [\"retired\"] }\nfrom = 2024-01-01\ndocument = \"x990100-benefit\"\narticle = \"一\"\n[[value]]", found_in: FIRST, says: "没有一行更具体" },
    Plant { name: "a level of hospital is forgotten", file: FIRST, near: "pool.deductible", from: "level = [\"none\", \"1\", \"2\"]", to: "level = [\"none\", \"1\"]", found_in: FIRST, says: "没有起付标准" },
    Plant { name: "a status is forgotten", file: OUTPATIENT, near: "outpatient.rate", from: "status = [\"active\", \"flexible\"], community = true", to: "status = [\"active\"], community = true", found_in: OUTPATIENT, says: "没有支付比例" },
    Plant { name: "an age bound slips", file: OUTPATIENT, near: "0.15", from: "age = \"..70\"", to: "age = \"..69\"", found_in: OUTPATIENT, says: "没有一行更具体" },
    Plant { name: "percent for ratio", file: FIRST, near: "pool.rate", from: "\"0.94\"", to: "\"94\"", found_in: FIRST, says: "0 至 1" },
    Plant { name: "a hundredth of a ratio", file: FIRST, near: "pool.rate", from: "\"0.94\"", to: "\"0.0094\"", found_in: FIRST, says: "低于 1%" },
    Plant { name: "万元 for 元 in a cap", file: FIRST, near: "pool.cap", from: "\"150000\"", to: "\"15\"", found_in: FIRST, says: "限额" },
    Plant { name: "a deductible in fen", file: FIRST, near: "pool.deductible", from: "\"600\"", to: "\"60000000\"", found_in: FIRST, says: "起付标准应为" },
    Plant { name: "a number without quotes", file: FIRST, near: "pool.deductible", from: "value = \"600\"", to: "value = 600.0", found_in: FIRST, says: "引号" },
    Plant { name: "band bounds fall", file: INPATIENT, near: "band = 2", from: "value = \"40000\"", to: "value = \"20000\"", found_in: INPATIENT, says: "应高于前一段" },
    Plant { name: "the last band is bounded", file: INPATIENT, near: "pool.band_upper", from: "[[value]]", to: "[[value]]\nslot = \"pool.band_upper\"\nband = 3\nvalue = \"90000\"\nfrom = 2001-04-04\ndocument = \"bj-158\"\narticle = \"一\"\n[[value]]", found_in: INPATIENT, says: "最后一段" },
    Plant { name: "a bound is missing between bands", file: INPATIENT, near: "band = 2", from: "slot = \"pool.band_upper\"\nband = 2\nvalue = \"40000\"", to: "slot = \"pool.band_upper\"\nband = 4\nvalue = \"40000\"", found_in: INPATIENT, says: "没有上限" },
    Plant { name: "a band without a rate", file: INPATIENT, near: "band = 2\nvalue = \"0.90\"", from: "band = 2", to: "band = 4", found_in: INPATIENT, says: "第 2 段没有支付比例" },
    Plant { name: "the first bound lies under the deductible", file: INPATIENT, near: "pool.band_upper", from: "value = \"30000\"", to: "value = \"600\"", found_in: INPATIENT, says: "不高于起付标准" },
    Plant { name: "a sub-cap above its cap", file: SHENZHEN, near: "subcap", from: "factor = \"0.03\"", to: "factor = \"0.3\"", found_in: SHENZHEN, says: "分项限额" },
    Plant { name: "a year of the index is missing", file: "440300/area.toml", near: "year = 2022", from: "year = 2022", to: "year = 2019", found_in: SHENZHEN, says: "缺少指数值" },
    Plant { name: "an index that is not there", file: SHENZHEN, near: "outpatient.cap", from: "index = \"mean_wage\"", to: "index = \"mean_income\"", found_in: SHENZHEN, says: "没有指数" },
    Plant { name: "a dearer hospital pays more", file: FIRST, near: "pool.rate", from: "\"0.86\"", to: "\"0.96\"", found_in: FIRST_SCHEME, says: "monotone.level.inpatient" },
    Plant { name: "a dearer hospital has the lower deductible", file: FIRST, near: "pool.deductible", from: "\"600\"", to: "\"50\"", found_in: FIRST_SCHEME, says: "monotone.level.inpatient" },
    Plant { name: "an exception nobody needs", file: "lawful.toml", near: "", from: "#", to: "[[exception]]\narea = \"990100\"\nscheme = \"employee\"\ncheck = \"level\"\nreason = \"x\"\n#", found_in: "lawful.toml", says: "已无需要" },
    Plant { name: "no source", file: FIRST, near: "pool.cap", from: "document = \"x990100-benefit\"", to: "", found_in: FIRST, says: "缺少依据" },
    Plant { name: "no article", file: FIRST, near: "pool.cap", from: "article = \"最高支付限额\"", to: "", found_in: FIRST, says: "缺少条款" },
    Plant { name: "a document nobody registered", file: FIRST, near: "pool.cap", from: "x990100-benefit", to: "x990100-benefits", found_in: FIRST, says: "没有登记文件" },
    Plant { name: "a grade C source under a real name", file: "110000/area.toml", near: "id = \"bj-158\"", from: "grade = \"A\"", to: "grade = \"C\"", found_in: INPATIENT, says: "C 级" },
    Plant { name: "a slot that is not there", file: FIRST, near: "", from: "pool.deductible\"", to: "pool.deductable\"", found_in: FIRST, says: "pool.deductible" },
    Plant { name: "a word that is not there", file: FIRST, near: "pool.points", from: "status = [\"retired\"]", to: "status = [\"retierd\"]", found_in: FIRST, says: "retired" },
    Plant { name: "a condition key that is not there", file: FIRST, near: "admission", from: "admission =", to: "admision =", found_in: FIRST, says: "admission" },
    Plant { name: "an empty range", file: FIRST, near: "admission", from: "\"2..\"", to: "\"2..2\"", found_in: FIRST, says: "半开区间" },
    Plant { name: "a row that can never apply", file: FIRST, near: "pool.points", from: "status = [\"retired\"]", to: "status = [\"child\"]", found_in: FIRST, says: "永远不会适用" },
    Plant { name: "a tier in no chain", file: FIRST_SCHEME, near: "", from: "tiers = [\"pool\", \"large_amount\"]", to: "tiers = [\"pool\"]", found_in: FIRST_SCHEME, says: "没有任何待遇链" },
    Plant { name: "an over-cap tier before its own", file: FIRST_SCHEME, near: "", from: "tiers = [\"pool\", \"large_amount\"]", to: "tiers = [\"large_amount\", \"pool\"]", found_in: FIRST_SCHEME, says: "排在它之前" },
    Plant { name: "a rest tier before an in-scope one", file: SCHEME, near: "inpatient", from: "tiers = [\"pool\", \"large_amount\", \"retired_cadre\"]", to: "tiers = [\"retired_cadre\", \"pool\", \"large_amount\"]", found_in: SCHEME, says: "排在链的最后" },
    Plant { name: "a deductible that counts over nothing", file: FIRST_SCHEME, near: "[tier.pool]", from: "deductible_per = \"visit\"", to: "deductible_per = \"none\"", found_in: FIRST, says: "不会生效" },
    Plant { name: "an end before its beginning", file: FIRST, near: "pool.cap", from: "from = 2024-01-01", to: "from = 2024-01-01\nuntil = 2023-01-01", found_in: FIRST, says: "晚于生效日期" },
    Plant { name: "the same key twice", file: FIRST, near: "pool.cap", from: "value = \"150000\"", to: "value = \"150000\"\nvalue = \"160000\"", found_in: FIRST, says: "不是合法的 TOML" },
    Plant { name: "a province overrides what the nation keeps", file: "slots.toml", near: "name = \"cap\"", from: "open_to = [\"province\", \"area\"]", to: "open_to = []", found_in: "", says: "未向" },
    Plant { name: "an example is no longer reproduced", file: FIRST, near: "pool.rate", from: "\"0.89\"", to: "\"0.88\"", found_in: "990100/employee/cases.toml", says: "应为" },
];

fn problems_of(files: &[(String, Vec<u8>)]) -> Vec<Problem> {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let compiled = Packages::read(&files).and_then(|packages| Ok((Policies::compile(&packages)?, packages)));
    match compiled {
        Err(problems) => problems,
        Ok((policies, packages)) => policies.check(&packages),
    }
}

fn planted(plant: &Plant) -> Vec<(String, Vec<u8>)> {
    let mut files = files();
    let (_, bytes) = files.iter_mut().find(|(name, _)| name == plant.file).expect(plant.file);
    let text = String::from_utf8(bytes.clone()).unwrap();
    let start = text.find(plant.near).unwrap_or_else(|| panic!("{}: no “{}”", plant.name, plant.near));
    let place = text[start..].find(plant.from).unwrap_or_else(|| panic!("{}: no “{}”", plant.name, plant.from)) + start;
    *bytes = format!("{}{}{}", &text[..place], plant.to, &text[place + plant.from.len()..]).into_bytes();
    files
}

#[test]
fn the_shipped_packages_have_no_defect() {
    assert_eq!(problems_of(&files()), Vec::<Problem>::new());
}

#[test]
fn i9_every_planted_defect_is_found_where_it_was_planted() {
    let halves = PLANTS.chunks(PLANTS.len().div_ceil(2));
    let missed: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = halves.map(|half| scope.spawn(|| missed_of(half))).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(missed.is_empty(), "{} of {} missed:\n{}", missed.len(), PLANTS.len(), missed.join("\n"));
}

fn missed_of(plants: &[Plant]) -> Vec<String> {
    let mut missed = Vec::new();
    for plant in plants {
        let problems = problems_of(&planted(plant));
        let found = problems.iter().any(|problem| {
            problem.file.ends_with(plant.found_in)
                && (problem.message.contains(plant.says) || problem.key.contains(plant.says))
                && problem.line > 0
        });
        if !found {
            let shown: Vec<String> = problems.iter().take(4).map(ToString::to_string).collect();
            missed.push(format!("{}: {shown:#?}", plant.name));
        }
    }
    missed
}

//! Rules whose figures the nation left to localities: they run on example tables (`knowledge/assumed/`), whose items
//! are invented, and so are the scenes.

use model::{Fen, HospitalLevel, Insurance, Quantity};

use super::cast::Cast;
use super::history::{fill, share_of_fill};
use super::{Needs, Place, Stage};
use crate::draft::AtStake;
use crate::shelf::ItemId;

const CLINIC: Place = Place::Clinic(HospitalLevel::Secondary);
const ONE: Quantity = Quantity::whole(1);

pub(super) fn register(cast: &mut Cast<'_>) {
    ages_and_sexes(cast);
    diagnoses(cast);
    places_and_schemes(cast);
    departments(cast);
    titles(cast);
    companions(cast);
    quantities(cast);
    caps(cast);
    histories(cast);
    continuous_use(cast);
    cumulative_supply(cast);
    repeat_exams(cast);
}

/// What is wrong or right, who, with which main diagnosis, whether it is wrong.
type Case = (&'static str, Needs, &'static str, bool);
/// Rule, code and name of the item, and its cases.
type Row = (&'static str, &'static str, &'static str, &'static [Case]);

/// One line, wrong for some and right for others.
struct OneLine {
    rule: &'static str,
    item: ItemId,
    cases: &'static [Case],
    med_type: Option<&'static str>,
}

fn one_line(cast: &mut Cast<'_>, scene: OneLine) {
    let OneLine { rule, item, cases, med_type } = scene;
    for (dose, needs, diagnosis, wrong) in cases {
        cast.scene(*needs, move |stage| {
            stage.open(0, CLINIC);
            stage.diagnose(diagnosis, &[]);
            if let Some(med_type) = med_type {
                stage.visit().med_type = med_type;
            }
            let line = stage.charge(item, 0, ONE);
            if *wrong {
                stage.whole(rule, dose, line);
            } else {
                stage.visit().look_alike(rule, dose, Some(line));
            }
        });
    }
}

const HEADACHE: &str = "R51.x00";

fn ages_and_sexes(cast: &mut Cast<'_>) {
    const CHILD: Needs = Needs::aged(5, 12);
    const ROWS: [Row; 5] = [
        (
            "consumable-child-only",
            "C99999999999999999902",
            "示例：儿童型呼吸回路",
            &[("成人用儿童规格", Needs::ADULT, HEADACHE, true), ("儿童", CHILD, HEADACHE, false)],
        ),
        (
            "consumable-neonate-only",
            "C99999999999999999903",
            "示例：新生儿脐静脉导管",
            &[("3 岁", Needs::aged(2, 4), HEADACHE, true), ("出生 28 天内", Needs::newborn(), HEADACHE, false)],
        ),
        (
            "drug-neonate-only",
            "XEXAMPLE00000000000001",
            "示例新生儿用注射液",
            &[("3 岁", Needs::aged(2, 4), HEADACHE, true), ("出生 28 天内", Needs::newborn(), HEADACHE, false)],
        ),
        (
            "drug-child-contraindicated",
            "XEXAMPLE00000000000005",
            "示例喹诺酮片",
            &[("10 岁", Needs::aged(8, 12), HEADACHE, true), ("成人", Needs::ADULT, HEADACHE, false)],
        ),
        (
            "consumable-sex-specific",
            "C99999999999999999906",
            "示例：宫腔球囊",
            &[
                ("男性", Needs::aged(25, 55).gender("1"), HEADACHE, true),
                ("女性", Needs::aged(25, 55).gender("2"), HEADACHE, false),
                ("性别未说明", Needs::aged(25, 55).gender("9"), HEADACHE, false),
            ],
        ),
    ];
    for (rule, code, name, cases) in ROWS {
        let item = cast.invent(code, name);
        one_line(cast, OneLine { rule, item, cases, med_type: None });
    }
}

fn diagnoses(cast: &mut Cast<'_>) {
    const WOMAN: Needs = Needs::aged(25, 38).gender("2");
    const ROWS: [Row; 7] = [
        (
            "consumable-disease-limit",
            "C99999999999999999904",
            "示例：股骨接骨板",
            &[("没有股骨骨折", Needs::ADULT, "M51.200", true), ("股骨头坏死", Needs::ADULT, "M87.000", false)],
        ),
        (
            "drug-contraindication",
            "XEXAMPLE00000000000007",
            "示例他汀片",
            &[("肝硬化", Needs::ADULT, "K74.100", true), ("高脂血症", Needs::ADULT, "E78.500", false)],
        ),
        (
            "drug-off-label-indication",
            "XEXAMPLE00000000000008",
            "示例降压缓释片",
            &[("腰椎间盘突出", Needs::ADULT, "M51.200", true), ("高血压", Needs::ADULT, "I10.x00x002", false)],
        ),
        (
            "service-contraindication",
            "009999000080000",
            "示例：某类物理治疗",
            &[("妊娠", WOMAN, "O26.900", true), ("颈椎病", WOMAN, "M47.802", false)],
        ),
        (
            "service-off-indication",
            "009999000090000",
            "示例：偏瘫肢体综合训练",
            &[("腰椎间盘突出", Needs::ADULT, "M51.200", true), ("脑梗死", Needs::ADULT, "I63.900", false)],
        ),
        (
            "test-without-indication",
            "009999000100000",
            "示例：高价基因检测组合",
            &[("高血压", Needs::ADULT, "I10.x00x002", true), ("肺恶性肿瘤", Needs::ADULT, "C34.900", false)],
        ),
        (
            "treatment-without-indication",
            "009999000130000",
            "示例：某类理疗",
            &[("腰椎间盘突出", Needs::ADULT, "M51.200", true), ("脑梗死", Needs::ADULT, "I63.900", false)],
        ),
    ];
    for (rule, code, name, cases) in ROWS {
        let item = cast.invent(code, name);
        one_line(cast, OneLine { rule, item, cases, med_type: None });
    }
    let item = cast.invent("XEXAMPLE00000000000002", "示例降糖片");
    let rule = "drug-outside-disease-list";
    const PROGRAMME: &[Case] = &[
        ("高血压病种取降糖药", Needs::aged(45, 58), "I10.x00x002", true),
        ("2 型糖尿病病种", Needs::aged(45, 58), "E11.900", false),
    ];
    one_line(cast, OneLine { rule, item, cases: PROGRAMME, med_type: Some("9901") });
    const ORDINARY: &[Case] = &[("普通门诊", Needs::aged(45, 58), "I10.x00x002", false)];
    one_line(cast, OneLine { rule, item, cases: ORDINARY, med_type: None });
}

fn places_and_schemes(cast: &mut Cast<'_>) {
    let rule = "service-institution-level";
    let item = cast.invent("009999000030000", "示例：介入治疗");
    for (dose, place, wrong) in [
        ("二级医院", CLINIC, true),
        ("一级机构", Place::Clinic(HospitalLevel::Primary), true),
        ("三级医院", Place::Clinic(HospitalLevel::Tertiary), false),
        ("等级未填", Place::LevelUnknownClinic, false),
    ] {
        cast.scene(Needs::ADULT, move |stage| {
            stage.open(0, place);
            let line = stage.charge(item, 0, ONE);
            if wrong {
                stage.whole(rule, dose, line);
            } else {
                stage.visit().look_alike(rule, dose, Some(line));
            }
        });
    }
    let rule = "service-maternity-only";
    let item = cast.invent("009999000040000", "示例：产前检查组合");
    for (dose, scheme, wrong) in
        [("职工医保支付", 310, true), ("居民医保支付", 390, true), ("生育保险支付", 510, false)]
    {
        cast.scene(Needs::aged(25, 38).gender("2"), move |stage| {
            stage.open(0, CLINIC);
            stage.insure(Insurance(scheme));
            let line = stage.charge(item, 0, ONE);
            if wrong {
                stage.whole(rule, dose, line);
            } else {
                stage.visit().look_alike(rule, dose, Some(line));
            }
        });
    }
    let rule = "service-work-injury-only";
    let item = cast.invent("009999000070000", "示例：职业康复强化训练");
    for (dose, refunded) in [("经医保结算", false), ("已全额退费", true)] {
        cast.scene(Needs::ADULT, move |stage| {
            stage.open(0, CLINIC);
            let line = stage.charge(item, 0, ONE);
            if refunded {
                stage.visit().refund(line, ONE);
                stage.visit().look_alike(rule, dose, Some(line));
            } else {
                stage.whole(rule, dose, line);
            }
        });
    }
}

/// Has the visit's doctor be one for whom something holds.
fn doctor_who(stage: &mut Stage<'_>, holds: impl Fn(&crate::town::Doctor) -> bool) -> bool {
    let house = stage.visit().institution;
    let staff = stage.world.town.house(house).doctors.clone();
    let found = staff.into_iter().find(|doctor| stage.world.town.doctors.get(*doctor as usize).is_some_and(&holds));
    if let Some(doctor) = found {
        stage.visit().doctor = doctor;
    }
    found.is_some()
}

fn departments(cast: &mut Cast<'_>) {
    let rows = [
        ("consumable-department-mismatch", "C99999999999999999908", "示例：关节镜刨削刀头", "A04"),
        ("service-department-limit", "009999000110000", "示例：重症监护套餐", "A28"),
    ];
    for (rule, code, name, right) in rows {
        let item = cast.invent(code, name);
        for (dose, performed_in, wrong) in [("内科开单、内科执行", "", true), ("内科开单、专科执行", right, false)]
        {
            cast.scene(Needs::ADULT, move |stage| {
                stage.open(0, CLINIC);
                if !doctor_who(stage, |doctor| doctor.department == "A03") {
                    stage.visits.clear();
                    return;
                }
                let place = stage.charge(item, 0, ONE);
                if let Some(line) = stage.visit().lines.get_mut(place as usize) {
                    line.performed_in = performed_in;
                }
                if wrong {
                    stage.whole(rule, dose, place);
                } else {
                    stage.visit().look_alike(rule, dose, Some(place));
                }
            });
        }
    }
}

fn titles(cast: &mut Cast<'_>) {
    let rule = "antibiotic-tier";
    let item = cast.invent("XEXAMPLE00000000000010", "示例特殊使用级抗菌药");
    for (dose, titles, place, wrong) in [
        ("主治医师开特殊使用级", ["233", "233"], CLINIC, true),
        ("医师开特殊使用级", ["234", "234"], CLINIC, true),
        ("高级职称医师", ["231", "232"], CLINIC, false),
        ("急诊越级使用", ["233", "234"], Place::Emergency(HospitalLevel::Secondary), false),
    ] {
        cast.scene(Needs::ADULT, move |stage| {
            stage.open(0, place);
            if !doctor_who(stage, |doctor| titles.contains(&doctor.title)) {
                stage.visits.clear();
                return;
            }
            let line = stage.charge(item, 0, ONE);
            if wrong {
                stage.whole(rule, dose, line);
            } else {
                stage.visit().look_alike(rule, dose, Some(line));
            }
        });
    }
}

fn companions(cast: &mut Cast<'_>) {
    let rows = [
        (
            "service-consumable-duplicate",
            "009999000020000",
            "示例：透析治疗（含管路）",
            "C99999999999999999901",
            "示例：透析管路",
        ),
        ("service-unbundling", "009999000060000", "示例：平扫加增强扫描", "009999000060100", "示例：平扫"),
    ];
    for (rule, whole, whole_name, part, part_name) in rows {
        let (whole, part) = (cast.invent(whole, whole_name), cast.invent(part, part_name));
        for (dose, offset, wrong) in [("同日另收已含的部分", 0, true), ("在另一次就诊收取", 5, false)]
        {
            cast.scene(Needs::ADULT, move |stage| {
                stage.open(0, CLINIC);
                stage.charge(whole, 0, ONE);
                if offset > 0 {
                    stage.open(offset, CLINIC);
                }
                let line = stage.charge(part, 0, ONE);
                if wrong {
                    stage.whole(rule, dose, line);
                } else {
                    stage.visit().look_alike(rule, dose, Some(line));
                }
            });
        }
    }
    let rule = "consumable-service-mismatch";
    let needle = cast.invent("C99999999999999999909", "示例：专用穿刺针");
    let puncture = cast.invent("009999000120000", "示例：穿刺治疗");
    for (dose, with) in [("有穿刺针无穿刺治疗", false), ("同次有穿刺治疗", true)] {
        cast.scene(Needs::ADULT, move |stage| {
            stage.open(0, CLINIC);
            let line = stage.charge(needle, 0, ONE);
            if with {
                stage.charge(puncture, 0, ONE);
                stage.visit().look_alike(rule, dose, Some(line));
            } else {
                stage.whole(rule, dose, line);
            }
        });
    }
}

fn quantities(cast: &mut Cast<'_>) {
    let rule = "consumable-quantity-over";
    let dialyser = cast.invent("C99999999999999999905", "示例：血液透析器");
    for (dose, degree, count) in [("一日 2 支", 1, 2), ("一日 3 支", 2, 3), ("一日 6 支", 3, 6), ("一日 1 支", 0, 1)]
    {
        let scene = cast.scene(Needs::ADULT, move |stage| {
            stage.open(0, CLINIC);
            let line = stage.charge(dialyser, 0, Quantity::whole(count));
            part_over(stage, rule, dose, line, count - 1);
        });
        scene.degree = (degree > 0).then_some(degree);
    }
    let rule = "drug-over-label-dose";
    let drug = cast.invent("XEXAMPLE00000000000009", "示例注射剂");
    for (dose, degree, count) in
        [("7 天开 16 支", 1, 16), ("7 天开 28 支", 2, 28), ("7 天开 56 支", 3, 56), ("7 天开 14 支", 0, 14)]
    {
        let scene = cast.scene(Needs::ADULT, move |stage| {
            stage.open(0, CLINIC);
            let line = stage.prescribe(drug, 0, 1);
            if let Some(line) = stage.visit().lines.get_mut(line as usize) {
                line.quantity = Quantity::whole(count);
            }
            part_over(stage, rule, dose, line, count - 14);
        });
        scene.degree = (degree > 0).then_some(degree);
    }
}

/// Marks the part of a line above what is allowed, or the line as a look-alike when nothing is.
fn part_over(stage: &mut Stage<'_>, rule: &'static str, dose: &'static str, place: u16, over: i64) {
    let whole = stage.visit().lines.get(place as usize).map_or(Quantity::ZERO, |line| line.quantity);
    let amount = stage.amount(place).share(Quantity::whole(over), whole);
    if over > 0 {
        stage.visit().mark_line(rule, dose, place, Quantity::whole(over), AtStake::Exactly(amount));
    } else {
        stage.visit().look_alike(rule, dose, Some(place));
    }
}

fn caps(cast: &mut Cast<'_>) {
    let rule = "consumable-total-reimbursement-cap";
    let lens = cast.invent("C99999999999999999907", "示例：人工晶体");
    for (dose, degree, units) in
        [("超限 100 元", 1, 16), ("超限 500 元", 2, 20), ("超限一倍", 3, 30), ("恰到限额", 0, 15)]
    {
        let scene = cast.scene(Needs::ADULT, move |stage| {
            stage.open(0, CLINIC);
            let line = stage.charge(lens, 0, Quantity::whole(units));
            part_over(stage, rule, dose, line, units - 15);
        });
        scene.degree = (degree > 0).then_some(degree);
    }
    let rule = "service-total-reimbursement-cap";
    let item = cast.invent("009999000140000", "示例：限额项目");
    for (dose, degree, second) in [
        ("两次累计超限 200 元", 1, 12),
        ("两次累计超限 1000 元", 2, 20),
        ("两次累计超限 3000 元", 3, 40),
        ("恰到限额", 0, 10),
    ] {
        let scene = cast.scene(Needs::ADULT, move |stage| {
            stage.open(0, CLINIC);
            stage.charge(item, 0, Quantity::whole(10));
            let year = stage.visit().begins.day().civil().0;
            stage.open(6, CLINIC);
            let same_year = stage.visit().begins.day().civil().0 == year;
            let line = stage.charge(item, 0, Quantity::whole(second));
            let over = if same_year { second - 10 } else { (second - 20).max(0) };
            part_over(stage, rule, dose, line, over);
        });
        scene.degree = (degree > 0).then_some(degree);
    }
}

fn histories(cast: &mut Cast<'_>) {
    let rows = [
        ("drug-second-line-only", "XEXAMPLE00000000000011", "示例二线药", "XEXAMPLE00000000000012", "示例一线药"),
        ("step-therapy", "XEXAMPLE00000000000013", "示例二阶药", "XEXAMPLE00000000000014", "示例一阶药"),
    ];
    for (rule, second, second_name, first, first_name) in rows {
        let (second, first) = (cast.invent(second, second_name), cast.invent(first, first_name));
        for (dose, known_days, tried, wrong) in [
            ("一年内没有一线药品", 120, None, true),
            ("两个月前用过一线药品", 120, Some(60), false),
            ("同日同时开一线药品", 120, Some(120), false),
        ] {
            cast.long_scene(Needs::ADULT, 130, move |stage| {
                stage.open(0, CLINIC);
                if let Some(day) = tried {
                    stage.open(day, CLINIC);
                    stage.prescribe(first, 0, 1);
                }
                if tried != Some(known_days) {
                    stage.open(known_days, CLINIC);
                }
                let line = stage.prescribe(second, 0, 1);
                if wrong {
                    stage.whole(rule, dose, line);
                } else {
                    stage.visit().look_alike(rule, dose, Some(line));
                }
            });
        }
    }
}

fn continuous_use(cast: &mut Cast<'_>) {
    let rule = "max-continuous-use";
    let drug = cast.invent("XEXAMPLE00000000000015", "示例限程药（按用药日）");
    for (dose, degree, fills, gap) in [
        ("连续 63 天", 1, &[28_u16, 28, 7][..], 0),
        ("连续 84 天", 2, &[28, 28, 28], 0),
        ("连续 140 天", 3, &[28, 28, 28, 28, 28], 0),
        ("恰 56 天", 0, &[28, 28], 0),
        ("中间停用 10 天", 0, &[28, 28, 28], 10),
    ] {
        let scene = cast.long_scene(Needs::aged(45, 58), 150, move |stage| {
            let house = stage.house(HospitalLevel::Secondary);
            let (mut offset, mut used) = (0, 0);
            for (n, days) in fills.iter().enumerate() {
                if n == 2 {
                    offset += gap;
                }
                let place = fill(stage, offset, house, drug, *days);
                used = if n == 2 && gap > 7 { 0 } else { used } + i64::from(*days);
                let over = (used - 56).clamp(0, i64::from(*days));
                mark_share(stage, rule, dose, place, over);
                offset += i32::from(*days);
            }
        });
        scene.quiet_days = 20;
        scene.degree = (degree > 0).then_some(degree);
    }
}

/// Marks the share of a fill that so many days stand for, or the fill as a look-alike.
fn mark_share(stage: &mut Stage<'_>, rule: &'static str, dose: &'static str, place: u16, over: i64) {
    let (quantity, amount): (Quantity, Fen) = share_of_fill(stage, place, over);
    if over > 0 {
        stage.visit().mark_line(rule, dose, place, quantity, AtStake::Exactly(amount));
    } else {
        stage.visit().look_alike(rule, dose, Some(place));
    }
}

fn cumulative_supply(cast: &mut Cast<'_>) {
    let rule = "cumulative-overquantity";
    let Some(drug) = cast.world.shelf.find("阿利沙坦酯片") else { return };
    for (dose, degree, gap, count) in [
        ("90 天内取药 5 次各 28 天", 1, 18, 5),
        ("60 天内取药 6 次各 28 天", 2, 11, 6),
        ("60 天内取药 9 次各 28 天", 3, 7, 9),
        ("每 28 天取 28 天", 0, 28, 5),
    ] {
        let scene = cast.long_scene(Needs::aged(45, 58), 130, move |stage| {
            let house = stage.own_pharmacy();
            let mut counted: Vec<(i32, i64)> = Vec::new();
            for n in 0..count {
                let offset = gap * n;
                let place = fill(stage, offset, house, drug, 28);
                let before: i64 = counted.iter().filter(|(day, _)| offset - day < 90).map(|(_, days)| days).sum();
                let over = (before - 104).clamp(0, 28);
                mark_share(stage, rule, dose, place, over);
                counted.push((offset, 28 - over));
            }
        });
        scene.quiet_days = 200;
        scene.degree = (degree > 0).then_some(degree);
    }
}

fn repeat_exams(cast: &mut Cast<'_>) {
    let rule = "repeat-exam-short-interval";
    let crate::world::World { tables, shelf, .. } = &mut *cast.world;
    let Some(scan) = shelf.service(tables, "210200001") else { return };
    for (dose, degree, gap, elsewhere, emergency) in [
        ("12 天后在另一院又做磁共振", 1, 12, true, false),
        ("6 天后在另一院又做磁共振", 2, 6, true, false),
        ("次日在另一院又做磁共振", 3, 1, true, false),
        ("20 天后复查", 0, 20, true, false),
        ("同一医院复查", 0, 5, false, false),
        ("急诊再查", 0, 3, true, true),
    ] {
        let scene = cast.long_scene(Needs::ADULT, 24, move |stage| {
            let houses = stage.world.town.secondary.clone();
            let first = stage.dice.below(houses.len() as u32) as usize;
            let mut places = houses.iter().copied().cycle().skip(first);
            let (Some(here), Some(there)) = (places.next(), places.next()) else { return };
            stage.contact_at(0, here, "11");
            stage.charge(scan, 0, ONE);
            stage.contact_at(gap, if elsewhere { there } else { here }, if emergency { "13" } else { "11" });
            let line = stage.charge(scan, 0, ONE);
            if degree > 0 {
                stage.whole(rule, dose, line);
            } else {
                stage.visit().look_alike(rule, dose, Some(line));
            }
        });
        scene.quiet_days = 30;
        scene.degree = (degree > 0).then_some(degree);
    }
}

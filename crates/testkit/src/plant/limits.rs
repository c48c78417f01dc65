//! One line in the wrong circumstances: sex, age, level, setting, insurance, pregnancy, indication.

use model::{HospitalLevel, Insurance, Quantity, Sex};

use super::cast::{Cast, Limited, pick_in_force};
use super::{Needs, Place, Stage, gender_of, other_gender};
use crate::shelf::sex_of;

const SECONDARY: Place = Place::Clinic(HospitalLevel::Secondary);
const PRIMARY: Place = Place::Clinic(HospitalLevel::Primary);

/// What the line is held against, beyond place and person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Twist {
    None,
    /// Settled by maternity insurance.
    Maternity,
    /// `matn_stas`
    Maternal(&'static str),
    /// The line is refunded in full.
    Refunded,
    /// The settlement is reversed.
    Reversed,
}

/// One line of one of the items.
fn play(stage: &mut Stage<'_>, items: &[Limited], place: Place, twist: Twist) -> Option<u16> {
    let limited = pick_in_force(stage, items)?;
    stage.open(0, place);
    match twist {
        Twist::Maternity => stage.insure(Insurance::MATERNITY),
        Twist::Maternal(state) => stage.visit().maternal = state,
        Twist::Reversed => stage.visit().reversed = true,
        Twist::None | Twist::Refunded => {}
    }
    let item = stage.world.shelf.item(limited.item);
    let line = match item.kind.is_medicine() {
        true => stage.prescribe(limited.item, 2, 1),
        false => stage.charge(limited.item, 2, Quantity::whole(1)),
    };
    if twist == Twist::Refunded {
        stage.visit().refund(line, Quantity::whole(1));
    }
    Some(line)
}

/// Registers violations and look-alikes of one rule.
struct Family<'c, 'w> {
    cast: &'c mut Cast<'w>,
    rule: &'static str,
    items: Vec<Limited>,
}

impl Family<'_, '_> {
    fn hit(&mut self, dose: &'static str, needs: Needs, place: Place, twist: Twist) -> &mut Self {
        let (rule, items) = (self.rule, self.items.clone());
        if !items.is_empty() {
            self.cast.scene(needs, move |stage| {
                if let Some(line) = play(stage, &items, place, twist) {
                    stage.whole(rule, dose, line);
                }
            });
        }
        self
    }

    fn miss(&mut self, dose: &'static str, needs: Needs, place: Place, twist: Twist) -> &mut Self {
        let (rule, items) = (self.rule, self.items.clone());
        if !items.is_empty() {
            self.cast.scene(needs, move |stage| {
                if let Some(line) = play(stage, &items, place, twist) {
                    stage.visit().look_alike(rule, dose, Some(line));
                }
            });
        }
        self
    }
}

fn family<'c, 'w>(cast: &'c mut Cast<'w>, rule: &'static str, items: Vec<Limited>) -> Family<'c, 'w> {
    Family { cast, rule, items }
}

pub(super) fn register(cast: &mut Cast<'_>) {
    insurance(cast);
    children(cast);
    neonates(cast);
    sex(cast);
    institutions(cast);
    frailty(cast);
    indications(cast);
    working_age(cast);
}

fn insurance(cast: &mut Cast<'_>) {
    let rule = "drug-work-injury-only";
    let items = cast.limited(rule, |_| true);
    family(cast, rule, items)
        .hit("医保门诊支付工伤用药", Needs::ADULT, SECONDARY, Twist::None)
        .hit("医保住院支付工伤用药", Needs::ADULT, Place::Stay(HospitalLevel::Secondary), Twist::None)
        .miss("已全额退费", Needs::ADULT, SECONDARY, Twist::Refunded)
        .miss("结算已冲销", Needs::ADULT, SECONDARY, Twist::Reversed);
    let rule = "drug-maternity-only";
    let items = cast.limited_by(&[rule, "drug-sex-specific"], |_| true);
    let woman = Needs::aged(24, 38).gender("2");
    family(cast, rule, items)
        .hit("医保住院支付生育用药", woman, Place::Stay(HospitalLevel::Secondary), Twist::None)
        .hit("医保门诊支付生育用药", woman, SECONDARY, Twist::None)
        .miss("生育保险结算", woman, Place::Stay(HospitalLevel::Secondary), Twist::Maternity);
}

fn children(cast: &mut Cast<'_>) {
    let rule = "drug-child-exclusive";
    let items = cast.limited(rule, |point| !point.text.contains("成人"));
    family(cast, rule, items)
        .hit("成人（25–55 岁）用儿童专用药", Needs::ADULT, SECONDARY, Twist::None)
        .hit("老人用儿童专用药", Needs::aged(66, 85), PRIMARY, Twist::None)
        .hit("药店售成人儿童专用药", Needs::ADULT, Place::Pharmacy, Twist::None)
        .miss("13 岁以下儿童", Needs::aged(2, 13), SECONDARY, Twist::None)
        .miss("成人，已全额退费", Needs::ADULT, SECONDARY, Twist::Refunded);
    let rule = "drug-child-payment-limit";
    let plain = cast.limited(rule, |point| point.text.starts_with("限儿童") || point.text.contains("儿童术前"));
    family(cast, rule, plain).hit("成人用限儿童药", Needs::ADULT, SECONDARY, Twist::None).miss(
        "儿童用药",
        Needs::aged(2, 13),
        SECONDARY,
        Twist::None,
    );
    let windows = [
        ("复方聚乙二醇", "2–11 岁窗口外：16 岁", "2–11 岁窗口上限：11 岁", (14, 16), (11, 11)),
        ("孟鲁司特钠口溶膜", "1–14 岁窗口外：成人", "1–14 岁窗口上限：14 岁", (25, 50), (14, 14)),
        ("盐酸可乐定缓释片", "6–17 岁窗口外：3–5 岁", "6–17 岁窗口上限：17 岁", (3, 5), (17, 17)),
    ];
    for (name, outside, edge, out, inside) in windows {
        let items = cast.limited(rule, |point| point.name.starts_with(name));
        family(cast, rule, items).hit(outside, Needs::aged(out.0, out.1), SECONDARY, Twist::None).miss(
            edge,
            Needs::aged(inside.0, inside.1),
            SECONDARY,
            Twist::None,
        );
    }
    let rule = "service-child-exclusive";
    let items = cast.limited(rule, |point| {
        (point.name.contains("小儿") || point.name.contains("儿童"))
            && !point.name.contains("新生儿")
            && !point.codes.iter().any(|code| code.starts_with("0033"))
    });
    family(cast, rule, items)
        .hit("成人收儿童专用项目", Needs::ADULT, SECONDARY, Twist::None)
        .hit("老人收儿童专用项目", Needs::aged(66, 85), PRIMARY, Twist::None)
        .miss("儿童", Needs::aged(3, 12), SECONDARY, Twist::None);
}

/// 新生儿 items. Those of the published children's class are planted for that class; those that only the
/// price book calls 新生儿 for the neonates' class, which has no published points.
fn neonates(cast: &mut Cast<'_>) {
    let rule = "service-child-exclusive";
    let items = cast.limited(rule, |point| point.name.starts_with("新生儿"));
    family(cast, rule, items).hit("成人收新生儿专用项目", Needs::ADULT, SECONDARY, Twist::None).miss(
        "出生 28 天内收新生儿专用项目",
        Needs::newborn(),
        SECONDARY,
        Twist::None,
    );
    let rule = "service-neonate-only";
    let crate::world::World { tables, shelf, .. } = &mut *cast.world;
    let Some(item) = shelf.service(tables, "310701001f") else { return };
    let cases = [
        ("成人收新生儿项目", Needs::ADULT, true),
        ("老人收新生儿项目", Needs::aged(62, 80), true),
        ("3 岁儿童收新生儿项目", Needs::aged(3, 5), true),
        ("出生 28 天内", Needs::newborn(), false),
    ];
    for (dose, needs, wrong) in cases {
        cast.scene(needs, move |stage| {
            stage.open(0, SECONDARY);
            let line = stage.charge(item, 0, Quantity::whole(1));
            if wrong {
                stage.whole(rule, dose, line);
            } else {
                stage.visit().look_alike(rule, dose, Some(line));
            }
        });
    }
}

fn sex(cast: &mut Cast<'_>) {
    for rule in ["drug-sex-specific", "service-sex-specific"] {
        for sex in [Sex::Female, Sex::Male] {
            // Surgery is left to scenes that also record the operation.
            let items = cast.limited(rule, |point| {
                sex_of(&point.predicate) == Some(sex) && !point.codes.iter().any(|code| code.starts_with("0033"))
            });
            let wrong = Needs::aged(25, 55).gender(other_gender(sex));
            let right = Needs::aged(25, 55).gender(gender_of(sex));
            let (dose, also) = match sex {
                Sex::Female => ("男性用女性专用项", "女性用女性专用项"),
                _ => ("女性用男性专用项", "男性用男性专用项"),
            };
            family(cast, rule, items)
                .hit(dose, wrong, SECONDARY, Twist::None)
                .hit(dose, wrong, Place::Stay(HospitalLevel::Tertiary), Twist::None)
                .miss(also, right, SECONDARY, Twist::None)
                .miss("性别未说明（gend=9）", Needs::aged(25, 55).gender("9"), SECONDARY, Twist::None)
                .miss("已全额退费", wrong, SECONDARY, Twist::Refunded);
        }
    }
}

fn institutions(cast: &mut Cast<'_>) {
    let rule = "drug-institution-level";
    let items = cast.limited(rule, |point| point.text.trim_end_matches('。') == "限二级及以上医疗机构");
    family(cast, rule, items)
        .hit("一级机构门诊", Needs::ADULT, PRIMARY, Twist::None)
        .hit("一级机构住院", Needs::ADULT, Place::Stay(HospitalLevel::Primary), Twist::None)
        .hit("无等级机构", Needs::ADULT, Place::UnratedClinic, Twist::None)
        .miss("恰为二级机构", Needs::ADULT, SECONDARY, Twist::None)
        .miss("机构等级未填", Needs::ADULT, Place::LevelUnknownClinic, Twist::None);
    let rule = "drug-care-setting";
    let items = cast.limited(rule, |point| point.text.contains("住院患者") && !point.text.contains("急诊"));
    family(cast, rule, items)
        .hit("门诊使用限住院药", Needs::ADULT, SECONDARY, Twist::None)
        .hit("急诊使用限住院药", Needs::ADULT, Place::Emergency(HospitalLevel::Tertiary), Twist::None)
        .miss("住院使用", Needs::ADULT, Place::Stay(HospitalLevel::Secondary), Twist::None);
    let items = cast.limited(rule, |point| point.text.contains("急诊或住院"));
    family(cast, rule, items).hit("门诊使用限急诊或住院药", Needs::ADULT, SECONDARY, Twist::None).miss(
        "急诊使用限急诊或住院药",
        Needs::ADULT,
        Place::Emergency(HospitalLevel::Secondary),
        Twist::None,
    );
    let rule = "internet-hospital-drug-scope";
    // A week of an injected narcotic would be too much at once, online or not.
    let items = cast.limited(rule, |point| !point.name.contains("注射"));
    family(cast, rule, items).hit("互联网医院开具麻精药品", Needs::ADULT, Place::Internet, Twist::None).miss(
        "线下门诊开具",
        Needs::ADULT,
        Place::Clinic(HospitalLevel::Tertiary),
        Twist::None,
    );
    service_setting(cast);
}

/// 门诊诊查费 in a stay, 住院诊查费 in an outpatient visit.
fn service_setting(cast: &mut Cast<'_>) {
    let rule = "service-care-setting";
    let outpatient = cast.world.consultation.first().copied();
    let inpatient = cast.world.daily.first().map(|(item, _)| *item);
    let (Some(outpatient), Some(inpatient)) = (outpatient, inpatient) else { return };
    let ward = Place::Stay(HospitalLevel::Secondary);
    for (item, place, dose) in [(outpatient, ward, "住院收普通门诊诊查费"), (inpatient, SECONDARY, "门诊收住院诊查费")]
    {
        cast.scene(Needs::ADULT, move |stage| {
            stage.open(0, place);
            let line = stage.charge(item, 2, Quantity::whole(1));
            stage.whole(rule, dose, line);
        });
    }
    cast.scene(Needs::ADULT, move |stage| {
        // The outpatient visit that leads to the stay, the day before it.
        stage.open(0, SECONDARY);
        stage.visit().look_alike(rule, "入院前一天的门诊诊查费", Some(0));
        stage.open(1, ward);
    });
}

fn frailty(cast: &mut Cast<'_>) {
    let warned = |rule: &str, cast: &Cast<'_>, word: &str| -> Vec<String> {
        let rows = cast.world.tables.drug_safety.iter();
        let rows = rows.filter(|[class, _, text]| class == rule && text.contains(word));
        rows.map(|[_, name, _]| name.clone()).collect()
    };
    // Only drugs whose codes are published can be planted, and only such as one class warns of.
    let find = |cast: &mut Cast<'_>, names: Vec<String>, other: Vec<String>| -> Vec<Limited> {
        let level = |point: &crate::tables::PointRow| point.rule == "drug-institution-level";
        let mut items = Vec::new();
        for (index, point) in cast.world.tables.points.iter().enumerate() {
            if level(point) && names.contains(&point.name) && !other.contains(&point.name) {
                items.extend(point.codes.first().map(|code| (index, code.clone(), point.name.clone())));
            }
        }
        items
            .into_iter()
            .filter_map(|(point, code, name)| Some(Limited { item: cast.put(&code, &name)?, point }))
            .collect()
    };
    let (elderly, pregnancy) = ("drug-elderly-safety", "drug-pregnancy-lactation");
    let old = warned(elderly, cast, "慎");
    let pregnant = warned(pregnancy, cast, "孕妇");
    let items = find(cast, old.clone(), pregnant.clone());
    family(cast, elderly, items)
        .hit("70 岁以上使用老年慎用药", Needs::aged(70, 90), SECONDARY, Twist::None)
        .hit("老人住院使用老年慎用药", Needs::aged(66, 90), Place::Stay(HospitalLevel::Tertiary), Twist::None)
        .miss("未满 60 岁", Needs::aged(40, 58), SECONDARY, Twist::None);
    let items = find(cast, pregnant, old);
    let woman = Needs::aged(24, 38).gender("2");
    family(cast, pregnancy, items)
        .hit("妊娠期使用孕妇禁用药", woman, SECONDARY, Twist::Maternal("3"))
        .miss("未妊娠女性", woman, SECONDARY, Twist::None)
        .miss("妊娠期，已全额退费", woman, SECONDARY, Twist::Refunded);
}

/// Drugs whose note names a disease beyond doubt.
const INDICATIONS: [(&str, &str); 6] = [
    ("阿利沙坦酯片", "I10.x00x002"),
    ("非那雄胺片", "N40.x00"),
    ("利拉鲁肽注射液", "E11.900"),
    ("恩替卡韦颗粒", "B18.100"),
    ("艾考恩丙替片", "B24.x01"),
    ("富马酸伏诺拉生片", "K21.001"),
];

fn indications(cast: &mut Cast<'_>) {
    let rule = "drug-payment-indication";
    for (name, disease) in INDICATIONS {
        let items = cast.limited(rule, |point| point.name == name);
        let Some(Limited { point, .. }) = items.first().copied() else { continue };
        let from = cast.world.tables.points.get(point).map(|point| point.from);
        let needs = if name == "非那雄胺片" { Needs::aged(55, 80).gender("1") } else { Needs::ADULT };
        let (lines, again) = (items.clone(), items.clone());
        let scene = cast.scene(needs, move |stage| {
            if let Some(line) = play(stage, &items, SECONDARY, Twist::None) {
                stage.whole(rule, "就诊无限定支付疾病的诊断", line);
            }
        });
        scene.from = from;
        cast.scene(needs, move |stage| {
            if let Some(line) = play(stage, &again, SECONDARY, Twist::None) {
                // As a further diagnosis, not the main one.
                stage.diagnose("R51.x00", &[disease]);
                stage.visit().look_alike(rule, "诊断在其他诊断中", Some(line));
            }
        })
        .from = from;
        let scene = cast.scene(needs, move |stage| {
            let Some(limited) = stage.pick(&lines) else { return };
            stage.open(0, SECONDARY);
            let line = stage.prescribe(limited.item, 0, 1);
            stage.visit().look_alike(rule, "知识点执行日（2026-01-01）之前", Some(line));
        });
        scene.until = from;
    }
}

fn working_age(cast: &mut Cast<'_>) {
    let rule = "service-age-limit";
    let items = cast.limited_by(&[rule, "service-paid-course-limit"], |_| true);
    family(cast, rule, items)
        .hit("70 岁以上收职业功能训练", Needs::aged(70, 88), SECONDARY, Twist::None)
        .hit("13 岁以下收职业功能训练", Needs::aged(6, 13), SECONDARY, Twist::None)
        .miss("就业年龄段", Needs::aged(22, 48), SECONDARY, Twist::None);
}

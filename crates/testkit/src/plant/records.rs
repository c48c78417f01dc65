//! Records that contradict themselves, the person or the catalogue.

use model::{Fen, HospitalLevel, Quantity, Sex, Stamp};

use super::cast::Cast;
use super::{Needs, Place, Stage, gender_of, other_gender};
use crate::draft::AtStake;
use crate::shelf::{ItemId, sex_of};

const SECONDARY: HospitalLevel = HospitalLevel::Secondary;
const CLINIC: Place = Place::Clinic(SECONDARY);
const WARD: Place = Place::Stay(SECONDARY);

pub(super) fn register(cast: &mut Cast<'_>) {
    settlement(cast);
    detail_lines(cast);
    after_death(cast);
    unknown_codes(cast);
    procedure_sex(cast);
    procedure_diagnosis(cast);
    diagnosis_sex(cast);
    diagnosis_age(cast);
    late_upload(cast);
    outside_stay(cast);
}

fn settlement(cast: &mut Cast<'_>) {
    let rule = "settlement-list-anomaly";
    for (dose, total, cash) in [
        ("总额比支付合计多 10 元", 0, -1000),
        ("支付合计比总额多 100 元", 0, 10_000),
        ("总额比明细合计多 50 元", 5000, 0),
    ] {
        for place in [CLINIC, WARD] {
            cast.scene(Needs::ADULT, move |stage| {
                stage.open(0, place);
                stage.visit().total_shift = Fen(total);
                stage.visit().cash_shift = Fen(cash);
                stage.visit().mark_visit(rule, dose, AtStake::NotJudged);
            });
        }
    }
    let usual: Vec<ItemId> = cast.world.admission.iter().map(|(item, _)| *item).collect();
    cast.scene(Needs::ADULT, move |stage| {
        let Some(item) = stage.pick(&usual) else { return };
        stage.open(0, CLINIC);
        let line = stage.charge(item, 0, Quantity::whole(2));
        stage.visit().refund(line, Quantity::whole(1));
        stage.visit().look_alike(rule, "含退费，合计仍一致", None);
    });
}

fn detail_lines(cast: &mut Cast<'_>) {
    let rule = "detail-line-anomaly";
    let usual: Vec<ItemId> = cast.world.admission.iter().map(|(item, _)| *item).collect();
    for (dose, shift, quantity) in
        [("金额多 0.05 元", 5, 1), ("金额多 20 元", 2000, 1), ("金额少 1 元", -100, 2), ("差 1 分，在舍入范围内", 1, 1)]
    {
        let usual = usual.clone();
        cast.scene(Needs::ADULT, move |stage| {
            let Some(item) = stage.pick(&usual) else { return };
            stage.open(0, CLINIC);
            let line = stage.charge(item, 0, Quantity::whole(quantity));
            let amount = stage.amount(line) + Fen(shift);
            if let Some(line) = stage.visit().lines.get_mut(line as usize) {
                line.amount = Some(amount);
            }
            if shift == 1 {
                stage.visit().look_alike(rule, dose, Some(line));
            } else {
                stage.visit().mark_line(rule, dose, line, Quantity::whole(quantity), AtStake::NotJudged);
            }
        });
    }
}

/// Charges after the person's death, and on its day.
fn after_death(cast: &mut Cast<'_>) {
    let rule = "detail-line-anomaly";
    for (dose, died) in [("死亡 1 天后收费", -1), ("死亡 30 天后收费", -30), ("死亡当日收费", 0)] {
        cast.scene(Needs { died: Some(died), ..Needs::aged(70, 88) }, move |stage| {
            stage.open(0, CLINIC);
            if died < -1 {
                stage.visit().mark_visit("after-death-service", dose, AtStake::Whole);
            } else {
                stage.visit().look_alike("after-death-service", dose, None);
            }
            for line in 0..stage.visit().lines.len() as u16 {
                if died < 0 {
                    stage.whole(rule, dose, line);
                } else {
                    stage.visit().look_alike(rule, dose, Some(line));
                }
            }
        });
    }
}

fn unknown_codes(cast: &mut Cast<'_>) {
    let rule = "diagnosis-code-anomaly";
    cast.scene(Needs::ADULT, move |stage| {
        stage.open(0, CLINIC);
        stage.diagnose("R51.x99x999", &[]);
        stage.visit().mark_visit(rule, "诊断代码不在编码库", AtStake::NotJudged);
    });
    cast.scene(Needs::ADULT, move |stage| {
        stage.open(0, WARD);
        stage.visit().diagnoses.iter_mut().for_each(|diagnosis| diagnosis.main = false);
        stage.visit().mark_visit(rule, "住院没有主要诊断", AtStake::NotJudged);
    });
    // Clinical-edition codes of neutral chapters, as a hospital may still send them.
    let neutral = |code: &&String| matches!(code.as_bytes().first(), Some(b'J' | b'K' | b'M')) && code.len() < 12;
    let clinical: Vec<String> = cast.world.tables.clinical_diagnoses.iter().filter(neutral).take(60).cloned().collect();
    cast.scene(Needs::ADULT, move |stage| {
        let Some(code) = stage.dice.pick(&clinical).cloned() else { return };
        stage.open(0, CLINIC);
        stage.diagnose("R51.x00", &[&code]);
        stage.visit().look_alike(rule, "国家临床版代码，可对应医保版", None);
    });
    let rule = "procedure-code-anomaly";
    cast.scene(Needs::ADULT, move |stage| {
        stage.open(0, WARD);
        stage.operate("99.9999x999", true);
        stage.visit().mark_visit(rule, "手术操作代码不在编码库", AtStake::NotJudged);
    });
    cast.scene(Needs::ADULT, move |stage| {
        stage.open(0, WARD);
        stage.operate("54.1100", true);
        stage.operate("47.0903", true);
        stage.visit().mark_visit(rule, "两个主要手术", AtStake::NotJudged);
    });
    cast.scene(Needs::ADULT, move |stage| {
        stage.open(0, WARD);
        stage.operate("54.1100", true);
        stage.visit().look_alike(rule, "主要手术齐全", None);
    });
}

fn procedure_sex(cast: &mut Cast<'_>) {
    let rule = "procedure-sex-conflict";
    let whitelisted =
        |code: &String, cast: &Cast<'_>| cast.world.tables.procedure_diagnosis.iter().any(|[op, _]| op == code);
    for sex in [Sex::Female, Sex::Male] {
        let rows = cast.world.tables.procedure_sex.iter();
        let codes: Vec<String> = rows
            .filter(|[code, of]| {
                sex_of(of) == Some(sex) && cast.world.tables.procedures.contains_key(code) && !whitelisted(code, cast)
            })
            .map(|[code, _]| code.clone())
            .collect();
        let cases = [
            ("主要手术与性别不符", other_gender(sex), true, true),
            ("其他手术与性别不符", other_gender(sex), false, true),
            ("性别相符", gender_of(sex), true, false),
            ("性别未说明（gend=9）", "9", true, false),
        ];
        for (dose, gender, main, wrong) in cases {
            let codes = codes.clone();
            cast.scene(Needs::ADULT.gender(gender), move |stage| {
                let Some(code) = stage.dice.pick(&codes).cloned() else { return };
                stage.open(0, WARD);
                if !main {
                    stage.operate("54.1100", true);
                }
                stage.operate(&code, main);
                if wrong {
                    stage.visit().mark_visit(rule, dose, AtStake::NotJudged);
                } else {
                    stage.visit().look_alike(rule, dose, None);
                }
            });
        }
    }
}

/// The table lists, for some operations, the main diagnoses that they go with.
fn procedure_diagnosis(cast: &mut Cast<'_>) {
    let rule = "dx-procedure-mismatch";
    let sexed = |code: &String, cast: &Cast<'_>| cast.world.tables.procedure_sex.iter().any(|[op, _]| op == code);
    let rows = cast.world.tables.procedure_diagnosis.iter();
    // Neutral diagnoses only: no sex, no age.
    let plain = |dx: &str| matches!(dx.as_bytes().first(), Some(b'K' | b'I' | b'J')) && !dx.contains('+');
    let known = |code: &String| cast.world.tables.procedures.contains_key(code);
    let pairs: Vec<[String; 2]> = rows.filter(|[op, dx]| plain(dx) && known(op) && !sexed(op, cast)).cloned().collect();
    let again = pairs.clone();
    for (dose, fits) in [("主要诊断不在该手术的诊断范围内", false), ("主要诊断在范围内", true)] {
        let pairs = pairs.clone();
        cast.scene(Needs::ADULT, move |stage| {
            let Some([operation, diagnosis]) = stage.dice.pick(&pairs).cloned() else { return };
            stage.open(0, WARD);
            stage.operate(&operation, true);
            if fits {
                stage.diagnose(&diagnosis, &[]);
                stage.visit().look_alike(rule, dose, None);
            } else {
                stage.visit().mark_visit(rule, dose, AtStake::NotJudged);
            }
        });
    }
    cast.scene(Needs::ADULT, move |stage| {
        let Some([operation, _]) = stage.dice.pick(&again).cloned() else { return };
        stage.open(0, WARD);
        stage.operate("54.1100", true);
        stage.operate(&operation, false);
        stage.visit().look_alike(rule, "只是其他手术", None);
    });
}

fn diagnosis_sex(cast: &mut Cast<'_>) {
    let rule = "dx-sex-conflict";
    for sex in [Sex::Female, Sex::Male] {
        let rows = cast.world.tables.diagnosis_sex.iter().filter(|[_, of]| sex_of(of) == Some(sex));
        let mut codes: Vec<String> = rows.map(|[code, _]| code.clone()).collect();
        let more: &[&str] =
            if sex == Sex::Male { &["N40.x00", "C61.x00"] } else { &["N76.000x001", "N92.000x001", "O80.000"] };
        codes.extend(more.iter().map(|code| (*code).to_owned()));
        let cases = [
            ("主要诊断与性别不符", other_gender(sex), true, true),
            ("其他诊断与性别不符", other_gender(sex), false, true),
            ("性别相符", gender_of(sex), true, false),
            ("性别未说明（gend=9）", "9", true, false),
        ];
        for (dose, gender, main, wrong) in cases {
            let codes = codes.clone();
            cast.scene(Needs::ADULT.gender(gender), move |stage| {
                let Some(code) = stage.dice.pick(&codes).cloned() else { return };
                stage.open(0, CLINIC);
                if main {
                    stage.diagnose(&code, &[]);
                } else {
                    stage.diagnose("R51.x00", &[&code]);
                }
                if wrong {
                    stage.visit().mark_visit(rule, dose, AtStake::NotJudged);
                } else {
                    stage.visit().look_alike(rule, dose, None);
                }
            });
        }
    }
}

fn diagnosis_age(cast: &mut Cast<'_>) {
    let rule = "dx-age-conflict";
    let rows = cast.world.tables.diagnosis_age.iter().filter(|[_, group]| group == "新生儿");
    let codes: Vec<String> = rows.map(|[code, _]| code.clone()).collect();
    let cases = [
        ("成人用新生儿诊断", Needs::ADULT, true),
        ("5 岁儿童用新生儿诊断", Needs::aged(4, 7), true),
        ("出生 28 天内", Needs::newborn(), false),
    ];
    for (dose, needs, wrong) in cases {
        let codes = codes.clone();
        cast.scene(needs, move |stage| {
            let Some(code) = stage.dice.pick(&codes).cloned() else { return };
            stage.open(0, CLINIC);
            stage.diagnose(&code, &[]);
            if wrong {
                stage.visit().mark_visit(rule, dose, AtStake::NotJudged);
            } else {
                stage.visit().look_alike(rule, dose, None);
            }
        });
    }
    cast.scene(Needs::aged(30, 60), move |stage| {
        stage.open(0, CLINIC);
        stage.diagnose("A09.903", &[]);
        stage.visit().mark_visit(rule, "成人用婴儿诊断", AtStake::NotJudged);
    });
}

fn late_upload(cast: &mut Cast<'_>) {
    let rule = "non-realtime-upload";
    let usual: Vec<ItemId> = cast.world.admission.iter().map(|(item, _)| *item).collect();
    for (dose, hours) in
        [("迟 25 小时", 25), ("迟 3 天", 72), ("迟 30 天", 720), ("恰 24 小时", 24), ("迟 23 小时", 23)]
    {
        let usual = usual.clone();
        cast.scene(Needs::ADULT, move |stage: &mut Stage<'_>| {
            let Some(item) = stage.pick(&usual) else { return };
            stage.open(0, CLINIC);
            let line = stage.charge(item, 0, Quantity::whole(1));
            if let Some(line) = stage.visit().lines.get_mut(line as usize) {
                line.upload_delay_s = hours * 3600;
            }
            if hours > 24 {
                stage.visit().mark_visit(rule, dose, AtStake::NotJudged);
            } else {
                stage.visit().look_alike(rule, dose, None);
            }
        });
    }
}

fn outside_stay(cast: &mut Cast<'_>) {
    let rule = "charge-date-outside-stay";
    let usual: Vec<ItemId> = cast.world.admission.iter().map(|(item, _)| *item).collect();
    let cases = [
        ("入院前 1 天", -1, true),
        ("入院前 3 天", -3, true),
        ("出院后 1 天", 7, true),
        ("出院后 3 天", 9, true),
        ("入院当日，早于入院时刻", 0, false),
        ("出院当日，晚于出院时刻", 6, false),
    ];
    for (dose, night, wrong) in cases {
        let usual = usual.clone();
        cast.scene(Needs::ADULT, move |stage| {
            let Some(item) = stage.pick(&usual) else { return };
            stage.open(0, WARD);
            let line = stage.charge(item, 1, Quantity::whole(1));
            let clock = match night {
                0 => 60,
                6 => 23 * 3600,
                _ => 10 * 3600,
            };
            let at = Stamp(stage.visit().begins.day().plus(night).start().0 + clock);
            if let Some(line) = stage.visit().lines.get_mut(line as usize) {
                line.at = at;
            }
            if wrong {
                stage.whole(rule, dose, line);
            } else {
                stage.visit().look_alike(rule, dose, Some(line));
            }
        });
    }
}

//! Inquiries judged by the shipped library: what is told, of which lines, at which moment of care.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

#[path = "support/library.rs"]
mod shelf;

use audit::{Library, Mode, Registers, Switch, Switches};
use bedside::{
    Advice, Adviser, Diagnosis, History, Inquiry, KeptVisit, Line, Patient, Role, Scene, Stage, Unadvisable, Visit,
};
use model::{Day, Fen, Institution, Insurance, Quantity, Severity, Sex, Stamp, UnitPrice};
use std::sync::{Arc, OnceLock};

/// 艾附暖宫丸: for women.
const FOR_WOMEN: &str = "ZD03AAA0043010100166";
/// 睡眠呼吸监测: twice a year.
const SLEEP: &str = "003106040010000";
/// 急诊监护费 and 病房床位费: not both on one day.
const WATCH: &str = "001103000010000";
const BED: &str = "001109000010000";

fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(shelf::library)
}

fn at(text: &str) -> Stamp {
    Stamp::parse(text.as_bytes()).unwrap()
}

fn line(id: &str, item: &str, when: &str, yuan: i64) -> Line {
    Line {
        id: id.to_owned(),
        current: true,
        item: item.to_owned(),
        at: at(when),
        quantity: Quantity(Quantity::SCALE),
        price: UnitPrice(yuan * 10_000),
        amount: Fen(yuan * 100),
        doctor: "D1".to_owned(),
        billing_department: "A03".to_owned(),
        ..Line::default()
    }
}

fn visit(id: &str, when: &str, lines: Vec<Line>) -> Visit {
    Visit {
        id: id.to_owned(),
        institution: "H1".to_owned(),
        care: "11".to_owned(),
        begins_at: at(when),
        insurance: Insurance(310),
        treatment_area: "990100".to_owned(),
        diagnoses: vec![Diagnosis { code: "J06.900".to_owned(), main: true, kind: 1, rank: 1 }],
        lines,
        ..Visit::default()
    }
}

fn inquiry(stage: Stage, sex: Sex, visit: Visit) -> Inquiry {
    Inquiry {
        stage,
        scenes: Vec::new(),
        rules: Vec::new(),
        patient: Patient { id: "P1".to_owned(), sex, born_on: Day::from_civil(1980, 1, 1), ..Patient::default() },
        current: visit.id.clone(),
        visits: vec![visit],
    }
}

fn with<T>(then: impl FnOnce(&mut Adviser<'_>) -> T) -> T {
    let hospital = Institution { code: "H1".to_owned(), ..Institution::default() };
    let institutions = Adviser::institutions(vec![hospital]);
    let registers = Registers::new(&institutions, &[]);
    then(&mut Adviser::new(library(), ("v1", b"secret"), &registers, &institutions))
}

fn advise(inquiry: &Inquiry, history: &History) -> Advice {
    with(|adviser| adviser.advise(inquiry, history, &Switches::default())).unwrap()
}

/// Rules told, with the line at fault.
fn told(advice: &Advice) -> Vec<(&str, &str)> {
    let line = |reminder: &'_ bedside::Reminder| reminder.finding.feedetl_sn.clone();
    let told = advice.reminders.iter().map(|reminder| (reminder.rule.as_str(), line(reminder)));
    told.map(|(rule, line)| (rule, &*line.leak())).collect()
}

const WHEN: &str = "2025-06-01 09:00:00";

/// One test, because the library takes seconds to compile unoptimised, and every test is a process of its own.
#[test]
fn i4_i8_inquiries_are_judged_by_the_shipped_library() {
    let checks: [fn(); 13] = [
        i4_a_reminder_says_what_which_line_why_the_remedy_and_the_money,
        the_same_facts_have_the_same_id_and_other_figures_another_one,
        before_only_what_touches_the_orders_being_written_is_told_and_during_all_of_the_visit,
        an_order_that_makes_another_one_wrong_is_told_too,
        earlier_visits_count_once_wherever_they_are_told,
        the_message_wins_for_the_current_visit_and_the_records_fill_what_it_leaves_out,
        i8_the_order_of_lines_and_visits_changes_nothing,
        refunded_lines_are_not_judged,
        rules_are_chosen_by_name_by_scene_and_by_switch,
        a_visit_that_is_not_told_cannot_be_judged,
        what_only_an_upload_says_is_asked_for_after_the_upload,
        a_diagnosis_of_chinese_medicine_is_not_taken_for_a_western_one,
        rules_whose_facts_come_later_exist,
    ];
    checks.into_iter().for_each(|check| check());
}

fn i4_a_reminder_says_what_which_line_why_the_remedy_and_the_money() {
    let asked = inquiry(Stage::Before, Sex::Male, visit("V1", WHEN, vec![line("L1", FOR_WOMEN, WHEN, 25)]));
    let advice = advise(&asked, &History::default());
    assert_eq!(advice.library, "v1");
    let reminder = advice.reminders.iter().find(|reminder| reminder.rule == "drug-sex-specific").unwrap();
    assert_eq!(reminder.severity, Severity::Clear);
    assert_eq!((reminder.amount, reminder.doctor.as_str(), reminder.department.as_str()), (Fen(2500), "D1", "A03"));
    assert!(reminder.place.contains("25.00 元"), "{}", reminder.place);
    assert!(reminder.effect.contains("25.00 元基金不予支付"), "{}", reminder.effect);
    for part in [&reminder.name, &reminder.why, &reminder.remedy, &reminder.basis] {
        assert!(!part.is_empty());
    }
    assert_eq!((reminder.lines[0].id.as_str(), reminder.lines[0].role), ("L1", Role::AtFault));
    assert!(reminder.id.len() == 34 && reminder.id.starts_with("JR"));
    assert_eq!(reminder.text(20).chars().count(), 20);
    let woman = inquiry(Stage::Before, Sex::Female, asked.visits[0].clone());
    assert_eq!(told(&advise(&woman, &History::default())), []);
}

fn the_same_facts_have_the_same_id_and_other_figures_another_one() {
    let of = |yuan| {
        let asked = inquiry(Stage::Before, Sex::Male, visit("V1", WHEN, vec![line("L1", FOR_WOMEN, WHEN, yuan)]));
        advise(&asked, &History::default()).reminders[0].id.clone()
    };
    assert_eq!(of(25), of(25));
    assert_ne!(of(25), of(26));
}

fn before_only_what_touches_the_orders_being_written_is_told_and_during_all_of_the_visit() {
    let earlier = Line { current: false, ..line("L1", FOR_WOMEN, WHEN, 25) };
    let now = line("L2", "XX", WHEN, 5);
    let mut asked = inquiry(Stage::Before, Sex::Male, visit("V1", WHEN, vec![earlier, now]));
    asked.rules = vec!["drug-sex-specific".to_owned()];
    assert_eq!(told(&advise(&asked, &History::default())), []);
    asked.stage = Stage::During;
    assert_eq!(told(&advise(&asked, &History::default())), [("drug-sex-specific", "L1")]);
}

fn an_order_that_makes_another_one_wrong_is_told_too() {
    let earlier = Line { current: false, ..line("L2", BED, "2025-06-02 23:00:00", 40) };
    let mut stay = visit("V1", WHEN, vec![line("L1", WATCH, "2025-06-02 08:00:00", 150), earlier]);
    stay.care = "21".to_owned();
    stay.setting = model::CareSetting::Inpatient;
    let advice = advise(&inquiry(Stage::Before, Sex::Male, stay), &History::default());
    let reminder = advice.reminders.iter().find(|reminder| reminder.rule == "service-duplicate-charge").unwrap();
    let lines: Vec<_> = reminder.lines.iter().map(|line| (line.id.as_str(), line.role, line.amount)).collect();
    assert_eq!(lines, [("L2", Role::AtFault, Fen(4000)), ("L1", Role::Involved, Fen::ZERO)]);
}

fn known(visits: &[Visit]) -> History {
    let mut history = History::default();
    for visit in visits {
        history.keep(visit.id.clone(), Arc::new(KeptVisit::of(visit, library())));
    }
    history
}

fn earlier_visits_count_once_wherever_they_are_told() {
    let of = |id: &str, when: &str| visit(id, when, vec![line(&format!("S{id}"), SLEEP, when, 500)]);
    let (first, second) = (of("M0", "2025-02-03 09:00:00"), of("M1", "2025-05-03 09:00:00"));
    let mut asked = inquiry(Stage::Before, Sex::Male, of("M2", "2025-09-03 09:00:00"));
    let rules = |asked: &Inquiry, history: &History| {
        told(&advise(asked, history)).iter().filter(|(rule, _)| *rule == "monthly-yearly-quantity-limit").count()
    };
    assert_eq!(rules(&asked, &History::default()), 0, "one a year");
    assert_eq!(rules(&asked, &known(std::slice::from_ref(&first))), 0, "two a year");
    assert_eq!(rules(&asked, &known(&[first.clone(), second.clone()])), 1, "three a year, from the records");
    asked.visits.push(first.clone());
    assert_eq!(rules(&asked, &known(std::slice::from_ref(&first))), 0, "told twice, counted once");
    asked.visits.push(second);
    assert_eq!(rules(&asked, &known(&[first])), 1, "one from the records, one from the message");
}

fn the_message_wins_for_the_current_visit_and_the_records_fill_what_it_leaves_out() {
    let mut kept = visit("V1", WHEN, vec![line("L1", FOR_WOMEN, WHEN, 99), line("L9", FOR_WOMEN, WHEN, 7)]);
    kept.doctor = "D9".to_owned();
    let mut asked = inquiry(Stage::During, Sex::Male, visit("V1", WHEN, vec![line("L1", FOR_WOMEN, WHEN, 25)]));
    asked.visits[0].lines[0].doctor = String::new();
    let advice = advise(&asked, &known(std::slice::from_ref(&kept)));
    assert_eq!(
        told(&advice),
        [("drug-sex-specific", "L1")],
        "before settlement the message speaks for the whole visit"
    );
    assert_eq!((advice.reminders[0].amount, advice.reminders[0].doctor.as_str()), (Fen(2500), "D1"));
    asked.stage = Stage::Before;
    asked.visits[0].lines = vec![line("L2", BED, "2025-06-01 23:00:00", 40)];
    kept.lines[1] = line("L9", WATCH, "2025-06-01 08:00:00", 150);
    let advice = advise(&asked, &known(&[kept]));
    assert!(told(&advice).contains(&("service-duplicate-charge", "L2")), "new orders stand beside what is charged");
}

fn i8_the_order_of_lines_and_visits_changes_nothing() {
    let of = |id: &str, when: &str| {
        visit(id, when, vec![line(&format!("S{id}"), SLEEP, when, 500), line("A", WATCH, when, 150)])
    };
    let current = of("M2", "2025-09-03 09:00:00");
    let mut asked = inquiry(Stage::During, Sex::Male, current);
    asked.visits.extend([of("M0", "2025-02-03 09:00:00"), of("M1", "2025-05-03 09:00:00")]);
    let one = advise(&asked, &History::default());
    asked.visits.reverse();
    asked.visits.iter_mut().for_each(|visit| visit.lines.reverse());
    assert!(!one.reminders.is_empty());
    assert_eq!(one, advise(&asked, &History::default()));
}

fn refunded_lines_are_not_judged() {
    let refund = Line {
        quantity: Quantity(-Quantity::SCALE),
        amount: Fen(-2500),
        refund_of: "L1".to_owned(),
        ..line("L2", FOR_WOMEN, WHEN, 25)
    };
    let lines = vec![line("L1", FOR_WOMEN, WHEN, 25), refund];
    assert_eq!(told(&advise(&inquiry(Stage::During, Sex::Male, visit("V1", WHEN, lines)), &History::default())), []);
}

fn rules_are_chosen_by_name_by_scene_and_by_switch() {
    let asked = |rules: &[&str], scenes: &[Scene]| Inquiry {
        rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
        scenes: scenes.to_vec(),
        ..inquiry(Stage::Before, Sex::Male, visit("V1", WHEN, vec![line("L1", FOR_WOMEN, WHEN, 25)]))
    };
    let count = |inquiry: &Inquiry, switches: &Switches| {
        let advice = with(|adviser| adviser.advise(inquiry, &History::default(), switches)).unwrap();
        (advice.reminders.len(), advice.shadow.len())
    };
    let none = Switches::default();
    assert_eq!(count(&asked(&["drug-sex-specific"], &[]), &none), (1, 0));
    assert_eq!(count(&asked(&["GZ10000301004000"], &[]), &none), (1, 0), "by the national code");
    assert_eq!(count(&asked(&["drug-institution-level"], &[]), &none), (0, 0));
    assert_eq!(count(&asked(&["nonsense"], &[Scene::Charging]), &none), (1, 0), "the scene takes precedence");
    assert_eq!(count(&asked(&[], &[Scene::Registration]), &none), (0, 0), "nothing is ordered yet");
    let unknown = with(|adviser| adviser.advise(&asked(&["drug-sex-specifik"], &[]), &History::default(), &none));
    let nearest = Some("drug-sex-specific".to_owned());
    assert_eq!(unknown, Err(Unadvisable::UnknownRule { asked: "drug-sex-specifik".to_owned(), nearest }));
    for (mode, expect) in [(Mode::Shadow, (0, 1)), (Mode::Off, (0, 0))] {
        let mut switches = Switches::default();
        let area = Some("990100".to_owned());
        let rule = "drug-sex-specific".to_owned();
        switches.set(Switch { rule, area, institution: None, mode, reason: String::new() });
        assert_eq!(count(&asked(&[], &[]), &switches), expect);
    }
}

fn a_visit_that_is_not_told_cannot_be_judged() {
    let mut asked = inquiry(Stage::Before, Sex::Male, visit("V1", WHEN, vec![]));
    asked.current = "V2".to_owned();
    let advice = with(|adviser| adviser.advise(&asked, &History::default(), &Switches::default()));
    assert_eq!(advice, Err(Unadvisable::NoCurrentVisit));
}

fn what_only_an_upload_says_is_asked_for_after_the_upload() {
    const MEDICINE: &str = "ZD02BAB023W001010100001";
    const WHEN: &str = "2025-08-01 10:00:00";
    let sale =
        |lines| Visit { setting: model::CareSetting::Pharmacy, care: "41".to_owned(), ..visit("V1", WHEN, lines) };
    let missing = |stage, kept: &[Visit]| {
        let asked = inquiry(stage, Sex::Female, sale(vec![line("L1", MEDICINE, WHEN, 30)]));
        told(&advise(&asked, &known(kept))).contains(&("trace-missing", "L1"))
    };
    let uploaded =
        |trace_codes: &str| sale(vec![Line { trace_codes: trace_codes.to_owned(), ..line("L1", MEDICINE, WHEN, 30) }]);
    assert!(!missing(Stage::Before, &[]) && !missing(Stage::During, &[]), "no message has a place for a trace code");
    assert!(missing(Stage::During, &[uploaded("")]));
    assert!(!missing(Stage::During, &[uploaded("81234567000000000001")]));
    assert!(!missing(Stage::During, &[sale(vec![line("L9", MEDICINE, WHEN, 30)])]), "another line was uploaded");
}

fn a_diagnosis_of_chinese_medicine_is_not_taken_for_a_western_one() {
    let unknown = |code: &str, kind: u8, kept: &[Visit]| {
        let mut asked = inquiry(Stage::During, Sex::Male, visit("V1", WHEN, vec![]));
        asked.visits[0].diagnoses.push(Diagnosis { code: code.to_owned(), main: true, kind, rank: 1 });
        told(&advise(&asked, &known(kept))).iter().any(|(rule, _)| *rule == "diagnosis-code-anomaly")
    };
    for (code, kind, expect) in
        [("A04.03.12", 0, false), ("A04.03.12", 1, true), ("OWN-1", 0, true), ("OWN-1", 2, false)]
    {
        assert_eq!(unknown(code, kind, &[]), expect, "{code}, kind {kind}");
    }
    let mut kept = visit("V1", WHEN, vec![]);
    kept.diagnoses.push(Diagnosis { code: "OWN-1".to_owned(), main: true, kind: 3, rank: 2 });
    assert!(unknown("OWN-1", 0, &[]) && !unknown("OWN-1", 0, &[kept]), "the upload says of which medicine it is");
}

fn rules_whose_facts_come_later_exist() {
    for (rule, _, what) in bedside::LATER {
        assert!(library().rules().iter().any(|known| known.id == rule) && !what.is_empty(), "{rule}");
    }
}

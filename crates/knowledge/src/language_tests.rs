use super::*;
use proptest::option;
use proptest::prelude::*;

fn read(text: &str) -> Result<String, String> {
    text.parse::<Predicate>().map(|predicate| predicate.to_string()).map_err(|error| error.to_string())
}

#[test]
fn terms_print_as_they_were_read() {
    for text in [
        "",
        "sex=F",
        "age=3y..13y",
        "age=..29d",
        "age=60y..",
        "age=work",
        "age=child",
        "age=1m..child",
        "level>=2",
        "setting=emergency|inpatient",
        "insurance=510",
        "insurance=work-injury",
        "channel=offline",
        "maternal=none",
        "maternal=not-lactating",
        "max_days=365 logic=span window=visit",
        "max_qty=1 unit=day window=day",
        "max_qty=0.5 window=rolling period_days=15",
        "window=rolling period_hours=6",
        "window=hour",
        "max_days=90 min_interval_days=14 window=visit",
        "group=胃肠手术组",
        "dx=diabetes not_dx=type-1-diabetes",
        "age=..60y force=caution",
        "max_qty=2 window=quarter",
        "max_price=260.50",
        "percent=60",
        "window=year max_amount=5000.00",
        "dept=A28|A50",
        "title=231|232",
    ] {
        assert_eq!(read(text), Ok(text.to_owned()), "{text}");
    }
}

#[test]
fn order_of_terms_does_not_matter() {
    assert_eq!(
        read("period_days=15  window=rolling max_qty=1"),
        Ok("max_qty=1 window=rolling period_days=15".to_owned())
    );
    assert_eq!(read("setting=inpatient|emergency"), Ok("setting=emergency|inpatient".to_owned()));
}

#[test]
fn errors_name_the_term_and_the_nearest_key() {
    for (text, expect) in [
        ("max_day=14", "项“max_day=14”的键未知；最接近的是“max_days”"),
        ("sexx=F", "项“sexx=F”的键未知；最接近的是“sex”"),
        ("level=2", "项“level=2”的键未知；最接近的是“level”"),
        ("colour=red", "项“colour=red”的键未知"),
        ("sex=女", "项“sex=女”的值无效，应为 sex=M 或 sex=F"),
        (
            "setting=inpatent",
            "项“setting=inpatent”的值无效，应为 outpatient、emergency、inpatient、pharmacy、home-bed，用 | 分隔；最接近的是“inpatient”",
        ),
        ("age=13y..3y", "项“age=13y..3y”的值无效，应为 如 age=3y..13y、age=..29d、age=child、age=work"),
        ("age=..", "项“age=..”的值无效，应为 如 age=3y..13y、age=..29d、age=child、age=work"),
        ("age=y..3y", "项“age=y..3y”的值无效，应为 如 age=3y..13y、age=..29d、age=child、age=work"),
        ("max_qty=0", "项“max_qty=0”的值无效，应为 正数，最多四位小数"),
        ("max_days=-1", "项“max_days=-1”的值无效，应为 1 至 65535 的整数"),
        ("sex=F sex=M", "项“sex=M”的键重复，每个键只能出现一次"),
        ("window=rolling", "项“window=rolling”缺少与之配套的“period_days=… 或 period_hours=…”"),
        ("period_days=3", "项“period_…”缺少与之配套的“window=rolling”"),
        ("percent=101", "项“percent=101”的值无效，应为 1 至 100 的整数"),
        ("max_price=0", "项“max_price=0”的值无效，应为 正数（元），最多四位小数"),
        ("group=", "项“group=”的值无效，应为 名称"),
    ] {
        assert_eq!(read(text), Err(expect.to_owned()), "{text}");
    }
}

fn any_bound() -> impl Strategy<Value = AgeBound> {
    (0..200_i32, prop_oneof![Just(AgeUnit::Years), Just(AgeUnit::Months), Just(AgeUnit::Days)])
        .prop_map(|(value, unit)| AgeBound { value, unit })
}

fn any_age() -> impl Strategy<Value = AgeWindow> {
    let between = (option::of(any_bound()), option::of(any_bound()))
        .prop_map(|(from, until)| AgeWindow::Between { from, until })
        .prop_filter("a window that holds someone", |window| age(&window.to_string()).is_some());
    prop_oneof![Just(AgeWindow::Working), Just(AgeWindow::Child), any_bound().prop_map(AgeWindow::ChildFrom), between]
}

fn any_window() -> impl Strategy<Value = Window> {
    prop_oneof![
        Just(Window::Day),
        Just(Window::Visit),
        Just(Window::Operation),
        Just(Window::Prescription),
        Just(Window::Hour),
        Just(Window::Month),
        Just(Window::Quarter),
        Just(Window::Year),
        (1..500_u16).prop_map(Window::Rolling),
        (1..500_u16).prop_map(Window::RollingHours),
    ]
}

fn any_predicate() -> impl Strategy<Value = Predicate> {
    let who = (
        option::of(prop_oneof![Just(Sex::Male), Just(Sex::Female)]),
        option::of(any_age()),
        option::of(prop_oneof![
            Just(HospitalLevel::Primary),
            Just(HospitalLevel::Secondary),
            Just(HospitalLevel::Tertiary)
        ]),
        option::of((1..32_u8).prop_map(Settings)),
        option::of(prop_oneof![Just(0), Just(310), Just(510)]),
        any::<[bool; 3]>(),
    );
    let how_much = (
        option::of((1..1_000_000_i64).prop_map(Quantity)),
        option::of(prop_oneof![Just(QuantityUnit::Day), Just(QuantityUnit::Hour), Just(QuantityUnit::Time)]),
        option::of(any_window()),
        option::of(1..400_u16),
        option::of(1..400_u16),
        option::of(prop_oneof![Just(DayLogic::Distinct), Just(DayLogic::Span)]),
    );
    let money = (
        option::of((1..1_000_000_i64).prop_map(UnitPrice)),
        option::of(1..101_u16),
        option::of((1..1_000_000_i64).prop_map(Fen)),
    );
    let staff = (option::of("[A-Z0-9|]{1,9}"), option::of("[0-9|]{1,9}"));
    let names = (
        option::of("[a-z0-9-]{1,12}"),
        option::of("[a-z0-9-]{1,12}"),
        option::of("[胃肠肝胆手术组A-Z]{1,8}"),
        option::of(prop_oneof![Just(Force::Forbidden), Just(Force::Caution)]),
    );
    (who, how_much, names, money, staff).prop_map(|(who, how_much, names, money, staff)| Predicate {
        sex: who.0,
        age: who.1,
        min_level: who.2,
        settings: who.3,
        insurance: who.4,
        offline_only: who.5[0],
        not_pregnant: who.5[1],
        not_lactating: who.5[2],
        max_quantity: how_much.0,
        quantity_unit: how_much.1,
        window: how_much.2,
        min_interval_days: how_much.3,
        max_days: how_much.4,
        day_logic: how_much.5,
        diagnoses: names.0.map(Into::into),
        excluded_diagnoses: names.1.map(Into::into),
        group: names.2.map(Into::into),
        force: names.3,
        max_price: money.0,
        percent: money.1,
        max_amount: money.2,
        departments: staff.0.map(Into::into),
        titles: staff.1.map(Into::into),
    })
}

proptest! {
    #[test]
    fn every_predicate_reads_back(predicate in any_predicate()) {
        prop_assert_eq!(predicate.to_string().parse::<Predicate>(), Ok(predicate));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,40}") {
        let _ = text.parse::<Predicate>();
    }
}

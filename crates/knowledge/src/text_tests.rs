use super::*;

fn check(rule_id: &str, text: &str, expect: &str) {
    check_all(Wording { rule_id, name: "某药", text, logic: "" }, "", expect);
}

/// `expect` is the predicate, or `! Reason` with the predicate behind it when there is one.
fn check_all(wording: Wording<'_>, given: &str, expect: &str) {
    let (predicate, status) = derive(wording, &given.parse().expect("a valid predicate"));
    let found = match status {
        Status::Executable => predicate.to_string(),
        Status::TextOnly(reason) => format!("! {reason:?} {predicate}").trim_end().to_owned(),
    };
    assert_eq!(found, expect, "{wording:?}");
}

#[test]
fn a_class_takes_only_its_own_limit() {
    let text = "限二级及以上医疗机构脑梗死恢复期患者，住院方可支付，单次最多支付14天。";
    for (rule, expect) in [
        ("drug-institution-level", "level>=2"),
        ("drug-care-setting", "setting=inpatient"),
        ("drug-paid-course-limit", "max_days=14 window=visit"),
        ("drug-payment-indication", "! NoDiagnosisMapping"),
    ] {
        check(rule, text, expect);
    }
}

#[test]
fn levels() {
    let rule = "drug-institution-level";
    check(rule, "限二级及以上医疗机构。", "level>=2");
    check(rule, "限三级医疗机构。", "level>=3");
    check(rule, "限BMI≥25的患者，首次处方时需由二级及以上医疗机构专科医师开具处方。", "! NeedsHistory");
    check(
        rule,
        "需三级综合医院眼科或二级及以上眼科专科医院医师处方；首次处方时病眼基线矫正视力0.05-0.5",
        "! NeedsSpeciality",
    );
    check(rule, "限抢救。", "! Unreadable");
}

#[test]
fn settings() {
    let rule = "drug-care-setting";
    check(rule, "限急诊或住院患者。", "setting=emergency|inpatient");
    check(rule, "需经营养风险筛查,明确具有营养风险,且不能经饮食补充足够营养的住院患者方予支付。", "setting=inpatient");
    check(rule, "住院⽅可⽀付，单次支付不超过3天。", "setting=inpatient");
    check(rule, "限重症患者。", "! Unreadable");
}

#[test]
fn courses() {
    let rule = "drug-paid-course-limit";
    check(rule, "支付不超过１４天。", "max_days=14 window=visit");
    check(rule, "在发作72小时内开始使用，支付不超过20天。", "max_days=20 window=visit");
    check(rule, "单次住院支付不超过3天。", "max_days=3 window=visit");
    check(rule, "支付不超过两瓶。", "! Unreadable");
    let rule = "service-paid-course-limit";
    check(rule, "总时间不超过90天，评定间隔时间不短于14天。", "max_days=90 min_interval_days=14 window=visit");
    check(rule, "一个疾病过程支付不超过90天。", "max_days=90 window=visit");
    check(rule, "支付不超过一年，每周最多支付一次。", "max_days=365 window=visit");
}

#[test]
fn children() {
    let rule = "drug-child-payment-limit";
    check(rule, "限儿童。", "age=child");
    check(rule, "限3-12岁患者", "age=3y..13y");
    check(rule, "限3岁及以上儿童", "age=3y..child");
    check(rule, "限成人和6岁以上儿童", "! AlsoForAdults");
    check(rule, "限：1.1岁至14岁；2.2岁至14岁", "age=1y..15y");
    let rule = "drug-child-exclusive";
    check(rule, "用于肠炎。（药品说明书包含成人用法用量）", "! AlsoForAdults");
    check(rule, "适用于11周岁以下患者", "age=..12y");
    check(rule, "用于1月以上婴儿和儿童", "age=1m..child");
    check(rule, "清肺，化痰，止咳。", "age=child");
    let rule = "service-child-exclusive";
    check(rule, "新生儿专用项目", "age=..29d");
    check(rule, "婴儿专用项目", "age=..1y");
    check(rule, "婴幼儿专用项目", "age=..4y");
    check(rule, "⼩儿专用项目", "age=child");
}

#[test]
fn schemes_channels_and_working_age() {
    check("drug-work-injury-only", "限工伤保险", "insurance=work-injury");
    check("drug-maternity-only", "限生育保险", "insurance=510");
    check("drug-maternity-only", "限", "! Unreadable");
    check("internet-hospital-drug-scope", "不得开具麻醉药品", "channel=offline");
    check("service-age-limit", "限法定就业年龄段患者", "age=work");
    check("tcm-slice-never-payable", "不得纳入", "");
}

#[test]
fn sexes_where_the_table_lost_them() {
    check("drug-sex-specific", "治疗转移性去势抵抗性前列腺癌（mCRPC）。", "sex=M");
    check("drug-sex-specific", "用于绝经后妇女骨质疏松", "sex=F");
    check("drug-sex-specific", "前列腺癌或绝经后乳腺癌", "! Unreadable");
}

#[test]
fn old_age_and_pregnancy() {
    let rule = "drug-elderly-safety";
    check(rule, "老年患者慎用。", "age=..60y force=caution");
    check(rule, "老年人禁用。", "age=..60y");
    check(rule, "肾功能低下的老年患者应慎用本品。", "! ClinicalFinding");
    check(rule, "年龄超过", "! Unreadable");
    check(rule, "慎用。", "! Unreadable");
    let rule = "drug-pregnancy-lactation";
    check(rule, "孕妇禁用。", "maternal=not-pregnant");
    check(rule, "孕妇及哺乳期妇女禁用。", "maternal=none");
    check(rule, "哺乳期禁用。", "maternal=not-lactating");
    check(rule, "妊娠", "! Unreadable");
}

#[test]
fn a_given_parameter_wins_over_the_text() {
    let wording = Wording {
        rule_id: "service-period-frequency",
        name: "糖化血红蛋白测定",
        text: "反映近2-3个月的平均血糖水平。",
        logic: "",
    };
    check_all(wording, "max_qty=1 window=rolling period_days=15", "max_qty=1 window=rolling period_days=15");
    check_all(wording, "", "! Unreadable");
    let wording =
        Wording {
            rule_id: "service-sex-specific", name: "说明", text: "两性畸形不纳入此规则", logic: "exemption"
        };
    check_all(wording, "", "! Remark");
}

#[test]
fn a_span_from_first_use_needs_history() {
    let logic = "第一次使用药品的日期开始计算的连续时间跨度超过限制天数";
    let wording = Wording {
        rule_id: "drug-paid-course-limit",
        name: "帕妥珠单抗注射液",
        text: "且支付不超过12个月：1.新辅助治疗",
        logic,
    };
    check_all(wording, "", "! NeedsHistory max_days=365 logic=span");
    check_all(wording, "max_days=365 logic=span", "! NeedsHistory max_days=365 logic=span");
}

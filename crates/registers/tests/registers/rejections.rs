//! Every reason for which a row is not taken.

use crate::support::{registers, try_import};
use registers::Kind;

/// One row under the header: its fault is told in this column with these words, and the remedy is not empty.
#[track_caller]
fn check(kind: Kind, header: &str, row: &str, column: &str, word: &str) {
    let import = try_import(kind, &format!("{header}\n{row}\n"), &registers()).unwrap();
    let told: Vec<String> = import.report.rejections.iter().map(ToString::to_string).collect();
    let found = import.report.rejections.iter().find(|one| one.column == column && one.reason.contains(word));
    let Some(found) = found else { panic!("“{word}” in {column} not told for {row}\n{told:#?}") };
    assert!(!found.remedy.is_empty());
    assert_eq!(found.row, 2);
    assert!(import.changes.is_empty(), "a row with a fault is rejected whole: {row}");
}

#[test]
fn persons() {
    const HEADER: &str = "psn_no,psn_name,psn_cert_type,certno,gend,brdy,died_on,family,special";
    for (row, column, word) in [
        (",赵甲,99,A1,1,1980-01-01,,,", "psn_no", "没有填写"),
        ("99 1,赵甲,99,A1,1,1980-01-01,,,", "psn_no", "不是人员编号"),
        ("1,,99,A1,1,1980-01-01,,,", "psn_name", "没有填写"),
        ("1,赵甲,05,A1,1,1980-01-01,,,", "psn_cert_type", "不是可用的取值"),
        ("1,赵甲,99,,1,1980-01-01,,,", "certno", "没有填写"),
        ("1,赵甲,01,110105491231002,1,1980-01-01,,,", "certno", "十五位旧号码"),
        ("1,赵甲,01,1101,1,1980-01-01,,,", "certno", "不是十八位"),
        ("1,赵甲,01,110105194902300020,2,,,,", "certno", "不是日期"),
        ("1,赵甲,01,110105194912310021,2,1949-12-31,,,", "certno", "校验码是 X"),
        ("1,赵甲,01,11010519491231002X,1,1949-12-31,,,", "gend", "性别不一致"),
        ("1,赵甲,01,11010519491231002X,2,1949-12-30,,,", "brdy", "1949-12-31 不一致"),
        ("1,赵甲,99,A1,3,1980-01-01,,,", "gend", "不是可用的取值"),
        ("1,赵甲,99,A1,1,,,,", "brdy", "没有填写"),
        ("1,赵甲,99,A1,1,1980-13-01,,,", "brdy", "不是日期"),
        ("1,赵甲,99,A1,1,2027-01-01,,,", "brdy", "在将来"),
        ("1,赵甲,99,A1,1,1980-01-01,1979-01-01,,", "died_on", "早于出生日期"),
        ("1,赵甲,99,A1,1,1980-01-01,,404,", "family", "没有登记"),
        ("1,赵甲,99,A1,1,1980-01-01,,,rich:2025-01-01", "special", "不认识的特殊身份"),
        ("1,赵甲,99,A1,1,1980-01-01,,,low_income", "special", "日期不可用"),
        ("1,赵甲,99,A1,1,1980-01-01,,,low_income:2025-01-01:2025-01-01", "special", "不晚于开始日期"),
        ("99040000009999,赵甲,01,990009198503121019,1,1985-03-12,,,", "certno", "已登记在人员编号“99040000009001”名下"),
    ] {
        check(Kind::Persons, HEADER, row, column, word);
    }
    check(
        Kind::Persons,
        HEADER,
        "99040000009001,赵甲,01,11010519491231002X,2,1949-12-31,,,",
        "psn_no",
        "登记的是另一个同类证件",
    );
}

#[test]
fn coverage() {
    const HEADER: &str =
        "psn_no,insutype,psn_type,insuplc_admdvs,psn_insu_stas,cvlserv_flag,begndate,enddate,months_before";
    for (row, column, word) in [
        ("404,310,11,990400,1,0,2026-01-01,,", "psn_no", "没有登记的人员编号"),
        ("99040000009001,311,11,990400,1,0,2026-01-01,,", "insutype", "不是可用的取值"),
        ("99040000009001,310,10,990400,1,0,2026-01-01,,", "psn_type", "不是可用的取值"),
        ("99040000009001,310,15,990400,1,0,2026-01-01,,", "psn_type", "没有这类人员"),
        ("99040000009004,390,11,990400,1,0,2026-01-01,,", "psn_type", "没有这类人员"),
        ("99040000009001,310,11,99040,1,0,2026-01-01,,", "insuplc_admdvs", "不是医保区划"),
        ("99040000009001,310,11,990400,3,0,2026-01-01,,", "psn_insu_stas", "不是可用的取值"),
        ("99040000009001,310,11,990400,1,2,2026-01-01,,", "cvlserv_flag", "不是可用的取值"),
        ("99040000009001,310,11,990400,1,0,,,", "begndate", "没有填写"),
        ("99040000009001,310,11,990400,1,0,2026-01-01,2026-01-01,", "enddate", "不晚于开始日期"),
        ("99040000009001,310,11,990400,1,0,2020-01-01,2020-05-01,-1", "months_before", "不是可用的整数"),
        ("99040000009001,310,11,990400,1,0,2026-01-01,,", "begndate", "与已有参保重叠"),
        ("99040000009001,390,15,990400,1,0,2026-01-01,,", "begndate", "与已有参保重叠"),
    ] {
        check(Kind::Coverage, HEADER, row, column, word);
    }
}

#[test]
fn contributions() {
    const HEADER: &str = "psn_no,insutype,period,individual,employer,account_credit,paid_on";
    for (row, column, word) in [
        ("404,310,202610,1,2,1,2026-10-15", "psn_no", "没有登记"),
        ("99040000009001,310,2026,1,2,1,2026-10-15", "period", "不是费款所属期"),
        ("99040000009001,310,202613,1,2,1,2026-10-15", "period", "不是费款所属期"),
        ("99040000009001,310,202610,-1,2,1,2026-10-15", "individual", "金额为负"),
        ("99040000009001,310,202610,1.001,2,1,2026-10-15", "individual", "不是金额"),
        ("99040000009001,310,202610,\"1,000\",2,1,2026-10-15", "individual", "不是金额"),
        ("99040000009001,310,202610,0,,0,2026-10-15", "individual", "都为零"),
        ("99040000009001,310,202610,1,2,4,2026-10-15", "account_credit", "多于缴费合计 3.00"),
        ("99040000009004,390,202610,400,0,1,2026-10-15", "account_credit", "没有个人账户"),
        ("99040000009001,310,202610,1,2,1,2027-01-01", "paid_on", "在将来"),
        ("99040000009001,310,202312,1,2,1,2026-10-15", "period", "没有险种 310 的参保"),
    ] {
        check(Kind::Contributions, HEADER, row, column, word);
    }
}

#[test]
fn events() {
    const HEADER: &str = "psn_no,event,insutype,psn_type,insuplc_admdvs,emp_name,on";
    for (row, column, word) in [
        ("99040000009001,转移,310,,,,2026-11-01", "event", "不是可用的取值"),
        ("99040000009001,add,310,11,990400,,2026-11-01", "on", "该人已在参保"),
        ("99040000009001,add,390,15,990400,,2026-11-01", "on", "该人已在参保"),
        ("99040000009001,add,310,,990400,,2023-01-01", "psn_type", "没有填写人员类别"),
        ("99040000009001,add,310,11,,,2023-01-01", "insuplc_admdvs", "没有填写参保地"),
        ("99040000009001,remove,390,,,,2026-11-01", "on", "没有险种 390 的参保"),
        ("99040000009001,remove,310,,,,2023-11-01", "on", "没有险种 310 的参保"),
        ("99040000009001,remove,310,,,,2024-01-01", "on", "不剩一天"),
        ("99040000009001,change,310,,,,2026-11-01", "event", "没有写明改什么"),
        ("99040000009001,change,310,15,,,2026-11-01", "psn_type", "没有这类人员"),
    ] {
        check(Kind::Events, HEADER, row, column, word);
    }
}

#[test]
fn institutions() {
    const HEADER: &str =
        "fixmedins_code,fixmedins_name,admdvs,hosp_lv,uscc,beds,services,departments,agreement,agreement_from,reason";
    for (row, column, word) in [
        ("H9904000003,示例,990400,2,,,门诊,,signed,2026-01-01,", "fixmedins_code", "不是机构编码"),
        ("H99010000031,示例,990400,2,,,门诊,,signed,2026-01-01,", "fixmedins_code", "区划与医保区划 990400 不一致"),
        ("H99040000031,,990400,2,,,门诊,,signed,2026-01-01,", "fixmedins_name", "没有填写"),
        ("H99040000031,示例,990400,,,,门诊,,signed,2026-01-01,", "hosp_lv", "没有填写等级"),
        ("H99040000031,示例,990400,20,,,门诊,,signed,2026-01-01,", "hosp_lv", "不是可用的取值"),
        ("H99040000031,示例,990400,2,12990400,,门诊,,signed,2026-01-01,", "uscc", "不是统一社会信用代码"),
        ("H99040000031,示例,990400,2,12990400MB00000210,,门诊,,signed,2026-01-01,", "uscc", "校验码不符"),
        ("H99040000031,示例,990400,2,,99999,门诊,,signed,2026-01-01,", "beds", "不是可用的整数"),
        ("H99040000031,示例,990400,2,,,美容,,signed,2026-01-01,", "services", "不认识的服务"),
        ("H99040000031,示例,990400,2,,,药店购药,,signed,2026-01-01,", "services", "不提供"),
        ("P99040000031,示例,990400,,,,住院,,signed,2026-01-01,", "services", "不提供"),
        ("H99040000031,示例,990400,2,,,门诊,内科,signed,2026-01-01,", "departments", "不是科室"),
        ("H99040000031,示例,990400,2,,,门诊,1:甲:A03;1:乙:A04,signed,2026-01-01,", "departments", "重复"),
        ("H99040000031,示例,990400,2,,,门诊,,好,2026-01-01,", "agreement", "不是可用的取值"),
        ("H99040000031,示例,990400,2,,,门诊,,中止,2026-01-01,", "reason", "没有写明原因"),
        ("H99040000031,示例,990400,2,,,门诊,,signed,,", "agreement_from", "没有填写"),
        ("H99040000021,示例,990400,2,,,门诊,,中止,2024-06-01,查处", "agreement_from", "已登记自 2025-01-01 起"),
    ] {
        check(Kind::Institutions, HEADER, row, column, word);
    }
}

#[test]
fn staff() {
    const HEADER: &str = "code,name,fixmedins_code,profession,dept,points_left,state,state_from,reason";
    for (row, column, word) in [
        ("D99040090000,甲,H99040000021,医师,0101,12,正常,2026-01-01,", "code", "不是医师的人员代码"),
        ("N990400900009,甲,H99040000021,医师,0101,12,正常,2026-01-01,", "code", "不是医师的人员代码"),
        ("D990400900009,甲,H99040000021,技师,0101,12,正常,2026-01-01,", "profession", "不是可用的取值"),
        ("D990400900009,甲,H99040000099,医师,0101,12,正常,2026-01-01,", "fixmedins_code", "没有登记的机构编码"),
        ("D990400900009,甲,H99040000021,医师,0109,12,正常,2026-01-01,", "dept", "没有这个科室"),
        ("D990400900009,甲,H99040000021,医师,0101,13,正常,2026-01-01,", "points_left", "0 至 12"),
        ("D990400900009,甲,H99040000021,医师,0101,12,暂停,2026-01-01,", "reason", "没有写明原因"),
        ("D990400900001,甲,H99040000021,医师,0101,12,暂停,2024-01-01,查处", "state_from", "已登记自 2025-01-01"),
    ] {
        if word == "0 至 12" {
            check(Kind::Staff, HEADER, row, column, "不是可用的整数");
        } else {
            check(Kind::Staff, HEADER, row, column, word);
        }
    }
}

#[test]
fn duplicates_in_the_file_name_the_first_row() {
    let known = registers();
    let twice = |kind: Kind, header: &str, first: &str, second: &str, column: &str| {
        let import = try_import(kind, &format!("{header}\n{first}\n{second}\n"), &known).unwrap();
        let told: Vec<_> = import.report.rejections.iter().filter(|one| one.row == 3 && one.column == column).collect();
        assert!(told.iter().any(|one| one.reason == "与第 2 行重复"), "{kind:?} {:#?}", import.report.rejections);
        assert_eq!(import.report.rejected, 1);
    };
    let header = "psn_no,psn_name,psn_cert_type,certno,gend,brdy";
    twice(Kind::Persons, header, "1,甲,99,A1,1,1980-01-01", "1,乙,99,A2,1,1980-01-01", "psn_no");
    twice(Kind::Persons, header, "1,甲,99,A1,1,1980-01-01", "2,乙,99,a1,1,1980-01-01", "certno");
    let header = "psn_no,insutype,period,individual,employer,paid_on";
    let row = "99040000009001,310,202610,1,2,2026-10-15";
    twice(Kind::Contributions, header, row, row, "period");
    let header = "fixmedins_code,fixmedins_name,admdvs,services,agreement,agreement_from";
    let row = "P99040000031,示例,990400,药店购药,signed,2026-01-01";
    twice(Kind::Institutions, header, row, row, "fixmedins_code");
    let header = "code,name,fixmedins_code,profession,state,state_from";
    let row = "D990400900009,甲,H99040000021,医师,正常,2026-01-01";
    twice(Kind::Staff, header, row, row, "code");
}

#[test]
fn a_file_with_other_columns_is_refused_with_the_nearest_names() {
    let told = try_import(Kind::Persons, "人员编码,姓名,姓名,证件类型\n1,甲,乙,01\n", &registers()).unwrap_err();
    for word in
        ["不认识的列“人员编码”（是否应为 人员编号）", "列“姓名”（psn_name）出现了两次", "缺少列“证件号码”（certno）"]
    {
        assert!(told.contains(word), "{word} not in {told}");
    }
}

#[test]
fn full_width_digits_are_made_half_width_and_told() {
    let text = "psn_no,psn_name,psn_cert_type,certno,gend,brdy\n１２,甲,99,ａ１,男,1980/1/2\n";
    let import = try_import(Kind::Persons, text, &registers()).unwrap();
    assert_eq!((import.report.corrected, import.report.rejections.len()), (1, 0));
    let person = &import.changes.persons[0];
    assert_eq!((person.id.as_str(), person.certificate.as_str(), person.sex.as_str()), ("12", "A1", "1"));
    assert_eq!(person.born_on.to_string(), "1980-01-02");
    assert!(import.report.corrections.iter().any(|one| one.taken == "12" && one.reason.contains("全角")));
}

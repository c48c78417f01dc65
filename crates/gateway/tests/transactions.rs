//! What transactions mean: requests as commands and questions, outcomes as replies.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

mod support;

use agency::{Command, FundAmount, LinesScope, Outcome, Person, Refusal, Settlement, VisitKind};
use gateway::{Intent, Profile, Question, Request, Table, Verdict};
use model::{Day, Fen, Stamp};
use serde_json::Value;
use support::{Dice, Fill, valid};

fn national() -> Profile {
    Profile::packed("national").unwrap()
}

/// A valid request of a transaction with some values replaced.
fn request(infno: &str, changed: &[(&str, &str)]) -> Request {
    let transaction = Table::get().transaction(infno).unwrap();
    let mut message = valid(transaction, Fill::All, &mut Dice(11));
    for (path, value) in changed {
        let text = message.with(path, value);
        let (_, start, end) = message.values.iter().find(|(known, _, _)| known == path).unwrap().clone();
        let (at, was, is) = (start, end - start, value.len());
        message.text = text;
        for (_, start, end) in &mut message.values {
            for place in [start, end] {
                if *place > at {
                    *place = (*place + is).saturating_sub(was);
                }
            }
        }
    }
    Request::read(message.text.as_bytes(), &national()).unwrap_or_else(|e| panic!("{infno}: {}", e.message))
}

fn intent(infno: &str, changed: &[(&str, &str)]) -> Result<Intent, String> {
    gateway::understand(&request(infno, changed), &national()).map_err(|rejection| rejection.message)
}

fn command(infno: &str, changed: &[(&str, &str)]) -> Command {
    match intent(infno, changed) {
        Ok(Intent::Command(command)) => command,
        other => panic!("{infno}: {other:?}"),
    }
}

#[test]
fn every_offered_transaction_is_understood() {
    let fitting: [(&str, &[(&str, &str)]); 4] = [
        ("2601", &[("data.oinfno", "\"2207\"")]),
        ("4102", &[("data.stastinfo", r#"[{"psn_no":"P1","setl_id":"S1","stas_type":"1"}]"#)]),
        ("3507A", &[("goodDetail", r#"[{"fixmedins_bchno":"B1","inv_data_type":"4"}]"#)]),
        ("9101", &[("fsUploadIn.in", "[80,75,-1]")]),
    ];
    let mut offered = 0;
    for transaction in Table::get().transactions() {
        let changed =
            fitting.iter().find(|(infno, _)| *infno == transaction.infno).map_or(&[][..], |(_, changed)| changed);
        let understood = intent(transaction.infno, changed);
        // Lines drawn at random are of several visits: told as such, not as unknown.
        let told = |what: &str| understood.as_ref().is_err_and(|told| told.contains(what));
        // So is a current visit among the visits, and a reason for going on.
        let rows_differ = ["与第 1 行不一致", "curr_mdtrt_id", "dspo_way_rea"].into_iter().any(told);
        if gateway::is_offered(transaction.infno) {
            assert!(understood.is_ok() || rows_differ, "{}: {understood:?}", transaction.infno);
            offered += 1;
        } else {
            assert!(understood.unwrap_err().contains("未开通"), "{}", transaction.infno);
        }
    }
    assert!(offered >= 110, "{offered}");
}

#[test]
fn the_transactions_of_the_issue_are_offered() {
    let listed = "9001 9002 1101 1162 1201 1301 1302 1303 1304 1305 1306 1307 1308 1309 1310 1311 1312 1313 1314 1315 1316 \
        1317 1318 1319 1901 2001 2101 2102 2103 2201 2202 2203 2203A 2204 2205 2206 2206A 2207 2207A 2208 2301 2302 2303 \
        2304 2305 2401 2402 2403 2404 2405 2501 2502 2503 2504 2505 2506 2507 2601 3201 3202 3301 3302 3401 3402 3403 \
        3101 3102 3103 3660 3661 3501 3502 3503 3504 3505 3506 3507 4101 4102 4103 5101 5102 5201 5202 5203 5204 5205 5206 5301 5302 5303 5304 \
        9101 9102 100001";
    for infno in listed.split_whitespace() {
        assert!(gateway::is_offered(infno), "{infno}");
    }
}

#[test]
fn commands_carry_the_words_of_the_field() {
    let row = r#"[{"feedetl_sn":1001,"mdtrt_id":"M1","psn_no":"P1","chrg_bchno":"B1","rx_circ_flag":"0","fee_ocur_time":"2025-01-10 09:00:00",
        "med_list_codg":"XTEST","medins_list_codg":"H1","det_item_fee_sumamt":"90.00","cnt":2,"pric":"45.000000","bilg_dept_codg":"A03",
        "bilg_dept_name":"内科","bilg_dr_codg":"D1","bilg_dr_name":"测试医师","hosp_appr_flag":"1","rxno":"RX1"}]"#;
    let Command::Charge { person, visit, kind, lines } = command("2204", &[("feedetail", row)]) else { panic!() };
    assert_eq!((person.as_str(), visit.as_str(), kind, lines.len()), ("P1", "M1", VisitKind::Outpatient, 1));
    let line = &lines[0];
    assert_eq!((line.number.as_str(), line.batch.as_str(), line.item.as_str()), ("1001", "B1", "XTEST"));
    assert_eq!(
        (line.quantity.to_string(), line.price.to_string(), line.amount),
        ("2".into(), "45.00".into(), Fen(9000))
    );
    assert_eq!((line.approval.as_str(), line.doctor.as_str(), line.extra["rxno"].as_str()), ("1", "D1", "RX1"));
    assert!(!line.extra.contains_key("psn_no"), "what has its own place is not kept twice");

    let changed = [("data.chrg_bchno", "\"0000\"")];
    let Command::DeleteLines { scope, .. } = command("2205", &changed) else { panic!() };
    assert_eq!(scope, LinesScope::All);

    let changed = [
        ("data.medfee_sumamt", "100.00"),
        ("data.fulamt_ownpay_amt", "10"),
        ("data.overlmt_selfpay", "0"),
        ("data.preselfpay_amt", "4.5"),
        ("data.inscp_scp_amt", "85.50"),
        ("data.acct_used_flag", "\"2\""),
    ];
    let Command::Settle(asked) = command("2207", &changed) else { panic!() };
    assert_eq!(asked.total, Fen(10_000));
    assert_eq!(asked.parts, Some([Fen(1000), Fen(0), Fen(450), Fen(8550)]));
    assert_eq!((asked.account_use, asked.interim), (2, false));
    assert!(matches!(command("2206", &[]), Command::Trial(_)));
    assert!(matches!(command("2303", &[]), Command::Trial(asked) if asked.kind == VisitKind::Inpatient));
    assert!(matches!(command("2305", &[]), Command::Reverse { kind: VisitKind::Inpatient, .. }));
    assert!(matches!(command("2103", &[]), Command::Reverse { kind: VisitKind::Pharmacy, .. }));
}

#[test]
fn traceability_codes_go_with_the_line_they_were_scanned_for() {
    let detail = |number: &str| {
        format!(
            r#"{{"feedetl_sn":"{number}","rx_circ_flag":"0","fee_ocur_time":"2025-01-10 09:00:00","med_list_codg":"XTEST",
            "medins_list_codg":"H1","det_item_fee_sumamt":"10","cnt":1,"pric":10}}"#
        )
    };
    let details = format!("[{},{}]", detail("1"), detail("2"));
    let codes = r#"[{"feedetl_sn":"2","drug_trac_codg":"81000000000000000001","trdn_flag":"0"},
        {"feedetl_sn":"2","drug_trac_codg":"81000000000000000002","trdn_flag":"0"}]"#;
    let changed = [("drugdetail", details.as_str()), ("durg_trac_info", codes), ("drug_trac_info", "[]")];
    let Command::Buy(purchase) = command("2102", &changed) else { panic!() };
    assert_eq!(purchase.lines[0].extra.get("drug_trac_codg"), None);
    assert_eq!(purchase.lines[1].extra["drug_trac_codg"], "81000000000000000001,81000000000000000002");
    let Command::Settle(asked) = command("2207", &[("drug_trac_info", codes)]) else { panic!() };
    assert!(asked.extra["drug_trac_info"].contains("81000000000000000001"));
}

#[test]
fn what_does_not_fit_together_is_refused_before_anything_happens() {
    let two = r#"[{"feedetl_sn":"1","mdtrt_id":"M1","psn_no":"P1"},{"feedetl_sn":"2","mdtrt_id":"M2","psn_no":"P1"}]"#;
    for (infno, changed, expect) in [
        ("2302", ("data", two), "节点 data 第 2 行 字段 mdtrt_id（就诊ID）：与第 1 行不一致"),
        ("2601", ("data.oinfno", "\"2201\""), "交易 “2201” 不能冲正，可冲正：2102"),
        ("4102", ("data.stastinfo", r#"[{"psn_no":"P1","setl_id":"S1","stas_type":"2"}]"#), "“2”不能由医药机构设置"),
        ("9101", ("fsUploadIn.in", "[300]"), "既不是 Base64"),
    ] {
        let told = intent(infno, &[changed]).unwrap_err();
        assert!(told.contains(expect), "{infno}: {told}");
    }
    let nameless = [("medinsinfo.fixmedins_name", "\"\""), ("medinsinfo.fixmedins_code", "\"\"")];
    assert!(intent("1201", &nameless).unwrap_err().contains("请至少填写一项"));
}

#[test]
fn the_argument_of_a_catalogue_file_is_a_profiles_matter() {
    let argued = |profile: &str, argument: &str| {
        let request = request("9102", &[("fsDownloadIn.fixmedins_code", argument)]);
        gateway::understand(&request, &Profile::packed(profile).unwrap()).is_ok()
    };
    for (profile, argument, expect) in [
        ("national", "\"plc\"", true),
        ("national", "\"v1\"", true),
        ("hunan", "\"plc\"", true),
        ("hunan", "\"H99990000001\"", true),
        ("hunan", "\"v1\"", false),
        ("jiangxi", "\"v1\"", true),
        ("jiangxi", "\"plc\"", true),
    ] {
        assert_eq!(argued(profile, argument), expect, "{profile} {argument}");
    }
}

#[test]
fn questions_carry_their_filters() {
    let Ok(Intent::Ask(Question::Settlements { institution, days, file, .. })) =
        intent("3201", &[("data.stmt_begndate", "\"2025-01-01\""), ("data.stmt_enddate", "\"2025-01-31\"")])
    else {
        panic!()
    };
    let day = |text: &str| Day::parse(text.as_bytes()).unwrap();
    assert_eq!(
        (institution.as_str(), days, file.as_str()),
        ("H99990000001", Some((day("2025-01-01"), day("2025-01-31"))), "")
    );
    let Ok(Intent::Ask(Question::Charges { days: Some((from, until)), .. })) =
        intent("5205", &[("data.begntime", "\"2025-01-01\""), ("data.endtime", "\"\"")])
    else {
        panic!()
    };
    assert_eq!((from.to_string(), until.to_string()), ("2025-01-01".into(), "9999-12-31".into()), "an open end");
    let Ok(Intent::Ask(Question::CataloguePage { page, size, filters, .. })) =
        intent("1312", &[("data.page_num", "3"), ("data.page_size", "\"5000\"")])
    else {
        panic!()
    };
    assert_eq!((page, size, filters.contains_key("hilist_code")), (3, 1000, true));
}

fn person() -> Person {
    Person {
        id: "9999000000000001".into(),
        name: "测试甲".into(),
        certificate_kind: "01".into(),
        certificate: "999901198001010019".into(),
        sex: "2".into(),
        nation: "01".into(),
        born_on: Day::parse(b"1980-01-01").unwrap(),
        died_on: None,
        card: String::new(),
        family: Vec::new(),
        special: Vec::new(),
    }
}

/// The outpatient settlement of the facts' worked example, with invented names.
fn settlement() -> Settlement {
    let at = Stamp::parse(b"2025-01-10 10:15:01").unwrap();
    Settlement {
        id: "ST0000001".into(),
        person: person().id,
        visit: "M0000001".into(),
        institution: "H99990000001".into(),
        msgid: "H99990000001202501101015000001".into(),
        at,
        law_on: at.day(),
        insurance: "310".into(),
        person_kind: "11".into(),
        civil_servant: false,
        care: "11".into(),
        coverage_area: "999901".into(),
        treatment_area: "999900".into(),
        clearing_kind: "11".into(),
        clearing_way: "1".into(),
        clearing_office: "999901".into(),
        interim: false,
        reverses: None,
        uploads: vec![1],
        total: Fen(10_000),
        self_funded: Fen(1000),
        over_limit: Fen(0),
        upfront: Fen(450),
        in_scope: Fen(8550),
        deductible: Fen(2000),
        pool_ratio: 700_000,
        fields: vec![("hifp_pay".into(), Fen(4585)), ("oth_pay".into(), Fen(0))],
        funds: vec![FundAmount {
            fund: "310100".into(),
            amount: Fen(4585),
            in_scope: Fen(8550),
            left: Some(Fen(300_000)),
        }],
        fund_total: Fen(4585),
        person_total: Fen(5415),
        account: Fen(3000),
        family_account: Fen(0),
        cash: Fen(2415),
        hospital: Fen(0),
        balance: Fen(47_000),
        used: Vec::new(),
        case: String::new(),
        receipt: String::new(),
    }
}

fn said(infno: &str, settlement: Settlement, trial: bool) -> Value {
    let outcome = Outcome::Settled {
        settlement: Box::new(settlement),
        person: Box::new(person()),
        certificate: "02".into(),
        trial,
        charges: Vec::new(),
    };
    serde_json::from_str(&gateway::said(&request(infno, &[]), &outcome, &national())).unwrap()
}

/// An amount of a reply, as an integer of fen.
fn fen(value: &Value) -> Fen {
    Fen::parse(value.to_string().as_bytes()).unwrap_or_else(|e| panic!("{value}: {e}"))
}

#[test]
fn i3_a_settlements_reply_keeps_the_national_identities() {
    for infno in ["2207", "2207A", "2304", "2102"] {
        let reply = said(infno, settlement(), false);
        let info = &reply["setlinfo"];
        let of = |name: &str| fen(&info[name]);
        assert_eq!(
            of("medfee_sumamt"),
            of("fulamt_ownpay_amt") + of("overlmt_selfpay") + of("preselfpay_amt") + of("inscp_scp_amt")
        );
        assert_eq!(of("medfee_sumamt"), of("fund_pay_sumamt") + of("psn_part_amt") + of("hosp_part_amt"));
        assert_eq!(of("psn_part_amt"), of("acct_pay") + of("psn_cash_pay"));
        let funds = ["hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay"];
        assert_eq!(of("fund_pay_sumamt"), funds.map(of).into_iter().sum());
        let detail = reply["setldetail"].as_array().unwrap();
        let paid =
            |fund: &str| detail.iter().find(|row| row["fund_pay_type"] == fund).map(|row| fen(&row["fund_payamt"]));
        assert_eq!((paid("310100"), paid("310200"), paid("999996")), (Some(Fen(4585)), Some(Fen(3000)), None));
        assert_eq!(detail[0]["fund_pay_type_name"], "城镇职工基本医疗保险统筹基金");
        assert_eq!(info["setl_id"], "ST0000001");
        assert_eq!(info["setl_time"], "2025-01-10 10:15:01");
        assert_eq!(info["medins_setl_id"], "H99990000001202501101015000001");
    }
}

#[test]
fn a_trial_has_no_settlement_and_a_reversal_has_the_other_sign() {
    for infno in ["2206", "2303", "2101"] {
        let info = &said(infno, settlement(), true)["setlinfo"];
        for name in ["setl_id", "setl_time", "clr_way", "clr_optins"] {
            assert!(info[name].is_null(), "{infno} {name}");
        }
    }
    let reversal =
        Settlement { reverses: Some("ST0000001".into()), total: Fen(-10_000), account: Fen(-3000), ..settlement() };
    let reply = said("2305", reversal, false);
    assert_eq!(reply["setlinfo"]["setl_type"], "2");
    assert_eq!(fen(&reply["setlinfo"]["medfee_sumamt"]), Fen(-10_000));
    assert_eq!(fen(&reply["setldetail"][1]["fund_payamt"]), Fen(-3000));
}

#[test]
fn refusals_name_the_wires_node_and_field() {
    let settle = request("2207", &[]);
    let lines = request("2204", &[]);
    for (request, field, expect) in [
        (&settle, "visit", "节点 data 字段 mdtrt_id（就诊ID）：出错，改正"),
        (&settle, "total", "节点 data 字段 medfee_sumamt（医疗费总额）：出错，改正"),
        (&settle, "coverage_area", "字段 insuplc_admdvs（参保地医保区划）：出错，改正"),
        (&lines, "lines[2].amount", "节点 feedetail 第 2 行 字段 det_item_fee_sumamt（明细项目费用总额）：出错，改正"),
        (&lines, "lines", "节点 feedetail：出错，改正"),
        (&settle, "", "出错，改正"),
        (&settle, "no_such_word", "出错，改正"),
    ] {
        let told = gateway::refused(request, &Refusal::new(field, "出错", "改正"));
        assert_eq!(told.message, expect);
        assert_eq!(told.area, "999900");
    }
}

#[test]
fn statements_are_compared_row_by_row() {
    let row = |id: &str, total: i64, refund: bool| gateway::StatementRow {
        settlement: id.into(),
        visit: "M1".into(),
        person: "P1".into(),
        amounts: [Fen(total), Fen(4585), Fen(3000)],
        refund,
    };
    let reversal =
        Settlement { id: "ST2".into(), reverses: Some("ST0000001".into()), total: Fen(-10_000), ..settlement() };
    let ours = [settlement(), reversal];
    let equal = [row("ST0000001", 10_000, false), row("ST0000001", -10_000, true)];
    assert_eq!(gateway::compare(&equal, &ours), []);
    let theirs = [row("ST0000001", 10_001, false), row("X9", 500, false)];
    let verdicts: Vec<(String, Verdict)> =
        gateway::compare(&theirs, &ours).into_iter().map(|d| (d.row.settlement, d.verdict)).collect();
    assert_eq!(
        verdicts,
        [
            ("ST0000001".into(), Verdict::Differs),
            (String::new(), Verdict::CentreHasMore),
            ("X9".into(), Verdict::InstitutionHasMore)
        ]
    );
    let zip = gateway::write_statement(&gateway::compare(&theirs, &ours), &national()).unwrap();
    let file = gateway::TextFile::read(&zip).unwrap();
    assert_eq!(file.rows().map(|row| row.count()).collect::<Vec<_>>(), [10, 10, 10]);
    let seven =
        gateway::write_statement(&gateway::compare(&theirs, &ours), &Profile::packed("hebei").unwrap()).unwrap();
    assert_eq!(gateway::TextFile::read(&seven).unwrap().rows().next().unwrap().count(), 7);
}

#[test]
fn totals_are_net_of_refunds_and_say_what_differs() {
    let reversal = Settlement {
        id: "ST2".into(),
        reverses: Some("ST0000001".into()),
        total: Fen(-10_000),
        fund_total: Fen(-4585),
        account: Fen(-3000),
        ..settlement()
    };
    let ours =
        gateway::Answer::Settlements(vec![settlement(), reversal, Settlement { id: "ST3".into(), ..settlement() }]);
    let result = |profile: &Profile, total: &str, count: &str| {
        let changed = [
            ("data.medfee_sumamt", total),
            ("data.fund_pay_sumamt", "45.85"),
            ("data.acct_pay", "30"),
            ("data.fixmedins_setl_cnt", count),
            ("data.stmt_begndate", "\"2025-01-01\""),
            ("data.stmt_enddate", "\"2025-01-31\""),
        ];
        let reply: Value = serde_json::from_str(&gateway::told(&request("3201", &changed), &ours, profile)).unwrap();
        let info = &reply["stmtinfo"];
        (info["stmt_rslt"].as_str().unwrap().to_owned(), info["stmt_rslt_dscr"].as_str().unwrap().to_owned())
    };
    let net = national();
    let each = Profile { refund_count: gateway::RefundCount::Each, ..national() };
    let four = Profile::packed("jiangxi").unwrap();
    assert_eq!(result(&net, "100", "1"), ("0".into(), "一致".into()));
    assert_eq!(result(&each, "100", "3"), ("0".into(), "一致".into()));
    assert_eq!(result(&each, "100", "1").1, "结算笔数：中心 3，机构 1");
    assert_eq!(result(&net, "100.01", "1"), ("1".into(), "医疗费总额：中心 100.00，机构 100.01".into()));
    assert_eq!(result(&four, "100.01", "1").0, "3", "data differ");
    assert_eq!(result(&four, "100", "2").0, "2", "the institution has more");
    assert_eq!(result(&four, "100", "0").0, "1", "the centre has more");
}

#[test]
fn a_statement_file_with_a_wrong_cell_names_it() {
    let mut file = gateway::TextFile::default();
    file.add(["S1", "M1", "P1", "100.00", "45.85", "30.00", "0"]);
    file.add(["S2", "M1", "P1", "100.001", "45.85", "30.00", "0"]);
    let told = gateway::read_statement(&file.write("s.txt").unwrap()).unwrap_err().to_string();
    assert_eq!(told, "对账文件第 2 行第 4 列（medfee_sumamt）：“100.001”不是金额，请按两位小数填写");
    let mut twice = gateway::TextFile::default();
    for _ in 0..2 {
        twice.add(["S1", "M1", "P1", "1", "1", "1", "0"]);
    }
    assert!(gateway::read_statement(&twice.write("s.txt").unwrap()).unwrap_err().to_string().contains("“S1” 重复"));
}

#[test]
fn goods_repeat_their_rows_and_codes_come_from_the_dictionary() {
    let request = request("3505A", &[]);
    let reply: Value = serde_json::from_str(&gateway::said(&request, &Outcome::Done, &national())).unwrap();
    let rows = reply["selinfoDetail"].as_array().unwrap();
    assert_eq!(rows.len(), request.input.rows("selinfoDetail").len());
    assert_eq!(rows[0]["retRslt"], "1");
    assert_eq!(rows[0]["fixmedins_bchno"], request.input.rows("selinfoDetail")[0].text("fixmedins_bchno"));
    let request = self::request("1901", &[("data.type", "\"gend\"")]);
    let reply: Value = serde_json::from_str(&gateway::told(&request, &gateway::Answer::Nothing, &national())).unwrap();
    assert_eq!((reply["list"][0]["value"].as_str(), reply["list"][0]["label"].is_string()), (Some("0"), true));
}

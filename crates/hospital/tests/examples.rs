//! The worked examples of the settlement facts (§4), and what the checker says when one fen of them moves.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

use hospital::check::{Amounts, Expected, Stage, settlement};
use hospital::{Examination, Fields};
use model::Fen;

const OUTPATIENT: &str = r#"{"setlinfo":{"mdtrt_id":"M1","setl_id":"S1","psn_no":"P1","setl_time":"2025-01-10 10:15:01",
"medfee_sumamt":100.00,"fulamt_ownpay_amt":10.00,"overlmt_selfpay":0.00,"preselfpay_amt":4.50,"inscp_scp_amt":85.50,
"act_pay_dedc":20.00,"hifp_pay":45.85,"pool_prop_selfpay":0.7000,"cvlserv_pay":0.00,"hifes_pay":0.00,"hifmi_pay":0.00,
"hifob_pay":0.00,"maf_pay":0.00,"oth_pay":0.00,"hifdm_pay":0.00,"fund_pay_sumamt":45.85,"psn_part_amt":54.15,
"acct_pay":30.00,"psn_cash_pay":24.15,"hosp_part_amt":0.00,"balc":470.00,"acct_mulaid_pay":0.00,
"medins_setl_id":"MSG","clr_optins":"999901","clr_way":"1","clr_type":"11"},
"setldetail":[{"fund_pay_type":"310100","inscp_scp_amt":85.50,"crt_payb_lmt_amt":3000.00,"fund_payamt":45.85},
{"fund_pay_type":"310200","inscp_scp_amt":0.00,"crt_payb_lmt_amt":0.00,"fund_payamt":30.00}]}"#;

/// The stay of §4.2 as its reversal reports it: negative, hospital's share under its other names.
const STAY_REVERSED: &str = r#"{"setlinfo":{"mdtrt_id":"M2","setl_id":"S3","psn_no":"P1","setl_time":"2025-01-20 10:15:01",
"medfee_sumamt":-20000.00,"fulamt_ownpay_amt":-2000.00,"overlmt_selfpay":-1000.00,"preselfpay_amt":-600.00,
"inscp_scp_amt":-16400.00,"act_pay_dedc":-500.00,"hifp_pay":-13515.00,"cvlserv_pay":0,"hifes_pay":0,"hifmi_pay":0,
"hifob_pay":0,"maf_pay":0,"oth_pay":0,"fund_pay_sumamt":-13515.00,"psn_part_amt":null,"psn_pay":-6000.00,
"acct_pay":-1000.00,"psn_cash_pay":-5000.00,"ownpay_hosp_part":-485.00,"balc":1000.00,"acct_mulaid_pay":0,
"clr_optins":"999901","setl_type":"2"},
"setldetail":[{"fund_pay_type":"310100","fund_payamt":-13515.00},{"fund_pay_type":"310200","fund_payamt":-1000.00},
{"fund_pay_type":"999997","fund_payamt":-485.00}]}"#;

/// §4.3: an account pays all of it, a family member's account a part of that.
const PURCHASE: &str = r#"{"setlinfo":{"mdtrt_id":"M3","setl_id":"S4","psn_no":"P1","setl_time":"2025-01-20 10:15:01",
"medfee_sumamt":60.00,"fulamt_ownpay_amt":0,"overlmt_selfpay":0,"preselfpay_amt":0,"inscp_scp_amt":60.00,"hifp_pay":0,
"cvlserv_pay":0,"hifes_pay":0,"hifmi_pay":0,"hifob_pay":0,"maf_pay":0,"oth_pay":0,"fund_pay_sumamt":0,
"psn_part_amt":60.00,"acct_pay":60.00,"psn_cash_pay":0,"balc":140.00,"acct_mulaid_pay":20.00,"medins_setl_id":"MSG",
"clr_optins":"999901","clr_type":"41"},"setldetail":[{"fund_pay_type":"310200","fund_payamt":60.00}]}"#;

fn examined(text: &str, stage: Stage, expected: &Expected) -> (Amounts, Vec<String>) {
    let output = Fields::parse(text.as_bytes()).unwrap();
    let mut examination = Examination::new("2207", "MSG");
    let amounts = settlement(&output, stage, expected, &mut examination);
    (amounts, examination.found().into_iter().map(|deviation| deviation.field).collect())
}

#[test]
fn i3_the_published_examples_hold() {
    let before = |fen| Expected { balance_before: Some(Fen(fen)), ..Expected::default() };
    let (amounts, found) = examined(OUTPATIENT, Stage::Final, &before(50_000));
    assert_eq!((amounts.fund, found), (Fen(4585), vec![]));
    let (amounts, found) = examined(STAY_REVERSED, Stage::Reversal, &before(0));
    assert_eq!((amounts.person, amounts.hospital, found), (Fen(-600_000), Fen(-48_500), vec![]));
    let (amounts, found) = examined(PURCHASE, Stage::Final, &before(18_000));
    assert_eq!((amounts.family_account, found), (Fen(2_000), vec![]));
}

/// One change to the first example, and the fields that the checker must name for it.
#[test]
fn i3_every_identity_is_missed_when_it_fails() {
    for (from, to, named) in [
        ("\"medfee_sumamt\":100.00", "\"medfee_sumamt\":100.01", "setlinfo.medfee_sumamt"),
        ("\"inscp_scp_amt\":85.50,\n", "\"inscp_scp_amt\":85.49,\n", "setlinfo.medfee_sumamt"),
        ("\"psn_part_amt\":54.15", "\"psn_part_amt\":54.16", "setlinfo.psn_part_amt"),
        ("\"psn_cash_pay\":24.15", "\"psn_cash_pay\":24.14", "setlinfo.psn_part_amt"),
        ("\"maf_pay\":0.00", "\"maf_pay\":0.01", "setlinfo.fund_pay_sumamt"),
        ("\"hifp_pay\":45.85", "\"hifp_pay\":45.84", "setldetail"),
        ("\"fund_payamt\":45.85", "\"fund_payamt\":45.86", "setldetail"),
        ("\"fund_payamt\":30.00", "\"fund_payamt\":29.00", "setldetail"),
        ("\"310200\"", "\"310300\"", "setldetail"),
        ("\"acct_mulaid_pay\":0.00", "\"acct_mulaid_pay\":31.00", "setlinfo.acct_mulaid_pay"),
        ("\"act_pay_dedc\":20.00", "\"act_pay_dedc\":85.51", "setlinfo.act_pay_dedc"),
        ("\"act_pay_dedc\":20.00", "\"act_pay_dedc\":-1", "setlinfo.act_pay_dedc"),
        ("\"hifp_pay\":45.85", "\"hifp_pay\":45.855", "setlinfo.hifp_pay"),
        ("\"hifes_pay\":0.00", "\"hifes_pay\":null", "setlinfo.hifes_pay"),
        ("\"pool_prop_selfpay\":0.7000", "\"pool_prop_selfpay\":70", "setlinfo.pool_prop_selfpay"),
        ("\"setl_id\":\"S1\"", "\"setl_id\":\"\"", "setlinfo.setl_id"),
        ("\"clr_optins\":\"999901\"", "\"clr_optins\":null", "setlinfo.clr_optins"),
        ("2025-01-10 10:15:01", "20250110101501", "setlinfo.setl_time"),
        ("\"medins_setl_id\":\"MSG\"", "\"medins_setl_id\":\"OTHER\"", "setlinfo.medins_setl_id"),
        ("\"balc\":470.00", "\"balc\":469.99", "setlinfo.balc"),
        ("\"mdtrt_id\":\"M1\"", "\"mdtrt_id\":\"M9\"", "setlinfo.mdtrt_id"),
    ] {
        let changed = OUTPATIENT.replacen(from, to, 1);
        assert_ne!(changed, OUTPATIENT, "{from} is not in the example");
        let expected = Expected {
            echoes: vec![("mdtrt_id", "M1".into())],
            balance_before: Some(Fen(50_000)),
            ..Expected::default()
        };
        let (_, found) = examined(&changed, Stage::Final, &expected);
        assert!(found.iter().any(|field| field == named), "{from} → {to}: {named} not in {found:?}");
    }
}

#[test]
fn a_trial_settles_nothing_and_a_reversal_is_negative() {
    let (_, found) = examined(OUTPATIENT, Stage::Trial, &Expected::default());
    assert_eq!(found, ["setlinfo.setl_id", "setlinfo.setl_time", "setlinfo.clr_way", "setlinfo.clr_optins"]);
    let (_, found) = examined(OUTPATIENT, Stage::Reversal, &Expected::default());
    assert!(found.contains(&"setlinfo.hifp_pay".to_owned()) && found.contains(&"setlinfo.psn_cash_pay".to_owned()));
    let (_, found) = examined(STAY_REVERSED, Stage::Final, &Expected::default());
    assert!(found.contains(&"setlinfo.fund_pay_sumamt".to_owned()));
}

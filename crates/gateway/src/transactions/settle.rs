//! Settlement, purchase, reversal and undoing (2101–2103, 2206–2208, 2303–2305, 2601), and `setlinfo` of the replies.

use super::care::certificate;
use super::lines;
use crate::dictionary::Dictionaries;
use crate::fault::{Fault, quote};
use crate::node::Row;
use crate::output::Values;
use crate::request::Request;
use agency::{Charge, Command, LineRequest, Person, Purchase, Registration, SettleRequest, Settlement, VisitKind};
use model::{Age, Fen};

/// 个人账户 and what the hospital bears, as `setldetail` lists them beside the funds (settlement.md §1.6).
const ACCOUNT: &str = "310200";
const HOSPITAL: &str = "999996";

pub(crate) fn settle(request: &Request) -> Result<Command, Fault> {
    let data = request.only("data");
    let infno = request.transaction.infno;
    let inpatient = infno.starts_with("230");
    let known = [
        "psn_no",
        "mdtrt_id",
        "mdtrt_cert_type",
        "mdtrt_cert_no",
        "card_sn",
        "psn_cert_type",
        "certno",
        "psn_type",
        "psn_name",
        "med_type",
        "medfee_sumamt",
        "chrg_bchno",
        "acct_used_flag",
        "insutype",
        "mid_setl_flag",
        "fulamt_ownpay_amt",
        "overlmt_selfpay",
        "preselfpay_amt",
        "inscp_scp_amt",
        "insuplc_admdvs",
        "mdtrtarea_admvs",
        "exp_content",
    ];
    let asked = SettleRequest {
        person: data.string("psn_no"),
        visit: data.string("mdtrt_id"),
        kind: if inpatient { VisitKind::Inpatient } else { VisitKind::Outpatient },
        batch: data.string("chrg_bchno"),
        insurance: data.string("insutype"),
        care: data.string("med_type"),
        total: data.fen("medfee_sumamt").unwrap_or_default(),
        parts: parts(&data),
        account_use: account_use(&data),
        interim: data.text("mid_setl_flag") == "1",
        certificate: certificate(&data),
        extra: data.rest(&known).into_iter().chain(traces(&request.input)).collect(),
    };
    let trial = infno.starts_with("2206") || infno.starts_with("2303");
    Ok(if trial { Command::Trial(asked) } else { Command::Settle(asked) })
}

/// Traceability codes beside a settlement, as they were sent.
fn traces(input: &Row) -> Option<(String, String)> {
    let rows: Vec<_> = input.rows("drug_trac_info").iter().map(Row::to_json).collect();
    (!rows.is_empty()).then(|| ("drug_trac_info".to_owned(), serde_json::Value::from(rows).to_string()))
}

/// The four parts, when all were sent: some clients send none, some send zeros only where they know nothing.
fn parts(data: &Row) -> Option<[Fen; 4]> {
    let parts = ["fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"].map(|name| data.fen(name));
    let [Some(own), Some(over), Some(upfront), Some(scope)] = parts else { return None };
    let all = [own, over, upfront, scope];
    (all.iter().any(|part| *part != Fen::ZERO)).then_some(all)
}

/// `acct_used_flag`: 0 none, 1 own account, 2 the family's too. Not said is not used.
fn account_use(data: &Row) -> u8 {
    match data.text("acct_used_flag") {
        "1" => 1,
        "2" => 2,
        _ => 0,
    }
}

pub(crate) fn buy(request: &Request) -> Result<Command, Fault> {
    let info = request.only("druginfo");
    let known = [
        "psn_no",
        "insutype",
        "begntime",
        "mdtrt_cert_type",
        "mdtrt_cert_no",
        "card_sn",
        "psn_cert_type",
        "certno",
        "psn_name",
        "psn_type",
        "med_type",
        "dise_codg",
        "medfee_sumamt",
        "acct_used_flag",
        "exp_content",
    ];
    let mut bought: Vec<LineRequest> = request.input.rows("drugdetail").iter().map(lines::line).collect();
    for row in ["drug_trac_info", "durg_trac_info"].into_iter().flat_map(|node| request.input.rows(node)) {
        let line = bought.iter_mut().find(|line| line.number == row.text("feedetl_sn"));
        if let Some(codes) = line.map(|line| line.extra.entry("drug_trac_codg".to_owned()).or_default()) {
            codes.push_str(if codes.is_empty() { "" } else { "," });
            codes.push_str(row.text("drug_trac_codg"));
        }
    }
    let purchase = Purchase {
        registration: Registration {
            person: info.string("psn_no"),
            insurance: info.string("insutype"),
            begun_at: info.stamp("begntime").unwrap_or_default(),
            certificate: certificate(&info),
            care: info.string("med_type"),
            local_number: info.string("invono"),
            doctor: String::new(),
            department: (String::new(), String::new()),
            extra: info.rest(&known),
        },
        disease: info.string("dise_codg"),
        total: info.fen("medfee_sumamt").unwrap_or_default(),
        account_use: account_use(&info),
        lines: bought,
    };
    Ok(if request.transaction.infno == "2101" { Command::TrialPurchase(purchase) } else { Command::Buy(purchase) })
}

pub(crate) fn reverse(request: &Request) -> Result<Command, Fault> {
    let data = request.only("data");
    Ok(Command::Reverse {
        person: data.string("psn_no"),
        visit: data.string("mdtrt_id"),
        settlement: data.string("setl_id"),
        kind: match request.transaction.infno {
            "2305" => VisitKind::Inpatient,
            "2103" => VisitKind::Pharmacy,
            _ => VisitKind::Outpatient,
        },
    })
}

/// Transactions that can be undone (protocol.md §9: the union of the editions, with the A-forms).
const REVERSIBLE: [&str; 10] = ["2102", "2102A", "2103", "2207", "2207A", "2208", "2304", "2304A", "2305", "2401"];

pub(crate) fn undo(request: &Request) -> Result<Command, Fault> {
    let data = request.only("data");
    let infno = data.text("oinfno");
    if !REVERSIBLE.contains(&infno) {
        return Err(Fault::new(
            "节点 data 字段 oinfno（原交易编号）",
            format!("交易 {} 不能冲正", quote(infno)),
            format!("可冲正：{}", REVERSIBLE.join("、")),
        ));
    }
    Ok(Command::Undo { person: data.string("psn_no"), msgid: data.string("omsgid"), infno: infno.to_owned() })
}

pub(crate) fn settled(
    settlement: &Settlement,
    person: &Person,
    certificate: &str,
    trial: bool,
    charges: &[Charge],
) -> Values {
    let mut info = figures(settlement, person).text("mdtrt_cert_type", certificate);
    if trial {
        info = info.null("setl_id").null("setl_time").null("clr_way").null("clr_optins");
    }
    if settlement.reverses.is_some() {
        info = info.text("setl_type", "2");
    }
    let detail = details(settlement);
    Values::new()
        .object("setlinfo", info)
        .list("setldetail", detail)
        .list("detlcutinfo", charges.iter().map(lines::split).collect())
}

/// `setlinfo`: whose settlement, and its amounts.
pub(crate) fn figures(settlement: &Settlement, person: &Person) -> Values {
    let age = Age::on(person.born_on, settlement.law_on).years;
    let mut info = Values::new()
        .text("setl_id", &settlement.id)
        .text("mdtrt_id", &settlement.visit)
        .text("psn_no", &settlement.person)
        .text("psn_name", &person.name)
        .text("psn_cert_type", &person.certificate_kind)
        .text("certno", &person.certificate)
        .text("gend", &person.sex)
        .text("naty", &person.nation)
        .day("brdy", person.born_on)
        .text("age", format!("{}.0", age.max(0)))
        .text("insutype", &settlement.insurance)
        .text("psn_type", &settlement.person_kind)
        .flag("cvlserv_flag", settlement.civil_servant)
        .stamp("setl_time", settlement.at)
        .text("med_type", &settlement.care)
        .fen("medfee_sumamt", settlement.total)
        .fen("fulamt_ownpay_amt", settlement.self_funded)
        .fen("overlmt_selfpay", settlement.over_limit)
        .fen("preselfpay_amt", settlement.upfront)
        .fen("inscp_scp_amt", settlement.in_scope)
        .fen("act_pay_dedc", settlement.deductible)
        .ratio("pool_prop_selfpay", settlement.pool_ratio)
        .fen("fund_pay_sumamt", settlement.fund_total)
        .fen("psn_part_amt", settlement.person_total)
        .fen("acct_pay", settlement.account)
        .fen("acct_mulaid_pay", settlement.family_account)
        .fen("psn_cash_pay", settlement.cash)
        .fen("hosp_part_amt", settlement.hospital)
        .fen("balc", settlement.balance)
        .text("medins_setl_id", &settlement.msgid)
        .text("clr_optins", &settlement.clearing_office)
        .text("clr_way", &settlement.clearing_way)
        .text("clr_type", &settlement.clearing_kind);
    for (name, amount) in &settlement.fields {
        info = info.fen(name, *amount);
    }
    info
}

/// `setldetail`: the funds, and beside them the account and what the hospital bears.
pub(crate) fn details(settlement: &Settlement) -> Vec<Values> {
    let names = Dictionaries::get().named("fund_pay_type");
    let row = |fund: &str, in_scope: Fen, left: Fen, paid: Fen| {
        Values::new()
            .text("fund_pay_type", fund)
            .fen("inscp_scp_amt", in_scope)
            .fen("crt_payb_lmt_amt", left)
            .fen("fund_payamt", paid)
            .text("fund_pay_type_name", names.and_then(|names| names.label(fund)).unwrap_or_default())
    };
    let mut rows: Vec<Values> = settlement
        .funds
        .iter()
        .map(|fund| row(&fund.fund, fund.in_scope, fund.left.unwrap_or_default(), fund.amount))
        .collect();
    for (fund, paid) in [(ACCOUNT, settlement.account), (HOSPITAL, settlement.hospital)] {
        if paid != Fen::ZERO {
            rows.push(row(fund, Fen::ZERO, Fen::ZERO, paid));
        }
    }
    rows
}

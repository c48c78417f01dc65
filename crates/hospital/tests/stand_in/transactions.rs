//! What the stand-in does for each transaction.

use super::Fault;
use super::ledger::{Line, Settlement, State, Visit};
use hospital::Fields;
use hospital::check::Parts;
use model::Fen;
use std::io::{Cursor, Read, Write};

/// An answer.
pub enum Output {
    Json(String),
    File(Vec<u8>),
}

type Done = Result<Output, String>;

fn json(text: impl Into<String>) -> Done {
    Ok(Output::Json(text.into()))
}

pub fn perform(state: &mut State, fault: Fault, infno: &str, envelope: &Fields) -> Done {
    let input = envelope.object("input").unwrap_or_default();
    let data = ["data", "mdtrtinfo", "dscginfo", "adminfo", "druginfo", "refmedin", "signIn", "signOut"]
        .iter()
        .find_map(|name| input.object(name))
        .unwrap_or_default();
    let text = |name: &str| data.text(name).unwrap_or_default();
    let mdtrt_id = text("mdtrt_id");
    match infno {
        "9001" => {
            json(format!("{{\"signinoutb\":{{\"sign_time\":\"2025-01-10\",\"sign_no\":\"S{}\"}}}}", text("opter_no")))
        }
        "9002" => json("{\"sign_time\":{\"sign_time\":\"2025-01-10\"}}"),
        "1101" => person(state, &text("certno")),
        "2201" => {
            let id = open(state, &data)?;
            let (person, number) = (text("psn_no"), text("ipt_otp_no"));
            json(format!("{{\"data\":{{\"mdtrt_id\":\"{id}\",\"psn_no\":\"{person}\",\"ipt_otp_no\":\"{number}\"}}}}"))
        }
        "2401" => open(state, &data).and_then(|id| json(format!("{{\"result\":{{\"mdtrt_id\":\"{id}\"}}}}"))),
        "2203" | "2402" | "2403" | "2405" => visit(state, &mdtrt_id).and_then(|_| json("{}")),
        "2202" | "2404" => close(state, fault, &mdtrt_id),
        "2204" | "2301" => upload(state, fault, &input.objects("feedetail")),
        "2205" => {
            withdraw(state, fault, &mdtrt_id, |line| text("chrg_bchno") == "0000" || line.batch == text("chrg_bchno"))
        }
        "2302" => {
            let row = input.objects("data").into_iter().next().unwrap_or_default();
            let serial = row.text("feedetl_sn").unwrap_or_default();
            withdraw(state, fault, &row.text("mdtrt_id").unwrap_or_default(), |line| {
                serial == "0000" || line.serial == serial
            })
        }
        "2101" | "2102" => purchase(state, fault, infno, envelope, &data, &input.objects("drugdetail")),
        "2206" | "2303" | "2207" | "2304" => settle(state, fault, infno, envelope, &data),
        "2208" | "2305" | "2103" => reverse(state, fault, &text("setl_id"), envelope),
        "2601" => take_back(state, fault, &text("omsgid"), envelope),
        "2501" | "2503" => {
            let number = format!("F{}", state.clock);
            state.filings.push((number.clone(), true));
            json(format!("{{\"result\":{{\"trt_dcla_detl_sn\":\"{number}\"}}}}"))
        }
        "2502" | "2504" => {
            let filing = state.filings.iter_mut().find(|(number, _)| *number == text("trt_dcla_detl_sn"));
            let (_, effective) = filing.ok_or("没有此备案")?;
            let was = std::mem::replace(effective, false);
            if was || fault == Fault::Lenient { json("{}") } else { Err("备案已撤销".into()) }
        }
        "5301" => json("{\"feedetail\":[]}"),
        "5203" => shown(state, &text("setl_id")),
        "9101" => Ok(upload_file(state, &input)),
        "9102" => {
            let number = input.object("fsDownloadIn").and_then(|node| node.text("file_qury_no")).unwrap_or_default();
            state.files.get(&number).cloned().map(Output::File).ok_or_else(|| "没有此文件".into())
        }
        "3201" => totals(state, fault, envelope, &data),
        "3202" => details(state, fault, envelope, &data),
        other => Err(format!("没有交易 {other}")),
    }
}

fn person(state: &State, certno: &str) -> Done {
    let persons = state.world["persons"].as_array().unwrap();
    let person = persons.iter().find(|person| person["certno"] == certno).ok_or("查无此人")?;
    let text = |name: &str| person[name].as_str().unwrap_or_default();
    let base: Vec<String> = ["psn_no", "psn_cert_type", "certno", "psn_name", "gend", "brdy"]
        .iter()
        .map(|name| format!("\"{name}\":\"{}\"", text(name)))
        .collect();
    json(format!(
        "{{\"baseinfo\":{{{}}},\"insuinfo\":[{{\"balc\":{},\"insutype\":\"{}\",\"psn_type\":\"{}\",\"insuplc_admdvs\":\"{}\"}}]}}",
        base.join(","),
        state.balance(text("psn_no")),
        text("insutype"),
        text("psn_type"),
        text("insuplc_admdvs"),
    ))
}

fn open(state: &mut State, data: &Fields) -> Result<String, String> {
    let psn_no = data.text("psn_no").unwrap_or_default();
    state.person(&psn_no).ok_or("查无此人")?;
    let id = format!("M{}", state.clock);
    state.visits.insert(id.clone(), Visit { psn_no, ..Visit::default() });
    Ok(id)
}

fn visit<'a>(state: &'a mut State, id: &str) -> Result<&'a mut Visit, String> {
    state.visits.get_mut(id).filter(|visit| !visit.closed).ok_or_else(|| "没有此就诊".into())
}

fn close(state: &mut State, fault: Fault, id: &str) -> Done {
    if fault == Fault::Lenient && state.visits.contains_key(id) {
        return json("{}");
    }
    let visit = visit(state, id)?;
    if visit.lines.is_empty() {
        visit.closed = true;
        json("{}")
    } else {
        Err("还有费用明细".into())
    }
}

fn upload(state: &mut State, fault: Fault, rows: &[Fields]) -> Done {
    let mut lines = Vec::new();
    let mut answers = Vec::new();
    for row in rows {
        let (line, answer) = state.split(row)?;
        let mdtrt_id = row.text("mdtrt_id").unwrap_or_default();
        let held = visit(state, &mdtrt_id)?;
        if fault != Fault::Lenient && row.text("bilg_dr_codg").as_deref() == Some("DX") {
            return Err("医师资格已暂停".into());
        }
        if fault != Fault::Lenient && held.lines.iter().any(|other| other.serial == line.serial) {
            return Err("明细流水号重复".into());
        }
        lines.push((mdtrt_id, line));
        answers.push(answer);
    }
    for (mdtrt_id, line) in lines {
        visit(state, &mdtrt_id)?.lines.push(line);
    }
    json(format!("{{\"result\":[{}]}}", answers.join(",")))
}

fn withdraw(state: &mut State, fault: Fault, id: &str, which: impl Fn(&Line) -> bool) -> Done {
    let visit = visit(state, id)?;
    if fault == Fault::Lenient {
        return json("{}");
    }
    if visit.lines.iter().any(|line| which(line) && line.settled_by.is_some()) {
        return Err("明细已结算".into());
    }
    visit.lines.retain(|line| !which(line));
    json("{}")
}

fn purchase(state: &mut State, fault: Fault, infno: &str, envelope: &Fields, data: &Fields, rows: &[Fields]) -> Done {
    let id = open(state, data)?;
    let mut answers = Vec::new();
    for row in rows {
        let (line, answer) = state.split(row)?;
        visit(state, &id)?.lines.push(line);
        answers.push(answer);
    }
    let settled = settle_visit(state, fault, infno, envelope, data, &id)?;
    json(format!("{{{settled},\"detlcutinfo\":[{}]}}", answers.join(",")))
}

fn settle(state: &mut State, fault: Fault, infno: &str, envelope: &Fields, data: &Fields) -> Done {
    let id = data.text("mdtrt_id").unwrap_or_default();
    settle_visit(state, fault, infno, envelope, data, &id).and_then(|settled| json(format!("{{{settled}}}")))
}

/// `setlinfo` and `setldetail` of all lines that are asked for.
fn settle_visit(
    state: &mut State,
    fault: Fault,
    infno: &str,
    envelope: &Fields,
    data: &Fields,
    id: &str,
) -> Result<String, String> {
    let text = |name: &str| data.text(name).unwrap_or_default();
    let batch = text("chrg_bchno");
    let anew = state.settle_everything_again || fault == Fault::Lenient;
    let held = visit(state, id)?.clone();
    let wanted = |line: &&Line| (anew || line.settled_by.is_none()) && (batch.is_empty() || line.batch == batch);
    let parts: Parts = held.lines.iter().filter(wanted).map(|line| line.parts).sum();
    if held.lines.iter().filter(wanted).count() == 0 {
        return Err("没有未结算的明细".into());
    }
    let suspended = state.person(&held.psn_no).is_some_and(|person| person["tags"][0] == "suspended");
    if fault != Fault::Lenient && suspended {
        return Err("参保状态为暂停".into());
    }
    if fault != Fault::Lenient && data.fen("medfee_sumamt") != Ok(Some(parts.total())) {
        return Err("医疗费总额与明细之和不符".into());
    }
    let fund = parts.in_scope.ratio(70, 100);
    let balance = state.balance(&held.psn_no);
    let rest = parts.total() - fund;
    let account = if text("acct_used_flag") == "1" { rest.min(balance) } else { Fen::ZERO };
    let settlement = Settlement {
        setl_id: format!("ST{}", state.clock),
        msgid: envelope.text("msgid").unwrap_or_default(),
        mdtrt_id: id.to_owned(),
        psn_no: held.psn_no.clone(),
        institution: envelope.text("fixmedins_code").unwrap_or_default(),
        insutype: text("insutype"),
        clr_type: if infno.starts_with("23") {
            "21"
        } else if infno.starts_with("21") {
            "41"
        } else {
            "11"
        }
        .into(),
        parts,
        fund,
        account,
        reverses: None,
        reversed: false,
    };
    if matches!(infno, "2101" | "2206" | "2303") {
        return Ok(setlinfo(state, &settlement, balance, data, "", Fen::ZERO));
    }
    for line in &mut visit(state, id)?.lines {
        if line.settled_by.is_none() && (batch.is_empty() || line.batch == batch) {
            line.settled_by = Some(settlement.setl_id.clone());
        }
    }
    let after = balance - account;
    state.accounts.insert(held.psn_no.clone(), after);
    let off = if fault == Fault::TrialDiffers { Fen(1) } else { Fen::ZERO };
    let shown = setlinfo(state, &settlement, after, data, &settlement.setl_id, off);
    state.settlements.push(settlement);
    Ok(shown)
}

fn setlinfo(state: &State, settlement: &Settlement, balance: Fen, data: &Fields, setl_id: &str, off: Fen) -> String {
    let s = settlement;
    let person = state.person(&s.psn_no).unwrap();
    let text = |name: &str| person[name].as_str().unwrap_or_default();
    let fund_kind = if text("insutype") == "310" { "310100" } else { "390100" };
    let (time, office, number) = if setl_id.is_empty() {
        ("null", "null".to_owned(), "null".to_owned())
    } else {
        ("\"2025-01-10 10:15:01\"", format!("\"{}\"", text("insuplc_admdvs")), format!("\"{setl_id}\""))
    };
    let echoed: Vec<String> = ["psn_no", "psn_name", "psn_cert_type", "certno", "gend", "brdy", "insutype", "psn_type"]
        .iter()
        .map(|name| format!("\"{name}\":\"{}\"", text(name)))
        .collect();
    let asked = |name: &str| data.text(name).unwrap_or_default();
    format!(
        "\"setlinfo\":{{\"mdtrt_id\":\"{}\",\"setl_id\":{number},{},\"mdtrt_cert_type\":\"{}\",\"med_type\":\"{}\",\
         \"setl_time\":{time},\"clr_optins\":{office},\"clr_type\":\"{}\",\"medins_setl_id\":\"{}\",\
         \"medfee_sumamt\":{},\"fulamt_ownpay_amt\":{},\"overlmt_selfpay\":{},\"preselfpay_amt\":{},\"inscp_scp_amt\":{},\
         \"act_pay_dedc\":0,\"hifp_pay\":{},\"cvlserv_pay\":0,\"hifes_pay\":0,\"hifmi_pay\":0,\"hifob_pay\":0,\"maf_pay\":0,\
         \"oth_pay\":0,\"fund_pay_sumamt\":{},\"psn_part_amt\":{},\"acct_pay\":{},\"psn_cash_pay\":{},\"hosp_part_amt\":0,\
         \"balc\":{balance},\"acct_mulaid_pay\":0}},\"setldetail\":[{{\"fund_pay_type\":\"{fund_kind}\",\"fund_payamt\":{}}},\
         {{\"fund_pay_type\":\"310200\",\"fund_payamt\":{}}}]",
        s.mdtrt_id,
        echoed.join(","),
        asked("mdtrt_cert_type"),
        if asked("med_type").is_empty() { "21".to_owned() } else { asked("med_type") },
        s.clr_type,
        s.msgid,
        s.parts.total() + off,
        s.parts.outside + off,
        s.parts.over_cap,
        s.parts.paid_first,
        s.parts.in_scope,
        s.fund,
        s.fund,
        s.parts.total() - s.fund + off,
        s.account,
        s.cash() + off,
        s.fund,
        s.account,
    )
}

fn turned(settlement: &Settlement, setl_id: String, msgid: String) -> Settlement {
    let parts = settlement.parts;
    Settlement {
        reverses: Some(settlement.setl_id.clone()),
        setl_id,
        msgid,
        parts: Parts {
            outside: -parts.outside,
            over_cap: -parts.over_cap,
            paid_first: -parts.paid_first,
            in_scope: -parts.in_scope,
        },
        fund: -settlement.fund,
        account: -settlement.account,
        ..settlement.clone()
    }
}

fn reverse(state: &mut State, fault: Fault, setl_id: &str, envelope: &Fields) -> Done {
    let lenient = fault == Fault::Lenient;
    let found = state.settlements.iter_mut().find(|s| s.setl_id == setl_id && (lenient || !s.reversed));
    let settlement = found.ok_or("没有此结算，或已撤销")?;
    settlement.reversed = true;
    let settlement = settlement.clone();
    let number = format!("ST{}", state.clock);
    let back = turned(&settlement, number.clone(), envelope.text("msgid").unwrap_or_default());
    if let Some(visit) = state.visits.get_mut(&settlement.mdtrt_id) {
        for line in visit.lines.iter_mut().filter(|line| line.settled_by.as_deref() == Some(setl_id)) {
            line.settled_by = None;
        }
    }
    let balance = state.balance(&settlement.psn_no) + settlement.account;
    state.accounts.insert(settlement.psn_no.clone(), balance);
    state.settlements.push(back.clone());
    let data = Fields::default();
    let shown = if fault == Fault::PositiveReversal { &settlement } else { &back };
    json(format!("{{{}}}", setlinfo(state, shown, balance, &data, &number, Fen::ZERO)))
}

fn take_back(state: &mut State, fault: Fault, msgid: &str, envelope: &Fields) -> Done {
    let found = state.settlements.iter().find(|s| s.msgid == msgid && !s.reversed && s.reverses.is_none());
    match found.map(|settlement| settlement.setl_id.clone()) {
        Some(setl_id) if fault != Fault::DeafTo2601 => {
            reverse(state, Fault::None, &setl_id, envelope).map(|_| Output::Json("{}".into()))
        }
        _ => json("{}"),
    }
}

fn shown(state: &State, setl_id: &str) -> Done {
    let settlement = state.settlements.iter().find(|s| s.setl_id == setl_id).ok_or("没有此结算")?;
    let s = settlement;
    let refund = u8::from(s.reverses.is_some());
    json(format!(
        "{{\"setlinfo\":{{\"setl_id\":\"{setl_id}\",\"refd_setl_flag\":\"{refund}\",\"medfee_sumamt\":{},\"fund_pay_sumamt\":{},\"acct_pay\":{}}}}}",
        s.parts.total(),
        s.fund,
        s.account
    ))
}

fn of<'a>(state: &'a State, envelope: &Fields, data: &Fields) -> Vec<&'a Settlement> {
    let institution = envelope.text("fixmedins_code").unwrap_or_default();
    let scheme = data.text("insutype");
    let clr_type = data.text("clr_type").unwrap_or_default();
    let office = data.text("setl_optins").unwrap_or_default();
    let insured_by = |s: &Settlement| state.person(&s.psn_no).unwrap()["insuplc_admdvs"].as_str().unwrap() == office;
    let all = state.settlements.iter();
    all.filter(|s| s.institution == institution && s.clr_type == clr_type && insured_by(s))
        .filter(|s| scheme.as_ref().is_none_or(|scheme| *scheme == s.insutype))
        .collect()
}

fn totals(state: &State, fault: Fault, envelope: &Fields, data: &Fields) -> Done {
    let held = of(state, envelope, data);
    let count: i64 = held.iter().map(|s| if s.reverses.is_some() { -1 } else { 1 }).sum();
    let same = data.fen("medfee_sumamt") == Ok(Some(held.iter().map(|s| s.parts.total()).sum()))
        && data.fen("fund_pay_sumamt") == Ok(Some(held.iter().map(|s| s.fund).sum()))
        && data.fen("acct_pay") == Ok(Some(held.iter().map(|s| s.account).sum()))
        && data.text("fixmedins_setl_cnt") == Some(count.to_string());
    let result = if same || fault == Fault::AlwaysEqual { "0" } else { "1" };
    json(format!("{{\"stmtinfo\":{{\"stmt_rslt\":\"{result}\",\"stmt_rslt_dscr\":\"\"}}}}"))
}

fn upload_file(state: &mut State, input: &Fields) -> Output {
    use base64::Engine;
    let node = input.object("fsUploadIn").unwrap();
    let raw = node.raw("in").unwrap();
    let bytes: Vec<u8> = serde_json::from_str(raw)
        .unwrap_or_else(|_| base64::engine::general_purpose::STANDARD.decode(node.text("in").unwrap()).unwrap());
    let number = format!("Q{}", state.clock);
    state.files.insert(number.clone(), bytes);
    Output::Json(format!("{{\"file_qury_no\":\"{number}\",\"filename\":\"f\",\"fixmedins_code\":\"x\"}}"))
}

fn details(state: &mut State, fault: Fault, envelope: &Fields, data: &Fields) -> Done {
    let file = state.files.get(&data.text("file_qury_no").unwrap_or_default()).ok_or("没有此文件")?;
    let mut text = String::new();
    let mut archive = zip::ZipArchive::new(Cursor::new(file.clone())).map_err(|error| error.to_string())?;
    archive.by_index(0).unwrap().read_to_string(&mut text).unwrap();
    let theirs: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    let mut result = String::new();
    for s in of(state, envelope, data) {
        let refund = u8::from(s.reverses.is_some()).to_string();
        let (total, fund, account) = (s.parts.total(), s.fund, s.account);
        let row = format!("{}\t{}\t{}\t{total}\t{fund}\t{account}\t{refund}", s.setl_id, s.mdtrt_id, s.psn_no);
        if !theirs.iter().any(|other| other.join("\t") == row) && fault != Fault::BlindToDetail {
            result.push_str(&format!(
                "{}\tnull\tnull\t{}\t1\t{refund}\tnull\t{total}\t{fund}\t{account}\n",
                s.psn_no, s.msgid
            ));
        }
    }
    let held = of(state, envelope, data);
    for row in &theirs {
        if !held.iter().any(|s| s.setl_id == row[0]) {
            result.push_str(&format!(
                "{}\t{}\t{}\tnull\t2\t{}\tnull\t{}\t{}\t{}\n",
                row[2], row[1], row[0], row[6], row[3], row[4], row[5]
            ));
        }
    }
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("r.txt", zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(result.as_bytes()).unwrap();
    let number = format!("Q{}", state.clock);
    state.files.insert(number.clone(), writer.finish().unwrap().into_inner());
    json(format!(
        "{{\"fileinfo\":{{\"file_qury_no\":\"{number}\",\"filename\":\"r.zip\",\"dld_endtime\":\"2025-01-11 00:00:00\"}}}}"
    ))
}

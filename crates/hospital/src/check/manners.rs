//! The envelope of a reply (`protocol.md` §3), and who 1101 says the person is.

use crate::deviation::Examination;
use crate::reply::{Fields, Reply};
use crate::world::Person;

/// Examines what every reply must have.
pub fn envelope(reply: &Reply, examination: &mut Examination<'_>) {
    let wanted = matches!(reply.infcode.as_str(), "0" | "-1");
    examination.require(wanted, "infcode", "数字 0 或 -1（§3）", &reply.infcode);
    if reply.accepted() {
        examination.require(reply.err_msg.is_empty(), "err_msg", "成功时为空（§3）", &reply.err_msg);
    } else {
        examination.require(!reply.err_msg.is_empty(), "err_msg", "失败原因（§3）", "空");
    }
    examination.require(reply.envelope.raw("err_msg").is_some() || reply.accepted(), "err_msg", "始终有此键", "缺失");
    let number = reply.envelope.text("inf_refmsgid").unwrap_or_default();
    let digits = number.len() == 30 && number.bytes().all(|byte| byte.is_ascii_digit());
    examination.require(digits, "inf_refmsgid", "区划 6 + 时间 14 + 序号 10 位数字（§3）", &number);
    for name in ["refmsg_time", "respond_time"] {
        if let Some(time) = reply.envelope.text(name) {
            let good = time.len() == 17 && time.bytes().all(|byte| byte.is_ascii_digit());
            examination.require(good, name, "yyyyMMddHHmmssSSS（§3）", &time);
        }
    }
    if reply.accepted() && reply.envelope.raw("output").is_none() {
        examination.wrong("output", "对象，无内容时为 {}（clients.md E3）", "缺失");
    }
}

/// Examines 1101 and returns the row of `insuinfo` of the person's scheme.
pub fn insured_person(output: &Fields, person: &Person, examination: &mut Examination<'_>) -> Option<Fields> {
    let Some(base) = output.object("baseinfo") else {
        examination.wrong("baseinfo", "一个对象", "缺失");
        return None;
    };
    for (name, due) in [
        ("psn_no", &person.psn_no),
        ("psn_name", &person.psn_name),
        ("psn_cert_type", &person.psn_cert_type),
        ("certno", &person.certno),
        ("gend", &person.gend),
        ("brdy", &person.brdy),
    ] {
        let got = base.text(name).unwrap_or_default();
        examination.same(&format!("baseinfo.{name}"), "world.json", due.clone(), got);
    }
    let rows = output.objects("insuinfo");
    let row = rows.into_iter().find(|row| {
        row.text("insutype").as_deref() == Some(&person.insutype)
            && row.text("insuplc_admdvs").as_deref() == Some(&person.insuplc_admdvs)
    });
    let Some(row) = row else {
        let due = format!("含险种 {}、参保地 {} 的一条", person.insutype, person.insuplc_admdvs);
        examination.wrong("insuinfo", &due, "没有");
        return None;
    };
    let psn_type = row.text("psn_type").unwrap_or_default();
    examination.same("insuinfo.psn_type", "world.json", person.psn_type.clone(), psn_type);
    match row.fen("balc") {
        Ok(Some(_)) => {}
        Ok(None) => examination.wrong("insuinfo.balc", "必填", "空"),
        Err(error) => examination.wrong("insuinfo.balc", "两位小数的金额", &error.to_string()),
    }
    Some(row)
}

//! Filings and their cancellation (2501–2507).

use crate::fault::Fault;
use crate::output::Values;
use crate::request::Request;
use agency::{Command, Filing, FilingKind, FilingRequest};

/// What a filing keeps in fields of its own.
const KNOWN: [&str; 17] = [
    "psn_no",
    "insutype",
    "opsp_dise_code",
    "opsp_dise_name",
    "begndate",
    "enddate",
    "reflin_medins_no",
    "reflin_medins_name",
    "mdtrtarea_admdvs",
    "mdtrtarea_admvs",
    "refl_type",
    "ide_fixmedins_no",
    "fixmedins_code",
    "fixmedins_name",
    "biz_appy_type",
    "trt_dcla_detl_sn",
    "exp_content",
];

pub(crate) fn file(request: &Request) -> Result<Command, Fault> {
    let referral = request.transaction.infno == "2501";
    let node = if referral { "refmedin" } else { "data" };
    let data = request.only(node);
    let kind = kind_of(request.transaction.infno);
    let (code, name, institution) = match kind {
        FilingKind::Chronic => ("opsp_dise_code", "opsp_dise_name", "ide_fixmedins_no"),
        FilingKind::Referral => ("refl_type", "reflin_medins_name", "reflin_medins_no"),
        FilingKind::Designated | FilingKind::LongTerm => ("biz_appy_type", "fixmedins_name", "fixmedins_code"),
        FilingKind::Injury => ("", "fixmedins_name", "fixmedins_code"),
    };
    let area = [data.text("mdtrtarea_admdvs"), data.text("mdtrtarea_admvs")];
    let from = data.day("begndate").or_else(|| data.day("refl_date")).unwrap_or_default();
    Ok(Command::File(FilingRequest {
        person: data.string("psn_no"),
        kind,
        insurance: data.string("insutype"),
        code: data.string(code),
        name: data.string(name),
        institution: data.string(institution),
        area: area.into_iter().find(|area| !area.is_empty()).unwrap_or_default().to_owned(),
        from,
        until: data.day("enddate"),
        extra: data.rest(&KNOWN),
    }))
}

pub(crate) fn cancel(request: &Request) -> Result<Command, Fault> {
    let data = request.only("data");
    Ok(Command::CancelFiling {
        person: data.string("psn_no"),
        filing: data.string("trt_dcla_detl_sn"),
        kind: kind_of(request.transaction.infno),
    })
}

fn kind_of(infno: &str) -> FilingKind {
    match infno {
        "2501" | "2502" => FilingKind::Referral,
        "2503" | "2504" => FilingKind::Chronic,
        "2505" | "2506" => FilingKind::Designated,
        _ => FilingKind::Injury,
    }
}

pub(crate) fn filed(filing: &Filing) -> Values {
    Values::new().object("result", Values::new().text("trt_dcla_detl_sn", &filing.id))
}

//! What is told of a person: identity, cover, entitlement, what was used and filed (1101, 1162, 2001, 5206, 5301–5304).

use super::answers::Entitlement;
use crate::output::Values;
use agency::{AccountState, Accumulator, Coverage, CoverageState, Filing, Person};
use model::{Age, Day};

pub(crate) fn identity(person: &Person, covers: &[Coverage], account: &AccountState, on: Day) -> Values {
    let base = demographics(person, on).text("psn_no", &person.id);
    let cover = |cover: &Coverage| {
        let state = match cover.state {
            CoverageState::Normal if cover.until.is_none_or(|until| on < until) => "1",
            CoverageState::Paused => "2",
            CoverageState::Normal | CoverageState::Ended => "4",
        };
        let values = Values::new()
            .fen("balc", if cover.insurance == "310" { account.balance } else { model::Fen::ZERO })
            .text("insutype", &cover.insurance)
            .text("psn_type", &cover.person_kind)
            .text("psn_insu_stas", state)
            .day("psn_insu_date", cover.from)
            .flag("cvlserv_flag", cover.civil_servant)
            .text("insuplc_admdvs", &cover.area)
            .text("emp_name", &cover.employer);
        if state == "2" { values.day("paus_insu_date", cover.from) } else { values }
    };
    let special = person.special.iter().map(|status| {
        let values = Values::new().text("psn_idet_type", &status.code).stamp("begntime", status.from.start());
        status.until.map_or_else(|| values.clone(), |until| values.clone().stamp("endtime", until.start()))
    });
    Values::new()
        .object("baseinfo", base)
        .list("insuinfo", covers.iter().map(cover).collect())
        .list("idetinfo", special.collect())
}

/// What replies repeat of a person.
pub(crate) fn demographics(person: &Person, on: Day) -> Values {
    Values::new()
        .text("psn_no", &person.id)
        .text("psn_cert_type", &person.certificate_kind)
        .text("certno", &person.certificate)
        .text("psn_name", &person.name)
        .text("gend", &person.sex)
        .text("naty", &person.nation)
        .day("brdy", person.born_on)
        .text("age", format!("{}.0", Age::on(person.born_on, on).years.max(0)))
}

pub(crate) fn voucher(person: &Person, token: &str) -> Values {
    Values::new()
        .text("psn_cert_type", &person.certificate_kind)
        .text("certno", &person.certificate)
        .text("psn_name", &person.name)
        .text("cardno", &person.card)
        .text("ecToken", token)
}

pub(crate) fn entitlement(person: &str, row: &Entitlement) -> Values {
    let values = Values::new()
        .text("psn_no", person)
        .text("trt_chk_type", "01")
        .text("fund_pay_type", &row.fund)
        .flag("trt_enjymnt_flag", row.refused.is_none())
        .day("begndate", row.from)
        .text("trt_chk_rslt", row.refused.clone().unwrap_or_default());
    row.until.map_or_else(|| values.clone(), |until| values.clone().day("enddate", until))
}

pub(crate) fn accumulator(used: &Accumulator) -> Values {
    let values = Values::new()
        .text("insutype", &used.insurance)
        .text("year", used.year.to_string())
        .text("cum_ym", format!("{}12", used.year))
        .text("cum_type_code", &used.key);
    if used.key == "admissions" { values.whole("cum", used.value) } else { values.fen("cum", model::Fen(used.value)) }
}

pub(crate) fn filings_told(infno: &str, person: &Person, filings: &[Filing]) -> Values {
    let row = |filing: &Filing| {
        let values = match infno {
            "5301" => Values::new().text("opsp_dise_code", &filing.code).text("opsp_dise_name", &filing.name),
            "5302" => Values::new()
                .text("psn_no", &filing.person)
                .text("insutype", &filing.insurance)
                .text("fixmedins_code", &filing.institution)
                .text("fixmedins_name", &filing.name),
            _ => demographics(person, filing.from)
                .text("insutype", &filing.insurance)
                .text("dcla_souc", "01")
                .text("reflin_medins_no", &filing.institution)
                .text("reflin_medins_name", &filing.name)
                .day("refl_date", filing.from)
                .stamp("opt_time", filing.filed_at),
        };
        let values = values.day("begndate", filing.from);
        let values = filing.until.map_or_else(|| values.clone(), |until| values.clone().day("enddate", until));
        if infno == "5301" { values } else { values.or(filing.extra.clone()) }
    };
    let node = match infno {
        "5301" => "feedetail",
        "5302" => "psnfixmedin",
        _ => "refmedin",
    };
    Values::new().list(node, filings.iter().map(row).collect())
}

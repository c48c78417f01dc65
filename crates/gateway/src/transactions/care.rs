//! Visits: registration, admission, description, discharge (22xx, 24xx).

use crate::fault::Fault;
use crate::node::Row;
use crate::output::Values;
use crate::request::Request;
use agency::{Admission, Command, Diagnosis, Discharge, Registration, Visit, VisitDetails, VisitKind};

pub(crate) fn register(request: &Request) -> Result<Command, Fault> {
    let data = request.only("data");
    Ok(Command::Register(Registration {
        person: data.string("psn_no"),
        insurance: data.string("insutype"),
        begun_at: data.stamp("begntime").unwrap_or_default(),
        certificate: certificate(&data),
        care: data.string("med_type"),
        local_number: data.string("ipt_otp_no"),
        doctor: data.string("atddr_no"),
        department: (data.string("dept_code"), data.string("dept_name")),
        extra: data.rest(&REGISTRATION),
    }))
}

/// What a registration keeps in fields of its own; names of the person are not kept twice.
const REGISTRATION: [&str; 14] = [
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
    "ipt_otp_no",
    "atddr_no",
    "dept_code",
    "dept_name",
];

/// `mdtrt_cert_type` and the number or token shown.
pub(crate) fn certificate(data: &Row) -> (String, String) {
    (data.string("mdtrt_cert_type"), data.string("mdtrt_cert_no"))
}

pub(crate) fn cancel_registration(request: &Request) -> Result<Command, Fault> {
    let data = request.only("data");
    Ok(Command::CancelRegistration { person: data.string("psn_no"), visit: data.string("mdtrt_id") })
}

pub(crate) fn describe_outpatient(request: &Request) -> Result<Command, Fault> {
    let info = request.only("mdtrtinfo");
    Ok(Command::Describe(
        VisitKind::Outpatient,
        VisitDetails {
            person: info.string("psn_no"),
            visit: info.string("mdtrt_id"),
            care: info.string("med_type"),
            disease: info.string("dise_codg"),
            begun_at: info.stamp("begntime"),
            doctor: String::new(),
            department: (String::new(), String::new()),
            diagnoses: diagnoses(&request.input),
            extra: info.rest(&["psn_no", "mdtrt_id", "med_type", "dise_codg", "begntime", "rxIn"]),
        },
    ))
}

pub(crate) fn describe_stay(request: &Request) -> Result<Command, Fault> {
    let info = request.only("adminfo");
    let known = [
        "psn_no",
        "mdtrt_id",
        "med_type",
        "dise_codg",
        "begntime",
        "atddr_no",
        "adm_dept_codg",
        "adm_dept_name",
        "mdtrt_cert_type",
        "mdtrt_cert_no",
    ];
    Ok(Command::Describe(
        VisitKind::Inpatient,
        VisitDetails {
            person: info.string("psn_no"),
            visit: info.string("mdtrt_id"),
            care: info.string("med_type"),
            disease: info.string("dise_codg"),
            begun_at: info.stamp("begntime"),
            doctor: info.string("atddr_no"),
            department: (info.string("adm_dept_codg"), info.string("adm_dept_name")),
            diagnoses: diagnoses(&request.input),
            extra: info.rest(&known),
        },
    ))
}

pub(crate) fn admit(request: &Request) -> Result<Command, Fault> {
    let info = request.only("mdtrtinfo");
    let known = [
        "psn_no",
        "insutype",
        "begntime",
        "mdtrt_cert_type",
        "mdtrt_cert_no",
        "card_sn",
        "cert_type",
        "psn_cert_type",
        "certno",
        "psn_name",
        "psn_type",
        "med_type",
        "ipt_no",
        "atddr_no",
        "adm_dept_codg",
        "adm_dept_name",
        "dise_codg",
        "insuplc_admdvs",
        "mdtrtarea_admvs",
    ];
    Ok(Command::Admit(Admission {
        registration: Registration {
            person: info.string("psn_no"),
            insurance: info.string("insutype"),
            begun_at: info.stamp("begntime").unwrap_or_default(),
            certificate: certificate(&info),
            care: info.string("med_type"),
            local_number: info.string("ipt_no"),
            doctor: info.string("atddr_no"),
            department: (info.string("adm_dept_codg"), info.string("adm_dept_name")),
            extra: info.rest(&known),
        },
        disease: info.string("dise_codg"),
        diagnoses: diagnoses(&request.input).into_iter().map(|(diagnosis, _)| diagnosis).collect(),
    }))
}

pub(crate) fn discharge(request: &Request) -> Result<Command, Fault> {
    let info = request.only("dscginfo");
    Ok(Command::Discharge(Discharge {
        person: info.string("psn_no"),
        visit: info.string("mdtrt_id"),
        ended_at: info.stamp("endtime").unwrap_or_default(),
        disease: info.string("dise_codg"),
        died_on: info.day("die_date"),
        diagnoses: diagnoses(&request.input).into_iter().map(|(diagnosis, _)| diagnosis).collect(),
        extra: info.rest(&["psn_no", "mdtrt_id", "insutype", "endtime", "dise_codg"]),
    }))
}

pub(crate) fn cancel_admission(request: &Request) -> Result<Command, Fault> {
    let data = request.only("data");
    Ok(Command::CancelAdmission { person: data.string("psn_no"), visit: data.string("mdtrt_id") })
}

pub(crate) fn undo_discharge(request: &Request) -> Result<Command, Fault> {
    let data = request.only("data");
    Ok(Command::UndoDischarge { person: data.string("psn_no"), visit: data.string("mdtrt_id") })
}

/// Diagnoses with whether they are valid (`vali_flag`; those without are).
fn diagnoses(input: &Row) -> Vec<(Diagnosis, bool)> {
    let known =
        ["psn_no", "mdtrt_id", "diag_type", "diag_srt_no", "maindiag_flag", "diag_code", "diag_name", "vali_flag"];
    let rows = input.rows("diseinfo").iter();
    rows.map(|row| {
        // Editions without a flag for the main diagnosis put it first.
        let main = match row.text("maindiag_flag") {
            "" => row.whole("diag_srt_no") == Some(1),
            flag => flag == "1",
        };
        let diagnosis = Diagnosis {
            number: row.string("diag_srt_no"),
            kind: row.string("diag_type"),
            main,
            code: row.string("diag_code"),
            name: row.string("diag_name"),
            at_discharge: false,
            extra: row.rest(&known),
        };
        (diagnosis, row.text("vali_flag") != "0")
    })
    .collect()
}

/// 2201 `data`, 2401 `result`.
pub(crate) fn opened(request: &Request, visit: &Visit) -> Values {
    let node = if request.transaction.infno == "2401" { "result" } else { "data" };
    let mut values = Values::new().text("mdtrt_id", &visit.id);
    if node == "data" {
        values = values.text("psn_no", &visit.person).text("ipt_otp_no", &visit.local_number);
    }
    Values::new().object(node, values)
}

//! What each transaction means: a request becomes an [`Intent`], and what came of it becomes `output`.
//!
//! One file a family. A command is decided by `agency`; a [`Question`] is answered by the server with records, which are
//! rendered here. Nothing is decided here: values are moved between wire names and the words of the field.

mod answers;
mod bedside;
mod care;
mod catalogue;
mod documents;
mod filing;
mod history;
mod lines;
mod persons;
mod questions;
mod refusals;
mod settle;
mod statement;
mod told;
mod visits;

pub use answers::{Answer, Entitlement, Kept};
pub use bedside::Response;
pub use catalogue::{CatalogueEntry, catalogue_file, mapping};
pub use history::kept_visit;
pub use questions::Question;
pub use refusals::refused;
pub use statement::{StatementDifference, StatementRow, Verdict, compare, read_statement, write_statement};
pub use told::told;

use crate::output::{Shape, Values, write_output};
use crate::profile::Profile;
use crate::request::{Rejection, Request};
use agency::{Caller, Command, Outcome};

/// What a request wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// Something is to happen, or to be tried (2101, 2206, 2303).
    Command(Command),
    /// Something is asked.
    Ask(Question),
    /// 3101, 3102: a visit is to be judged before it is settled; one a patient.
    Advise(Vec<::bedside::Inquiry>),
    /// 3103: what was done about reminders.
    Respond(Vec<Response>),
    /// 9001
    SignIn {
        /// 操作员编号
        operator: String,
        /// MAC and IP address of the terminal.
        terminal: (String, String),
    },
    /// 9002
    SignOut {
        /// 签到编号
        number: String,
        /// 操作员编号
        operator: String,
    },
    /// 9101
    Store {
        /// 文件名
        filename: String,
        /// The file.
        bytes: Vec<u8>,
    },
    /// 9102
    Fetch {
        /// 文件查询号
        number: String,
        /// 文件名
        filename: String,
        /// `fixmedins_code`: the institution, or what the profile wants for a catalogue file.
        argument: String,
    },
}

/// What a request wants.
///
/// # Errors
/// The transaction is not offered here, or says things that do not fit together.
pub fn understand(request: &Request, profile: &Profile) -> Result<Intent, Rejection> {
    let input = &request.input;
    let understood = match request.transaction.infno {
        "2201" | "2201A" => care::register(request).map(Intent::Command),
        "2202" => care::cancel_registration(request).map(Intent::Command),
        "2203" | "2203A" => care::describe_outpatient(request).map(Intent::Command),
        "2401" => care::admit(request).map(Intent::Command),
        "2402" => care::discharge(request).map(Intent::Command),
        "2403" => care::describe_stay(request).map(Intent::Command),
        "2404" => care::cancel_admission(request).map(Intent::Command),
        "2405" => care::undo_discharge(request).map(Intent::Command),
        "2204" | "2301" => lines::charge(request, profile).map(Intent::Command),
        "2205" => lines::delete_batch(request).map(Intent::Command),
        "2302" => lines::delete_lines(request).map(Intent::Command),
        "2206" | "2206A" | "2207" | "2207A" | "2303" | "2303A" | "2304" | "2304A" => {
            settle::settle(request).map(Intent::Command)
        }
        "2208" | "2305" | "2103" => settle::reverse(request).map(Intent::Command),
        "2101" | "2102" | "2102A" => settle::buy(request).map(Intent::Command),
        "2501" | "2503" | "2505" | "2507" => filing::file(request).map(Intent::Command),
        "2502" | "2504" | "2506" => filing::cancel(request).map(Intent::Command),
        "2601" => settle::undo(request).map(Intent::Command),
        "3101" | "3102" | "3660" | "3661" => bedside::inquire(request, profile).map(Intent::Advise),
        "3103" => bedside::responses(request).map(Intent::Respond),
        "9001" => Ok(sign_in(request)),
        "9002" => Ok(sign_out(request)),
        "9101" => crate::files::uploaded(input).map(|(filename, bytes)| Intent::Store { filename, bytes }),
        "9102" => fetch(request, profile),
        infno if documents::is_document(infno) => documents::command(request).map(Intent::Command),
        _ => questions::question(request).map(Intent::Ask),
    };
    understood.map_err(|fault| request.reject(fault.to_string()))
}

/// Whether a transaction is offered.
#[must_use]
pub fn is_offered(infno: &str) -> bool {
    const ACTS: [&str; 38] = [
        "2101", "2102", "2102A", "2103", "2201", "2201A", "2202", "2203", "2203A", "2204", "2205", "2206", "2206A",
        "2207", "2207A", "2208", "2301", "2302", "2303", "2303A", "2304", "2304A", "2305", "2401", "2402", "2403",
        "2404", "2405", "2501", "2502", "2503", "2504", "2505", "2506", "2507", "2601", "9001", "9002",
    ];
    ACTS.contains(&infno)
        || ["3101", "3102", "3103", "3660", "3661", "9101", "9102"].contains(&infno)
        || documents::is_document(infno)
        || questions::is_question(infno)
}

/// Who asks.
#[must_use]
pub fn caller(request: &Request) -> Caller {
    let envelope = &request.envelope;
    Caller {
        institution: envelope.institution.clone(),
        msgid: envelope.msgid.clone(),
        operator: envelope.operator.clone(),
        treatment_area: envelope.treatment_area.clone(),
        coverage_area: envelope.coverage_area.clone(),
    }
}

/// The `output` of a command that was carried out.
#[must_use]
pub fn said(request: &Request, outcome: &Outcome, _profile: &Profile) -> String {
    let values = match outcome {
        Outcome::Opened(visit) => care::opened(request, visit),
        Outcome::Charged(charges) => lines::charged(charges),
        Outcome::Settled { settlement, person, certificate, trial, charges } => {
            settle::settled(settlement, person, certificate, *trial, charges)
        }
        Outcome::Filed(filing) => filing::filed(filing),
        Outcome::Done => documents::kept(request),
    };
    write_output(request.transaction, &values, Shape::Declared)
}

/// The `output` of an advice, for as many patients as were asked about; Hainan's names are in camel case.
#[must_use]
pub fn advised(request: &Request, told: &[(&::bedside::Inquiry, &::bedside::Advice)], profile: &Profile) -> String {
    let infno = request.transaction.infno;
    let shape = match infno {
        "3660" | "3661" => Shape::CamelCase,
        _ if profile.single_object.iter().any(|known| known == infno) => Shape::Single,
        _ => Shape::Declared,
    };
    write_output(request.transaction, &bedside::advised(request, told), shape)
}

fn sign_in(request: &Request) -> Intent {
    let node = request.only("signIn");
    Intent::SignIn { operator: node.string("opter_no"), terminal: (node.string("mac"), node.string("ip")) }
}

fn sign_out(request: &Request) -> Intent {
    let node = request.only("signOut");
    Intent::SignOut { number: node.string("sign_no"), operator: node.string("opter_no") }
}

fn fetch(request: &Request, profile: &Profile) -> Result<Intent, crate::Fault> {
    let node = request.only("fsDownloadIn");
    let argument = node.string("fixmedins_code");
    // Clients of every province send the constant; where a version is wanted, nothing can be told from its form.
    let fits = match profile.catalogue_argument {
        crate::CatalogueArgument::Any | crate::CatalogueArgument::Version => true,
        crate::CatalogueArgument::Plc => argument == "plc" || argument == request.envelope.institution,
    };
    if !fits {
        return Err(crate::Fault::new(
            "节点 fsDownloadIn 字段 fixmedins_code（医药机构编号）",
            format!("{}不是本机构编号，也不是目录文件的约定值", crate::fault::quote(&argument)),
            "下载目录文件请填约定值，下载对账文件请填本机构编号",
        ));
    }
    Ok(Intent::Fetch { number: node.string("file_qury_no"), filename: node.string("filename"), argument })
}

/// The rest of a row's values, for nodes whose reply repeats them.
pub(crate) fn repeated(row: &crate::Row) -> Values {
    Values::new().or(row.rest(&[]))
}

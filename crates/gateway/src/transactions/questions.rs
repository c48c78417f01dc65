//! What is asked without changing anything: filters in the words of the field, one variant a kind of records.

use crate::fault::Fault;
use crate::request::Request;
use agency::FilingKind;
use model::{Day, Stamp};
use std::collections::BTreeMap;

/// What is asked. One variant a kind of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// 1101: the person a certificate belongs to.
    Person {
        /// `mdtrt_cert_type`: 01 voucher token, 02 identity document, 03 social security card.
        certificate_kind: String,
        /// Number or token.
        certificate: String,
        /// Identity document number and name, when sent beside it; both must fit.
        document: String,
        /// See `document`.
        name: String,
        /// When given: covers as they were then are wanted too.
        since: Option<Stamp>,
    },
    /// 1162: the person whose electronic voucher a code is.
    Voucher {
        /// What was scanned.
        code: String,
    },
    /// 1201; empty filters ask for all.
    Institutions {
        /// Code.
        code: String,
        /// Part of the name.
        name: String,
        /// `fixmedins_type`: 1 hospital, 2 pharmacy.
        kind: String,
    },
    /// 2001: which funds may pay.
    Entitlement {
        /// Who.
        person: String,
        /// 险种类型
        insurance: String,
        /// Where.
        institution: String,
        /// 医疗类别
        care: String,
        /// 病种编码
        disease: String,
        /// When.
        on: Day,
    },
    /// 3201, 3202, 100001, 5203: settlements. Empty filters ask for all.
    Settlements {
        /// Whose; empty for all persons.
        person: String,
        /// Where.
        institution: String,
        /// Id.
        settlement: String,
        /// 险种类型
        insurance: String,
        /// 清算类别
        clearing_kind: String,
        /// 结算经办机构
        office: String,
        /// First and last day of `setl_time`, both whole.
        days: Option<(Day, Day)>,
        /// 3202: file with the institution's own list; empty otherwise.
        file: String,
    },
    /// 5201, 5202, 5303: visits of a person. Empty filters ask for all.
    Visits {
        /// Who.
        person: String,
        /// Id.
        visit: String,
        /// 医疗类别
        care: String,
        /// First and last day of the beginning, both whole.
        days: Option<(Day, Day)>,
        /// Only open stays.
        in_hospital: bool,
    },
    /// 5204, 5205: lines of a visit.
    Charges {
        /// Who.
        person: String,
        /// Visit; empty for all of the days.
        visit: String,
        /// Only what this settlement settled; empty for all.
        settlement: String,
        /// First and last day, both whole.
        days: Option<(Day, Day)>,
    },
    /// 5206
    Accumulators {
        /// Who.
        person: String,
        /// Year, or `yyyyMM`.
        period: String,
    },
    /// 5301, 5302, 5304: filings in force, or of the days.
    Filings {
        /// Who.
        person: String,
        /// Of which kind.
        kind: FilingKind,
        /// Business kind or disease; empty for all.
        code: String,
        /// First and last day; `None` asks for what is in force now.
        days: Option<(Day, Day)>,
    },
    /// 5101: departments of the institution.
    Departments {
        /// Where.
        institution: String,
    },
    /// 5102
    Staff {
        /// Where.
        institution: String,
        /// `prac_psn_type`: 1 doctor, 2 nurse, 3 pharmacist; empty for all.
        profession: String,
        /// Code.
        code: String,
        /// Name.
        name: String,
    },
    /// 4103: what an institution filed.
    Documents {
        /// Whose.
        owner: String,
        /// See [`agency::Document::kind`].
        kind: String,
        /// Key; empty for all.
        key: String,
    },
    /// 1901: codes of a dictionary; the gateway answers this one itself.
    Dictionary {
        /// Its national name.
        name: String,
    },
    /// 1301–1311, 1313–1315, 1320–1327: a catalogue as a file, newer than a version.
    CatalogueFile {
        /// Transaction, which says which catalogue.
        infno: String,
        /// Largest version held.
        version: String,
    },
    /// 1304, 1312, 1316–1319: a page of a catalogue.
    CataloguePage {
        /// Transaction, which says which catalogue.
        infno: String,
        /// Filters by wire name, as sent.
        filters: BTreeMap<String, String>,
        /// From 1.
        page: usize,
        /// Rows a page, at most 1000.
        size: usize,
    },
}

/// Days that stand for a bound that was not sent: 0001-01-01 and 9999-12-31.
const FIRST: Day = Day(-719_162);
const LAST: Day = Day(2_932_896);
/// Most rows of one page.
const PAGE_MAX: i64 = 1000;

const FILES: [&str; 22] = [
    "1301", "1302", "1303", "1305", "1306", "1306A", "1307", "1308", "1309", "1310", "1311", "1313", "1314", "1315",
    "1320", "1321", "1322", "1323", "1324", "1325", "1326", "1327",
];
const PAGES: [&str; 6] = ["1304", "1312", "1316", "1317", "1318", "1319"];
const OTHERS: [&str; 21] = [
    "1101", "1162", "1201", "1901", "2001", "3201", "3202", "4103", "5101", "5102", "5201", "5202", "5203", "5204",
    "5205", "5206", "5301", "5302", "5303", "5304", "100001",
];

pub(crate) fn is_question(infno: &str) -> bool {
    FILES.contains(&infno) || PAGES.contains(&infno) || OTHERS.contains(&infno)
}

pub(crate) fn question(request: &Request) -> Result<Question, Fault> {
    let data = request.only("data");
    let infno = request.transaction.infno;
    let institution = request.envelope.institution.clone();
    let days = |from: &str, until: &str| match (data.day(from), data.day(until)) {
        (None, None) => None,
        (from, until) => Some((from.unwrap_or(FIRST), until.unwrap_or(LAST))),
    };
    let all_settlements = |person: String, settlement: String| Question::Settlements {
        person,
        institution: String::new(),
        settlement,
        insurance: String::new(),
        clearing_kind: String::new(),
        office: String::new(),
        days: None,
        file: String::new(),
    };
    Ok(match infno {
        "1101" => Question::Person {
            certificate_kind: data.string("mdtrt_cert_type"),
            certificate: data.string("mdtrt_cert_no"),
            document: data.string("certno"),
            name: data.string("psn_name"),
            since: data.stamp("begntime"),
        },
        "1162" => Question::Voucher { code: data.string("ecQrCode") },
        "1201" => {
            let asked = request.only("medinsinfo");
            let (code, name) = (asked.string("fixmedins_code"), asked.string("fixmedins_name"));
            if code.is_empty() && name.is_empty() {
                return Err(Fault::new(
                    "节点 medinsinfo",
                    "fixmedins_code（定点医药机构编号）与 fixmedins_name（定点医药机构名称）都为空",
                    "请至少填写一项",
                ));
            }
            Question::Institutions { code, name, kind: asked.string("fixmedins_type") }
        }
        "1901" => Question::Dictionary { name: data.string("type") },
        "2001" => Question::Entitlement {
            person: data.string("psn_no"),
            insurance: data.string("insutype"),
            institution: data.string("fixmedins_code"),
            care: data.string("med_type"),
            disease: data.string("dise_codg"),
            on: data.day("begntime").unwrap_or_default(),
        },
        "3201" | "3202" => {
            let days = days("stmt_begndate", "stmt_enddate");
            if days.is_some_and(|(from, until)| until < from) {
                return Err(Fault::new(
                    "节点 data 字段 stmt_enddate（对账结束日期）",
                    "早于对账开始日期",
                    "请核对日期",
                ));
            }
            Question::Settlements {
                person: String::new(),
                institution,
                settlement: String::new(),
                insurance: data.string("insutype"),
                clearing_kind: data.string("clr_type"),
                office: data.string("setl_optins"),
                days,
                file: data.string("file_qury_no"),
            }
        }
        "5203" => all_settlements(data.string("psn_no"), data.string("setl_id")),
        "100001" => all_settlements(data.string("psn_No"), data.string("setl_Id")),
        "5201" | "5202" => Question::Visits {
            person: data.string("psn_no"),
            visit: data.string("mdtrt_id"),
            care: data.string("med_type"),
            days: days("begntime", "endtime"),
            in_hospital: false,
        },
        "5303" => Question::Visits {
            person: data.string("psn_no"),
            visit: String::new(),
            care: String::new(),
            days: days("begntime", "endtime"),
            in_hospital: true,
        },
        "5204" => Question::Charges {
            person: data.string("psn_no"),
            visit: data.string("mdtrt_id"),
            settlement: data.string("setl_id"),
            days: None,
        },
        "5205" => Question::Charges {
            person: data.string("psn_no"),
            visit: String::new(),
            settlement: String::new(),
            days: days("begntime", "endtime"),
        },
        "5206" => Question::Accumulators { person: data.string("psn_no"), period: data.string("cum_ym") },
        "5301" => filings(&data, FilingKind::Chronic, None),
        "5302" => filings(&data, FilingKind::Designated, None),
        "5304" => filings(&data, FilingKind::Referral, days("begntime", "endtime")),
        "5101" => Question::Departments { institution },
        "5102" => Question::Staff {
            institution,
            profession: data.string("prac_psn_type"),
            code: data.string("prac_psn_code"),
            name: data.string("prac_psn_name"),
        },
        "4103" => Question::Documents { owner: institution, kind: "4101".to_owned(), key: data.string("setl_id") },
        _ if FILES.contains(&infno) => Question::CatalogueFile { infno: infno.to_owned(), version: data.string("ver") },
        _ if PAGES.contains(&infno) => Question::CataloguePage {
            infno: infno.to_owned(),
            filters: data.rest(&["page_num", "page_size"]),
            page: usize::try_from(data.whole("page_num").unwrap_or(1).max(1)).unwrap_or(1),
            size: usize::try_from(data.whole("page_size").unwrap_or(100).clamp(1, PAGE_MAX)).unwrap_or(100),
        },
        _ => {
            return Err(Fault::new(
                "",
                format!("交易 {infno}（{}）未开通", request.transaction.name),
                "请核对交易编号",
            ));
        }
    })
}

fn filings(data: &crate::Row, kind: FilingKind, days: Option<(Day, Day)>) -> Question {
    Question::Filings { person: data.string("psn_no"), kind, code: data.string("biz_appy_type"), days }
}

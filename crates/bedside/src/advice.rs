//! What comes back: reminders, worded for the person at the desk.

use crate::inquiry::Stage;
use crate::remedy;
use audit::{Grain, Library};
use hmac::{Hmac, Mac};
use model::{Day, Fen, Finding, PersonCase, Severity};
use sha2::Sha256;
use std::fmt::Write;

/// What an inquiry is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advice {
    /// Which library judged: one answer is of one version.
    pub library: String,
    /// What to tell, most severe first, then dearest.
    pub reminders: Vec<Reminder>,
    /// What rules on trial would have told; counted, never shown.
    pub shadow: Vec<Reminder>,
}

/// One reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// `jr_id`: the same for the same rule, lines and figures; another one as soon as the facts change.
    pub id: String,
    /// Rule id.
    pub rule: String,
    /// Version of the rule.
    pub version: u32,
    /// Name of the rule: what it is about.
    pub name: String,
    /// How sure it is.
    pub severity: Severity,
    /// Whether a line is at fault, or the visit as a whole.
    pub of_line: bool,
    /// Which line: its name, quantity and amount; or the visit.
    pub place: String,
    /// Why, with the figures of this case.
    pub why: String,
    /// What would make it right.
    pub remedy: String,
    /// What it means in money.
    pub effect: String,
    /// Document and article, or the knowledge point's row.
    pub basis: String,
    /// The money at stake: the violating part.
    pub amount: Fen,
    /// The visit at fault: the current one, or an earlier one that the current one makes so.
    pub visit: String,
    /// `fixmedins_code`
    pub institution: String,
    /// Who ordered; empty when unknown.
    pub doctor: String,
    /// Department that ordered; empty when unknown.
    pub department: String,
    /// Day of the fact.
    pub occurred_on: Day,
    /// Lines involved: the one at fault first.
    pub lines: Vec<ReminderLine>,
    /// The finding as the audit has it.
    pub finding: Finding,
}

/// A line that a reminder is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReminderLine {
    /// `rx_id`, `feedetl_sn`
    pub id: String,
    /// Of which visit.
    pub visit: String,
    /// Its part in it.
    pub role: Role,
    /// What the line is called.
    pub name: String,
    /// Of the amount at stake, what falls on this line.
    pub amount: Fen,
}

/// A line's part in a reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// 违规项
    AtFault,
    /// 涉及项
    Involved,
}

impl Reminder {
    /// Words a finding.
    pub(crate) fn of(
        library: &Library,
        case: &PersonCase,
        finding: Finding,
        stage: Stage,
        seal: &[u8],
    ) -> Option<Self> {
        let rule = library.rules().get(finding.rule as usize)?;
        let lines = lines(library, case, &finding);
        let at = case.visits.iter().position(|visit| case.text(visit.mdtrt_id) == finding.mdtrt_id);
        let fault = at.and_then(|visit| place_of(case, visit as u32, &finding.feedetl_sn));
        let line = fault.and_then(|fault| case.lines.get(fault));
        let visit = at.and_then(|visit| case.visits.get(visit));
        let department = line.map(|line| case.text(line.billing_department)).filter(|text| !text.is_empty());
        let department = department.or_else(|| {
            let visit = visit?;
            [visit.discharge_department, visit.admission_department]
                .map(|text| case.text(text))
                .into_iter()
                .find(|text| !text.is_empty())
        });
        let place = match (line, lines.first()) {
            (Some(line), Some(told)) => {
                format!("{}（数量 {}，金额 {} 元）", told.name, line.quantity, line.amount)
            }
            _ => "本次就诊".to_owned(),
        };
        Some(Self {
            id: id(library, &finding, stage, seal)?,
            rule: rule.id.clone(),
            version: rule.version,
            name: rule.name.clone(),
            severity: rule.severity,
            of_line: rule.grain == Grain::Line || !finding.feedetl_sn.is_empty(),
            place,
            why: finding.evidence.clone(),
            remedy: remedy::of(&rule.detector).to_owned(),
            effect: effect(rule.severity, finding.amount),
            basis: finding.basis.clone(),
            amount: finding.amount,
            visit: finding.mdtrt_id.clone(),
            institution: finding.fixmedins_code.clone(),
            doctor: finding.orders_dr_code.clone(),
            department: department.unwrap_or_default().to_owned(),
            occurred_on: finding.occurred_on,
            lines,
            finding,
        })
    }

    /// Everything a person must know, in one text of at most so many characters: why, what would make it right, the money.
    #[must_use]
    pub fn text(&self, characters: usize) -> String {
        let full = format!("{}：{}。{}。{}", self.place, self.why.trim_end_matches('。'), self.remedy, self.effect);
        if full.chars().nth(characters).is_none() {
            return full;
        }
        full.chars().take(characters.saturating_sub(1)).chain(['…']).collect()
    }

    /// What reminders are sorted by: the most severe first, then the dearest; the rest makes the order certain.
    pub(crate) fn order(&self) -> impl Ord + use<> {
        let first = self.lines.first().map(|line| line.id.clone()).unwrap_or_default();
        (self.severity, std::cmp::Reverse(self.amount), self.rule.clone(), first, self.id.clone())
    }
}

/// `JR` and 32 hexadecimal digits: moment of care, rule and version, person, visit, lines, point, amount and the sentence
/// with its figures, under a seal. 40 characters is the longest that 3103 can answer to.
fn id(library: &Library, finding: &Finding, stage: Stage, seal: &[u8]) -> Option<String> {
    let mut hash = Hmac::<Sha256>::new_from_slice(seal).ok()?;
    hash.update(library.finding_id(finding).as_bytes());
    hash.update(&finding.amount.0.to_be_bytes());
    hash.update(&[u8::from(stage == Stage::During)]);
    hash.update(finding.evidence.as_bytes());
    let mut id = String::with_capacity(34);
    id.push_str("JR");
    for byte in hash.finalize().into_bytes().iter().take(16) {
        // Writing to a String does not fail.
        let _ = write!(id, "{byte:02x}");
    }
    Some(id)
}

/// Where a line of a visit stands in the case.
fn place_of(case: &PersonCase, visit: u32, id: &str) -> Option<usize> {
    case.lines_of(visit).find(|&at| case.lines.get(at).is_some_and(|line| case.text(line.sn) == id))
}

fn lines(library: &Library, case: &PersonCase, finding: &Finding) -> Vec<ReminderLine> {
    let own = case.visits.iter().position(|visit| case.text(visit.mdtrt_id) == finding.mdtrt_id);
    let own = own.map(|visit| visit as u32);
    let named = |id: &str, role: Role, amount: Fen| {
        let here = own.and_then(|visit| place_of(case, visit, id));
        let at = here.or_else(|| case.lines.iter().position(|line| case.text(line.sn) == id))?;
        let line = case.lines.get(at)?;
        let visit = case.visits.get(line.visit as usize)?;
        let called = [library.item_name(line.item), case.text(line.name), case.text(line.code)];
        Some(ReminderLine {
            id: id.to_owned(),
            visit: case.text(visit.mdtrt_id).to_owned(),
            role,
            name: called.into_iter().find(|name| !name.is_empty()).unwrap_or_default().to_owned(),
            amount,
        })
    };
    let fault = Some(finding.feedetl_sn.as_str()).filter(|id| !id.is_empty());
    let fault = fault.and_then(|id| named(id, Role::AtFault, finding.amount));
    let related = finding.related_feedetl_sn.split(';').filter(|id| !id.is_empty() && *id != finding.feedetl_sn);
    fault.into_iter().chain(related.filter_map(|id| named(id, Role::Involved, Fen::ZERO))).collect()
}

fn effect(severity: Severity, amount: Fen) -> String {
    match severity {
        _ if amount <= Fen::ZERO => "不涉及具体金额".to_owned(),
        Severity::Clear => format!("{amount} 元基金不予支付；确需使用的，请先告知患者自费"),
        Severity::Suspicious => format!("{amount} 元在审核时可能不予支付；有充分理由的，请继续并写明理由"),
        Severity::Indicator => format!("涉及 {amount} 元，仅作提示"),
    }
}

//! What was found at the bedside becomes an item when it was settled all the same.
//!
//! A reminder (3101, 3102) is not yet a case: the order may still be changed. Once the visit is settled, it is judged once more
//! as it was settled, and what stands becomes items, with the bill, what funds paid of it, and what the institution answered to
//! the reminder. A settlement only leaves a note in memory: it waits for nothing here and fails for nothing here. A note that is
//! lost, in a crash or because too many wait, costs nothing but time: the audit of the month finds the same, and whichever
//! comes second sees what is there ([`review::Facts::repeats`]).

use super::password::hex;
use crate::bedside::{REMINDER, Register};
use crate::desk::Desk;
use crate::stays::{adviser, whole_visit};
use agency::{File, Needs};
use audit::{Library, Registers};
use bedside::{Answered, Reminder, Shown, Stage, Visit, Way};
use model::{Fen, Stamp};
use review::{Facts, FundShare, Item};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use store::{Bill, BillLine, DocumentFilter, StoreError};

/// Notes that wait at most.
const QUEUE: usize = 50_000;

/// A visit that was settled.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Settled {
    person: String,
    institution: String,
    visit: String,
}

/// Visits that were settled and are to be looked at.
#[derive(Default)]
pub(crate) struct Waiting(Mutex<VecDeque<Settled>>);

impl Waiting {
    /// Notes visits that were settled; whether all found a place.
    pub(crate) fn settled(&self, person: &str, institution: &str, visits: Vec<String>) -> bool {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let free = QUEUE.saturating_sub(waiting.len());
        let all = visits.len() <= free;
        let settled = |visit| Settled { person: person.to_owned(), institution: institution.to_owned(), visit };
        waiting.extend(visits.into_iter().take(free).map(settled));
        all
    }

    fn next(&self) -> Option<Settled> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn again(&self, settled: Settled) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_front(settled);
    }
}

impl Desk {
    /// Looks at the visits that were settled since it was asked last; how many items that made.
    ///
    /// # Errors
    /// When the store cannot be read or written; what was not looked at waits for the next time.
    pub async fn take_hits(&self, at: Stamp) -> Result<usize, StoreError> {
        let mut added = 0;
        while let Some(settled) = self.settled.next() {
            match self.take_hits_of(&settled, at).await {
                Ok(count) => added += count,
                Err(error) => {
                    self.settled.again(settled);
                    return Err(error);
                }
            }
        }
        Ok(added)
    }

    async fn take_hits_of(&self, settled: &Settled, at: Stamp) -> Result<usize, StoreError> {
        let told = self.told(settled).await?;
        if told.is_empty() {
            return Ok(0);
        }
        let needs = Needs { visits: vec![settled.visit.clone()], ..Needs::default() };
        let file = self.store.load(&settled.person, &needs).await?;
        let world = self.world();
        let Some(institution) = world.institutions.get(&settled.institution) else { return Ok(0) };
        let history = self.history(&settled.person, &institution.area).await?;
        let Some(inquiry) = whole_visit(&file, &settled.visit, &history) else { return Ok(0) };
        // Taken back since: nothing was paid.
        let Some(visit) = inquiry.current_visit().filter(|visit| !visit.settlement.is_empty()).cloned() else {
            return Ok(0);
        };
        let (edition, register) = (self.edition(), Register::of(&world));
        let (area, asked) = (institution.area.clone(), institution.code.clone());
        let judging = tokio::task::spawn_blocking(move || {
            let registers = Registers::new(&register.institutions, &register.staff);
            let advice = adviser(&edition, (&area, &asked), &registers, &register).advise(
                &inquiry,
                &history,
                &edition.head().settings.switches,
            );
            (advice.map(|advice| advice.reminders).unwrap_or_default(), Arc::clone(edition.library_at(&area, &asked)))
        });
        let (found, library) = judging.await.map_err(|error| StoreError::Bug(format!("结算后核查：{error}")))?;
        let bill = bill(&settled.person, &institution.name, &visit);
        let snapshot = snapshot(&file);
        let due_on = self.review_clock().first_review_due(at.day());
        let own = found.iter().filter(|reminder| reminder.finding.mdtrt_id == settled.visit);
        let item = |reminder: &Reminder| {
            let facts = facts(reminder, &library, &visit)?;
            // Of several the one that was answered, the latest of those.
            let of_rule = told.iter().filter(|shown| shown.rule == facts.rule);
            let reminder = of_rule.max_by_key(|shown| (shown.answered.as_ref().map(|one| one.at), shown.shown_at));
            Some(Item::new(
                Facts {
                    area: institution.area.clone(),
                    reminder: reminder.map(answer).unwrap_or_default(),
                    snapshot: snapshot.clone(),
                    imported_at: at,
                    ..facts
                },
                due_on,
            ))
        };
        let items: Vec<Item> = own.filter_map(item).collect();
        self.store.review_intake(items, at, move |_| Some(bill.clone())).await
    }

    /// Reminders that were shown during the visit.
    async fn told(&self, settled: &Settled) -> Result<Vec<Shown>, StoreError> {
        self.bedside.recorder.flush().await;
        let documents = self.store.documents(&settled.person, REMINDER, &DocumentFilter::default(), None).await?;
        let shown = documents.iter().filter_map(|document| serde_json::from_str::<Shown>(&document.content).ok());
        Ok(shown.filter(|shown| shown.visit == settled.visit && shown.institution == settled.institution).collect())
    }
}

/// The finding with what funds paid of the visit.
fn facts(reminder: &Reminder, library: &Library, visit: &Visit) -> Option<Facts> {
    let finding = &reminder.finding;
    let rule = library.rules().get(finding.rule as usize)?;
    let share = visit.fund_paid.zip(visit.total).map(|(fund, total)| FundShare { fund, total });
    Some(Facts {
        id: library.finding_id(finding),
        institution: finding.fixmedins_code.clone(),
        area: String::new(),
        visit: finding.mdtrt_id.clone(),
        person: finding.psn_no.clone(),
        physician: finding.orders_dr_code.clone(),
        line: finding.feedetl_sn.clone(),
        related_lines: finding.related_feedetl_sn.clone(),
        rule: rule.id.clone(),
        rule_version: rule.version.to_string(),
        rule_name: rule.name.clone(),
        official_code: rule.official_code.clone(),
        severity: rule.severity,
        occurred_on: finding.occurred_on,
        quantity_over: finding.cnt_over.to_string(),
        amount: finding.amount.max(Fen::ZERO),
        counted: finding.counted,
        point: finding.knowledge_point_id.clone(),
        basis: finding.basis.clone(),
        evidence: finding.evidence.clone(),
        reminder: String::new(),
        insurance: Some(visit.insurance.0).filter(|code| *code != 0).map(|code| code.to_string()).unwrap_or_default(),
        share,
        snapshot: String::new(),
        imported_at: Stamp(0),
    })
}

/// What was told and what came back, in words.
fn answer(shown: &Shown) -> String {
    let stage = match shown.stage {
        Stage::Before => "事前提醒",
        Stage::During => "事中提醒",
    };
    let answered = match &shown.answered {
        None => "机构未反馈".to_owned(),
        Some(Answered { way: Way::Returned, .. }) => "机构反馈：返回修改".to_owned(),
        Some(Answered { way: Way::Continued, reason, .. }) => format!("机构反馈：继续执行，理由“{reason}”"),
    };
    format!("{} {stage}；{answered}", shown.shown_at)
}

fn bill(person: &str, institution_name: &str, visit: &Visit) -> Bill {
    let line = |line: &bedside::Line| BillLine {
        id: line.id.clone(),
        at: line.at,
        item: line.item.clone(),
        name: line.name.clone(),
        quantity: line.quantity.to_string(),
        price: line.price.to_string(),
        amount: line.amount,
        physician: line.doctor.clone(),
    };
    Bill {
        institution: visit.institution.clone(),
        institution_name: institution_name.to_owned(),
        visit: visit.id.clone(),
        person: person.to_owned(),
        care: visit.care.clone(),
        begun_at: visit.begins_at,
        ended_at: visit.ends_at.unwrap_or(visit.begins_at),
        total: visit.total.unwrap_or_default(),
        fund: visit.fund_paid,
        diagnoses: visit.diagnoses.iter().map(|diagnosis| diagnosis.code.clone()).collect(),
        lines: visit.lines.iter().map(line).collect(),
    }
}

/// A hash of what the file holds of the visit: what was judged (I10).
fn snapshot(file: &File) -> String {
    let parts = (&file.visits, &file.uploads, &file.settlements);
    let digest = Sha256::digest(serde_json::to_vec(&parts).unwrap_or_default());
    hex(digest.get(..16).unwrap_or_default())
}

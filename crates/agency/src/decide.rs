//! From a command to what changes: one table of who decides what.

use crate::changes::Changes;
use crate::command::{Command, Occasion, Outcome};
use crate::file::{File, Needs};
use crate::ids::Ids;
use crate::records::{Document, VisitKind, VisitState};
use crate::refusal::Refusal;
use crate::world::World;
use crate::{care, filing, pharmacy, settle};

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// What to write.
    pub changes: Changes,
    /// What to say.
    pub outcome: Outcome,
}

/// Changes with nothing to say.
pub(crate) fn done(changes: Changes) -> Decided {
    Decided { changes, outcome: Outcome::Done }
}

/// Decides a command over the file of its owner, which holds what [`Command::needs`] asked for.
///
/// # Errors
/// The command cannot be carried out; nothing changes.
pub fn decide(
    file: &File,
    world: &World,
    occasion: &Occasion<'_>,
    ids: &mut dyn Ids,
    command: &Command,
) -> Result<Decided, Refusal> {
    match command {
        Command::Register(asked) => care::register(file, world, occasion, ids, asked),
        Command::CancelRegistration { visit, .. } => care::cancel(file, occasion, VisitKind::Outpatient, visit),
        Command::Describe(kind, asked) => care::describe(file, world, occasion, *kind, asked),
        Command::Charge { visit, kind, lines, .. } => care::charge(file, world, occasion, *kind, visit, lines),
        Command::DeleteLines { visit, kind, scope, .. } => care::delete_lines(file, occasion, *kind, visit, scope),
        Command::Trial(asked) => settle::settle(file, world, occasion, ids, asked, true),
        Command::Settle(asked) => settle::settle(file, world, occasion, ids, asked, false),
        Command::Reverse { visit, settlement, kind, .. } => {
            settle::reverse(file, occasion, ids, *kind, visit, settlement)
        }
        Command::TrialPurchase(asked) => pharmacy::buy(file, world, occasion, ids, asked, true),
        Command::Buy(asked) => pharmacy::buy(file, world, occasion, ids, asked, false),
        Command::Admit(asked) => care::admit(file, world, occasion, ids, asked),
        Command::Discharge(asked) => care::discharge(file, occasion, asked),
        Command::CancelAdmission { visit, .. } => care::cancel(file, occasion, VisitKind::Inpatient, visit),
        Command::UndoDischarge { visit, .. } => care::undo_discharge(file, occasion, visit),
        Command::File(asked) => filing::file_it(file, occasion, ids, asked),
        Command::CancelFiling { filing, kind, .. } => filing::cancel(file, occasion, *kind, filing),
        Command::Undo { msgid, .. } => undo(file, occasion, ids, msgid),
        Command::Keep { documents, only_over } => keep(file, documents, only_over),
        Command::Advance { kind, keys, from, to, delete, .. } => {
            advance(file, occasion, kind, keys, from, to, Delete(*delete))
        }
    }
}

/// 2601: takes back whatever a message did. One that did nothing, or was taken back already, leaves everything as it is:
/// the caller does not know the result, so that asking twice must be harmless (protocol.md §9). What others have built on
/// since is refused, with the reason.
fn undo(file: &File, occasion: &Occasion<'_>, ids: &mut dyn Ids, msgid: &str) -> Result<Decided, Refusal> {
    let of_caller = |institution: &str| institution == occasion.caller.institution;
    let settlement = file.settlements.iter().find(|s| s.msgid == msgid && of_caller(&s.institution));
    if let Some(settlement) = settlement.filter(|settlement| file.reversal_of(&settlement.id).is_none())
        && let Some(visit) = file.visit(&settlement.visit)
    {
        let turned = settle::turned(file, occasion, ids, visit, settlement)?;
        return Ok(done(turned.changes));
    }
    let opened = file.visits.iter().find(|visit| visit.opened_by == msgid && of_caller(&visit.institution));
    if settlement.is_none()
        && let Some(visit) = opened.filter(|visit| visit.state == VisitState::Open)
        && let Ok(decided) = care::cancel(file, occasion, visit.kind, &visit.id)
    {
        return Ok(decided);
    }
    Ok(done(Changes::default()))
}

/// Files documents: over an older one only when its state allows it.
fn keep(file: &File, documents: &[Document], only_over: &[String]) -> Result<Decided, Refusal> {
    for document in documents {
        let known = file
            .documents
            .iter()
            .find(|known| (&known.kind, &known.key) == (&document.kind, &document.key) && !known.deleted);
        if let Some(known) = known.filter(|known| !only_over.is_empty() && !only_over.contains(&known.state)) {
            return Err(Refusal::new(
                "state",
                format!("“{}”当前状态为“{}”，不能重新上传", document.key, known.state),
                format!("只有状态 {} 可以重新上传", only_over.join("、")),
            ));
        }
    }
    Ok(done(Changes { documents: documents.to_vec(), ..Changes::default() }))
}

#[derive(Clone, Copy)]
struct Delete(bool);

fn advance(
    file: &File,
    occasion: &Occasion<'_>,
    kind: &str,
    keys: &[String],
    from: &[String],
    to: &str,
    delete: Delete,
) -> Result<Decided, Refusal> {
    let mut documents = Vec::with_capacity(keys.len());
    for key in keys {
        let known = file.documents.iter().find(|document| document.kind == kind && document.key == *key);
        let Some(known) = known.filter(|document| !document.deleted) else {
            return Err(Refusal::new("key", format!("没有“{key}”的记录（交易 {kind}）"), "请核对编号，或先上传"));
        };
        if !from.is_empty() && !from.contains(&known.state) {
            return Err(Refusal::new(
                "state",
                format!("“{key}”当前状态为“{}”，不能改为“{to}”", known.state),
                format!("只有状态 {} 可以这样变更", from.join("、")),
            ));
        }
        documents.push(Document { state: to.to_owned(), at: occasion.now, deleted: delete.0, ..known.clone() });
    }
    Ok(done(Changes { documents, ..Changes::default() }))
}

impl Command {
    /// Whose file it is about: a person, or an institution.
    #[must_use]
    pub fn owner(&self) -> &str {
        match self {
            Self::Register(asked) => &asked.person,
            Self::Admit(asked) => &asked.registration.person,
            Self::TrialPurchase(asked) | Self::Buy(asked) => &asked.registration.person,
            Self::Describe(_, asked) => &asked.person,
            Self::Discharge(asked) => &asked.person,
            Self::Trial(asked) | Self::Settle(asked) => &asked.person,
            Self::File(asked) => &asked.person,
            Self::CancelRegistration { person, .. }
            | Self::Charge { person, .. }
            | Self::DeleteLines { person, .. }
            | Self::Reverse { person, .. }
            | Self::CancelAdmission { person, .. }
            | Self::UndoDischarge { person, .. }
            | Self::CancelFiling { person, .. }
            | Self::Undo { person, .. } => person,
            Self::Keep { documents, .. } => documents.first().map_or("", |document| document.owner.as_str()),
            Self::Advance { owner, .. } => owner,
        }
    }

    /// What must be loaded of the file.
    #[must_use]
    pub fn needs(&self) -> Needs {
        let visit = |id: &String| Needs { visits: vec![id.clone()], ..Needs::default() };
        match self {
            Self::Register(_) | Self::TrialPurchase(_) | Self::Buy(_) | Self::File(_) | Self::CancelFiling { .. } => {
                Needs::default()
            }
            Self::Admit(_) => Needs { open_stays: true, ..Needs::default() },
            Self::Describe(_, asked) => visit(&asked.visit),
            Self::Discharge(asked) => visit(&asked.visit),
            Self::Trial(asked) | Self::Settle(asked) => visit(&asked.visit),
            Self::CancelRegistration { visit: id, .. }
            | Self::Charge { visit: id, .. }
            | Self::DeleteLines { visit: id, .. }
            | Self::Reverse { visit: id, .. }
            | Self::CancelAdmission { visit: id, .. }
            | Self::UndoDischarge { visit: id, .. } => visit(id),
            Self::Undo { msgid, .. } => Needs { messages: vec![msgid.clone()], ..Needs::default() },
            Self::Keep { documents, .. } => {
                let keys = documents.iter().map(|document| (document.kind.clone(), document.key.clone()));
                Needs { documents: keys.collect(), ..Needs::default() }
            }
            Self::Advance { kind, keys, .. } => {
                let keys = keys.iter().map(|key| (kind.clone(), key.clone()));
                Needs { documents: keys.collect(), ..Needs::default() }
            }
        }
    }

    /// Whether it only asks: nothing is written, and no answer kept.
    #[must_use]
    pub const fn is_trial(&self) -> bool {
        matches!(self, Self::Trial(_) | Self::TrialPurchase(_))
    }
}

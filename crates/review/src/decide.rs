//! The transitions: what an act does to an item, and why it may not.

use crate::clock::Clock;
use crate::command::{Act, Command, SYSTEM, Verdict};
use crate::item::{Event, Hand, Item, Standing, State, Undo, Vote};
use crate::panel;
use crate::reasons::reason;
use crate::refusal::Refusal;
use model::{Fen, Severity};
use rights::Role;

/// Longest text of a reason, in characters.
const TEXT_MAX: usize = 2_000;

/// What an act makes of an item, and the event to be kept.
///
/// # Errors
/// The act is not possible: state, role, four eyes, amount, deadline, reason or an outdated view.
pub fn decide(item: &Item, act: &Act, clock: &Clock) -> Result<(Item, Event), Refusal> {
    check_actor(act)?;
    check_reason(act)?;
    if act.seen.is_some_and(|seen| seen != item.version) {
        return Err(Refusal::new("outdated", "该案件刚被他人处理过", "请刷新后再操作"));
    }
    let before = &item.standing;
    let mut after = step(item, act, clock)?;
    let undoable = matches!(act.command, Command::FirstReview(_) | Command::SecondReview { .. });
    let undo = undoable.then(|| Undo {
        user: act.actor.user.clone(),
        until: model::Stamp(act.at.0 + clock.limits.undo_seconds),
        before: Box::new(before.clone()),
    });
    let keeps = matches!(act.command, Command::Assign { .. });
    let assignee = match &act.command {
        Command::Assign { to } => to.clone(),
        // Whoever is next has not been chosen.
        _ if after.state.stage() != before.state.stage() => String::new(),
        _ => item.assignee.clone(),
    };
    if after.state.stage() == crate::item::Stage::Closed {
        after.due_on = None;
    }
    let event = Event {
        number: item.version + 1,
        at: act.at,
        user: act.actor.user.clone(),
        role: act.actor.role,
        command: act.command.clone(),
        from: before.state,
        to: after.state,
        decided: after.decided,
        reason: act.reason.clone(),
        text: act.text.clone(),
        evidence: act.evidence.clone(),
        receipt: receipt(item),
    };
    let decided = Item {
        facts: item.facts.clone(),
        standing: after,
        assignee,
        version: item.version + 1,
        undo: if keeps { item.undo.clone() } else { undo },
        batch: if keeps { item.batch.clone() } else { act.batch.clone() },
    };
    Ok((decided, event))
}

/// Commands that somebody may try on an item now, by word; amounts and reasons are still to be checked.
#[must_use]
pub fn possible(item: &Item, user: &str, role: Role, clock: &Clock, at: model::Stamp) -> Vec<&'static str> {
    let nobody = || ["一", "二", "三"].map(|name| format!("\u{1}{name}")).to_vec();
    let commands = [
        Command::Assign { to: user.to_owned() },
        Command::FirstReview(Verdict::NoViolation),
        Command::Accept,
        Command::Appeal,
        Command::WithdrawAppeal,
        Command::SecondReview { amount: None },
        Command::Convene { members: nobody() },
        Command::Vote { amount: None },
        Command::Escalate,
        Command::Resume,
        Command::Deduct { amount: Fen::ZERO, booking: String::new() },
        Command::Restore { amount: Fen::ZERO, booking: String::new() },
        Command::Undo,
    ];
    let mut words = Vec::new();
    for command in commands {
        let word = command.word();
        let act = Act {
            actor: crate::command::Actor { user: user.to_owned(), role: Some(role) },
            reason: if command.needs_reason() { "other".to_owned() } else { String::new() },
            text: "—".to_owned(),
            command,
            evidence: Vec::new(),
            at,
            seen: None,
            batch: String::new(),
        };
        if decide(item, &act, clock).is_ok() {
            words.push(word);
        }
    }
    words
}

/// Rule, version, point and data of a decision (I10).
fn receipt(item: &Item) -> String {
    let facts = &item.facts;
    format!("{}@{} {} {}", facts.rule, facts.rule_version, facts.point, facts.snapshot)
}

fn check_actor(act: &Act) -> Result<(), Refusal> {
    let may = match act.actor.role {
        None => act.actor.user == SYSTEM && matches!(act.command, Command::Expire),
        Some(role) => act.command.roles().contains(&role),
    };
    if may {
        return Ok(());
    }
    let who = act.actor.role.map_or("系统", Role::label);
    Err(Refusal::new("role", format!("{who}不能{}", act.command.label()), "请由有此职责的人员办理"))
}

fn check_reason(act: &Act) -> Result<(), Refusal> {
    if act.text.chars().count() > TEXT_MAX {
        return Err(Refusal::new("text", "说明过长", format!("请控制在 {TEXT_MAX} 字以内")));
    }
    if act.reason.is_empty() && !act.command.needs_reason() {
        return Ok(());
    }
    let word = act.command.word();
    if reason(&act.reason, word).is_none() {
        return Err(Refusal::new("reason", format!("{}须选择理由", act.command.label()), "请从理由表中选择一项"));
    }
    let must_say = act.reason == "other" || matches!(act.command, Command::Appeal | Command::Vote { .. });
    if must_say && act.text.trim().is_empty() {
        return Err(Refusal::new("text", "缺少文字说明", "请写明事实与理由"));
    }
    Ok(())
}

/// The standing afterwards.
fn step(item: &Item, act: &Act, clock: &Clock) -> Result<Standing, Refusal> {
    let (standing, today) = (&item.standing, act.at.day());
    let mut next = standing.clone();
    let due = |days: u32| clock.due(today, days);
    let limits = &clock.limits;
    match (&act.command, standing.state) {
        (Command::Assign { .. }, state) if state.stage() != crate::item::Stage::Closed => {}
        (Command::FirstReview(verdict), State::Suspected) => {
            next.first = Some(hand(act));
            next.due_on = due(limits.appeal_days);
            (next.state, next.decided) = first_review(item, verdict)?;
        }
        (Command::Accept, State::RefusalPending | State::Sent | State::Upheld | State::PartlyUpheld) => {
            in_time(standing, act)?;
            (next.state, next.due_on) = (agreed(standing.decided, State::Accepted), None);
        }
        (Command::Appeal, State::RefusalPending | State::Sent) => {
            in_time(standing, act)?;
            (next.state, next.due_on) = (State::Appealed, due(limits.second_review_days));
        }
        (Command::Appeal, State::Upheld | State::PartlyUpheld) => {
            in_time(standing, act)?;
            (next.state, next.due_on) = (State::Reappealed, due(limits.panel_days));
        }
        (Command::WithdrawAppeal, State::Appealed | State::Reappealed) => {
            (next.state, next.due_on) = (agreed(standing.decided, State::Accepted), None);
        }
        (Command::SecondReview { amount }, State::Appealed) => {
            other_eyes(standing, act)?;
            let upheld = within(*amount, standing.decided)?;
            next.second = Some(hand(act));
            next.due_on = due(limits.second_appeal_days);
            next.state = match upheld {
                // A question without money: what is not taken back stands.
                _ if standing.decided == Fen::ZERO && amount.is_none() => State::Upheld,
                Fen(0) => State::Reversed,
                _ if upheld < standing.decided => State::PartlyUpheld,
                _ => State::Upheld,
            };
            next.decided = upheld;
        }
        (Command::Convene { members }, State::Reappealed) => {
            next.panel = panel::seats(standing, members)?;
            next.state = State::InPanel;
        }
        (Command::Vote { amount }, State::InPanel) => {
            vote(standing, &mut next, act, *amount)?;
        }
        (Command::Expire, State::RefusalPending | State::Sent) => {
            passed(standing, act)?;
            (next.state, next.due_on) = (agreed(standing.decided, State::TimedOut), None);
        }
        (Command::Expire, State::Upheld | State::PartlyUpheld) => {
            passed(standing, act)?;
            (next.state, next.due_on) = (agreed(standing.decided, State::Final), None);
        }
        (Command::Escalate, state) if may_escalate(state) => {
            (next.state, next.due_on, next.escalated_from) = (State::Escalated, None, Some(state));
        }
        (Command::Resume, State::Escalated) => {
            next.state = standing.escalated_from.unwrap_or(State::Suspected);
            next.due_on = days_of(next.state, clock).and_then(due);
            next.escalated_from = None;
        }
        (Command::Deduct { amount, booking }, State::Accepted | State::TimedOut | State::Final) => {
            if amount.0 < 0 || *amount > standing.decided {
                return Err(Refusal::new("amount", "扣款金额超出决定金额", "请按决定金额扣款"));
            }
            next.state = State::Deducted;
            next.deducted = *amount;
            next.bookings.extend((!booking.is_empty()).then(|| booking.clone()));
        }
        (Command::Restore { amount, booking }, State::Deducted) => {
            // Who decided it does not undo it alone: another second reviewer looks.
            other_eyes(standing, act)?;
            next.state = State::Restored;
            next.deducted = standing.deducted - *amount;
            next.bookings.extend((!booking.is_empty()).then(|| booking.clone()));
        }
        (Command::Undo, _) => return undone(item, act),
        (command, state) => {
            return Err(Refusal::new(
                "wrong_state",
                format!("“{}”的案件不能{}", state.label(), command.label()),
                "请刷新后按案件当前状态办理",
            ));
        }
    }
    Ok(next)
}

fn hand(act: &Act) -> Hand {
    Hand { user: act.actor.user.clone(), at: act.at }
}

/// A clear violation may be refused at once, a suspicion is only sent: the provider must be heard (医保发〔2023〕25号).
fn first_review(item: &Item, verdict: &Verdict) -> Result<(State, Fen), Refusal> {
    let whole = item.facts.at_stake();
    match verdict {
        Verdict::NoViolation => Ok((State::Dismissed, Fen::ZERO)),
        Verdict::NeedDocuments => Ok((State::Sent, whole)),
        Verdict::Violation { amount } => {
            let decided = within(*amount, whole)?;
            if decided == Fen::ZERO && item.facts.severity != Severity::Indicator {
                return Err(Refusal::new("amount", "认定违规的金额为零", "请填写违规金额，或选择“不违规”"));
            }
            let state = if item.facts.severity == Severity::Clear { State::RefusalPending } else { State::Sent };
            Ok((state, decided))
        }
    }
}

/// An amount between nothing and the whole.
fn within(amount: Option<Fen>, whole: Fen) -> Result<Fen, Refusal> {
    let amount = amount.unwrap_or(whole);
    if amount < Fen::ZERO || amount > whole {
        let what = format!("金额 {amount} 元不在 0 至 {whole} 元之间");
        return Err(Refusal::new("amount", what, format!("最多 {whole} 元")));
    }
    Ok(amount)
}

/// What is agreed on goes to deduction, unless there is nothing to deduct.
fn agreed(decided: Fen, state: State) -> State {
    if decided == Fen::ZERO { State::Noted } else { state }
}

fn other_eyes(standing: &Standing, act: &Act) -> Result<(), Refusal> {
    let same = |hand: &Option<Hand>| hand.as_ref().is_some_and(|hand| hand.user == act.actor.user);
    let restoring = matches!(act.command, Command::Restore { .. });
    if same(&standing.first) || (restoring && same(&standing.second)) {
        return Err(Refusal::new("four_eyes", "办理过前一环节的人员不能再办理本环节", "请转交其他复审员"));
    }
    Ok(())
}

/// The last day still counts.
fn in_time(standing: &Standing, act: &Act) -> Result<(), Refusal> {
    match standing.due_on {
        Some(due) if act.at.day() > due => {
            Err(Refusal::new("too_late", format!("反馈期限 {due} 已过"), "逾期视同认可；确有理由的请联系经办机构"))
        }
        _ => Ok(()),
    }
}

fn passed(standing: &Standing, act: &Act) -> Result<(), Refusal> {
    match standing.due_on {
        Some(due) if act.at.day() > due => Ok(()),
        _ => Err(Refusal::new("not_due", "期限未到", "期限届满次日起由系统处理")),
    }
}

fn vote(standing: &Standing, next: &mut Standing, act: &Act, amount: Option<Fen>) -> Result<(), Refusal> {
    let amount = within(amount, standing.decided)?;
    let seat = next.panel.iter_mut().find(|seat| seat.user == act.actor.user);
    let Some(seat) = seat else {
        return Err(Refusal::new("panel", "您不是本案的合议成员", "请由合议成员表决"));
    };
    if seat.vote.is_some() {
        return Err(Refusal::new("panel", "您已表决，表决不可更改", "请等待其他成员表决"));
    }
    seat.vote = Some(Vote { amount, text: act.text.clone(), at: act.at });
    if let Some(decided) = panel::verdict(&next.panel) {
        let whole = if decided == Fen::ZERO { State::Reversed } else { State::Final };
        (next.state, next.decided, next.due_on) = (whole, decided, None);
    }
    Ok(())
}

fn may_escalate(state: State) -> bool {
    !matches!(state.stage(), crate::item::Stage::Closed | crate::item::Stage::Investigation)
}

/// Days that a state grants whoever's turn it is; `None` where time does not run.
fn days_of(state: State, clock: &Clock) -> Option<u32> {
    let limits = &clock.limits;
    match state {
        State::Suspected => Some(limits.first_review_days),
        State::RefusalPending | State::Sent => Some(limits.appeal_days),
        State::Appealed => Some(limits.second_review_days),
        State::Upheld | State::PartlyUpheld => Some(limits.second_appeal_days),
        State::Reappealed | State::InPanel => Some(limits.panel_days),
        _ => None,
    }
}

/// How it stood before the last decision; only its maker, only in time, only when nobody acted since.
fn undone(item: &Item, act: &Act) -> Result<Standing, Refusal> {
    match &item.undo {
        Some(undo) if undo.user == act.actor.user && act.at <= undo.until => Ok((*undo.before).clone()),
        Some(undo) if undo.user != act.actor.user => {
            Err(Refusal::new("undo", "只能撤回本人作出的决定", "请由作出决定的人员撤回"))
        }
        Some(_) => Err(Refusal::new("undo", "已超过可撤回的时间", "请通过复审或冲回程序更正")),
        None => Err(Refusal::new("undo", "没有可撤回的决定", "他人已在其后办理，或决定本就不可撤回")),
    }
}

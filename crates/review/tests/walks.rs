//! Random walks through the state machine: whatever people try, the invariants hold, and a naive machine written from
//! the picture in the facts agrees about what is possible.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

use agency::{Account, Booking};
use model::{Day, Fen, Severity, Stamp};
use proptest::prelude::*;
use review::{
    Act, Actor, Calendar, Clock, Command, Facts, FundShare, Item, Limits, Outcome, SYSTEM, Stage, State, Verdict,
    decide, deduct, possible, reach, restore,
};
use rights::Role;
use std::collections::BTreeMap;

fn clock() -> Clock {
    Clock { calendar: Calendar::shipped().unwrap(), limits: Limits::default() }
}

fn facts(id: &str, line: &str, severity: Severity, amount: i64) -> Facts {
    let text = str::to_owned;
    Facts {
        id: text(id),
        institution: text("H1"),
        area: text("610100"),
        visit: text("V1"),
        person: text("P1"),
        physician: text("D1"),
        line: text(line),
        related_lines: String::new(),
        rule: text("drug-sex"),
        rule_version: text("1"),
        rule_name: text("限性别用药"),
        official_code: String::new(),
        severity,
        occurred_on: Day(20_700),
        quantity_over: text("1"),
        amount: Fen(amount),
        counted: Fen(amount),
        point: text("K1"),
        basis: text("文件"),
        reminder: String::new(),
        evidence: text("事实"),
        insurance: text("310"),
        share: None,
        snapshot: text("abc"),
        imported_at: AT,
    }
}

/// 2026-11-27 09:00, a Friday.
const AT: Stamp = Stamp(20_784 * 86_400 + 9 * 3_600);

fn item(severity: Severity, amount: i64) -> Item {
    Item::new(facts("F1", "L1", severity, amount), clock().first_review_due(AT.day()))
}

fn act(user: &str, role: Role, command: Command) -> Act {
    Act {
        actor: Actor { user: user.to_owned(), role: Some(role) },
        command,
        reason: "other".to_owned(),
        text: "说明".to_owned(),
        evidence: Vec::new(),
        at: AT,
        seen: None,
        batch: String::new(),
    }
}

fn done(item: &Item, user: &str, role: Role, command: Command) -> Item {
    let mut act = act(user, role, command);
    if !act.command.needs_reason() {
        act.reason = String::new();
    }
    decide(item, &act, &clock()).unwrap_or_else(|refusal| panic!("{refusal}")).0
}

fn refused(item: &Item, user: &str, role: Role, command: Command) -> &'static str {
    let mut act = act(user, role, command);
    if !act.command.needs_reason() {
        act.reason = String::new();
    }
    decide(item, &act, &clock()).unwrap_err().code
}

fn violation() -> Command {
    Command::FirstReview(Verdict::Violation { amount: None })
}

#[test]
fn the_long_way_from_suspicion_to_final() {
    let item = item(Severity::Suspicious, 10_000);
    assert_eq!(item.standing.due_on.unwrap().to_string(), "2026-12-11");
    let sent = done(&item, "a", Role::FirstReviewer, violation());
    assert_eq!((sent.standing.state, sent.standing.decided), (State::Sent, Fen(10_000)));
    let appealed = done(&sent, "h", Role::HospitalOffice, Command::Appeal);
    assert_eq!(refused(&appealed, "a", Role::SecondReviewer, Command::SecondReview { amount: None }), "four_eyes");
    let partly = done(&appealed, "b", Role::SecondReviewer, Command::SecondReview { amount: Some(Fen(6_000)) });
    assert_eq!((partly.standing.state, partly.standing.decided), (State::PartlyUpheld, Fen(6_000)));
    let again = done(&partly, "h", Role::HospitalOffice, Command::Appeal);
    let members = |names: &[&str]| Command::Convene { members: names.iter().map(|name| (*name).to_owned()).collect() };
    assert_eq!(refused(&again, "b", Role::SecondReviewer, members(&["x", "y"])), "panel");
    assert_eq!(refused(&again, "b", Role::SecondReviewer, members(&["x", "y", "y"])), "panel");
    assert_eq!(refused(&again, "b", Role::SecondReviewer, members(&["x", "y", "b"])), "four_eyes");
    let mut panel = done(&again, "b", Role::SecondReviewer, members(&["x", "y", "z"]));
    assert_eq!(refused(&panel, "w", Role::Panelist, Command::Vote { amount: None }), "panel");
    assert_eq!(refused(&panel, "x", Role::Panelist, Command::Vote { amount: Some(Fen(6_001)) }), "amount");
    for (user, amount) in [("x", None), ("y", Some(Fen(0))), ("z", Some(Fen(2_500)))] {
        assert_eq!(panel.standing.state, State::InPanel);
        panel = done(&panel, user, Role::Panelist, Command::Vote { amount });
    }
    assert_eq!((panel.standing.state, panel.standing.decided), (State::Final, Fen(2_500)));
    assert_eq!(panel.outcome(), Outcome::Upheld);
    let (amount, booking) = deduct(&panel, &[&panel], "B1".to_owned(), AT);
    let command = Command::Deduct { amount, booking: booking.unwrap().id };
    let deducted = done(&panel, "f", Role::Finance, command);
    assert_eq!((deducted.standing.deducted, deducted.standing.bookings.len()), (Fen(2_500), 1));
    let back = || Command::Restore { amount: Fen(2_500), booking: "B2".to_owned() };
    assert_eq!(refused(&deducted, "b", Role::SecondReviewer, back()), "four_eyes");
    let restored = done(&deducted, "c", Role::SecondReviewer, back());
    assert_eq!((restored.standing.deducted, restored.outcome()), (Fen(0), Outcome::Reversed));
}

#[test]
fn a_suspicion_is_never_refused_unheard_and_a_hint_costs_nothing() {
    assert_eq!(
        done(&item(Severity::Clear, 5), "a", Role::FirstReviewer, violation()).standing.state,
        State::RefusalPending
    );
    assert_eq!(done(&item(Severity::Suspicious, 5), "a", Role::FirstReviewer, violation()).standing.state, State::Sent);
    let hint = done(&item(Severity::Indicator, 5), "a", Role::FirstReviewer, violation());
    assert_eq!((hint.standing.state, hint.standing.decided), (State::Sent, Fen(0)));
    assert_eq!(done(&hint, "h", Role::HospitalOffice, Command::Accept).standing.state, State::Noted);
}

#[test]
fn time_passes_for_the_provider_and_the_last_day_counts() {
    let sent = done(&item(Severity::Clear, 100), "a", Role::FirstReviewer, violation());
    let due = sent.standing.due_on.unwrap();
    let expire = |at: Stamp| Act {
        actor: Actor { user: SYSTEM.to_owned(), role: None },
        reason: String::new(),
        at,
        ..act("", Role::Finance, Command::Expire)
    };
    let on_the_last_day = Stamp(due.start().0 + 86_399);
    let appeal = |at: Stamp| Act { at, ..act("h", Role::HospitalOffice, Command::Appeal) };
    assert_eq!(decide(&sent, &expire(on_the_last_day), &clock()).unwrap_err().code, "not_due");
    assert!(decide(&sent, &appeal(on_the_last_day), &clock()).is_ok());
    let after = due.plus(1).start();
    assert_eq!(decide(&sent, &appeal(after), &clock()).unwrap_err().code, "too_late");
    let (late, event) = decide(&sent, &expire(after), &clock()).unwrap();
    assert_eq!((late.standing.state, event.role, event.user.as_str()), (State::TimedOut, None, SYSTEM));
    // The agency's own delay is nobody's consent.
    let appealed = done(&sent, "h", Role::HospitalOffice, Command::Appeal);
    assert_eq!(decide(&appealed, &expire(due.plus(90).start()), &clock()).unwrap_err().code, "wrong_state");
    // Nobody may pretend to be the clock.
    assert_eq!(refused(&sent, SYSTEM, Role::Finance, Command::Expire), "role");
}

#[test]
fn an_undo_brings_back_what_was_until_somebody_acts_on_it() {
    let before = item(Severity::Clear, 100);
    let decided = done(&before, "a", Role::FirstReviewer, Command::FirstReview(Verdict::NoViolation));
    assert_eq!(decided.standing.state, State::Dismissed);
    assert_eq!(refused(&decided, "b", Role::FirstReviewer, Command::Undo), "undo");
    let undone = done(&decided, "a", Role::FirstReviewer, Command::Undo);
    assert_eq!(undone.standing, before.standing);
    assert_eq!(refused(&undone, "a", Role::FirstReviewer, Command::Undo), "undo");
    let late = Act { at: Stamp(AT.0 + 601), reason: String::new(), ..act("a", Role::FirstReviewer, Command::Undo) };
    assert_eq!(decide(&decided, &late, &clock()).unwrap_err().code, "undo");
    let sent = done(&before, "a", Role::FirstReviewer, violation());
    let accepted = done(&sent, "h", Role::HospitalOffice, Command::Accept);
    assert_eq!(refused(&accepted, "a", Role::FirstReviewer, Command::Undo), "undo");
}

#[test]
fn an_outdated_view_and_a_missing_reason_are_refused() {
    let item = item(Severity::Clear, 100);
    let stale = Act { seen: Some(3), ..act("a", Role::FirstReviewer, violation()) };
    assert_eq!(decide(&item, &stale, &clock()).unwrap_err().code, "outdated");
    for (reason, text, code) in [("", "x", "reason"), ("appeal_data", "x", "reason"), ("other", " ", "text")] {
        let act =
            Act { reason: reason.to_owned(), text: text.to_owned(), ..act("a", Role::FirstReviewer, violation()) };
        assert_eq!(decide(&item, &act, &clock()).unwrap_err().code, code, "{reason:?}");
    }
}

#[test]
fn i2_the_fund_s_part_is_what_is_at_stake() {
    let share = |fund, total| Some(FundShare { fund: Fen(fund), total: Fen(total) });
    for (amount, share, expected) in [
        (1_000, None, 1_000),
        (50, share(70, 100), 35),
        (1, share(1, 2), 1),
        (5_000, share(70, 100), 70),
        (9, share(0, 0), 9),
    ] {
        let facts = Facts { share, ..facts("F", "", Severity::Clear, amount) };
        assert_eq!(facts.at_stake(), Fen(expected), "{amount} {share:?}");
    }
}

/// The picture of workflow.md §3, written down again as a table: who moves from where to where.
const PICTURE: &[(&str, State, Role)] = &[
    ("first_review", State::Suspected, Role::FirstReviewer),
    ("accept", State::RefusalPending, Role::HospitalOffice),
    ("accept", State::Sent, Role::HospitalOffice),
    ("accept", State::Upheld, Role::HospitalOffice),
    ("accept", State::PartlyUpheld, Role::HospitalOffice),
    ("appeal", State::RefusalPending, Role::HospitalOffice),
    ("appeal", State::Sent, Role::HospitalOffice),
    ("appeal", State::Upheld, Role::HospitalOffice),
    ("appeal", State::PartlyUpheld, Role::HospitalOffice),
    ("withdraw_appeal", State::Appealed, Role::HospitalOffice),
    ("withdraw_appeal", State::Reappealed, Role::HospitalOffice),
    ("second_review", State::Appealed, Role::SecondReviewer),
    ("convene", State::Reappealed, Role::SecondReviewer),
    ("vote", State::InPanel, Role::Panelist),
    ("deduct", State::Accepted, Role::Finance),
    ("deduct", State::TimedOut, Role::Finance),
    ("deduct", State::Final, Role::Finance),
    ("restore", State::Deducted, Role::SecondReviewer),
    ("resume", State::Escalated, Role::Supervisor),
];

#[derive(Debug, Clone)]
struct Try {
    user: usize,
    role: usize,
    command: usize,
    amount: Option<i64>,
    hours: i64,
}

const USERS: [&str; 6] = ["a", "b", "c", "d", "e", SYSTEM];

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let one = (0..USERS.len(), 0..Role::ALL.len(), 0_usize..14, prop::option::of(-5_i64..1_200), 0_i64..300)
        .prop_map(|(user, role, command, amount, hours)| Try { user, role, command, amount, hours });
    prop::collection::vec(one, 1..80)
}

fn command_of(wanted: &Try, item: &Item) -> Command {
    let amount = wanted.amount.map(Fen);
    let members = |from: usize| (0..3).map(|step| USERS[(from + step) % 5].to_owned()).collect();
    match wanted.command {
        0 => Command::Assign { to: USERS[wanted.user].to_owned() },
        1 => Command::FirstReview(Verdict::Violation { amount }),
        2 => Command::FirstReview(Verdict::NoViolation),
        3 => Command::FirstReview(Verdict::NeedDocuments),
        4 => Command::Accept,
        5 => Command::Appeal,
        6 => Command::WithdrawAppeal,
        7 => Command::SecondReview { amount },
        8 => Command::Convene { members: members(wanted.user) },
        9 => Command::Vote { amount },
        10 => Command::Expire,
        11 => Command::Escalate,
        12 => Command::Resume,
        _ if item.standing.state == State::Deducted => {
            Command::Restore { amount: item.standing.deducted, booking: "B2".to_owned() }
        }
        _ => Command::Deduct { amount: item.standing.decided, booking: "B1".to_owned() },
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever is tried, in whatever order, by whoever.
    #[test]
    fn invariants_hold_on_every_walk(severity in 0..3, tried in tries()) {
        let severity = [Severity::Clear, Severity::Suspicious, Severity::Indicator][severity as usize];
        let (clock, mut at) = (clock(), AT);
        let mut item = item(severity, 1_000);
        let mut events = Vec::new();
        for wanted in &tried {
            at = Stamp(at.0 + wanted.hours * 3_600);
            let (user, role) = (USERS[wanted.user], Role::ALL[wanted.role]);
            let command = command_of(wanted, &item);
            let is_clock = matches!(command, Command::Expire) && user == SYSTEM;
            // Half of the tries come from whoever could: otherwise walks would be short.
            let role = if wanted.hours % 2 == 0 { command.roles().first().copied().unwrap_or(role) } else { role };
            let reason = if command.needs_reason() { "other" } else { "" };
            let act = Act {
                actor: Actor { user: user.to_owned(), role: if is_clock { None } else { Some(role) } },
                reason: reason.to_owned(), at, ..act(user, role, command.clone())
            };
            let before = item.clone();
            match decide(&item, &act, &clock) {
                Err(refusal) => prop_assert!(!refusal.what.is_empty() && !refusal.remedy.is_empty()),
                Ok((after, event)) => {
                    prop_assert_eq!(&after.facts, &before.facts, "facts never change");
                    prop_assert_eq!(event.number, before.version + 1);
                    prop_assert!(!event.user.is_empty() && event.at == at);
                    prop_assert_eq!((event.from, event.to), (before.standing.state, after.standing.state));
                    // Only who is in the picture moves an item.
                    if event.from != event.to && !matches!(command, Command::Undo | Command::Expire | Command::Escalate) {
                        prop_assert!(PICTURE.contains(&(command.word(), event.from, role)), "{:?}", event);
                    }
                    item = after;
                    events.push(event);
                }
            }
            let standing = &item.standing;
            prop_assert!(standing.decided >= Fen(0) && standing.decided <= item.facts.at_stake());
            if let (Some(first), Some(second)) = (&standing.first, &standing.second) {
                prop_assert!(first.user != second.user, "four eyes");
            }
            for seat in &standing.panel {
                prop_assert!([&standing.first, &standing.second].iter().all(|hand| hand.as_ref().is_none_or(|hand| hand.user != seat.user)));
            }
            prop_assert!(standing.panel.is_empty() || standing.panel.len() % 2 == 1);
            // I11: nothing is deducted that was not decided, nothing twice.
            prop_assert!(standing.deducted >= Fen(0) && standing.deducted <= item.facts.at_stake());
            prop_assert!((standing.state == State::Deducted) == (standing.deducted > Fen(0)) || standing.decided == Fen(0));
            // Somebody's turn means a clock, except where only a booking or an investigation is left.
            let runs = !matches!(standing.state.stage(), Stage::Closed | Stage::Deduction | Stage::Investigation);
            prop_assert_eq!(standing.due_on.is_some(), runs, "{:?}", standing.state);
            if severity == Severity::Indicator {
                prop_assert_eq!(standing.decided, Fen(0));
            }
        }
        prop_assert_eq!(events.len() as u32, item.version);
    }

    /// What `possible` offers is what the picture allows.
    #[test]
    fn what_is_offered_can_be_done(tried in tries()) {
        let clock = clock();
        let mut item = item(Severity::Suspicious, 1_000);
        for wanted in &tried {
            for role in Role::ALL {
                let offered = possible(&item, "nobody", role, &clock, AT);
                for (word, state, who) in PICTURE {
                    // A vote needs a seat; what deadlines say is tested elsewhere.
                    if *word != "vote" && *state == item.standing.state && *who == role {
                        prop_assert!(offered.contains(word), "{} {:?} {:?}", word, state, role);
                    }
                    if offered.contains(word) {
                        prop_assert!(PICTURE.contains(&(word, item.standing.state, role)));
                    }
                }
            }
            let command = command_of(wanted, &item);
            let role = command.roles().first().copied().unwrap_or(Role::Auditor);
            let mut act = act(USERS[wanted.user], role, command);
            if !act.command.needs_reason() { act.reason = String::new(); }
            if let Ok((after, _)) = decide(&item, &act, &clock) { item = after; }
        }
    }

    /// I7, I11: deductions and restorations of one visit in any order: every booking sums to zero, and together they come to
    /// what the decisions that stand reach, on both sides.
    #[test]
    fn i5_i7_i11_bookings_come_to_what_stands(
        items in prop::collection::vec(("[a-c]?", 1_i64..500), 1..7),
        steps in prop::collection::vec((0_usize..7, any::<bool>()), 1..30),
        fund in prop::option::of(1_i64..900),
    ) {
        let share = fund.map(|fund| FundShare { fund: Fen(fund), total: Fen(fund) });
        let mut all: Vec<Item> = (0..).zip(&items).map(|(number, (line, amount))| {
            let facts = Facts { share, ..facts(&format!("F{number}"), line, Severity::Clear, *amount) };
            let decided = done(&Item::new(facts, None), "a", Role::FirstReviewer, violation());
            done(&decided, "h", Role::HospitalOffice, Command::Accept)
        }).collect();
        let mut books: Vec<Booking> = Vec::new();
        for (place, back) in steps {
            let place = place % all.len();
            let visit: Vec<&Item> = all.iter().collect();
            let id = format!("B{}", books.len());
            let next = match (all[place].standing.state, back) {
                (State::Accepted, false) => {
                    let (amount, booking) = deduct(&all[place], &visit, id, AT);
                    prop_assert_eq!(booking.is_some(), amount != Fen(0));
                    let command = Command::Deduct { amount, booking: booking.as_ref().map(|b| b.id.clone()).unwrap_or_default() };
                    books.extend(booking);
                    done(&all[place], "f", Role::Finance, command)
                }
                (State::Deducted, true) => {
                    let (amount, booking) = restore(&all[place], &visit, id, AT);
                    let command = Command::Restore { amount, booking: booking.as_ref().map(|b| b.id.clone()).unwrap_or_default() };
                    books.extend(booking);
                    done(&all[place], "c", Role::SecondReviewer, command)
                }
                _ => continue,
            };
            all[place] = next;
            let mut balances: BTreeMap<String, i64> = BTreeMap::new();
            for booking in &books {
                prop_assert_eq!(booking.sum(), Fen(0));
                prop_assert!(booking.entries.len() == 2 && booking.owner == "H1");
                for entry in &booking.entries {
                    *balances.entry(entry.account.to_string()).or_default() += entry.amount.0;
                }
            }
            let stands = all.iter().filter(|item| item.standing.state == State::Deducted);
            let reached = reach(stands.map(|item| (item.facts.line.as_str(), item.standing.decided)), share);
            let owed = Account::Payable { institution: "H1".to_owned() }.to_string();
            prop_assert_eq!(balances.get(&owed).copied().unwrap_or(0), reached.0);
            prop_assert_eq!(balances.get("fund/610100/310/310100").copied().unwrap_or(0), -reached.0);
        }
    }
}

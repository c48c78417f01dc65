//! A claim: what is to be settled, and the case that the law sees in it.

use crate::command::Occasion;
use crate::file::File;
use crate::institutions::Institution;
use crate::records::{AccountState, Coverage, FilingKind, Person, Settlement, Upload, Visit, VisitKind};
use crate::refusal::Refusal;
use crate::words;
use crate::world::World;
use benefit::{Bill, Case, Filing, Kind};
use model::{Age, Day, Fen};
use std::collections::BTreeMap;

/// What is to be settled of a visit.
pub(crate) struct Claim<'f> {
    pub(crate) file: &'f File,
    pub(crate) world: &'f World,
    pub(crate) occasion: &'f Occasion<'f>,
    pub(crate) person: &'f Person,
    pub(crate) cover: &'f Coverage,
    pub(crate) institution: &'f Institution,
    pub(crate) visit: &'f Visit,
    /// Uploads settled now.
    pub(crate) uploads: Vec<&'f Upload>,
    pub(crate) care: String,
    pub(crate) account_use: u8,
    pub(crate) interim: bool,
}

impl Claim<'_> {
    pub(super) fn account(&self) -> AccountState {
        let none = AccountState { person: self.person.id.clone(), balance: Fen::ZERO, family: Fen::ZERO };
        self.file.account.clone().unwrap_or(none)
    }

    /// The case as the law sees it, with the year as it was before `earlier` parts of the same stay.
    pub(super) fn case(&self, earlier: &[&Settlement]) -> Result<Case, Refusal> {
        let scheme = words::scheme(&self.cover.insurance).ok_or_else(|| {
            Refusal::new(
                "insurance",
                format!("险种“{}”没有收录待遇政策", self.cover.insurance),
                "职工医保填 310，城乡居民医保填 390",
            )
        })?;
        let begin = self.visit.begun_at.day();
        let today = self.occasion.now.day();
        let end = match self.visit.kind {
            VisitKind::Inpatient => self.visit.ended_at.map_or(today, model::Stamp::day).max(begin),
            _ => begin,
        };
        let account = self.account();
        let before = |part: fn(&Settlement) -> Fen| earlier.iter().fold(Fen::ZERO, |sum, other| sum + part(other));
        let own = account.balance + before(|part| part.account - part.family_account);
        let family = account.family + before(|part| part.family_account);
        let kind = words::kind(&self.care, self.visit.kind);
        let mut case = Case {
            id: self.occasion.caller.msgid.clone(),
            on: today.max(end),
            area: self.cover.area.clone(),
            scheme: scheme.to_owned(),
            person: benefit::Person {
                status: words::status(&self.cover.person_kind),
                age: u16::try_from(Age::on(self.person.born_on, begin).years).ok(),
                cover_months: Some(self.cover_months(begin)),
                special: self.special(begin),
                supplements: self.supplements(),
                account_balance: own,
                family_account_balance: if self.account_use == 2 { family } else { Fen::ZERO },
            },
            visit: benefit::Visit {
                kind,
                level: words::level(&self.institution.level),
                community: self.institution.community,
                admission_ordinal: None,
                begin: Some(begin),
                end: Some(end),
                programme: self.programme(kind, begin)?,
                treatment_area: (self.visit.treatment_area != self.cover.area)
                    .then(|| self.visit.treatment_area.clone()),
                filing: self.filing(begin),
                selected: Some(self.is_selected(begin)),
                referred: Some(self.is_referred(begin)),
            },
            bill: Bill::Lines(Vec::new()),
            year_to_date: Vec::new(),
            admissions: None,
            use_account: self.account_use > 0,
        };
        let year = self.world.law.law_day(&case).civil().0;
        let mut used: BTreeMap<String, i64> =
            self.file.used(year, &self.cover.area, &self.cover.insurance).into_iter().collect();
        for (_, key, value) in earlier.iter().flat_map(|part| &part.used).filter(|(of, ..)| *of == year) {
            *used.entry(key.clone()).or_default() -= value;
        }
        case.admissions = Some(u16::try_from(used.remove("admissions").unwrap_or(0).max(0)).unwrap_or(u16::MAX));
        case.year_to_date = used.into_iter().map(|(key, fen)| (key, Fen(fen))).collect();
        Ok(case)
    }

    fn cover_months(&self, on: Day) -> u16 {
        let (year, month, _) = on.civil();
        let (from_year, from_month, _) = self.cover.from.civil();
        let months = (year - from_year) * 12 + month as i32 - from_month as i32;
        self.cover.months_before.saturating_add(u16::try_from(months.max(0)).unwrap_or(u16::MAX))
    }

    fn special(&self, on: Day) -> Vec<String> {
        let holds =
            |status: &&crate::records::SpecialStatus| status.from <= on && status.until.is_none_or(|until| on < until);
        self.person.special.iter().filter(holds).map(|status| status.group.clone()).collect()
    }

    fn supplements(&self) -> Vec<String> {
        let mut supplements = self.cover.supplements.clone();
        if self.cover.civil_servant && !supplements.iter().any(|word| word == "civil_servant") {
            supplements.push("civil_servant".to_owned());
        }
        supplements
    }

    /// The programme of a chronic visit: it must have been filed for its disease.
    fn programme(&self, kind: Kind, on: Day) -> Result<Option<String>, Refusal> {
        if kind != Kind::Chronic {
            return Ok(None);
        }
        let disease = &self.visit.disease;
        let filed = self
            .file
            .filings
            .iter()
            .any(|filing| filing.kind == FilingKind::Chronic && filing.holds(on) && filing.code == *disease);
        if disease.is_empty() || !filed {
            return Err(Refusal::new(
                "disease",
                format!("门诊慢特病病种“{disease}”在 {on} 没有有效备案"),
                "请在 2203 中填写 dise_codg，并先办理慢特病备案（2503）",
            ));
        }
        let known = self.world.areas.get(&self.cover.area).and_then(|area| area.programme(disease));
        Ok(known.map(|programme| programme.word.clone()))
    }

    /// How care outside the area of cover was filed.
    fn filing(&self, on: Day) -> Filing {
        if self.visit.treatment_area == self.cover.area {
            return Filing::None;
        }
        let holds = |kind: FilingKind| {
            self.file.filings.iter().any(|filing| {
                filing.kind == kind
                    && filing.holds(on)
                    && (filing.area.is_empty() || filing.area == self.visit.treatment_area)
            })
        };
        if holds(FilingKind::LongTerm) {
            Filing::LongTerm
        } else if holds(FilingKind::Referral) {
            Filing::Referral
        } else if words::kind(&self.care, self.visit.kind) == Kind::Emergency {
            Filing::Emergency
        } else {
            Filing::SelfGoing
        }
    }

    /// Whether the institution is one the person chose. Who chose none may go anywhere.
    fn is_selected(&self, on: Day) -> bool {
        let mut chosen =
            self.file.filings.iter().filter(|f| f.kind == FilingKind::Designated && f.holds(on)).peekable();
        chosen.peek().is_none() || chosen.any(|filing| filing.institution == self.institution.code)
    }

    fn is_referred(&self, on: Day) -> bool {
        self.file.filings.iter().any(|filing| filing.kind == FilingKind::Referral && filing.holds(on))
    }
}

/// The case without its bill, for the record (I10): the lines are in the uploads.
pub(super) fn case_json(case: &Case) -> String {
    let (person, visit) = (&case.person, &case.visit);
    let day = |day: Option<Day>| day.map(|day| day.to_string());
    let mut year: serde_json::Map<String, serde_json::Value> =
        case.year_to_date.iter().map(|(key, fen)| (key.clone(), fen.to_string().into())).collect();
    year.insert("admissions".to_owned(), case.admissions.into());
    serde_json::json!({
        "id": case.id, "on": case.on.to_string(), "area": case.area, "scheme": case.scheme,
        "person": {
            "status": person.status.name(), "age": person.age, "cover_months": person.cover_months,
            "special": person.special, "supplements": person.supplements,
            "account_balance": person.account_balance.to_string(),
            "family_account_balance": person.family_account_balance.to_string(),
        },
        "visit": {
            "kind": visit.kind.name(), "institution_level": visit.level.name(), "community": visit.community,
            "begin": day(visit.begin), "end": day(visit.end), "programme": visit.programme,
            "treatment_area": visit.treatment_area, "filing": visit.filing.name(),
            "selected_institution": visit.selected, "referred": visit.referred,
        },
        "year_to_date": year, "use_account": case.use_account,
    })
    .to_string()
}

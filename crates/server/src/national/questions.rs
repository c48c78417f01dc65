//! Questions: the records that answer them, loaded; nothing is computed here.

use super::{Message, Reply};
use crate::observe::Ending;
use agency::{
    AccountState, Coverage, File, Filing, Needs, Occasion, Person, Profession, Settlement, Upload, Visit, VisitState,
    voucher,
};
use gateway::Rejection;
use gateway::{Answer, Question};
use model::{Day, Fen, Stamp};
use store::{DocumentFilter, SettlementFilter, StoreError, VisitFilter};

type Failed = (Rejection, Ending);

/// Seconds of a day.
const DAY: i64 = 86_400;

fn start(day: Day) -> Stamp {
    Stamp(i64::from(day.0) * DAY)
}

fn after(day: Day) -> Stamp {
    Stamp((i64::from(day.0) + 1) * DAY)
}

/// A filter that an empty text leaves open.
fn open(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

impl Message<'_> {
    pub(super) async fn ask(&self, question: Question) -> Result<Reply, Failed> {
        if let Question::Settlements { file, .. } = &question
            && !file.is_empty()
        {
            return self.compare(question).await;
        }
        let answer = self.answer(question).await?;
        Ok(Reply::Envelope(self.writer().told(&answer), Ending::Done))
    }

    fn or_unavailable<T>(&self, result: Result<T, StoreError>) -> Result<T, Failed> {
        result.map_err(|error| self.unavailable(&error))
    }

    async fn answer(&self, question: Question) -> Result<Answer, Failed> {
        match question {
            Question::Person { certificate_kind, certificate, document, name, .. } => {
                self.person(&certificate_kind, &certificate, &document, &name).await
            }
            Question::Voucher { code } => self.voucher(&code).await,
            Question::Institutions { code, name, kind } => Ok(self.institutions(&code, &name, &kind)),
            Question::Entitlement { person, insurance, institution, care, disease, on } => {
                let file = self.file(&person).await?;
                let caller = gateway::caller(&self.request);
                let occasion = Occasion { caller: &caller, now: self.received.stamp };
                let rows = agency::entitlements(
                    &file,
                    &self.desk.world(),
                    &occasion,
                    &agency::EntitlementQuestion { insurance, institution, care, disease, on },
                );
                Ok(Answer::Entitlements { person, rows: rows.into_iter().map(entitlement).collect() })
            }
            Question::Settlements { person, settlement, .. } if !settlement.is_empty() => {
                self.settlement(&person, &settlement).await
            }
            Question::Settlements { .. } => Ok(Answer::Settlements(self.settlements(&question).await?)),
            Question::Visits { person, visit, care, days, in_hospital } => {
                let file = self.file(&person).await?;
                let filter = VisitFilter {
                    person: Some(person),
                    id: open(&visit),
                    state: in_hospital.then_some(VisitState::Open),
                    kind: in_hospital.then_some(agency::VisitKind::Inpatient),
                    from: days.map(|(from, _)| start(from)),
                    until: days.map(|(_, until)| after(until)),
                    ..VisitFilter::default()
                };
                let mut visits = self.or_unavailable(self.desk.store.visits(&filter, None).await)?;
                visits.retain(|visit| care.is_empty() || visit.care == care);
                let person = Box::new(self.known(&file)?.clone());
                Ok(Answer::Visits { person, covers: file.coverages, visits })
            }
            Question::Charges { person, visit, settlement, days } => {
                self.charges(&person, &visit, &settlement, days).await
            }
            Question::Accumulators { person, period } => {
                let mut used = self.file(&person).await?.accumulators;
                let year = period.get(..4).and_then(|year| year.parse::<i32>().ok());
                used.retain(|known| year.is_none_or(|year| known.year == year));
                Ok(Answer::Accumulators(used))
            }
            Question::Filings { person, kind, code, days } => {
                let file = self.file(&person).await?;
                let today = self.received.stamp.day();
                let (from, until) = days.unwrap_or((today, today));
                let fits = |filing: &&Filing| {
                    filing.kind == kind
                        && filing.cancelled_at.is_none()
                        && (code.is_empty() || filing.code == code)
                        && filing.from <= until
                        && filing.until.is_none_or(|last| from <= last)
                };
                let filings = file.filings.iter().filter(fits).cloned().collect();
                Ok(Answer::Filings { person: Box::new(self.known(&file)?.clone()), filings })
            }
            Question::Departments { institution } => {
                let filed = self.desk.store.documents(&institution, "3401", &DocumentFilter::default(), None).await;
                let world = self.desk.world();
                let registered =
                    world.institution(&institution).map_or_else(|_| Vec::new(), |known| known.departments.clone());
                Ok(Answer::Departments { registered, filed: self.or_unavailable(filed)? })
            }
            Question::Staff { institution, profession, code, name } => {
                let fits = |staff: &&agency::Staff| {
                    staff.institution == institution
                        && (code.is_empty() || staff.code == code)
                        && (name.is_empty() || staff.name.contains(&name))
                        && match profession.as_str() {
                            "1" => staff.profession == Profession::Doctor,
                            "2" => staff.profession == Profession::Nurse,
                            "3" => staff.profession == Profession::Pharmacist,
                            _ => true,
                        }
                };
                let world = self.desk.world();
                let mut staff: Vec<agency::Staff> = world.staff.values().filter(fits).cloned().collect();
                staff.sort_by(|one, other| one.code.cmp(&other.code));
                Ok(Answer::Staff(staff))
            }
            Question::Documents { owner, kind, key } => {
                let filter = DocumentFilter { key: open(&key), ..DocumentFilter::default() };
                let found = self.desk.store.documents(&owner, &kind, &filter, None).await;
                Ok(Answer::Documents(self.or_unavailable(found)?))
            }
            Question::Dictionary { .. } => Ok(Answer::Nothing),
            Question::CatalogueFile { infno, version } => Ok(self.catalogue_file(&infno, &version)),
            Question::CataloguePage { infno, filters, page, size } if infno == "1317" => {
                self.mappings(&filters, page, size).await
            }
            Question::CataloguePage { infno, filters, page, size } => {
                Ok(self.catalogue_page(&infno, &filters, page, size))
            }
        }
    }

    /// 3202: the institution's list against ours; what differs lies in a file to be fetched.
    async fn compare(&self, question: Question) -> Result<Reply, Failed> {
        let Question::Settlements { file, .. } = &question else { return self.refuse("没有对账文件") };
        let uploaded = self.kept_content(file).await?.bytes();
        let settlements = self.settlements(&question).await?;
        let theirs = match gateway::read_statement(&uploaded) {
            Ok(rows) => rows,
            Err(fault) => return self.refuse(fault.to_string()),
        };
        let differences = gateway::compare(&theirs, &settlements);
        let filename = format!("{}.zip", self.request.envelope.msgid);
        match gateway::write_statement(&differences, &self.profile) {
            Ok(result) => self.offer_file(filename, result, differences.len()).await,
            Err(text) => self.refuse(text),
        }
    }

    async fn settlements(&self, question: &Question) -> Result<Vec<Settlement>, Failed> {
        let Question::Settlements { person, institution, insurance, clearing_kind, office, days, .. } = question else {
            return Ok(Vec::new());
        };
        let filter = SettlementFilter {
            institution: open(institution),
            person: open(person),
            insurance: open(insurance),
            clearing_kind: open(clearing_kind),
            clearing_office: open(office),
            from: days.map(|(from, _)| start(from)),
            until: days.map(|(_, until)| after(until)),
            ..SettlementFilter::default()
        };
        self.or_unavailable(self.desk.store.settlements(&filter, None).await)
    }

    /// The file of a person who is known.
    async fn file(&self, person: &str) -> Result<File, Failed> {
        let file = self.or_unavailable(self.desk.store.load(person, &Needs::default()).await)?;
        self.known(&file)?;
        Ok(file)
    }

    fn known<'f>(&self, file: &'f File) -> Result<&'f Person, Failed> {
        match &file.person {
            Some(person) => Ok(person),
            None => self.refuse("查无此人：人员编号不存在；请先用 1101 读取人员信息，取返回的 psn_no"),
        }
    }

    /// 1101: by voucher, card or document.
    async fn person(&self, kind: &str, shown: &str, document: &str, name: &str) -> Result<Answer, Failed> {
        let store = &self.desk.store;
        let found = match kind {
            "01" => match voucher::holder(shown, &self.desk.world().voucher_secret) {
                Some(person) => self.or_unavailable(store.load(&person, &Needs::default()).await)?.person,
                None => return self.refuse("字段 mdtrt_cert_no：电子凭证令牌无效或已过期；请重新扫码取得 ecToken"),
            },
            "03" => self.or_unavailable(store.person_by_card(shown).await)?,
            _ => self.or_unavailable(store.person_by_certificate("01", shown).await)?,
        };
        let found = match found {
            None if !document.is_empty() && document != shown => {
                self.or_unavailable(store.person_by_certificate("01", document).await)?
            }
            found => found,
        };
        let Some(person) = found else {
            return self.refuse(
                "查无此人：凭证没有对应的参保人；请核对 mdtrt_cert_type 与 mdtrt_cert_no，或到参保地经办机构登记",
            );
        };
        let disagrees = |given: &str, held: &str| !given.is_empty() && !given.eq_ignore_ascii_case(held);
        if disagrees(document, &person.certificate) {
            return self.refuse("字段 certno：证件号码与凭证的持有人不一致；请核对后重发");
        }
        if disagrees(name, &person.name) {
            return self.refuse("字段 psn_name：姓名与凭证的持有人不一致；请核对后重发");
        }
        self.told_person(person, String::new()).await
    }

    async fn told_person(&self, person: Person, token: String) -> Result<Answer, Failed> {
        let file = self.file(&person.id).await?;
        let now = self.received.stamp;
        let covers = current(file.coverages, now);
        let none = AccountState { person: person.id.clone(), balance: Fen::ZERO, family: Fen::ZERO };
        Ok(Answer::Person {
            person: Box::new(person),
            covers,
            account: file.account.unwrap_or(none),
            on: now.day(),
            token,
        })
    }

    /// 1162: what was scanned is the token itself, with the test issuer.
    async fn voucher(&self, code: &str) -> Result<Answer, Failed> {
        let Some(person) = voucher::holder(code, &self.desk.world().voucher_secret) else {
            return self.refuse("字段 ecQrCode：二维码无效或已过期；请让参保人刷新电子凭证后重新扫码");
        };
        let file = self.file(&person).await?;
        let person = self.known(&file)?.clone();
        self.told_person(person, code.to_owned()).await
    }

    fn institutions(&self, code: &str, name: &str, kind: &str) -> Answer {
        let world = self.desk.world();
        let fits = |known: &&agency::Institution| {
            (code.is_empty() || known.code == code)
                && (name.is_empty() || known.name.contains(name))
                && match kind {
                    "1" => !known.is_pharmacy(),
                    "2" => known.is_pharmacy(),
                    _ => true,
                }
        };
        let mut found: Vec<agency::Institution> = world.institutions.values().filter(fits).cloned().collect();
        found.sort_by(|one, other| one.code.cmp(&other.code));
        Answer::Institutions(found)
    }

    /// 5203, 100001.
    async fn settlement(&self, person: &str, id: &str) -> Result<Answer, Failed> {
        let file = self.file(person).await?;
        let filter = SettlementFilter {
            person: Some(person.to_owned()),
            id: Some(id.to_owned()),
            ..SettlementFilter::default()
        };
        let found = self.or_unavailable(self.desk.store.settlements(&filter, None).await)?;
        let Some(settlement) = found.into_iter().next() else {
            return self.refuse(format!("字段 setl_id：该参保人没有结算“{id}”；请核对 setl_id 与 psn_no"));
        };
        let filter = VisitFilter {
            person: Some(person.to_owned()),
            id: Some(settlement.visit.clone()),
            ..VisitFilter::default()
        };
        let visit = self.or_unavailable(self.desk.store.visits(&filter, None).await)?.into_iter().next();
        let world = self.desk.world();
        let (Some(visit), Ok(institution)) = (visit, world.institution(&settlement.institution)) else {
            return self.refuse("结算所属的就诊或机构未登记；请报告经办机构");
        };
        Ok(Answer::Settlement {
            person: Box::new(self.known(&file)?.clone()),
            visit: Box::new(visit),
            institution: Box::new(institution.clone()),
            settlement: Box::new(settlement),
        })
    }

    /// 5204, 5205.
    async fn charges(
        &self,
        person: &str,
        visit: &str,
        settlement: &str,
        days: Option<(Day, Day)>,
    ) -> Result<Answer, Failed> {
        self.file(person).await?;
        let filter = VisitFilter {
            person: Some(person.to_owned()),
            id: open(visit),
            from: days.map(|(from, _)| start(from)),
            until: days.map(|(_, until)| after(until)),
            ..VisitFilter::default()
        };
        let visits: Vec<Visit> = self.or_unavailable(self.desk.store.visits(&filter, None).await)?;
        let mut uploads: Vec<Upload> = Vec::new();
        for known in &visits {
            uploads.extend(self.or_unavailable(self.desk.store.uploads(person, &known.id).await)?);
        }
        uploads.retain(|upload| settlement.is_empty() || upload.settled_by.as_deref() == Some(settlement));
        let world = self.desk.world();
        let codes = uploads.iter().flat_map(|upload| &upload.charges).map(|charge| charge.item.as_str());
        let items = super::catalogues::called(&world.law, codes.collect());
        let was_there = |known: &&agency::Institution| visits.iter().any(|visit| visit.institution == known.code);
        let institutions = world.institutions.values().filter(was_there).cloned().collect();
        Ok(Answer::Charges { visits, uploads, items, institutions })
    }
}

/// The spells that hold today; of an insurance type that has none today, the latest, so that its state can be told.
fn current(spells: Vec<Coverage>, now: Stamp) -> Vec<Coverage> {
    let today = now.day();
    let mut known: Vec<Coverage> =
        spells.into_iter().filter(|spell| spell.known_until.is_none_or(|until| now < until)).collect();
    known.sort_by(|one, other| (&one.insurance, other.from).cmp(&(&other.insurance, one.from)));
    let mut current: Vec<Coverage> = Vec::new();
    for spell in known {
        let first = current.iter().all(|other| other.insurance != spell.insurance);
        if first || spell.holds(today, now) {
            current.retain(|other| other.insurance != spell.insurance || other.holds(today, now));
            current.push(spell);
        }
    }
    current
}

fn entitlement(known: agency::Entitlement) -> gateway::Entitlement {
    gateway::Entitlement { fund: known.fund, from: known.from, until: known.until, refused: known.refused }
}

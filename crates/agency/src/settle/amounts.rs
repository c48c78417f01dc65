//! The settlement of a claim, in the national fields.

use super::claim::{Claim, case_json};
use super::reverse::negative;
use crate::law::{Computed, portion};
use crate::records::{Charge, FundAmount, Settlement, Upload, VisitKind};
use crate::refusal::Refusal;
use crate::words;
use benefit::{Case, Field, Fund, PricedLine};
use model::Fen;
use std::collections::BTreeMap;

impl Claim<'_> {
    /// The settlement, without an id.
    pub(crate) fn settlement(&self) -> Result<Settlement, Refusal> {
        let earlier: Vec<&Settlement> = if self.visit.kind == VisitKind::Inpatient {
            self.file.live_settlements(&self.visit.id).collect()
        } else {
            Vec::new()
        };
        let mut whole: Vec<&Upload> = self.uploads.clone();
        for upload in self.file.uploads_of(&self.visit.id) {
            if upload.settled_by.as_ref().is_some_and(|by| earlier.iter().any(|settlement| settlement.id == *by)) {
                whole.push(upload);
            }
        }
        let lines = net(whole.iter().flat_map(|upload| &upload.charges))?;
        let case = self.case(&earlier)?;
        let computed = self.world.law.settle(&case, &lines)?;
        let mut settlement = self.filled(&case, &lines, &computed);
        for part in &earlier {
            take_off(&mut settlement, part);
        }
        if !earlier.is_empty() {
            // Each part used the account or did not: this one takes from it no more than it leaves to the person, and gives
            // nothing back.
            let left = settlement.person_total.max(Fen::ZERO);
            let own = (settlement.account - settlement.family_account).max(Fen::ZERO).min(left);
            let family = settlement.family_account.max(Fen::ZERO).min(left - own);
            settlement.family_account = family;
            settlement.account = own + family;
            settlement.cash = settlement.person_total - settlement.account;
        }
        settlement.balance = self.account().balance - (settlement.account - settlement.family_account);
        Ok(settlement)
    }

    /// The settlement of the whole case.
    fn filled(&self, case: &Case, lines: &[PricedLine], computed: &Computed) -> Settlement {
        let sum = |part: fn(&PricedLine) -> Fen| lines.iter().fold(Fen::ZERO, |sum, line| sum + part(line));
        let law_on = computed.prepared.law_day();
        let (year, total) = (law_on.civil().0, sum(|line| line.total));
        let insurance = &self.cover.insurance;
        let mut settlement = Settlement {
            id: String::new(),
            person: self.person.id.clone(),
            visit: self.visit.id.clone(),
            institution: self.institution.code.clone(),
            msgid: self.occasion.caller.msgid.clone(),
            at: self.occasion.now,
            law_on,
            insurance: insurance.clone(),
            person_kind: self.cover.person_kind.clone(),
            civil_servant: self.cover.civil_servant,
            care: if self.care.is_empty() {
                words::ordinary_care(self.visit.kind).to_owned()
            } else {
                self.care.clone()
            },
            coverage_area: self.cover.area.clone(),
            treatment_area: self.visit.treatment_area.clone(),
            clearing_kind: words::clearing_kind(&self.care, self.visit.kind).to_owned(),
            clearing_way: "1".to_owned(),
            clearing_office: self.clearing_office(),
            interim: self.interim,
            reverses: None,
            uploads: self.uploads.iter().map(|upload| upload.number).collect(),
            total,
            self_funded: sum(|line| line.self_funded),
            over_limit: sum(|line| line.over_limit),
            upfront: sum(|line| line.upfront),
            in_scope: sum(|line| line.in_scope),
            deductible: Fen::ZERO,
            pool_ratio: 0,
            fields: Vec::new(),
            funds: Vec::new(),
            fund_total: Fen::ZERO,
            person_total: total,
            account: Fen::ZERO,
            family_account: Fen::ZERO,
            cash: total,
            hospital: Fen::ZERO,
            balance: Fen::ZERO,
            used: Vec::new(),
            case: case_json(case),
            receipt: serde_json::to_string(&self.world.law.policies.receipt(case, lines)).unwrap_or_default(),
        };
        let Some(outcome) = &computed.outcome else {
            self.account_only(case, &mut settlement);
            return settlement;
        };
        // The four parts stay those of the lines, so that Σ lines = totals (settlement.md §2); a first share of care elsewhere
        // is borne by the person within scope.
        settlement.deductible = Fen(outcome.deductible);
        for field in Field::ALL {
            let funds = Fund::ALL.iter().filter(|fund| fund.field() == *field);
            settlement
                .fields
                .push((field.name().to_owned(), Fen(funds.map(|fund| outcome.funds[*fund as usize]).sum())));
        }
        for fund in Fund::ALL {
            let (paid, base) = (outcome.funds[*fund as usize], outcome.fund_bases[*fund as usize]);
            if paid == 0 && base == 0 {
                continue;
            }
            let code = words::fund_type(*fund, insurance);
            match settlement.funds.iter_mut().find(|known| known.fund == code) {
                Some(known) => known.amount += Fen(paid),
                None => settlement.funds.push(FundAmount {
                    fund: code.to_owned(),
                    amount: Fen(paid),
                    in_scope: Fen(base),
                    left: None,
                }),
            }
        }
        let pools = [Fund::Pool as usize, Fund::Outpatient as usize];
        let (paid, base): (i64, i64) = (
            pools.iter().map(|fund| outcome.funds[*fund]).sum(),
            pools.iter().map(|fund| outcome.fund_bases[*fund]).sum(),
        );
        let shared = base - outcome.deductible.min(base);
        settlement.pool_ratio = if shared > 0 { Fen(1_000_000).ratio(paid, shared).0.clamp(0, 1_000_000) } else { 0 };
        settlement.fund_total = Fen(outcome.fund_total);
        settlement.person_total = Fen(outcome.personal());
        settlement.account = Fen(outcome.account());
        settlement.family_account = Fen(outcome.family_account);
        settlement.cash = Fen(outcome.cash);
        let before: BTreeMap<&str, i64> = case
            .year_to_date
            .iter()
            .map(|(key, fen)| (key.as_str(), fen.0))
            .chain([("admissions", case.admissions.map_or(0, i64::from))])
            .collect();
        for (key, after) in self.world.law.policies.accumulators(&computed.prepared, outcome) {
            let delta = after - before.get(key.as_str()).copied().unwrap_or(0);
            if delta != 0 {
                settlement.used.push((year, key, delta));
            }
        }
        settlement
    }

    /// A purchase that no fund of the area pays for: from the account as far as it goes (国办发〔2021〕14号, 二).
    fn account_only(&self, case: &Case, settlement: &mut Settlement) {
        settlement.fields = Field::ALL.iter().map(|field| (field.name().to_owned(), Fen::ZERO)).collect();
        if !case.use_account {
            return;
        }
        let own = settlement.total.min(case.person.account_balance);
        let family = (settlement.total - own).min(case.person.family_account_balance);
        settlement.account = own + family;
        settlement.family_account = family;
        settlement.cash = settlement.person_total - settlement.account;
    }

    /// Institutions clear with the office of their own area; for people from elsewhere, with the office that clears between
    /// areas.
    fn clearing_office(&self) -> String {
        let area = &self.visit.treatment_area;
        if *area == self.cover.area {
            return area.clone();
        }
        let office = self.world.areas.get(area).map(|area| area.clearing_office.clone());
        office.filter(|office| !office.is_empty()).unwrap_or_else(|| area.clone())
    }
}

/// Lines with their refunds taken off, in the order they were charged.
pub(super) fn net<'c>(charges: impl Iterator<Item = &'c Charge> + Clone) -> Result<Vec<PricedLine>, Refusal> {
    let mut lines: Vec<(&str, PricedLine)> = Vec::new();
    for charge in charges.clone().filter(|charge| charge.refunds.is_empty()) {
        let split = &charge.split;
        lines.push((
            &charge.number,
            PricedLine {
                on: charge.at.day(),
                total: charge.amount,
                self_funded: split.self_funded,
                over_limit: split.over_limit,
                upfront: split.upfront,
                in_scope: split.in_scope,
                portion: portion(&split.portion),
            },
        ));
    }
    for refund in charges.filter(|charge| !charge.refunds.is_empty()) {
        let Some((_, line)) = lines.iter_mut().find(|(number, _)| *number == refund.refunds) else {
            return Err(Refusal::new(
                "lines",
                format!("退费明细“{}”的原明细“{}”不在本次结算内", refund.number, refund.refunds),
                "原明细已结算的，请先撤销原结算，再一并结算",
            ));
        };
        line.total += refund.amount;
        line.self_funded += refund.split.self_funded;
        line.over_limit += refund.split.over_limit;
        line.upfront += refund.split.upfront;
        line.in_scope += refund.split.in_scope;
    }
    Ok(lines.into_iter().map(|(_, line)| line).filter(|line| line.total != Fen::ZERO).collect())
}

/// Takes an earlier part of the same stay off the whole.
fn take_off(whole: &mut Settlement, part: &Settlement) {
    for (of, off) in [
        (&mut whole.total, part.total),
        (&mut whole.self_funded, part.self_funded),
        (&mut whole.over_limit, part.over_limit),
        (&mut whole.upfront, part.upfront),
        (&mut whole.in_scope, part.in_scope),
        (&mut whole.deductible, part.deductible),
        (&mut whole.fund_total, part.fund_total),
        (&mut whole.person_total, part.person_total),
        (&mut whole.account, part.account),
        (&mut whole.family_account, part.family_account),
        (&mut whole.cash, part.cash),
    ] {
        *of -= off;
    }
    for (name, amount) in &mut whole.fields {
        let off = part.fields.iter().find(|(known, _)| known == name).map_or(Fen::ZERO, |(_, amount)| *amount);
        *amount -= off;
    }
    for other in &part.funds {
        match whole.funds.iter_mut().find(|fund| fund.fund == other.fund) {
            Some(fund) => {
                fund.amount -= other.amount;
                fund.in_scope -= other.in_scope;
            }
            None => whole.funds.push(negative(other)),
        }
    }
    for (year, key, value) in &part.used {
        match whole.used.iter_mut().find(|(of, known, _)| of == year && known == key) {
            Some((_, _, known)) => *known -= value,
            None => whole.used.push((*year, key.clone(), -value)),
        }
    }
    whole.used.retain(|(_, _, value)| *value != 0);
}

//! Lines as they come: numbers, amounts, refunds, and the split of each (settlement.md §2).

use crate::command::LineRequest;
use crate::file::File;
use crate::institutions::Institution;
use crate::law::Place;
use crate::records::{Charge, Split, Visit};
use crate::refusal::Refusal;
use crate::words;
use crate::world::World;
use benefit::BillLine;
use catalog::PaymentClass;
use model::{Fen, Quantity};
use pricing::SplitLine;
use std::collections::HashSet;

/// How far a line's amount may be from price times quantity: a fen, since institutions round where they like, and what the
/// fifth and sixth decimal of a price on the wire come to, which a [`model::UnitPrice`] does not keep.
fn rounding(quantity: Quantity) -> i64 {
    // Half of 0.0001 yuan a unit; quantities count ten-thousandths.
    1 + quantity.0.abs() / 2_000_000
}

/// Checks and splits all lines, or refuses all of them.
pub(crate) fn accept(
    file: &File,
    world: &World,
    visit: &Visit,
    institution: &Institution,
    asked: &[LineRequest],
) -> Result<Vec<Charge>, Refusal> {
    let known: Vec<&Charge> = file.uploads_of(&visit.id).flat_map(|upload| &upload.charges).collect();
    let mut numbers: HashSet<&str> = known.iter().map(|charge| charge.number.as_str()).collect();
    let mut charges: Vec<Charge> = Vec::with_capacity(asked.len());
    let mut splits = split(world, visit, institution, asked)?.into_iter();
    for (index, line) in asked.iter().enumerate() {
        let at = |field: &str| format!("lines[{}].{field}", index + 1);
        if !numbers.insert(&line.number) {
            return Err(Refusal::new(
                at("number"),
                format!("费用明细流水号“{}”在本次就诊中重复", line.number),
                "feedetl_sn 在一次就诊中须唯一；请换号后整批重传",
            ));
        }
        if !line.batch.is_empty() && file.uploads_of(&visit.id).any(|upload| upload.batch == line.batch) {
            return Err(Refusal::new(
                at("batch"),
                format!("收费批次号“{}”已上传过", line.batch),
                "一个批次须在一次 2204 中传完；请换批次号，或先用 2205 撤销该批次",
            ));
        }
        let expected = line.price.times(line.quantity);
        if (line.amount - expected).0.abs() > rounding(line.quantity) {
            return Err(Refusal::new(
                at("amount"),
                format!("金额 {} 与单价×数量 {expected} 不符", line.amount),
                "请核对 pric、cnt 与 det_item_fee_sumamt",
            ));
        }
        let split = if line.refunds.is_empty() {
            if line.quantity.0 <= 0 {
                return Err(Refusal::new(
                    at("quantity"),
                    format!("数量 {} 不大于 0", line.quantity),
                    "退费请填 init_feedetl_sn 指明原明细",
                ));
            }
            splits.next().map(|split| rounded(split_of(world, &split, line), line.amount))
        } else {
            Some(refund(&known, &charges, line, &at)?)
        };
        let Some(split) = split else {
            return Err(Refusal::new(at("item"), "未能分割该明细", "请报告此问题"));
        };
        charges.push(Charge {
            number: line.number.clone(),
            refunds: line.refunds.clone(),
            item: line.item.clone(),
            quantity: line.quantity,
            price: line.price,
            amount: line.amount,
            at: line.at,
            approval: line.approval.clone(),
            split,
            extra: line.extra.clone(),
        });
    }
    Ok(charges)
}

/// Splits of the charges among the lines, in order; refunds take theirs from what they refund.
fn split(
    world: &World,
    visit: &Visit,
    institution: &Institution,
    asked: &[LineRequest],
) -> Result<Vec<SplitLine>, Refusal> {
    let charges: Vec<&LineRequest> =
        asked.iter().filter(|line| line.refunds.is_empty() && line.quantity.0 > 0).collect();
    let bill: Vec<BillLine> = charges
        .iter()
        .map(|line| BillLine {
            item: line.item.clone(),
            quantity: line.quantity,
            unit_price: line.price,
            on: line.at.day(),
        })
        .collect();
    let place = Place {
        area: &visit.treatment_area,
        scheme: words::scheme(&visit.insurance).unwrap_or("employee"),
        level: words::level(&institution.level),
        on: visit.begun_at.day(),
    };
    world.law.split(place, &bill)
}

fn split_of(world: &World, split: &SplitLine, line: &LineRequest) -> Split {
    let catalogue = &world.law.catalogue;
    let on = line.at.day();
    let restricted = !split.restriction.is_empty();
    let id = catalogue.item_on(&line.item, on);
    let mut result = Split {
        self_funded: split.parts.self_funded,
        over_limit: split.parts.over_limit,
        upfront: split.parts.upfront,
        in_scope: split.parts.in_scope,
        ceiling: split.ceiling,
        upfront_ratio: split.upfront_ratio.0,
        class: match split.class {
            PaymentClass::A => "01",
            PaymentClass::B => "02",
            PaymentClass::C => "03",
        }
        .to_owned(),
        category: words::category(catalogue, id, &line.item).to_owned(),
        portion: split.portion.name().to_owned(),
        restricted,
        basis: split.basis.clone(),
    };
    // protocol.md §8.4: a restricted item is reimbursed only when the hospital approved it; a refused one never is.
    let refused = line.approval == "2" || (restricted && line.approval != "1");
    if refused && split.class != PaymentClass::C {
        let why =
            if line.approval == "2" { "医院审批不通过" } else { "限定支付范围且未经医院审批" };
        result = Split {
            self_funded: split.parts.total(),
            over_limit: Fen::ZERO,
            upfront: Fen::ZERO,
            in_scope: Fen::ZERO,
            upfront_ratio: 1_000_000,
            basis: format!("{why}：按全自费；{}", result.basis),
            ..result
        };
    }
    result
}

/// The split, made to add up to the amount as sent: the odd fen goes where the line is paid from.
fn rounded(mut split: Split, amount: Fen) -> Split {
    let odd = amount - (split.self_funded + split.over_limit + split.upfront + split.in_scope);
    let part = if split.in_scope > Fen::ZERO { &mut split.in_scope } else { &mut split.self_funded };
    *part += odd;
    split
}

/// The split of a refund: the refunded share of each part of the original; the last refund takes what is left.
fn refund(
    known: &[&Charge],
    fresh: &[Charge],
    line: &LineRequest,
    at: &dyn Fn(&str) -> String,
) -> Result<Split, Refusal> {
    let all = || known.iter().copied().chain(fresh);
    let Some(original) = all().find(|charge| charge.number == line.refunds) else {
        return Err(Refusal::new(
            at("refunds"),
            format!("原费用流水号“{}”不存在", line.refunds),
            "请核对 init_feedetl_sn",
        ));
    };
    if line.quantity.0 >= 0 || line.price != original.price || line.item != original.item {
        return Err(Refusal::new(
            at("refunds"),
            "退费明细须数量为负，项目与单价同原明细",
            "请核对 cnt、pric 与 med_list_codg",
        ));
    }
    let earlier: Vec<&Charge> = all().filter(|charge| charge.refunds == original.number).collect();
    let left = earlier.iter().fold(original.quantity.0, |left, refund| left + refund.quantity.0);
    if left + line.quantity.0 < 0 {
        return Err(Refusal::new(
            at("quantity"),
            format!("退费数量 {} 超过原明细余量 {}", Quantity(-line.quantity.0), Quantity(left)),
            "退费累计不得超过原数量",
        ));
    }
    let rest =
        |part: fn(&Split) -> Fen| earlier.iter().fold(part(&original.split), |rest, refund| rest + part(&refund.split));
    let last = left + line.quantity.0 == 0;
    let share = |part: fn(&Split) -> Fen| {
        if last {
            Fen(-rest(part).0)
        } else {
            Fen(-part(&original.split).ratio(-line.quantity.0, original.quantity.0).0)
        }
    };
    let mut split = Split {
        self_funded: share(|split| split.self_funded),
        over_limit: share(|split| split.over_limit),
        upfront: share(|split| split.upfront),
        in_scope: Fen::ZERO,
        basis: format!("退费，原明细 {}：{}", original.number, original.split.basis),
        ..original.split.clone()
    };
    split.in_scope = line.amount - (split.self_funded + split.over_limit + split.upfront);
    let rest_in_scope = rest(|split| split.in_scope) + split.in_scope;
    if rest_in_scope < Fen::ZERO {
        // A fen of rounding may fall on the other part of a line that is not in scope at all.
        let part = if original.split.self_funded > Fen::ZERO { &mut split.self_funded } else { &mut split.upfront };
        *part += rest_in_scope;
        split.in_scope -= rest_in_scope;
    }
    Ok(split)
}

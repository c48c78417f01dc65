//! Checks that need no case: sources, plausible units, unused tiers, rows that can never apply, cases.

use super::Found;
use crate::package::{CapText, Layer, Packages, Scheme as SchemeText, Source, Value, ValueRow};
use crate::policy::Policies;
use crate::ratio::Ratio;
use model::Fen;
use std::collections::BTreeMap;

pub(super) fn check(policies: &Policies, packages: &Packages, found: &mut Found) {
    for scheme in &packages.schemes {
        for row in &scheme.values {
            unit(row, found);
            grade(row, packages, found);
        }
        if scheme.whole {
            tiers_are_used(scheme, found);
            rows_can_apply(scheme, found);
        }
    }
    for overlay in &packages.overlays {
        overlay.values.iter().for_each(|row| unit(row, found));
    }
    case_ids(policies, packages, found);
}

/// Amounts and ratios that no decree would set: a slipped decimal point, 万元 for 元, percent for a ratio.
fn unit(row: &ValueRow, found: &mut Found) {
    let slot = row.key.info().name;
    let yuan = |amount: i64| Fen(amount * 100);
    let wrong = match (&row.value, slot) {
        (Value::Money(fen), "deductible") => (*fen != Fen::ZERO && (*fen < yuan(1) || *fen > yuan(300_000)))
            .then_some("起付标准应为 0，或 1 元至 30 万元"),
        (Value::Money(fen), "band_upper") => {
            (*fen < yuan(100) || *fen > yuan(20_000_000)).then_some("分段上限应在 100 元至 2000 万元之间")
        }
        (Value::Money(fen), "cap_growth.step") => {
            (*fen < yuan(100) || *fen > yuan(200_000)).then_some("每年提高的限额应在 100 元至 20 万元之间")
        }
        (Value::Money(fen), name) if name.starts_with("contribution.base") => {
            (*fen < yuan(500) || *fen > yuan(200_000)).then_some("月缴费基数应在 500 元至 20 万元之间")
        }
        (Value::Cap(CapText::Sum(fen)), "visit_cap") => (*fen != Fen::ZERO
            && (*fen < yuan(1) || *fen > yuan(1_000_000)))
        .then_some("单次限额应为 0，或 1 元至 100 万元"),
        (Value::Cap(CapText::Sum(fen)), _) => (*fen != Fen::ZERO && (*fen < yuan(50) || *fen > yuan(20_000_000)))
            .then_some("限额应为 0，或 50 元至 2000 万元"),
        (Value::Cap(CapText::Index { factor, .. }), _) => {
            (factor.0 <= 0 || factor.0 > 20 * Ratio::ONE.0).then_some("指数的倍数应大于 0、不超过 20")
        }
        (Value::Ratio(ratio), name) if name.starts_with("points.") => {
            (ratio.0.abs() > Ratio::ONE.0 / 2).then_some("百分点增减不应超过 50 个百分点")
        }
        (Value::Ratio(ratio), name) if name.starts_with("contribution.") => {
            (ratio.0 > Ratio::ONE.0 / 4).then_some("缴费比例不应超过 25%")
        }
        (Value::Ratio(ratio), "first_share" | "cap_growth.max_share" | "upfront.class_b") => {
            (*ratio > Ratio::ONE).then_some("比例不应超过 1")
        }
        (Value::Ratio(ratio), name) if name.contains("factor") => {
            (ratio.0 > 2 * Ratio::ONE.0).then_some("倍数不应超过 2")
        }
        (Value::Split(parts), _) => {
            let total: i64 = parts.iter().map(|(_, ratio)| ratio.0).sum();
            (total > 0 && total < Ratio::ONE.0 / 100).then_some("支付比例低于 1%，请核对是否写成了百分数的百分之一")
        }
        (Value::Count(count), "waiting_months") => (*count > 24).then_some("等待期不应超过 24 个月"),
        (Value::Count(count), "cycle_days") => {
            (*count != 0 && !(15..=366).contains(count)).then_some("结算周期应为 0（不设），或 15 至 366 天")
        }
        (Value::Count(count), "cap_growth.after_years") => (*count > 40).then_some("起算年数不应超过 40 年"),
        _ => None,
    };
    if let Some(message) = wrong {
        found.report(&row.file, row.line, format!("{}.value", row.slot), message);
    }
}

/// Under a real area's name only sources of grade A or B are published.
fn grade(row: &ValueRow, packages: &Packages, found: &mut Found) {
    let Source::Document { document, .. } = &row.source else { return };
    let lineage = packages.lineage(&row.area);
    let real = lineage.first().is_some_and(|area| !area.invented && area.layer != Layer::Nation);
    let known = lineage.iter().flat_map(|area| &area.documents).find(|known| known.id == *document);
    if let Some(known) = known
        && real
        && !matches!(known.grade.as_str(), "A" | "B")
    {
        let message =
            format!("来源“{}”为 {} 级；真实地区只能采用 A、B 级来源，或写 assumed 说明", known.id, known.grade);
        found.report(&row.file, row.line, format!("{}.document", row.slot), message);
    }
}

fn tiers_are_used(scheme: &SchemeText, found: &mut Found) {
    for tier in &scheme.tiers {
        if !scheme.chains.iter().any(|chain| chain.tiers.contains(&tier.name)) {
            let message = "没有任何待遇链用到这一层；请加入 [[chain]] 的 tiers，或删去";
            found.report(&scheme.file, tier.line, format!("tier.{}", tier.name), message);
        }
    }
}

/// A row whose condition no case of the scheme can meet.
fn rows_can_apply(scheme: &SchemeText, found: &mut Found) {
    for row in scheme.values.iter().filter(|row| !row.key.tier.is_empty()) {
        let mut reach = row.condition;
        reach.statuses &= scheme.statuses;
        let chains = scheme.chains.iter().filter(|chain| chain.tiers.contains(&row.key.tier));
        let tier = scheme.tiers.iter().find(|tier| tier.name == row.key.tier);
        let reachable = reach.statuses != 0
            && chains
                .filter_map(|chain| reach.meet(&chain.condition))
                .any(|met| tier.is_none_or(|tier| met.meet(&tier.when).is_some()));
        if !reachable {
            let message = "此行永远不会适用：险种的人员类别、待遇链或该层的 when 与它没有交集";
            found.report(&row.file, row.line, format!("{}.when", row.slot), message);
        }
    }
}

/// Example ids are unique, so that a failure names one example.
fn case_ids(policies: &Policies, packages: &Packages, found: &mut Found) {
    let Ok(outcomes) = crate::cases::run_cases(packages, policies) else { return };
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for outcome in outcomes {
        if let Some(first) = seen.insert(outcome.id.clone(), format!("{}:{}", outcome.file, outcome.line)) {
            found.report(&outcome.file, outcome.line, "case.id", format!("编号“{}”已用于 {first}", outcome.id));
        }
        for difference in outcome.differences {
            found.report(&outcome.file, outcome.line, format!("case {}", outcome.id), difference);
        }
    }
}

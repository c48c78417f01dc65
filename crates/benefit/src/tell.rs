//! Steps in words: one tree, told to the insured person, to an officer, and as JSON.

use crate::answer::{Answer, TraceStep};
use crate::engine::Prepared;
use crate::policy::{Parameter, Policies, Scheme};
use crate::ratio::Ratio;
use crate::trace::{Step, StepKind};
use model::Fen;
use std::fmt::Write;

/// A step with its parameter and a sentence.
pub(crate) fn step(policies: &Policies, scheme: &Scheme, case: &Prepared, step: &Step) -> TraceStep {
    let parameter = policies.parameters.get(step.parameter as usize);
    let tier = scheme.tiers.get(usize::from(step.tier)).map_or("", |tier| tier.title.as_str());
    TraceStep {
        step: name(step.kind),
        amount: Fen(step.amount),
        text: sentence(step, tier, parameter.map(AsRef::as_ref), case),
        parameter: parameter.cloned(),
        for_person: matters_to_person(step),
    }
}

/// The word of a step in JSON.
const fn name(kind: StepKind) -> &'static str {
    match kind {
        StepKind::FirstShare => "first_share",
        StepKind::Waiting => "waiting",
        StepKind::Deductible => "deductible",
        StepKind::Modifier => "modifier",
        StepKind::Bound => "band",
        StepKind::Pay => "pay",
        StepKind::Cap => "cap",
        StepKind::Skipped => "skipped",
        StepKind::Unmodelled => "unmodelled",
        StepKind::Account => "account",
        StepKind::FamilyAccount => "family_account",
        StepKind::Cash => "cash",
    }
}

const fn matters_to_person(step: &Step) -> bool {
    match step.kind {
        StepKind::Skipped => false,
        StepKind::Deductible | StepKind::Pay => step.amount != 0 || step.base != 0,
        _ => true,
    }
}

fn sentence(step: &Step, tier: &str, parameter: Option<&Parameter>, case: &Prepared) -> String {
    let amount = Fen(step.amount);
    let base = Fen(step.base);
    let rate = Ratio(step.rate);
    let value = parameter.map_or("", |p| p.value.as_str());
    match step.kind {
        StepKind::FirstShare => format!("参保地以外就医，范围内费用 {base} 元先由个人承担 {rate}，即 {amount} 元"),
        StepKind::Waiting => format!(
            "连续参保 {} 个月，未满 {value} 个月的等待期，本次费用基金不支付",
            case.facts.cover_months.unwrap_or(0)
        ),
        StepKind::Deductible if step.amount == 0 => format!("{tier}：起付标准 {value} 已经用完，本次不再扣"),
        StepKind::Deductible => format!("{tier}：起付标准 {value}，本次先由个人承担 {amount} 元"),
        StepKind::Modifier => {
            let slot = parameter.map_or("", |p| p.slot.as_str());
            let what = if slot.contains(".points.") {
                if step.rate < 0 { "支付比例减少" } else { "支付比例增加" }
            } else if slot.contains(".self_factor.") {
                "个人负担比例乘以"
            } else if slot.contains(".deductible_factor.") {
                "起付标准乘以"
            } else {
                "支付比例乘以"
            };
            let points = if slot.contains(".points.") { Ratio(step.rate.abs()) } else { rate };
            format!("{tier}：{what} {points}")
        }
        StepKind::Bound => format!("{tier}：累计到 {amount} 元为一段，超过的部分按下一段计算"),
        StepKind::Pay => {
            let fund = step.fund.map_or("", |fund| fund.title());
            let segment = if step.band > 1 { format!("（第 {} 段）", step.band) } else { String::new() };
            format!("{tier}{segment}：{base} 元按 {rate}，由{fund}支付 {amount} 元")
        }
        StepKind::Cap => format!("{tier}：已到最高支付限额 {value}，超过限额的费用 {amount} 元本层不再支付"),
        StepKind::Skipped => format!("{tier}：不属于参加人员或就诊，不适用"),
        StepKind::Unmodelled => format!("{tier}：该日政策未收录支付比例，未计算"),
        StepKind::Account => format!("个人账户支付 {amount} 元（可由账户支付的个人负担 {base} 元）"),
        StepKind::FamilyAccount => format!("家庭共济账户支付 {amount} 元"),
        StepKind::Cash => format!("个人现金支付 {amount} 元"),
    }
}

impl Answer {
    /// For the insured person: what the bill was, who paid what, what is left, and why.
    #[must_use]
    pub fn for_person(&self) -> String {
        let field = |name: &str| self.settlement.get(name).unwrap_or(Fen::ZERO);
        let mut text = String::new();
        let _ = writeln!(text, "本次费用共 {} 元：", field("medfee_sumamt"));
        for (name, title) in [
            ("inscp_scp_amt", "医保范围内"),
            ("preselfpay_amt", "先由个人承担（乙类先行自付等）"),
            ("overlmt_selfpay", "超过限价、自费"),
            ("fulamt_ownpay_amt", "目录外、全自费"),
        ] {
            if field(name) != Fen::ZERO {
                let _ = writeln!(text, "  · {title} {} 元", field(name));
            }
        }
        let _ = writeln!(text, "怎么算的：");
        for (number, step) in self.trace.iter().filter(|step| step.for_person).enumerate() {
            let _ = writeln!(text, "  {}. {}。", number + 1, step.text);
        }
        let _ = writeln!(
            text,
            "结果：基金支付 {} 元，您负担 {} 元（个人账户 {} 元，现金 {} 元）。",
            field("fund_pay_sumamt"),
            field("psn_part_amt"),
            field("acct_pay"),
            field("psn_cash_pay")
        );
        self.add_unmodelled(&mut text);
        text
    }

    /// For an officer: every step with parameter, value, document, article and place.
    #[must_use]
    pub fn for_officer(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "案例 {}", self.id);
        for (name, fen) in self.settlement.fields() {
            if fen != Fen::ZERO || matches!(name, "medfee_sumamt" | "inscp_scp_amt" | "fund_pay_sumamt") {
                let _ = writeln!(text, "  {name:<18} {:>14}", fen.to_string());
            }
        }
        let _ = writeln!(text, "步骤：");
        for (number, step) in self.trace.iter().enumerate() {
            let _ = writeln!(text, "  {:>2}. {}", number + 1, step.text);
            if let Some(parameter) = &step.parameter {
                let _ = writeln!(text, "      参数 {} = {}（{}）", parameter.slot, parameter.value, parameter.since());
                let _ = writeln!(text, "      依据 {} {}", parameter.document, parameter.article);
                let _ = writeln!(text, "      位置 {}", parameter.place());
            }
        }
        if !self.year_to_date.is_empty() {
            let _ = writeln!(text, "结算后的年度累计：");
            for (key, value) in &self.year_to_date {
                let _ = writeln!(text, "  {key:<32} {value:>14}");
            }
        }
        self.add_unmodelled(&mut text);
        let _ =
            writeln!(text, "凭证：{}；政策 {}；输入 {}", self.receipt.engine, self.receipt.policy, self.receipt.input);
        text
    }

    fn add_unmodelled(&self, text: &mut String) {
        if !self.unmodelled.is_empty() {
            let _ = writeln!(text, "未计入或以假定值计入的政策：");
            for sentence in &self.unmodelled {
                let _ = writeln!(text, "  · {sentence}");
            }
        }
    }
}

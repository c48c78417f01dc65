//! Reasons: a code that can be counted, with the sentence that the notice carries.

/// A reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// Code.
    pub code: &'static str,
    /// Sentence.
    pub label: &'static str,
    /// Commands that it may stand for.
    pub commands: &'static [&'static str],
}

const DECIDING: &[&str] = &["first_review", "second_review", "vote"];

/// All reasons.
pub const REASONS: &[Reason] = &[
    Reason { code: "rule_confirmed", label: "经核对明细与依据，违规事实成立", commands: DECIDING },
    Reason { code: "part_confirmed", label: "部分数量或金额违规，其余合理", commands: DECIDING },
    Reason { code: "clinically_justified", label: "病历显示有临床指征，属合理诊疗", commands: DECIDING },
    Reason { code: "exempt", label: "属于规则的例外情形", commands: DECIDING },
    Reason { code: "data_error", label: "数据上传有误，实际未发生", commands: DECIDING },
    Reason { code: "rule_wrong", label: "规则或知识点不适用，建议复核规则", commands: DECIDING },
    Reason { code: "need_record", label: "需机构提供病历、检查报告等材料", commands: &["first_review"] },
    Reason { code: "appeal_clinical", label: "有临床指征，附病历", commands: &["appeal"] },
    Reason { code: "appeal_data", label: "数据有误，附更正说明", commands: &["appeal"] },
    Reason { code: "appeal_basis", label: "对依据的适用有异议", commands: &["appeal"] },
    Reason { code: "appeal_amount", label: "对金额有异议", commands: &["appeal"] },
    Reason { code: "large_amount", label: "金额较大，转稽核", commands: &["escalate"] },
    Reason { code: "repeated", label: "同类问题反复出现，转稽核", commands: &["escalate"] },
    Reason { code: "fraud_sign", label: "有欺诈骗保迹象，转稽核", commands: &["escalate"] },
    Reason { code: "investigated", label: "调查结束，退回审核", commands: &["resume"] },
    Reason { code: "deducted_in_error", label: "扣款依据不成立，予以冲回", commands: &["restore"] },
    Reason {
        code: "other",
        label: "其他（见说明）",
        commands: &["first_review", "second_review", "vote", "appeal", "escalate", "resume", "restore"],
    },
];

/// The reason of a code for a command.
#[must_use]
pub fn reason(code: &str, command: &str) -> Option<&'static Reason> {
    REASONS.iter().find(|reason| reason.code == code && reason.commands.contains(&command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_differ_and_every_command_that_needs_one_has_one() {
        let codes: std::collections::BTreeSet<&str> = REASONS.iter().map(|reason| reason.code).collect();
        assert_eq!(codes.len(), REASONS.len());
        for command in ["first_review", "second_review", "vote", "appeal", "escalate", "resume", "restore"] {
            assert!(REASONS.iter().filter(|reason| reason.commands.contains(&command)).count() >= 2, "{command}");
        }
        assert_eq!(reason("appeal_data", "first_review"), None);
    }
}

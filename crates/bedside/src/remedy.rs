//! What would make it right: one sentence a kind of rule, for the person who can still change the order.

/// For a kind that has no sentence of its own.
const GENERAL: &str = "请核对该项目与病历记录，不符的请更正；确需使用的，请写明理由";

/// By detector.
const REMEDIES: [(&str, &str); 52] = [
    ("admission_chain", "请核对前后两次住院是否为同一病情的连续治疗；确为转科转院的，请按转诊办理"),
    ("admixture", "请更换溶媒，或将两药分开配制、分开输注"),
    ("after_death", "请核实就诊人身份与人员状态；登记有误的，请先到经办机构更正"),
    ("amount_in_window", "已达支付限额，超出部分请告知患者自费"),
    ("attribute_limit", "请核对患者的性别、年龄、险种与就诊类别；不符合限定条件的，请改用其他项目或告知患者自费"),
    ("cause_of_injury", "请询问受伤原因；应由第三人或工伤保险负担的，不纳入医保结算"),
    ("companion_required", "请补记与之配套的项目或诊断；没有实施的，请删除该项"),
    ("continuous_use", "请减少天数或更换药物，使连续使用不超过规定时长"),
    ("course_days", "请减少本次数量，使疗程累计不超过支付天数；超出部分请告知患者自费"),
    ("cumulative_supply", "患者手中余药未用完，请减少本次开药数量或推迟开药"),
    ("daily_dose", "请核对用量与天数，按说明书剂量开具"),
    ("date_outside_stay", "请核对费用发生时间，改到住院期间内，或删除该项"),
    ("department_limit", "请由规定科室的医师开具，或更正开单科室"),
    ("diagnosis_coding", "请核对诊断编码与主要诊断的选择"),
    ("diagnosis_limit", "病历中确有限定范围内的诊断或禁忌已排除的，请补充或更正诊断；没有的，请更换项目或告知患者自费"),
    ("duplicate_class", "同类药物请只保留一种；确需联合使用的，请写明理由"),
    ("early_refill", "患者近期已在其他机构开药，请减少本次数量或推迟开药"),
    ("empty_stay_days", "住院期间没有诊疗记录的日期，请核实是否在院；不在院的，请办理出院"),
    ("fill_days", "请减少开药天数，使一次处方不超过规定天数"),
    ("group_discount", "同一切口的第二项手术，请按规定比例计价"),
    ("history_required", "请先使用一线药物或补充前置检查；已在外院完成的，请写明时间与机构"),
    ("incompatible_pair", "两药存在配伍禁忌或相互作用，请更换其中一种"),
    ("kinds_in_day", "请减少当日同类项目，只保留必要的"),
    ("kinds_in_prescription", "请减少本张处方的药味或药品种数，或拆分为必要的处方"),
    ("late_upload", "请在费用发生后及时上传明细"),
    ("line_anomaly", "请补全或更正该明细的医师、数量、单价与金额"),
    ("listed_price", "请按集采中选价格计价，或更换为中选产品"),
    ("low_intensity_stay", "请核对是否符合入院标准；可在门诊治疗的，请转门诊"),
    ("organ_removed_again", "该器官此前已切除，请核实就诊人身份与手术编码"),
    ("overlapping_hours", "计时项目时间重叠，请按实际时长合并计费"),
    ("pair_in_window", "两个项目不能同时收费，请删除其中被包含的一项"),
    ("partner_required", "请补记与之配套的项目；没有实施的，请删除该项"),
    ("perioperative_antibiotic", "预防用抗菌药物请在规定时间内停用；已有感染指征的，请补充诊断"),
    ("pharmacy_sale", "请上传处方或追溯码，并核对购药人与参保人是否一致"),
    ("prescriber_status", "该医师当前不能开具医保费用，请由有资格的医师重新开具"),
    ("prescriber_title", "该级别抗菌药物请由相应职称的医师开具，或请上级医师会诊"),
    ("prescription_required", "请上传外配处方后再结算"),
    ("price_ceiling", "请按不高于最高限价的价格计费"),
    ("procedure_coding", "请核对手术操作编码与主要手术的选择"),
    ("procedure_diagnosis", "请核对主要手术与主要诊断是否对应"),
    ("programme_scope", "该项目不在所备案病种的用药、诊疗范围内，请改按普通门诊结算或更换项目"),
    ("quantity_in_window", "请减少数量，使规定期间内的次数不超过限定；超出部分请告知患者自费"),
    ("quantity_over_duration", "请按实际时长或住院天数更正数量"),
    ("repeat_admission", "短期内再次入院，请核对是否为同一疾病；属分解住院的，请合并为一次"),
    ("repeat_exam", "近期已有同类检查结果，请先调阅；确需复查的，请写明理由"),
    ("route_form", "给药途径与剂型不符，请更正给药途径或更换剂型"),
    ("scope_mismatch", "该项目不属于医保支付范围，请按自费上传并告知患者"),
    ("set_subset", "单独使用不予支付的饮片，请与其他饮片配伍，或告知患者自费"),
    ("sex_or_age_of_code", "请核对诊断或手术编码与患者的性别、年龄"),
    ("supply_days", "请减少开药天数，使其不超过最长支付天数"),
    ("take_home", "请减少出院带药的天数或种类"),
    ("visit_frequency", "短期内就诊次数偏多，请核实就诊人身份与就诊必要性"),
];

/// The sentence of a detector.
pub(crate) fn of(detector: &str) -> &'static str {
    REMEDIES.iter().find(|(known, _)| *known == detector).map_or(GENERAL, |(_, remedy)| remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_remedy_belongs_to_a_detector() {
        for (name, remedy) in REMEDIES {
            assert!(audit::detectors().iter().any(|info| info.name == name), "{name}");
            assert!(!remedy.ends_with('。') && remedy.chars().count() > 8, "{name}");
        }
        assert!(REMEDIES.is_sorted_by(|(a, _), (b, _)| a < b), "in order, none twice");
    }
}

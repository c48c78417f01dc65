//! The rule classes that have knowledge points, and how their limits come about.
//!
//! A class carries one kind of limit. The text of a point often speaks of several («二级及以上…住院…14
//! 天»); each class takes its own and leaves the rest to the class that owns it, so that one limit
//! is never judged twice. Where the parameter is published beside the text, the parameter wins.

use crate::point::PointKind;

/// A rule class of the two libraries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleClass {
    /// The rule that serves it.
    pub rule_id: &'static str,
    /// Its official name.
    pub name: &'static str,
    /// What its points speak of.
    pub kind: PointKind,
    /// Where its limit stands.
    pub limit: Limit,
}

/// Where the limit of a class stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The table gives the parameter; the text is evidence.
    Given,
    /// Being listed is the condition.
    Listed,
    /// The text gives the sex, where the table does not.
    Sex,
    /// Ages of children, in the text.
    ChildAge,
    /// Statutory working age.
    WorkingAge,
    /// Institution level, in the text.
    Level,
    /// Care setting, in the text.
    Setting,
    /// Length of a course, in the text.
    Course,
    /// Work injury only.
    WorkInjury,
    /// Maternity insurance only.
    Maternity,
    /// Not over the internet.
    Offline,
    /// Diseases, in the text: a reviewed mapping must say which codes.
    Diseases,
    /// Diseases that forbid, in the text: likewise.
    ExcludedDiseases,
    /// Earlier treatment, which one visit does not show.
    History,
    /// Old age, in the text.
    Elderly,
    /// Pregnancy and lactation, in the text.
    Pregnancy,
    /// Partner drugs, in the text: a derived table names them.
    Partners,
}

const fn class(rule_id: &'static str, name: &'static str, kind: PointKind, limit: Limit) -> RuleClass {
    RuleClass { rule_id, name, kind, limit }
}

/// Every class with points, published or of the book, in the order of the framework.
pub const CLASSES: &[RuleClass] = &[
    class("drug-work-injury-only", "药品限工伤保险", PointKind::Drug, Limit::WorkInjury),
    class("drug-maternity-only", "药品限生育保险", PointKind::Drug, Limit::Maternity),
    class("tcm-slice-never-payable", "中药饮片单复方均不予支付", PointKind::Piece, Limit::Listed),
    class("tcm-slice-single-not-payable", "中药饮片单方使用不予支付", PointKind::Piece, Limit::Listed),
    class("drug-second-line-only", "药品限二线使用", PointKind::Drug, Limit::History),
    class("drug-child-payment-limit", "药品限儿童使用", PointKind::Drug, Limit::ChildAge),
    class("drug-payment-indication", "药品限适应症", PointKind::Drug, Limit::Diseases),
    class("drug-paid-course-limit", "药品限支付疗程", PointKind::Drug, Limit::Course),
    class("drug-institution-level", "药品限医疗机构级别", PointKind::Drug, Limit::Level),
    class("drug-care-setting", "药品限就医方式", PointKind::Drug, Limit::Setting),
    class("surgery-second-not-discounted", "手术项目未按规定折价收费", PointKind::Service, Limit::Given),
    class("service-neonate-only", "医疗服务项目限新生儿使用", PointKind::Service, Limit::Given),
    class("service-child-payment-limit", "医疗服务项目限儿童使用", PointKind::Service, Limit::Given),
    class("service-payment-indication", "医疗服务项目限适应症", PointKind::Service, Limit::Given),
    class("service-care-setting", "医疗服务项目限就医方式", PointKind::Service, Limit::Given),
    class("service-paid-course-limit", "医疗服务项目限支付疗程", PointKind::Service, Limit::Course),
    class("service-duplicate-charge", "医疗服务项目重复收费", PointKind::Service, Limit::Given),
    class("service-frequency-limit", "医疗服务项目限定频次", PointKind::Service, Limit::Given),
    class("service-age-limit", "医疗服务项目限年龄", PointKind::Service, Limit::WorkingAge),
    class("service-period-frequency", "医疗服务项目周期超频次", PointKind::Service, Limit::Given),
    class("procedure-sex-conflict", "手术操作编码与性别不符", PointKind::Procedure, Limit::Given),
    class("dx-procedure-mismatch", "诊断编码与手术操作编码不符", PointKind::Procedure, Limit::Given),
    class("internet-hospital-drug-scope", "超互联网医院药品支付范围", PointKind::Drug, Limit::Offline),
    class("dx-sex-conflict", "诊断与患者性别不符", PointKind::Diagnosis, Limit::Given),
    class("dx-age-conflict", "诊断与患者年龄不符", PointKind::Diagnosis, Limit::Given),
    class("drug-child-exclusive", "药品儿童专用", PointKind::Drug, Limit::ChildAge),
    class("drug-sex-specific", "药品区分性别使用", PointKind::Drug, Limit::Sex),
    class("drug-duplicate-class", "重复开药", PointKind::Drug, Limit::Given),
    class("drug-off-label-indication", "超说明书适应症用药", PointKind::Drug, Limit::Diseases),
    class("drug-contraindication", "药品禁忌症", PointKind::Drug, Limit::ExcludedDiseases),
    class("drug-elderly-safety", "老年人用药安全", PointKind::Drug, Limit::Elderly),
    class("drug-pregnancy-lactation", "妊娠期及哺乳期用药安全", PointKind::Drug, Limit::Pregnancy),
    class("drug-interaction", "药品相互作用", PointKind::Drug, Limit::Partners),
    class("tcm-incompatibility", "中药饮片配伍禁忌", PointKind::Piece, Limit::Given),
    class("service-child-exclusive", "医疗服务项目儿童专用", PointKind::Service, Limit::ChildAge),
    class("service-sex-specific", "医疗服务项目区分性别使用", PointKind::Service, Limit::Sex),
    class("consumable-disease-limit", "医用耗材限疾病使用", PointKind::Consumable, Limit::Diseases),
];

/// The class that a rule serves.
#[must_use]
pub fn class_of(rule_id: &str) -> Option<&'static RuleClass> {
    CLASSES.iter().find(|class| class.rule_id == rule_id)
}

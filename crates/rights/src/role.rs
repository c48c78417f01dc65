//! Roles: those of the work flow, and the three that keep the system.

use serde::{Deserialize, Serialize};

/// What an account is for. One account, one role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 临床人员: sees what was found in the own institution's work.
    Clinician,
    /// 医院医保办: answers for the institution.
    HospitalOffice,
    /// 初审员
    FirstReviewer,
    /// 复审员
    SecondReviewer,
    /// 合议专家
    Panelist,
    /// 规则管理员: no case decisions.
    RuleManager,
    /// 行政监管: investigations.
    Supervisor,
    /// 基金财务: books deductions.
    Finance,
    /// 领导: reads figures and what they are made of.
    Leader,
    /// 审计: reads everything, changes nothing.
    Auditor,
    /// 系统管理员: accounts without rights.
    SystemAdmin,
    /// 安全管理员: rights without accounts.
    SecurityAdmin,
    /// 审计管理员: the access log.
    AuditAdmin,
}

/// On whose side a role stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleGroup {
    /// An institution: its scope must name one.
    Provider,
    /// The agency.
    Agency,
    /// Keeps the system; sees no case.
    System,
}

impl Role {
    /// All, in the order of screens.
    pub const ALL: [Self; 13] = [
        Self::FirstReviewer,
        Self::SecondReviewer,
        Self::Panelist,
        Self::HospitalOffice,
        Self::Clinician,
        Self::RuleManager,
        Self::Supervisor,
        Self::Finance,
        Self::Leader,
        Self::Auditor,
        Self::SystemAdmin,
        Self::SecurityAdmin,
        Self::AuditAdmin,
    ];

    /// The word in files and messages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Clinician => "clinician",
            Self::HospitalOffice => "hospital_office",
            Self::FirstReviewer => "first_reviewer",
            Self::SecondReviewer => "second_reviewer",
            Self::Panelist => "panelist",
            Self::RuleManager => "rule_manager",
            Self::Supervisor => "supervisor",
            Self::Finance => "finance",
            Self::Leader => "leader",
            Self::Auditor => "auditor",
            Self::SystemAdmin => "system_admin",
            Self::SecurityAdmin => "security_admin",
            Self::AuditAdmin => "audit_admin",
        }
    }

    /// The word on screens.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Clinician => "临床人员",
            Self::HospitalOffice => "医院医保办",
            Self::FirstReviewer => "初审员",
            Self::SecondReviewer => "复审员",
            Self::Panelist => "合议专家",
            Self::RuleManager => "规则管理员",
            Self::Supervisor => "行政监管",
            Self::Finance => "基金财务",
            Self::Leader => "领导",
            Self::Auditor => "审计",
            Self::SystemAdmin => "系统管理员",
            Self::SecurityAdmin => "安全管理员",
            Self::AuditAdmin => "审计管理员",
        }
    }

    /// Reads what [`Role::word`] wrote.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// On whose side it stands.
    #[must_use]
    pub const fn group(self) -> RoleGroup {
        match self {
            Self::Clinician | Self::HospitalOffice => RoleGroup::Provider,
            Self::SystemAdmin | Self::SecurityAdmin | Self::AuditAdmin => RoleGroup::System,
            _ => RoleGroup::Agency,
        }
    }
}

//! The permission table: everything that the server offers to a person who signed in, and who may do it.

use crate::role::Role;
use crate::role::Role::{
    AuditAdmin, Auditor, Clinician, Finance, FirstReviewer, HospitalOffice, Leader, Panelist, RuleManager,
    SecondReviewer, SecurityAdmin, Supervisor, SystemAdmin,
};

/// Who reads cases: all who have to do with them.
const READERS: &[Role] = &[
    FirstReviewer,
    SecondReviewer,
    Panelist,
    HospitalOffice,
    Clinician,
    RuleManager,
    Supervisor,
    Finance,
    Leader,
    Auditor,
];
/// Who reads figures over many cases.
const FIGURES: &[Role] =
    &[FirstReviewer, SecondReviewer, HospitalOffice, RuleManager, Supervisor, Finance, Leader, Auditor];
/// Who acts on cases; what exactly, the state machine of `review` says.
const ACTORS: &[Role] = &[FirstReviewer, SecondReviewer, Panelist, HospitalOffice, Supervisor, Finance];
/// Who hands out and decides many at once.
const REVIEWERS: &[Role] = &[FirstReviewer, SecondReviewer];
/// Everybody.
const ALL: &[Role] = &Role::ALL;

macro_rules! permissions {
    ($($(#[$doc:meta])* $action:ident $word:literal $label:literal $roles:expr;)+) => {
        /// Something that the server offers.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $($(#[$doc])* $action,)+ }

        impl Action {
            /// All, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$action,)+];

            /// The word in messages and the access log.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$action => $word,)+ }
            }

            /// The word on screens.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$action => $label,)+ }
            }

            /// Who may.
            #[must_use]
            pub const fn roles(self) -> &'static [Role] {
                match self { $(Self::$action => $roles,)+ }
            }
        }
    };
}

permissions! {
    /// The own session, password, second factor, views.
    OwnSession "own_session" "本人会话与密码" ALL;
    /// List of review items.
    ReadQueue "read_queue" "查看审核队列" READERS;
    /// One item with all that belongs to it.
    ReadItem "read_item" "查看案件" READERS;
    /// An attachment.
    ReadAttachment "read_attachment" "查看附件" READERS;
    /// A masked field, whole, with a reason.
    Reveal "reveal" "查看脱敏字段原值" &[FirstReviewer, SecondReviewer, HospitalOffice, Supervisor, Finance, Auditor];
    /// A decision, an answer, a vote.
    Act "act" "审核、答复、合议" ACTORS;
    /// An attachment to an appeal.
    Attach "attach" "上传附件" &[HospitalOffice, FirstReviewer, SecondReviewer, Supervisor];
    /// What is written but not decided; the soft lock.
    Draft "draft" "草稿与占用" ACTORS;
    /// Handing out items.
    Assign "assign" "分派" REVIEWERS;
    /// Drawing a sample and reading its extrapolation.
    Sample "sample" "抽样与推断" &[FirstReviewer, SecondReviewer, Supervisor, Auditor];
    /// Many decisions at once.
    Batch "batch" "批量审核" REVIEWERS;
    /// Booking what was decided.
    Deduct "deduct" "扣款入账" &[Finance];
    /// Figures of the cockpit.
    ReadDashboard "read_dashboard" "驾驶舱" FIGURES;
    /// Rules with what became of their findings.
    ReadRules "read_rules" "规则成效" FIGURES;
    /// Changed rules on their way into force.
    ReadRevisions "read_revisions" "查看规则修订" &[RuleManager, Supervisor, Leader, Auditor];
    /// Changing rules, their switches and parameters.
    ManageRules "manage_rules" "规则管理" &[RuleManager];
    /// Statements and notices.
    ReadNotice "read_notice" "审核结论与拒付通知书" &[HospitalOffice, FirstReviewer, SecondReviewer, Supervisor, Finance, Leader, Auditor];
    /// What an institution is owed, and deductions from it.
    ReadLedger "read_ledger" "机构往来账" &[HospitalOffice, Supervisor, Finance, Leader, Auditor];
    /// Institutions within the scope.
    ReadInstitutions "read_institutions" "机构" READERS;
    /// Institutions and their agreements.
    ReadRegisters "read_registers" "机构登记" FIGURES;
    /// Persons with cover and account, masked.
    ReadPersons "read_persons" "参保登记" &[FirstReviewer, SecondReviewer, Supervisor, Auditor];
    /// Settlements.
    ReadSettlements "read_settlements" "结算记录" &[HospitalOffice, FirstReviewer, SecondReviewer, Supervisor, Finance, Leader, Auditor];
    /// Open stays with what is found of them.
    ReadStays "read_stays" "在院核查" &[HospitalOffice, Clinician, FirstReviewer, Supervisor, Auditor];
    /// What became of reminders.
    ReadReminders "read_reminders" "提醒成效" FIGURES;
    /// Accounts.
    ReadUsers "read_users" "查看用户" &[SystemAdmin, SecurityAdmin, AuditAdmin, Auditor];
    /// People who can be given work, by name.
    ReadColleagues "read_colleagues" "查看同事" &[FirstReviewer, SecondReviewer, Supervisor];
    /// New accounts, locks, fresh passwords.
    ManageUsers "manage_users" "开户、锁定与重置密码" &[SystemAdmin];
    /// Roles and scopes of accounts.
    GrantRights "grant_rights" "授予角色与数据范围" &[SecurityAdmin];
    /// This table.
    ReadRights "read_rights" "查看权限表" &[SystemAdmin, SecurityAdmin, AuditAdmin, Auditor];
    /// Who did and saw what.
    ReadAccessLog "read_access_log" "查看访问日志" &[AuditAdmin, Auditor];
}

impl Action {
    /// Whether a role may.
    #[must_use]
    pub fn allows(self, role: Role) -> bool {
        self.roles().contains(&role)
    }

    /// What a role may do, in words.
    pub fn of(role: Role) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |action| action.allows(role))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::RoleGroup;

    #[test]
    fn duties_are_separated() {
        let none = |one: Action, other: Action| !Role::ALL.iter().any(|role| one.allows(*role) && other.allows(*role));
        assert!(none(Action::ManageUsers, Action::GrantRights), "who opens accounts does not give rights");
        assert!(none(Action::GrantRights, Action::ReadAccessLog), "who gives rights does not keep the log");
        assert!(none(Action::ManageRules, Action::Act), "who changes rules decides no case");
        assert!(none(Action::Deduct, Action::Batch), "who decides does not book");
    }

    #[test]
    fn an_auditor_changes_nothing_and_keepers_of_the_system_see_no_case() {
        let changes = [
            Action::Act,
            Action::Attach,
            Action::Draft,
            Action::Assign,
            Action::Batch,
            Action::Deduct,
            Action::ManageRules,
            Action::ManageUsers,
            Action::GrantRights,
        ];
        assert!(changes.iter().all(|action| !action.allows(Role::Auditor) && !action.allows(Role::Leader)));
        for role in Role::ALL.into_iter().filter(|role| role.group() == RoleGroup::System) {
            assert!(!Action::ReadQueue.allows(role) && !Action::ReadItem.allows(role) && !Action::Reveal.allows(role));
        }
        assert!(Role::ALL.iter().all(|role| Action::OwnSession.allows(*role)));
    }

    #[test]
    fn words_differ() {
        let words: std::collections::BTreeSet<&str> = Action::ALL.iter().map(|action| action.word()).collect();
        assert_eq!(words.len(), Action::ALL.len());
    }
}

//! A call of a service: which hook, whose, with what.

use crate::fault::HookFault;
use serde_json::Value;

/// The hooks that are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hook {
    /// An order was chosen and is being written.
    OrderSelect,
    /// Orders are about to be signed.
    OrderSign,
    /// A visit begins.
    EncounterStart,
    /// A patient is about to be discharged.
    EncounterDischarge,
}

/// A call, its parts still as they came.
#[derive(Debug, Clone)]
pub struct HookRequest {
    /// Which hook.
    pub hook: Hook,
    /// `hookInstance`: the same for calls about the same moment.
    pub instance: String,
    pub(crate) context: Value,
    pub(crate) prefetch: Value,
}

impl Hook {
    /// All, in the order of a visit.
    pub const ALL: [Self; 4] = [Self::EncounterStart, Self::OrderSelect, Self::OrderSign, Self::EncounterDischarge];

    /// The hook of a service id.
    #[must_use]
    pub fn of_service(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hook| hook.service() == id)
    }

    /// Name of the hook.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OrderSelect => "order-select",
            Self::OrderSign => "order-sign",
            Self::EncounterStart => "encounter-start",
            Self::EncounterDischarge => "encounter-discharge",
        }
    }

    /// Id of the service.
    #[must_use]
    pub const fn service(self) -> &'static str {
        match self {
            Self::OrderSelect => "yibao-order-select",
            Self::OrderSign => "yibao-order-sign",
            Self::EncounterStart => "yibao-encounter-start",
            Self::EncounterDischarge => "yibao-encounter-discharge",
        }
    }

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::OrderSelect => "医保提醒：选择医嘱时",
            Self::OrderSign => "医保提醒：签署医嘱前",
            Self::EncounterStart => "医保提醒：就诊开始时",
            Self::EncounterDischarge => "医保提醒：出院结算前",
        }
    }

    pub(crate) const fn description(self) -> &'static str {
        match self {
            Self::OrderSelect => "就所选医嘱提示医保支付限制：性别、年龄、适应症、频次、重复等，附依据与改正办法",
            Self::OrderSign => "签署前就全部待签医嘱提示医保支付限制，附依据与改正办法",
            Self::EncounterStart => "就诊开始时提示与既往就诊相关的医保规则，如重复住院",
            Self::EncounterDischarge => "出院前按全部医嘱与操作核对医保规则，与事后审核同一规则库",
        }
    }

    /// Whether the service asks for this prefetch.
    pub(crate) fn wants(self, key: &str) -> bool {
        match key {
            "patient" | "encounter" | "conditions" => true,
            _ => self == Self::EncounterDischarge || (key == "procedures" && self != Self::EncounterStart),
        }
    }
}

impl HookRequest {
    /// Reads the body of a call of a service.
    ///
    /// # Errors
    /// What is not as the specification has it, with the field.
    pub fn read(service: Hook, body: &[u8]) -> Result<Self, HookFault> {
        let mut body: Value = serde_json::from_slice(body)
            .map_err(|error| HookFault::malformed(format!("请求正文不是 JSON：{error}")))?;
        let text = |field: &str| -> Result<String, HookFault> {
            let value = body.get(field).and_then(Value::as_str).filter(|value| !value.is_empty());
            value.map(str::to_owned).ok_or_else(|| HookFault::malformed(format!("缺少字段 {field}，应为文本")))
        };
        let (hook, instance) = (text("hook")?, text("hookInstance")?);
        if hook != service.word() {
            return Err(HookFault::malformed(format!(
                "字段 hook“{hook}”与服务 {} 不符；请填 {}，或改用相应的服务",
                service.service(),
                service.word()
            )));
        }
        let mut take = |field: &str| body.get_mut(field).map(Value::take).unwrap_or_default();
        let (context, prefetch) = (take("context"), take("prefetch"));
        if !context.is_object() {
            return Err(HookFault::malformed("缺少字段 context，应为对象"));
        }
        Ok(Self { hook: service, instance, context, prefetch })
    }

    pub(crate) fn context_text(&self, field: &str) -> Result<&str, HookFault> {
        let value = self.context.get(field).and_then(Value::as_str).filter(|value| !value.is_empty());
        value.ok_or_else(|| HookFault::malformed(format!("缺少字段 context.{field}，应为文本")))
    }

    /// A resource that was sent along; `null` stands for one that does not exist.
    pub(crate) fn prefetched(&self, key: &str) -> Option<&Value> {
        self.prefetch.get(key).filter(|value| value.is_object())
    }
}

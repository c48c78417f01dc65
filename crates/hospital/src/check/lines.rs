//! One charged line as the platform answered it: four classes, each by its own arithmetic (`settlement.md`
//! §2, `protocol.md` §8.4).

use super::amounts::Parts;
use crate::deviation::Examination;
use crate::reply::Fields;
use model::{Fen, Quantity, UnitPrice};

/// A line as it was sent, and what the world says of its item.
#[derive(Debug, Clone)]
pub struct Charged {
    /// `feedetl_sn`
    pub serial: String,
    /// `cnt`
    pub count: Quantity,
    /// `pric`
    pub price: UnitPrice,
    /// `det_item_fee_sumamt`
    pub sum: Fen,
    /// `hosp_appr_flag`: 0 no approval needed, 1 approved, 2 refused.
    pub approval: &'static str,
    /// `chrgitm_lv` of the item.
    pub class: String,
    /// Whether its use is restricted.
    pub restricted: bool,
    /// Its price cap.
    pub ceiling: Option<UnitPrice>,
    /// Its share paid first.
    pub selfpay_prop: Option<Quantity>,
}

/// What platforms write where there is no cap.
const NO_CAP: i64 = 999_999 * 10_000;

/// Examines the answer `row` to the line `sent`; `node` is where it stands.
#[must_use]
pub fn line(sent: &Charged, row: &Fields, node: &str, examination: &mut Examination<'_>) -> Parts {
    let mut fen = |name: &str| match row.fen(name) {
        Ok(amount) => amount.unwrap_or_default(),
        Err(error) => {
            examination.wrong(&format!("{node}.{name}"), "两位小数的金额（§6）", &error.to_string());
            Fen::ZERO
        }
    };
    let sum = fen("det_item_fee_sumamt");
    let parts = Parts {
        outside: fen("fulamt_ownpay_amt"),
        over_cap: fen("overlmt_amt"),
        paid_first: fen("preselfpay_amt"),
        in_scope: fen("inscp_scp_amt"),
    };
    let at = |name: &str| format!("{node}.{name}");
    examination.same(&at("det_item_fee_sumamt"), "请求的金额", sent.sum, sum);
    examination.same(&at("det_item_fee_sumamt"), "四类金额之和，§2", parts.total(), sum);
    let count = row.quantity("cnt").ok().flatten().unwrap_or_default();
    examination.same(&at("cnt"), "请求的数量", sent.count, count);
    let price = row.price("pric").ok().flatten().unwrap_or_default();
    examination.same(&at("pric"), "请求的单价", sent.price, price);
    let class = row.text("chrgitm_lv").unwrap_or_default();
    let class = class.trim_start_matches('0');
    examination.same(&at("chrgitm_lv"), "目录的收费项目等级", sent.class.trim_start_matches('0'), class);
    let restricted = row.text("lmt_used_flag");
    if let Some(flag) = &restricted {
        let due = if sent.restricted { "1" } else { "0" };
        examination.same(&at("lmt_used_flag"), "目录的限制使用标志", due, flag.as_str());
    }
    let due = due(sent, row);
    if !due.contains(&parts) {
        let shown: Vec<String> = due.iter().map(shown).collect();
        examination.wrong(node, &format!("{}（§2，§8.4）", shown.join(" 或 ")), &self::shown(&parts));
    }
    parts
}

/// The splits that the facts allow: one, or two where a cap and a fraction round differently.
fn due(sent: &Charged, row: &Fields) -> Vec<Parts> {
    let all_own = Parts { outside: sent.sum, ..Parts::default() };
    let refused = sent.approval == "2" || (sent.restricted && sent.approval != "1");
    if refused || sent.class.trim_start_matches('0') == "3" {
        return vec![all_own];
    }
    let told = row.price("pric_uplmt_amt").ok().flatten().filter(|cap| cap.0 < NO_CAP);
    // Caps and ratios may depend on the level of the institution and on the person: what the reply says goes.
    let cap = told.or(sent.ceiling);
    let prop = row.quantity("selfpay_prop").ok().flatten().or(sent.selfpay_prop).unwrap_or_default();
    let over = match cap {
        Some(cap) if cap < sent.price => {
            vec![sent.sum - cap.times(sent.count), UnitPrice(sent.price.0 - cap.0).times(sent.count)]
        }
        _ => vec![Fen::ZERO],
    };
    over.into_iter()
        .map(|over_cap| {
            let under = sent.sum - over_cap;
            let paid_first = if sent.class.trim_start_matches('0') == "2" {
                under.ratio(prop.0, Quantity::SCALE)
            } else {
                Fen::ZERO
            };
            Parts { outside: Fen::ZERO, over_cap, paid_first, in_scope: under - paid_first }
        })
        .collect()
}

fn shown(parts: &Parts) -> String {
    let Parts { outside, over_cap, paid_first, in_scope } = parts;
    format!("自费 {outside} 超限价 {over_cap} 先行自付 {paid_first} 范围内 {in_scope}")
}

//! What the stand-in remembers.

use hospital::Fields;
use hospital::check::Parts;
use model::{Fen, Quantity, UnitPrice};
use std::collections::HashMap;

/// A line of a visit.
#[derive(Debug, Clone)]
pub struct Line {
    pub serial: String,
    pub batch: String,
    pub parts: Parts,
    pub settled_by: Option<String>,
}

/// A visit.
#[derive(Debug, Clone, Default)]
pub struct Visit {
    pub psn_no: String,
    pub lines: Vec<Line>,
    pub closed: bool,
}

/// A settlement, or the reversal of one.
#[derive(Debug, Clone)]
pub struct Settlement {
    pub setl_id: String,
    pub msgid: String,
    pub mdtrt_id: String,
    pub psn_no: String,
    pub institution: String,
    pub insutype: String,
    pub clr_type: String,
    pub parts: Parts,
    pub fund: Fen,
    pub account: Fen,
    pub reverses: Option<String>,
    pub reversed: bool,
}

impl Settlement {
    pub fn cash(&self) -> Fen {
        self.parts.total() - self.fund - self.account
    }
}

/// Everything.
pub struct State {
    pub world: serde_json::Value,
    pub clock: u64,
    pub answers: HashMap<String, String>,
    pub visits: HashMap<String, Visit>,
    pub settlements: Vec<Settlement>,
    pub accounts: HashMap<String, Fen>,
    pub files: HashMap<String, Vec<u8>>,
    pub filings: Vec<(String, bool)>,
    pub settle_everything_again: bool,
}

impl State {
    pub fn new(world: serde_json::Value) -> Self {
        Self {
            world,
            clock: 0,
            answers: HashMap::new(),
            visits: HashMap::new(),
            settlements: Vec::new(),
            accounts: HashMap::new(),
            files: HashMap::new(),
            filings: Vec::new(),
            settle_everything_again: false,
        }
    }

    pub fn person(&self, psn_no: &str) -> Option<&serde_json::Value> {
        self.world["persons"].as_array().unwrap().iter().find(|person| person["psn_no"] == psn_no)
    }

    pub fn balance(&self, psn_no: &str) -> Fen {
        let employee = self.person(psn_no).is_some_and(|person| person["insutype"] == "310");
        self.accounts.get(psn_no).copied().unwrap_or(if employee { Fen(50_000) } else { Fen::ZERO })
    }

    /// Splits a line by the item's row of the world.
    pub fn split(&self, row: &Fields) -> Result<(Line, String), String> {
        let text = |name: &str| row.text(name).unwrap_or_default();
        let code = text("med_list_codg");
        let items = self.world["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["code"] == code.as_str()).ok_or("项目不存在")?;
        let price = UnitPrice::parse(text("pric").as_bytes()).unwrap();
        let count = Quantity::parse(text("cnt").as_bytes()).unwrap();
        let sum = Fen::parse(text("det_item_fee_sumamt").as_bytes()).unwrap();
        if price.times(count) != sum {
            return Err("金额不等于单价乘数量".into());
        }
        let class = item["class"].as_str().unwrap();
        let restricted = item["limits"]["restricted"] == true;
        let approval = text("hosp_appr_flag");
        let mut parts = Parts::default();
        if class == "03" || approval == "2" || (restricted && approval != "1") {
            parts.outside = sum;
        } else {
            let cap = item["ceiling"].as_str().map(|cap| UnitPrice::parse(cap.as_bytes()).unwrap());
            parts.over_cap = cap.filter(|cap| *cap < price).map_or(Fen::ZERO, |cap| sum - cap.times(count));
            let prop = Quantity::parse(item["selfpay_prop"].as_str().unwrap().as_bytes()).unwrap();
            parts.paid_first = (sum - parts.over_cap).ratio(prop.0, Quantity::SCALE);
            parts.in_scope = sum - parts.over_cap - parts.paid_first;
        }
        let answer = format!(
            "{{\"feedetl_sn\":\"{}\",\"det_item_fee_sumamt\":{sum},\"cnt\":{count},\"pric\":{price},\
             \"fulamt_ownpay_amt\":{},\"overlmt_amt\":{},\"preselfpay_amt\":{},\"inscp_scp_amt\":{},\
             \"chrgitm_lv\":\"{class}\",\"lmt_used_flag\":\"{}\"}}",
            text("feedetl_sn"),
            parts.outside,
            parts.over_cap,
            parts.paid_first,
            parts.in_scope,
            u8::from(restricted),
        );
        let line = Line { serial: text("feedetl_sn"), batch: text("chrg_bchno"), parts, settled_by: None };
        Ok((line, answer))
    }
}

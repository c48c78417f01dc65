//! What came back: an envelope, an output, and fields that keep their digits.
//!
//! [`Fields`] is a JSON object whose values stay text until somebody asks for an amount, so that `45.850`
//! and `45.85` are the same fen, `45.851` is a fault, and no float is ever involved (I2).

use model::{DecimalError, Fen, Quantity, UnitPrice};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A JSON object, values unread.
#[derive(Debug, Clone, Default)]
pub struct Fields(BTreeMap<String, Box<RawValue>>);

impl Fields {
    /// Reads an object. Errors when the text is not one.
    pub fn parse(text: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(text).map(Self)
    }

    /// The JSON text of a value; `None` when it is absent or null.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.get()).filter(|text| *text != "null")
    }

    /// A text, or a number as it was written; `None` when absent, null or empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        let raw = self.raw(name)?;
        let text = serde_json::from_str::<String>(raw).unwrap_or_else(|_| raw.to_owned());
        (!text.is_empty()).then_some(text)
    }

    /// An amount in yuan with at most two decimals; `None` when absent or null.
    pub fn fen(&self, name: &str) -> Result<Option<Fen>, DecimalError> {
        self.text(name).map(|text| Fen::parse(text.as_bytes())).transpose()
    }

    /// A number with at most four decimals: a quantity or a ratio.
    pub fn quantity(&self, name: &str) -> Result<Option<Quantity>, DecimalError> {
        self.text(name).map(|text| Quantity::parse(text.as_bytes())).transpose()
    }

    /// A price of one unit.
    pub fn price(&self, name: &str) -> Result<Option<UnitPrice>, DecimalError> {
        self.text(name).map(|text| UnitPrice::parse(text.as_bytes())).transpose()
    }

    /// A nested object; `None` when it is absent or something else.
    #[must_use]
    pub fn object(&self, name: &str) -> Option<Self> {
        Self::parse(self.raw(name)?.as_bytes()).ok()
    }

    /// A nested list of objects; one object counts as a list of one; absent is empty.
    #[must_use]
    pub fn objects(&self, name: &str) -> Vec<Self> {
        let Some(raw) = self.raw(name) else { return Vec::new() };
        serde_json::from_str::<Vec<BTreeMap<String, Box<RawValue>>>>(raw)
            .map(|list| list.into_iter().map(Self).collect())
            .unwrap_or_else(|_| self.object(name).into_iter().collect())
    }
}

/// An answer of the platform, read as far as its envelope.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The bytes as they came.
    pub bytes: Vec<u8>,
    /// `infcode` as written: `0`, `-1`, or something no edition has.
    pub infcode: String,
    /// Why not; empty on success.
    pub err_msg: String,
    /// `output`, empty when there is none.
    pub output: Fields,
    /// The whole envelope.
    pub envelope: Fields,
}

impl Reply {
    /// Reads the envelope. Errors when the bytes are not JSON or have no `infcode`.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, String> {
        let envelope = Fields::parse(&bytes).map_err(|error| format!("不是 JSON 对象：{error}"))?;
        let infcode = envelope.raw("infcode").ok_or("没有 infcode")?.to_owned();
        let err_msg = envelope.text("err_msg").unwrap_or_default();
        let output = envelope.object("output").unwrap_or_default();
        Ok(Self { bytes, infcode, err_msg, output, envelope })
    }

    /// Whether the platform did what it was asked: the number 0.
    #[must_use]
    pub fn accepted(&self) -> bool {
        self.infcode == "0"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i2_digits_survive() {
        let fields = Fields::parse(
            br#"{"a":45.850,"b":"45.85","c":45.851,"d":null,"e":"","f":9007199254740993.01,"g":{"x":1},"h":[{"x":1},{"x":2}]}"#,
        )
        .unwrap();
        assert_eq!(fields.fen("a"), Ok(Some(Fen(4585))));
        assert_eq!(fields.fen("b"), Ok(Some(Fen(4585))));
        assert_eq!(fields.fen("c"), Err(DecimalError::TooPrecise(2)));
        assert_eq!(fields.fen("d"), Ok(None));
        assert_eq!(fields.fen("e"), Ok(None));
        assert_eq!(fields.fen("f"), Ok(Some(Fen(900_719_925_474_099_301))));
        assert_eq!(fields.objects("g").len(), 1);
        assert_eq!(fields.objects("h").len(), 2);
        assert!(fields.objects("z").is_empty());
    }

    #[test]
    fn only_the_number_zero_is_success() {
        let reply = |text: &str| Reply::parse(text.as_bytes().to_vec());
        assert!(reply(r#"{"infcode":0,"output":{}}"#).unwrap().accepted());
        assert!(!reply(r#"{"infcode":"0","output":{}}"#).unwrap().accepted());
        let refused = reply(r#"{"infcode":-1,"err_msg":"无此人"}"#).unwrap();
        assert!(!refused.accepted());
        assert_eq!(refused.err_msg, "无此人");
        assert!(reply("<html>").is_err());
        assert!(reply(r#"{"code":401}"#).is_err());
    }
}

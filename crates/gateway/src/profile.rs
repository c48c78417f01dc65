//! What provinces do differently, as data: `profiles/*.toml`.
//!
//! A profile file says only what differs from the national default, with its source. Keys and secrets are never in a
//! profile: they are the server's configuration.

use crate::dictionary::Dictionary;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How one province, or one network of institutions, speaks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Name of the profile, as in the configuration.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Where its facts come from.
    pub source: String,
    /// Paths with one entry for all transactions, beyond those every profile serves.
    #[serde(default)]
    pub entries: Vec<String>,
    /// How requests are signed in headers, when the server verifies them.
    #[serde(default)]
    pub headers: HeaderScheme,
    /// `_api_name` of scheme A; `{infno}` stands for the number.
    #[serde(default = "plain_number")]
    pub api_name: String,
    /// Minutes by which a signed timestamp may be off.
    #[serde(default = "half_an_hour")]
    pub replay_minutes: i64,
    /// Minutes by which `inf_time` may be off; 0 does not look.
    #[serde(default = "a_day")]
    pub clock_minutes: i64,
    /// Whether every transaction but 9001 needs a `sign_no` that is in force.
    #[serde(default)]
    pub sign_in: bool,
    /// Whether the envelope carries an SM2 signature in `cainfo`.
    #[serde(default)]
    pub envelope_signature: EnvelopeSignature,
    /// Whether `output` is sent as SM4 ciphertext.
    #[serde(default)]
    pub output_cipher: OutputCipher,
    /// Codes of `stmt_rslt` (3201).
    #[serde(default)]
    pub statement_codes: StatementCodes,
    /// How refunds count in the number of settlements (3201).
    #[serde(default)]
    pub refund_count: RefundCount,
    /// Columns of the result file of 3202.
    #[serde(default)]
    pub statement_columns: StatementColumns,
    /// What 9102 wants in `fixmedins_code` for a catalogue file.
    #[serde(default)]
    pub catalogue_argument: CatalogueArgument,
    /// Lines that one upload may hold (2204, 2301); 0 does not limit.
    #[serde(default)]
    pub lines_max: usize,
    /// Transactions whose list replies are sent as one object (1201, 3101).
    #[serde(default)]
    pub single_object: Vec<String>,
    /// Longest values of fields, where the province differs.
    #[serde(default)]
    pub lengths: BTreeMap<String, usize>,
    /// What `matn_stas` means in 3101 and 3102.
    #[serde(default)]
    pub maternal_codes: MaternalCodes,
    /// Codes the province adds to national dictionaries.
    #[serde(default)]
    pub codes: BTreeMap<String, Vec<String>>,
    /// Dictionaries whose national codes the province makes longer.
    #[serde(default = "lengthened")]
    pub lengthened: Vec<String>,
    /// Dictionaries that are not looked into: clients of one and the same province disagree about them.
    #[serde(default = "unchecked")]
    pub unchecked: Vec<String>,
}

/// Header signatures (protocol §1.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeaderScheme {
    /// None.
    #[default]
    None,
    /// A: `_api_*`, HMAC-SHA1.
    Csb,
    /// B: `x-tif-*`, SHA-256.
    Tif,
    /// C: one `apikey`.
    Apikey,
}

/// Signature of the envelope.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EnvelopeSignature {
    /// `cainfo` is not looked at.
    #[default]
    None,
    /// SM2 over the sorted fields around `input` (Hubei).
    Sm2,
}

/// Cipher of `output`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputCipher {
    /// Plain JSON.
    #[default]
    None,
    /// Base64 of SM4 (Jilin).
    Sm4,
}

/// Codes of a statement's result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StatementCodes {
    /// 0 equal, 1 not equal.
    #[default]
    Two,
    /// 0 equal, 1 the centre has more, 2 the institution has more, 3 data differ.
    Four,
}

/// How a refund counts in the number of settlements that 3201 compares. No document says it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RefundCount {
    /// A settlement counts one, its reversal takes it away.
    #[default]
    Net,
    /// Both count one.
    Each,
}

/// Columns of a statement's result file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StatementColumns {
    /// Ten, `stmt_rslt` before `refd_setl_flag`.
    #[default]
    Ten,
    /// Seven, `refd_setl_flag` before `stmt_rslt`.
    Seven,
}

/// Argument of 9102.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CatalogueArgument {
    /// Either is taken.
    #[default]
    Any,
    /// The constant `plc`, and nothing else.
    Plc,
    /// The version that was passed to 13xx; the constant is understood too.
    Version,
}

/// Meaning of `matn_stas` where it is asked before and during care.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MaternalCodes {
    /// 3 pregnant, 4 nursing, as in the dictionary.
    #[default]
    Platform,
    /// 1 pregnant, 2 nursing, as clients of one province read the audit interface.
    Audit,
}

fn plain_number() -> String {
    "{infno}".to_owned()
}

const fn half_an_hour() -> i64 {
    30
}

const fn a_day() -> i64 {
    24 * 60
}

fn lengthened() -> Vec<String> {
    ["med_type", "clr_type", "psn_type", "medins_type", "insutype"].map(str::to_owned).to_vec()
}

fn unchecked() -> Vec<String> {
    // Editions and clients disagree about these (audit-3101 §5, ERRATA 5 and 7); the audit reads them leniently.
    [
        "hosp_lv",
        "list_type",
        "matn_stas",
        "drord_dr_profttl",
        "drord_bhvr",
        "drord_type",
        "med_chrgitm_type",
        "trig_scen",
        "out_setl_flag",
        "medins_type",
        "dept",
        "admdvs",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Profiles that come with the program: name and file.
const PACKED: [(&str, &str); 7] = [
    ("national", include_str!("../../../profiles/national.toml")),
    ("hunan", include_str!("../../../profiles/hunan.toml")),
    ("jiangxi", include_str!("../../../profiles/jiangxi.toml")),
    ("hebei", include_str!("../../../profiles/hebei.toml")),
    ("hubei", include_str!("../../../profiles/hubei.toml")),
    ("jilin", include_str!("../../../profiles/jilin.toml")),
    ("chongqing", include_str!("../../../profiles/chongqing.toml")),
];

impl Profile {
    /// Names of the profiles that come with the program.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        PACKED.iter().map(|(name, _)| *name).collect()
    }

    /// The profile with this name, of those that come with the program.
    pub fn packed(name: &str) -> Result<Self, String> {
        let file = PACKED.iter().find(|(known, _)| *known == name);
        let (_, text) = file.ok_or_else(|| {
            let near = model::nearest(name, Self::names());
            let hint = near.map(|near| format!("，是否为 {near}？")).unwrap_or_default();
            format!("没有名为 {name} 的接口配置{hint}现有：{}", Self::names().join("、"))
        })?;
        Self::parse(text).map_err(|e| format!("profiles/{name}.toml：{e}"))
    }

    /// Reads a profile file.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|e| e.to_string())
    }

    /// Longest value of a field.
    #[must_use]
    pub(crate) fn length(&self, field: &str, declared: usize) -> usize {
        self.lengths.get(field).copied().unwrap_or(declared)
    }

    /// Whether a code may stand in a field of this dictionary.
    #[must_use]
    pub(crate) fn accepts(&self, dictionary: &Dictionary, code: &str) -> bool {
        let named = |names: &[String]| names.iter().any(|name| name == dictionary.name);
        dictionary.label(code).is_some()
            || self.codes.get(dictionary.name).is_some_and(|more| more.iter().any(|known| known == code))
            || named(&self.unchecked)
            || (named(&self.lengthened)
                && code.len() <= 12
                && code.bytes().all(|b| b.is_ascii_alphanumeric())
                && dictionary.has_prefix_of(code))
    }

    /// Which codes may stand there, for a message.
    pub(crate) fn suggest(&self, dictionary: &Dictionary) -> String {
        let mut shown: Vec<String> =
            dictionary.codes().take(6).map(|(code, label)| format!("{code} {label}")).collect();
        if dictionary.codes().nth(6).is_some() {
            shown.push("……".to_owned());
        }
        format!("可填：{}", shown.join("、"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use super::*;
    use crate::dictionary::Dictionaries;

    #[test]
    fn every_packed_profile_reads_and_names_its_source() {
        for name in Profile::names() {
            let profile = Profile::packed(name).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(profile.id, name);
            assert!(!profile.source.is_empty() && !profile.name.is_empty());
            for dictionary in profile.codes.keys().chain(&profile.lengthened) {
                assert!(Dictionaries::get().named(dictionary).is_some(), "{name}: {dictionary}");
            }
        }
        assert!(Profile::packed("hunna").unwrap_err().contains("hunan"));
        assert!(Profile::parse("id = \"x\"\nname = \"x\"\nsource = \"x\"\nunknown = 1").is_err());
    }

    #[test]
    fn provinces_lengthen_codes_but_do_not_invent_them() {
        let profile = Profile::packed("national").unwrap();
        let table = |name: &str| Dictionaries::get().named(name).unwrap();
        for (dictionary, code, expect) in [
            ("med_type", "11", true),
            ("med_type", "2199", true),
            ("med_type", "62", false),
            ("med_type", "11；", false),
            ("gend", "1", true),
            ("gend", "11", false),
            ("hosp_lv", "05", true),
        ] {
            assert_eq!(profile.accepts(table(dictionary), code), expect, "{dictionary} {code}");
        }
    }
}

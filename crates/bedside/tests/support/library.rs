//! The shipped library, compiled.

use audit::{Cases, Library, Sources};
use knowledge::{Knowledge, Source};
use std::sync::Arc;

pub fn library() -> Library {
    let text = |(name, bytes): (String, Vec<u8>)| (name, String::from_utf8(bytes).unwrap());
    let rules = shipped::files("rules").into_iter();
    let rules: Vec<(String, String)> =
        rules.filter(|(name, _)| name.ends_with(".md") && !name.ends_with("README.md")).map(text).collect();
    let mut tables = shipped::files("knowledge");
    tables.retain(|(name, _)| !name.ends_with("README.md"));
    let sources = [Source::Published, Source::Book, Source::Derived, Source::Assumed];
    let knowledge = Knowledge::read_sources(&shipped::named(&tables), &sources).unwrap();
    let catalogue = Arc::new(shipped::catalogue());
    let sources = Sources { rules: &rules, knowledge: Arc::new(knowledge), catalogue, cases: Cases::MayLack };
    Library::compile(&sources).unwrap_or_else(|problems| panic!("{problems:?}"))
}

//! A register that a file is imported into.

use agency::{IdKind, Ids};
use model::{Day, Stamp};
use registers::{Import, Kind, Known, Table, import};

pub struct Counter(pub u32);

impl Ids for Counter {
    fn next(&mut self, kind: IdKind) -> String {
        self.0 += 1;
        format!("{}{:06}", kind.letter(), self.0)
    }
}

pub fn day(text: &str) -> Day {
    Day::parse(text.as_bytes()).unwrap()
}

pub fn now() -> Stamp {
    Stamp::parse(b"2026-11-27 09:00:00").unwrap()
}

pub fn example(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../docs/examples/registers/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

pub fn try_import(kind: Kind, text: &str, known: &Known) -> Result<Import, String> {
    let table = Table::read(text.as_bytes()).map_err(|fault| fault.to_string())?;
    let import = import(kind, &table, known.clone(), now(), &mut Counter(0)).map_err(|fault| fault.to_string())?;
    let report = &import.report;
    assert_eq!(report.rows, report.accepted + report.corrected + report.rejected, "the counts add up");
    Ok(import)
}

/// Imports and lays what came of it over the register, as a store would.
pub fn load(kind: Kind, bytes: &[u8], known: &mut Known, at: Stamp) -> Import {
    let table = Table::read(bytes).unwrap();
    let import = import(kind, &table, known.clone(), at, &mut Counter(0)).unwrap();
    let changes = import.changes.clone();
    for person in changes.persons {
        known.certificates.insert((person.certificate_kind.clone(), person.certificate.clone()), person.id.clone());
        known.persons.insert(person.id.clone(), person);
    }
    for spell in changes.coverages {
        let spells = known.coverages.entry(spell.person.clone()).or_default();
        spells.retain(|old| (old.spell, old.known_from) != (spell.spell, spell.known_from));
        spells.push(spell);
    }
    for account in changes.accounts {
        known.accounts.insert(account.person.clone(), account);
    }
    for document in changes.documents {
        match document.kind.as_str() {
            "institution" => {
                known.institutions.insert(document.key.clone(), serde_json::from_str(&document.content).unwrap());
            }
            "staff" => {
                known.staff.insert(document.key.clone(), serde_json::from_str(&document.content).unwrap());
            }
            _ => {
                known.contributions.insert((document.owner.clone(), document.key.clone()), document);
            }
        }
    }
    import
}

/// The registers of the examples.
pub fn registers() -> Known {
    let mut known = Known::default();
    let at = Stamp(now().0 - 86_400);
    for (kind, file) in [
        (Kind::Persons, "persons.csv"),
        (Kind::Coverage, "coverage.csv"),
        (Kind::Institutions, "institutions.csv"),
        (Kind::Staff, "staff.csv"),
    ] {
        let report = load(kind, &example(file), &mut known, at).report;
        assert_eq!(report.rejections, [], "{file}");
    }
    known
}

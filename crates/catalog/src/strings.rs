//! All texts of the catalogue in one arena, each stored once.
//!
//! A text is named by a `u32`; 0 is the empty text. 80,000 entries share units, categories and
//! notes, so that storing each text once also makes the image small.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

/// The name of a text in [`Strings`].
pub(crate) type TextId = u32;

/// The empty text.
pub(crate) const EMPTY: TextId = 0;

/// The arena.
#[derive(Serialize, Deserialize)]
pub(crate) struct Strings {
    arena: String,
    /// End of each text; a text begins where the one before it ends.
    #[serde(with = "crate::image::words")]
    ends: Vec<u32>,
}

/// Fills an arena.
pub(crate) struct Interner {
    strings: Strings,
    known: FxHashMap<String, TextId>,
}

impl Strings {
    /// The text; empty for a name that does not exist.
    pub(crate) fn get(&self, id: TextId) -> &str {
        let id = id as usize;
        let start = id.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |&end| end as usize);
        let end = self.ends.get(id).map_or(start, |&end| end as usize);
        self.arena.get(start..end).unwrap_or_default()
    }
}

impl Interner {
    pub(crate) fn new() -> Self {
        let strings = Strings { arena: String::new(), ends: vec![0] };
        Self { strings, known: FxHashMap::default() }
    }

    /// Keeps a text, or finds the one kept before.
    pub(crate) fn keep(&mut self, text: &str) -> TextId {
        if text.is_empty() {
            return EMPTY;
        }
        if let Some(&id) = self.known.get(text) {
            return id;
        }
        let id = self.strings.ends.len() as TextId;
        self.strings.arena.push_str(text);
        self.strings.ends.push(self.strings.arena.len() as u32);
        self.known.insert(text.to_owned(), id);
        id
    }

    pub(crate) fn get(&self, id: TextId) -> &str {
        self.strings.get(id)
    }

    pub(crate) fn finish(self) -> Strings {
        self.strings
    }
}

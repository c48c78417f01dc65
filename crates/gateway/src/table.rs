//! The field table of the national interface: every transaction, node and field, with its label, type, length and codes.
//!
//! `fields/*.csv` are facts drawn from the published interface documents by `tools/convert/interface.py`, one row a
//! field. They are read once; everything that checks a request or fills a reply walks the trees built here. No meaning
//! is attached to a field here: that is `transactions`.

use crate::dictionary::{Dictionaries, Dictionary};
use rustc_hash::FxHashMap;
use std::collections::HashMap;
use std::sync::OnceLock;

/// All transactions.
#[derive(Debug)]
pub struct Table {
    transactions: HashMap<&'static str, Transaction>,
    order: Vec<&'static str>,
    envelope: Node,
}

/// A transaction: what comes in and what goes out.
#[derive(Debug)]
pub struct Transaction {
    /// 交易编号, as on the wire.
    pub infno: &'static str,
    /// 交易名称
    pub name: &'static str,
    /// `service/method` paths that some provinces use in place of one entry.
    pub services: Vec<&'static str>,
    /// `input`: its fields are those that sit directly in it.
    pub request: Node,
    /// `output`; of kind [`NodeKind::List`] when the output itself is an array.
    pub response: Node,
}

/// Whether a node is one row or many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// One.
    Object,
    /// Any number.
    List,
}

/// A node: fields, and nodes below it.
#[derive(Debug)]
pub struct Node {
    /// Its name; empty for `input` and `output` themselves.
    pub name: &'static str,
    /// One row or many.
    pub kind: NodeKind,
    /// Whether it must be there.
    pub required: bool,
    /// Its fields, in the order of the documents.
    pub fields: Vec<Field>,
    /// Nodes below.
    pub children: Vec<Node>,
    /// Places by name, as declared and folded: a field's is its own, a child's comes behind all fields.
    places: FxHashMap<String, Vec<usize>>,
    /// The place of each field by its own name.
    declared: FxHashMap<&'static str, usize>,
}

/// A field.
#[derive(Debug)]
pub struct Field {
    /// Wire name.
    pub name: &'static str,
    /// Chinese label.
    pub label: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether it must not be empty.
    pub required: bool,
    /// Its codes; `None` when it is free, or when no print holds its codes.
    pub dictionary: Option<&'static Dictionary>,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Text of at most so many characters.
    Text(Option<usize>),
    /// A decimal of at most so many digits, of which so many behind the point.
    Number(Option<(usize, usize)>),
    /// `yyyy-MM-dd`
    Day,
    /// `yyyy-MM-dd HH:mm:ss`
    Stamp,
    /// Bytes of a file: Base64 or a list of numbers.
    Bytes,
    /// Any JSON, kept as its text.
    Any,
}

/// The files of the table. A name beside its content, for messages about rows that cannot be read.
macro_rules! files {
    ($($family:literal),*) => { [$(include_str!(concat!("../fields/", $family, ".csv"))),*] };
}

const FIELDS: [&str; 41] = files!(
    "10", "11", "12", "13", "19", "20", "21", "22", "23", "24", "25", "26", "31", "32", "33", "34", "35", "36", "37",
    "41", "42", "43", "44", "45", "46", "47", "49", "51", "52", "53", "54", "55", "61", "62", "63", "64", "71", "72",
    "90", "91", "96"
);

impl Table {
    /// The table, read on first use.
    pub fn get() -> &'static Self {
        static TABLE: OnceLock<Table> = OnceLock::new();
        TABLE.get_or_init(Self::read)
    }

    /// The transaction with this number.
    #[must_use]
    pub fn transaction(&self, infno: &str) -> Option<&Transaction> {
        self.transactions.get(infno)
    }

    /// All transactions, in the order of the documents.
    pub fn transactions(&self) -> impl Iterator<Item = &Transaction> {
        self.order.iter().filter_map(|infno| self.transactions.get(infno))
    }

    /// The fields around `input`.
    #[must_use]
    pub const fn envelope(&self) -> &Node {
        &self.envelope
    }

    fn read() -> Self {
        let dictionaries = Dictionaries::get();
        let mut table = Self { transactions: HashMap::new(), order: Vec::new(), envelope: Node::root() };
        for [infno, name, services] in rows(include_str!("../fields/transactions.csv")) {
            table.order.push(infno);
            let (request, response) = (Node::root(), Node::root());
            let services = services.split_whitespace().collect();
            table.transactions.insert(infno, Transaction { infno, name, services, request, response });
        }
        for row in FIELDS.iter().flat_map(|file| rows::<11>(file)) {
            let [infno, side, path, kind, node_required, ..] = row;
            let Some(transaction) = table.transactions.get_mut(infno) else { continue };
            let root = if side == "request" { &mut transaction.request } else { &mut transaction.response };
            if let Some(node) = root.reach(path, kind, node_required) {
                node.fields.push(Field::read(&row, dictionaries));
            }
        }
        for row in rows::<11>(include_str!("../fields/envelope.csv")) {
            table.envelope.fields.push(Field::read(&row, dictionaries));
        }
        table.envelope.index();
        for transaction in table.transactions.values_mut() {
            transaction.request.index();
            transaction.response.index();
        }
        table
    }
}

/// Longest name that is looked up; the table's longest has 28 characters.
const NAME_MAX: usize = 64;

/// What spellings of one name have in common: letters and digits, without case.
fn folded(name: &str) -> String {
    name.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect()
}

/// Rows of a packed CSV file. Cells live as long as the program: the files do.
pub(crate) fn rows<const N: usize>(file: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    file.lines().skip(1).filter_map(|line| {
        let mut cells = [""; N];
        let mut rest = line;
        for cell in &mut cells {
            let end;
            // A quoted cell holds commas, never quotes: lengths such as "16,2", and a few labels.
            (*cell, end) = match rest.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => rest.find(',').map_or((rest, ""), |at| rest.split_at(at)),
            };
            rest = end.strip_prefix(',').unwrap_or(end);
        }
        rest.is_empty().then_some(cells)
    })
}

impl Node {
    fn root() -> Self {
        Self::new("", NodeKind::Object, true)
    }

    fn new(name: &'static str, kind: NodeKind, required: bool) -> Self {
        let (fields, children) = (Vec::new(), Vec::new());
        Self { name, kind, required, fields, children, places: FxHashMap::default(), declared: FxHashMap::default() }
    }

    /// Notes where each name stands, for [`Self::places`] and [`Self::place`].
    fn index(&mut self) {
        let names = || self.fields.iter().map(|field| field.name).chain(self.children.iter().map(|child| child.name));
        let mut places: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for (place, name) in names().enumerate() {
            places.entry(folded(name)).or_default().push(place);
        }
        // A name as declared is the usual case: it leads to the places of all its spellings without folding.
        let declared: Vec<_> =
            names().filter_map(|name| Some((name.to_owned(), places.get(&folded(name))?.clone()))).collect();
        places.extend(declared);
        self.places = places;
        for (place, field) in self.fields.iter().enumerate() {
            self.declared.entry(field.name).or_insert(place);
        }
        self.children.iter_mut().for_each(Self::index);
    }

    /// Places that a name may mean: fields by their number, then children. `expContent` means `exp_content` too.
    pub(crate) fn places(&self, name: &str) -> &[usize] {
        if name.len() > NAME_MAX {
            return &[];
        }
        self.places.get(name).or_else(|| self.places.get(&folded(name))).map_or(&[], Vec::as_slice)
    }

    /// The node at a dotted path, made on the way. `[]` is the root itself, as a list.
    fn reach(&mut self, path: &'static str, kind: &str, required: &str) -> Option<&mut Self> {
        let kind = if kind == "list" { NodeKind::List } else { NodeKind::Object };
        if path == "[]" {
            self.kind = kind;
        }
        let mut parts = path.split('.').filter(|part| !part.is_empty() && *part != "[]").peekable();
        let mut node = self;
        while let Some(name) = parts.next() {
            let index = node.children.iter().position(|child| child.name == name).unwrap_or_else(|| {
                let (kind, required) =
                    if parts.peek().is_none() { (kind, required == "required") } else { (NodeKind::Object, true) };
                node.children.push(Self::new(name, kind, required));
                node.children.len() - 1
            });
            node = node.children.get_mut(index)?;
        }
        Some(node)
    }

    /// The field with this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(self.place(name)?)
    }

    /// The place of a field in the row.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        self.declared.get(name).copied()
    }

    /// The node below with this name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Whether nothing is declared: a void output.
    #[must_use]
    pub fn is_void(&self) -> bool {
        self.fields.is_empty() && self.children.is_empty()
    }
}

impl Field {
    fn read(row: &[&'static str; 11], dictionaries: &'static Dictionaries) -> Self {
        let [_, _, _, _, _, name, label, kind, length, required, dictionary] = *row;
        let kind = match kind {
            "number" => FieldKind::Number(
                length
                    .split_once(',')
                    .and_then(|(digits, decimals)| Some((digits.parse().ok()?, decimals.parse().ok()?))),
            ),
            "date" => FieldKind::Day,
            "datetime" => FieldKind::Stamp,
            "bytes" => FieldKind::Bytes,
            "any" => FieldKind::Any,
            _ => FieldKind::Text(length.parse().ok()),
        };
        Self { name, label, kind, required: required == "required", dictionary: dictionaries.named(dictionary) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_every_file_is_read() {
        for file in FIELDS.iter().chain([&include_str!("../fields/envelope.csv")]) {
            assert_eq!(rows::<11>(file).count(), file.lines().count() - 1, "{}", &file[..200.min(file.len())]);
        }
        let fields = |node: &Node| -> usize {
            fn count(node: &Node) -> usize {
                node.fields.len() + node.children.iter().map(count).sum::<usize>()
            }
            count(node)
        };
        let table = Table::get();
        let read: usize = table.transactions().map(|one| fields(&one.request) + fields(&one.response)).sum();
        assert_eq!(read, FIELDS.iter().map(|file| file.lines().count() - 1).sum::<usize>());
        assert_eq!(table.transactions().count(), 250);
    }

    #[test]
    fn nodes_keep_their_shape() {
        let of = |infno: &str| Table::get().transaction(infno).unwrap();
        let orders = ["patient_dtos", "fsi_encounter_dtos", "fsi_order_dtos"];
        let mut node = of("3101").request.child("data").unwrap();
        for name in orders {
            node = node.child(name).unwrap();
            assert_eq!(node.kind, NodeKind::List, "{name}");
        }
        assert_eq!(node.field("pric").unwrap().kind, FieldKind::Number(Some((16, 6))));
        assert_eq!(of("5204").response.kind, NodeKind::List);
        assert!(of("2202").response.is_void());
        assert!(of("5101").request.is_void(), "5101 prints the envelope in place of its request");
        assert!(of("9101").response.field("file_qury_no").is_some());
    }

    #[test]
    fn corrections_of_the_prints_are_in_the_table() {
        let field = |infno: &str, node: &str, name: &str| {
            Table::get().transaction(infno).unwrap().request.child(node).unwrap().field(name).unwrap()
        };
        assert!(!field("2203", "mdtrtinfo", "dise_codg").required);
        assert_eq!(field("2601", "data", "oinfno").kind, FieldKind::Text(Some(6)));
        let reply = |infno: &str, name: &str| {
            Table::get().transaction(infno).unwrap().response.child("setlinfo").unwrap().field(name).unwrap().required
        };
        assert!(!reply("2206", "setl_time") && !reply("2303", "clr_optins") && reply("2207", "clr_optins"));
        let FieldKind::Text(Some(length)) = field("2101", "druginfo", "psn_cert_type").kind else { panic!("text") };
        let longest =
            field("2101", "druginfo", "psn_cert_type").dictionary.unwrap().codes().map(|(c, _)| c.len()).max();
        assert!(length >= longest.unwrap(), "a coded field holds the codes of its dictionary");
    }
}

//! `docs/interface.tsv` says which transactions there are and which are offered; `make accept` writes it anew.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

use gateway::{Node, Table};

fn nodes(node: &Node) -> String {
    let names: Vec<&str> = node.children.iter().map(|child| child.name).collect();
    names.join(" ")
}

#[test]
fn the_page_of_the_interface_is_current() {
    let mut page = "infno\t交易\toffered\tinput\toutput\tservices\n".to_owned();
    for transaction in Table::get().transactions() {
        let offered = if gateway::is_offered(transaction.infno) { "yes" } else { "no" };
        page.push_str(&format!(
            "{}\t{}\t{offered}\t{}\t{}\t{}\n",
            transaction.infno,
            transaction.name,
            nodes(&transaction.request),
            nodes(&transaction.response),
            transaction.services.join(" ")
        ));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/interface.tsv");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), page, "run `make accept` and read the difference");
}

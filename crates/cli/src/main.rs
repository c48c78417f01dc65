//! The binary `yibao`.
fn main() {}

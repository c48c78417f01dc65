//! What `make web` put into `site/` is packed anew when it changes. The folder itself is always there, so that nothing is
//! built twice where nobody has node.

fn main() {
    println!("cargo:rerun-if-changed=site");
}

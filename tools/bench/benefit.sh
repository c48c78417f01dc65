#!/usr/bin/env bash
# The benefit engine against zen-engine (decision tables) and OpenFisca-Core (vectors), one run: the same hospital table of
# an invented area, the same bills, answers compared to the fen. Both peers come from PyPI (zen-engine's wheel is the Rust
# engine; its crate takes swc and aws-lc along, too much to compile for a bench). Results: bench-data/benefit.txt.
set -euo pipefail
cd "$(dirname "$0")/../.."
TARGET="${CARGO_TARGET_DIR:-target}"
BILLS="${BILLS:-200000}"
cargo build --release --locked -p benefit --example table
mkdir -p bench-data
if [ ! -x bench-data/benefit-venv/bin/python ]; then
    python3 -m venv bench-data/benefit-venv
    bench-data/benefit-venv/bin/pip install --quiet "zen-engine>=2.1" "openfisca-core>=46"
fi
"$TARGET/release/examples/table" policy bench-data/benefit-cases.csv "$BILLS" | tee bench-data/benefit-yibao.txt
bench-data/benefit-venv/bin/python tools/bench/benefit.py bench-data/benefit-cases.csv bench-data/benefit-yibao.txt \
    | tee bench-data/benefit.txt

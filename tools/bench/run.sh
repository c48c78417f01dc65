#!/usr/bin/env bash
# One run of the benchmark: generate once, then a bare scan, the full library, and ten of its rules in DuckDB over
# the same sorted Parquet. Needs Python 3; DuckDB comes from PyPI into a virtual environment. Results: bench-data/.
set -euo pipefail
cd "$(dirname "$0")/../.."
PERSONS="${PERSONS:-300000}"
TARGET="${CARGO_TARGET_DIR:-target}"
cargo build --release --locked -p cli
cargo build --release --locked -p lake --example bare_scan
mkdir -p bench-data
if [ ! -x bench-data/venv/bin/python ]; then
    python3 -m venv bench-data/venv
    bench-data/venv/bin/pip install --quiet "duckdb>=1.4"
fi
CITY="bench-data/city-$PERSONS"
if [ ! -f "$CITY/truth.csv" ]; then
    "$TARGET/release/yibao" generate --persons "$PERSONS" --days 365 --seed 7 --violations standard --out "$CITY"
fi
exec bench-data/venv/bin/python tools/bench/compare.py --city "$CITY" --yibao "$TARGET/release/yibao" \
    --scan "$TARGET/release/examples/bare_scan" --out bench-data

#!/usr/bin/env bash
# One run of the benchmark: generate once, then a bare scan, every rule about lines, visits and persons, and twenty of them in
# DuckDB over the same sorted Parquet. Needs Python 3; DuckDB comes from PyPI into a virtual environment. Results: bench-data/.
# PERSONS sets the size: 300,000 persons are about 19 million lines, 1,600,000 a hundred million (2.6 GB on disk). PROFILE=quick
# builds sooner; ALONE is a command to run the measured part with, where several work on one machine.
set -euo pipefail
cd "$(dirname "$0")/../.."
PERSONS="${PERSONS:-300000}"
THREADS="${THREADS:-2}"
PROFILE="${PROFILE:-release}"
DATA="${DATA:-bench-data}"
TARGET="${CARGO_TARGET_DIR:-target}"
# Without DataFusion: rules about institutions and groups are not measured here.
cargo build --profile "$PROFILE" --locked -p cli --no-default-features
cargo build --profile "$PROFILE" --locked -p lake --example bare_scan
mkdir -p "$DATA" bench-data
if [ ! -x bench-data/venv/bin/python ]; then
    python3 -m venv bench-data/venv
    bench-data/venv/bin/pip install --quiet "duckdb>=1.4"
fi
CITY="$DATA/city-$PERSONS"
if [ ! -f "$CITY/truth.csv" ]; then
    "$TARGET/$PROFILE/yibao" generate --persons "$PERSONS" --days 365 --seed 7 --violations standard --out "$CITY"
fi
exec ${ALONE:-} bench-data/venv/bin/python tools/bench/compare.py --city "$CITY" --yibao "$TARGET/$PROFILE/yibao" \
    --scan "$TARGET/$PROFILE/examples/bare_scan" --out "$DATA" --threads "$THREADS"

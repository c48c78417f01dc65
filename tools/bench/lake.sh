#!/usr/bin/env bash
# The lake at scale: add, audit of everything, one day more, audit of what it touched, against a bare scan of the same
# claims. PERSONS sets the size (1,600,000 persons are about 100 million lines); a quiet machine, please. Rules about
# institutions and groups have a measure of their own: `cargo run --release -p query --example rule_times -- LAKE`.
set -euo pipefail
cd "$(dirname "$0")/../.."
PERSONS="${PERSONS:-300000}"
THREADS="${THREADS:-2}"
TARGET="${CARGO_TARGET_DIR:-target}"
PROFILE="${PROFILE:-release}"
cargo build --profile "$PROFILE" --locked -p cli
cargo build --profile "$PROFILE" --locked -p lake --example bare_scan
YIBAO="$TARGET/$PROFILE/yibao"
DATA="${DATA:-bench-data}"
CITY="$DATA/city-$PERSONS"
LAKE="$DATA/lake-$PERSONS"
mkdir -p "$DATA"
[ -f "$CITY/truth.csv" ] || "$YIBAO" generate --persons "$PERSONS" --days 365 --seed 7 --violations standard --out "$CITY"

# Wall and CPU seconds and peak memory of a command, from the kernel's accounting.
measure() {
    local name="$1"; shift
    python3 - "$name" "$@" <<'PY'
import os, subprocess, sys, time
name, command = sys.argv[1], sys.argv[2:]
started = time.monotonic()
child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
wall = time.monotonic() - started
cpu = usage.ru_utime + usage.ru_stime
print(f"{name:28} wall {wall:8.2f} s  cpu {cpu:8.2f} s  peak {usage.ru_maxrss // 1024:6} MiB  exit {os.waitstatus_to_exitcode(status)}", flush=True)
PY
}

measure "bare scan of the claims" "$TARGET/$PROFILE/examples/bare_scan" "$CITY" "$THREADS"
measure "audit of the claims" "$YIBAO" audit "$CITY" --without-population --out "$DATA/out-claims" --threads "$THREADS"
rm -rf "$LAKE"
measure "lake add, everything" "$YIBAO" lake add "$CITY" --lake "$LAKE" --threads "$THREADS"
measure "audit of the lake" "$YIBAO" audit --lake "$LAKE" --without-population --out "$DATA/out-lake" --threads "$THREADS"
cmp "$DATA/out-claims/findings.csv" "$DATA/out-lake/findings.csv" && echo "findings are the same, byte for byte"
measure "sql: sum by institution" "$YIBAO" sql --lake "$LAKE" --threads "$THREADS" \
    "SELECT fixmedins_code, sum(medfee_sumamt) FROM visits GROUP BY 1 ORDER BY 2 DESC LIMIT 10"
measure "indicators of a month" "$YIBAO" indicators --lake "$LAKE" --threads "$THREADS" --month 2025-09 --by institution

#!/usr/bin/env bash
# Settlements a second in one run on one machine: 2204 with ten lines and then 2207, over HTTP, at 32 and 256 clients, on
# SQLite and on PostgreSQL, and at half of the best load; beside it a PL/pgSQL function that does the same reads and
# writes on the same schema under pgbench. Every commit is durable (fsync on). Private PostgreSQL, removed at the end.
# Usage: tools/bench/settlement.sh [SECONDS]
# Environment: YIBAO (a release binary; built when not given), VISITS (registered before the clock starts), KEEP, ONLY (a
# word of "sqlite postgres peer"), CONFIG (of the server).
set -euo pipefail
seconds=${1:-15}
visits=${VISITS:-20000}
cd "$(dirname "$0")/../.."
if [ -z "${YIBAO:-}" ]; then
  cargo build --release --locked -p cli --no-default-features
  YIBAO=${CARGO_TARGET_DIR:-target}/release/yibao
fi
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
work=$(mktemp -d "${TMPDIR:-/tmp}/yibao-bench.XXXXXX")
server=0 postmaster=0
declare -A peer=()
leave() {
  [ "$server" = 0 ] || kill "$server" 2>/dev/null || true
  [ "$postmaster" = 0 ] || kill -QUIT "$postmaster" 2>/dev/null || true
  wait 2>/dev/null || true
  [ -n "${KEEP:-}" ] || { sleep 1; rm -rf "$work"; }
}
trap leave EXIT
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
wanted() { [ -z "${ONLY:-}" ] || [[ " $ONLY " == *" $1 "* ]]; }

# Processor time so far, in hundredths of a second: of a process, its children, and those that have ended.
ticks() {
  local sum=0 pid stat
  for pid in "$1" $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
    stat=$(cat "/proc/$pid/stat" 2>/dev/null) || continue
    set -- ${stat##*) }
    sum=$((sum + ${12} + ${13} + ${14} + ${15}))
  done
  echo "$sum"
}

# PostgreSQL refuses to run as root.
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; else "$@"; fi; }
start_postgres() {
  [ "$postmaster" = 0 ] || return 0
  chmod 755 "$work"
  mkdir "$work/pg"
  [ "$(id -u)" != 0 ] || chown nobody:nogroup "$work/pg"
  port=$(free_port)
  (
    cd /
    as "$bin/initdb" -A trust -U yibao -E UTF8 --locale=C -D "$work/pg/data" >/dev/null
    as "$bin/pg_ctl" start -w -D "$work/pg/data" -l "$work/pg/log" -o "-c listen_addresses=127.0.0.1 -c port=$port \
      -c unix_socket_directories='' -c max_connections=300 -c shared_buffers=1GB -c max_wal_size=8GB" >/dev/null
  )
  postmaster=$(head -1 "$work/pg/data/postmaster.pid")
}
psql() { (cd / && "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U yibao "$@"); }

serve() { # DATA [DATABASE]
  local listen=127.0.0.1:$(free_port)
  mkdir -p "$1"
  "$YIBAO" serve ${CONFIG:+--config "$CONFIG"} --demo --data "$1" ${2:+--database "$2"} --listen "$listen" 2>>"$work/server.log" &
  server=$!
  for _ in $(seq 600); do
    if (exec 3<>"/dev/tcp/${listen/://}") 2>/dev/null && [ -s "$1/world.json" ]; then return; fi
    kill -0 "$server" 2>/dev/null || { tail -5 "$work/server.log"; exit 2; }
    sleep 0.1
  done
  exit 2
}
stop() { kill "$server"; wait "$server" || true; server=0; }

row() { printf '%-28s %7s %9s %8s %8s %8s %8s %8s %8s\n' "$@"; }
micros() { [ "$2" = 0 ] && echo - || echo $(($1 * 10000 / $2)); } # ticks, settlements

# NAME DATA CLIENTS [RATE]: one bench, one row of the table.
bench() {
  local name=$1 world=$2/world.json clients=$3 rate=${4:-} out=$work/out client before_server before_database before now at=0
  : >"$out"
  "$YIBAO" hospital-sim bench --world "$world" --clients "$clients" --seconds "$seconds" --visits "$visits" ${rate:+--rate "$rate"} >"$out" 2>&1 &
  client=$!
  until grep -q 开始 "$out"; do kill -0 "$client" || { cat "$out"; exit 2; }; sleep 0.05; done
  before=$(ticks "$client") before_server=$(ticks "$server") before_database=$(ticks "$postmaster")
  # The last count before it ended: one that is gone has none.
  while kill -0 "$client" 2>/dev/null; do now=$(ticks "$client"); [ "$now" = 0 ] || at=$now; sleep 0.1; done
  wait "$client" || { cat "$out"; exit 2; }
  read -r settlements failed per_second p50 p99 < <(sed -nE 's/^窗口.*结算 ([0-9]+)　失败 ([0-9]+)　每秒 ([0-9.]+)　.*p50 ([0-9.]+)ms　p99 ([0-9.]+)ms.*/\1 \2 \3 \4 \5/p' "$out")
  [ "$failed" = 0 ] || { cat "$out"; exit 2; }
  local ratio=-
  [ -z "${peer[$clients]:-}" ] || ratio=$(python3 -c "print(f'{$per_second / ${peer[$clients]}:.2f}')")
  row "$name" "$clients" "$per_second" "$p50" "$p99" "$(micros $(($(ticks "$server") - before_server)) "$settlements")" \
    "$(micros $((at - before)) "$settlements")" "$(micros $(($(ticks "$postmaster") - before_database)) "$settlements")" "$ratio"
}
all_loads() { # NAME DATA
  local best=0 clients
  for clients in 32 256; do
    bench "$1" "$2" "$clients"
    best=$(python3 -c "print(max(int($per_second), $best))")
  done
  bench "$1, half load" "$2" 256 $((best / 2))
}

echo "$(nproc) cores, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1), load $(cut -d' ' -f1 /proc/loadavg), $("$bin/postgres" --version), $(git rev-parse --short HEAD)"
row "" clients "settl./s" "p50 ms" "p99 ms" "server*" "client*" "pgsql*" "× peer"
if wanted peer; then
  start_postgres
  psql -d postgres -c "CREATE DATABASE peer TEMPLATE template0"
  serve "$work/peer" "postgres://yibao@127.0.0.1:$port/peer"
  # Records to copy: what the server writes for the same messages.
  "$YIBAO" hospital-sim bench --world "$work/peer/world.json" --clients 8 --seconds 1 --visits 8 >/dev/null
  stop
  psql -d peer -f "$PWD/tools/bench/settlement.sql"
  cat > "$work/pair.sql" <<'SQL'
\set number random(1, 200000)
SELECT peer_upload(:number);
SELECT peer_settle(:number);
SQL
  chmod 644 "$work/pair.sql"
  for clients in 32 256; do
    before=$(ticks "$postmaster")
    (cd / && "$bin/pgbench" -n -M prepared -c "$clients" -j 2 -T "$seconds" -f "$work/pair.sql" -l --log-prefix="$work/pgbench-$clients" \
      -h 127.0.0.1 -p "$port" -U yibao peer) >"$work/out" 2>&1 || { cat "$work/out"; exit 2; }
    read -r count tps < <(sed -nE 's/^number of transactions actually processed: ([0-9]+).*/\1/p; s/^tps = ([0-9.]+).*/\1/p' "$work/out" | paste -sd' ')
    read -r p50 p99 < <(cat "$work/pgbench-$clients".* | awk '{print $3}' | sort -n |
      awk '{t[NR] = $1} END {printf "%.1f %.1f\n", t[int(NR * .5 + .5)] / 1000, t[int(NR * .99 + .5)] / 1000}')
    row "stored function, pgbench" "$clients" "${tps%.*}" "$p50" "$p99" - - "$(micros $(($(ticks "$postmaster") - before)) "$count")" 1
    peer[$clients]=$tps
  done
fi
if wanted sqlite; then
  serve "$work/sqlite"
  all_loads "HTTP, SQLite" "$work/sqlite"
  stop
  "$YIBAO" ledger prove --data "$work/sqlite" | tail -1
fi
if wanted postgres; then
  start_postgres
  psql -d postgres -c "CREATE DATABASE yibao TEMPLATE template0"
  serve "$work/postgres" "postgres://yibao@127.0.0.1:$port/yibao"
  all_loads "HTTP, PostgreSQL" "$work/postgres"
  stop
  "$YIBAO" ledger prove --database "postgres://yibao@127.0.0.1:$port/yibao" | tail -1
fi
echo "* processor time of a settlement in µs: of the server, of the HTTP client, of PostgreSQL; × peer: times the function under pgbench with as many clients"

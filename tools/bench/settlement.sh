#!/usr/bin/env bash
# Messages a second: the store on SQLite, the store on PostgreSQL, and a PL/pgSQL function that does the same reads and
# writes on the same schema under pgbench, each commit durable (fsync on). Private PostgreSQL, removed at the end.
# Usage: tools/bench/settlement.sh [SECONDS]
set -euo pipefail
seconds=${1:-10}
cd "$(dirname "$0")/../.."
cargo build --release --locked -p store --example commit_rate
rate=${CARGO_TARGET_DIR:-target}/release/examples/commit_rate
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
work=$(mktemp -d)
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; else "$@"; fi; }
cleanup() { (cd / && as "$bin/pg_ctl" stop -m immediate -D "$work/pg/data" >/dev/null 2>&1) || true; rm -rf "$work"; }
trap cleanup EXIT

mkdir "$work/pg"
chmod 755 "$work"
[ "$(id -u)" = 0 ] && chown nobody:nogroup "$work/pg"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
(
  cd /
  as "$bin/initdb" -A trust -U yibao -E UTF8 --locale=C -D "$work/pg/data" >/dev/null
  as "$bin/pg_ctl" start -w -D "$work/pg/data" -l "$work/pg/log" -o "-c listen_addresses=127.0.0.1 -c port=$port \
    -c unix_socket_directories='' -c max_connections=300 -c shared_buffers=1GB -c max_wal_size=8GB" >/dev/null
)
psql() { (cd / && "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U yibao "$@"); }
psql -d postgres -c "CREATE DATABASE yibao TEMPLATE template0"

echo "== store on SQLite"
"$rate" "$work/sqlite" "$seconds"
rm -rf "$work/sqlite"
echo "== store on PostgreSQL $("$bin/postgres" --version)"
"$rate" "postgres://yibao@127.0.0.1:$port/yibao" "$seconds"

echo "== stored function under pgbench, same schema, same records"
psql -d yibao -f "$PWD/tools/bench/settlement.sql"
cat > "$work/pair.sql" <<'SQL'
\set person random(0, 19999)
SELECT peer_upload(:person) AS visit \gset
SELECT peer_settle(:person, :visit);
SQL
chmod 644 "$work/pair.sql"
for clients in 1 32 256; do
  echo "clients $clients (tps of pgbench are settlements: two messages, two commits each)"
  (cd / && "$bin/pgbench" -n -M prepared -c "$clients" -j 2 -T "$seconds" -f "$work/pair.sql" \
    -h 127.0.0.1 -p "$port" -U yibao yibao | grep -E 'tps|latency average')
done

#!/usr/bin/env bash
# The queue of a million findings on both databases: pages in every order, filters, the cockpit's figures. ITEMS=1000000 by default.
set -euo pipefail
cd "$(dirname "$0")/../.."
items=${ITEMS:-1000000}
data=$(mktemp -d)
binaries=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; else "$@"; fi; }
stop() { as "$binaries/pg_ctl" -D "$data/pg" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$data"; }
trap stop EXIT
cargo build --release --locked -p store --example review_page
measure=${CARGO_TARGET_DIR:-target}/release/examples/review_page
echo "== SQLite"
mkdir "$data/sqlite"
"$measure" "$data/sqlite" "$items"
echo "== PostgreSQL"
mkdir "$data/pg" "$data/socket"
chmod 755 "$data"
[ "$(id -u)" != 0 ] || chown nobody:nogroup "$data/pg" "$data/socket"
as "$binaries/initdb" -D "$data/pg" -A trust -U yibao >/dev/null
as "$binaries/pg_ctl" -D "$data/pg" -w -l "$data/pg/log" -o "-c listen_addresses=127.0.0.1 -c port=${PORT:-54391} -c unix_socket_directories=$data/socket -c shared_buffers=512MB" start >/dev/null
as "$binaries/createdb" -h 127.0.0.1 -p "${PORT:-54391}" -U yibao queue
"$measure" "postgres://yibao@127.0.0.1:${PORT:-54391}/queue" "$items"

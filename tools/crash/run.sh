#!/usr/bin/env bash
# Kills at random instants under full counters, and then: is everything that was acknowledged there, once?
#
#   tools/crash/run.sh KILLS [server|database]
#
# server (default): the server on SQLite is killed with kill -9 and started again, KILLS times.
# database: the server runs on a private PostgreSQL, whose postmaster is killed with kill -9, KILLS times.
# In both, CLIENTS counters go on sending; after every kill the ledger is proved from scratch; at the end every
# acknowledged settlement is asked for again, and the books of every institution are reconciled.
# Environment: YIBAO (the binary), CLIENTS, PORT, SEED, PGBIN (PostgreSQL's programs), KEEP (leave the folder).
set -euo pipefail
cd "$(dirname "$0")/../.."

kills=${1:?how many kills}
victim=${2:-server}
yibao=${YIBAO:-${CARGO_TARGET_DIR:-target}/quick/yibao}
clients=${CLIENTS:-32}
port=${PORT:-18080}
RANDOM=${SEED:-1}
pgbin=${PGBIN:-/usr/lib/postgresql/15/bin}
dir=$(mktemp -d "${TMPDIR:-/tmp}/yibao-crash.XXXXXX")
chmod 755 "$dir"
where=(--data "$dir/data")
server=0 simulator=0 postmaster=0

leave() {
  local pid days=
  [ "$simulator" = 0 ] || days=$(ps -o pid= --ppid "$simulator" || true)
  for pid in $simulator $days $server $postmaster; do [ "$pid" = 0 ] || kill -9 "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  [ -n "${KEEP:-}" ] || rm -rf "$dir"
}
trap leave EXIT

start_server() {
  "$yibao" serve --demo "${where[@]}" --listen "127.0.0.1:$port" >>"$dir/server.log" 2>&1 &
  server=$!
  for _ in $(seq 600); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && [ -s "$dir/data/world.json" ]; then return; fi
    kill -0 "$server" 2>/dev/null || { tail -5 "$dir/server.log"; echo "the server did not start"; exit 2; }
    sleep 0.1
  done
  echo "the server does not listen"; exit 2
}

# PostgreSQL refuses to run as root.
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

start_postgres() {
  # After a kill, the old children hold the shared memory for a moment.
  for _ in $(seq 100); do
    as_postgres "$pgbin/pg_ctl" -D "$dir/pg" -l "$dir/pg/log" -w -t 60 \
      -o "-p $((port + 1)) -k $dir/pg -c listen_addresses=127.0.0.1" start >/dev/null 2>&1 && break
    sleep 0.1
  done
  postmaster=$(head -1 "$dir/pg/postmaster.pid")
}

# A build without `yibao ledger` can still be killed; it is said at the end that nothing was proved.
proved="ledger proved each time"
"$yibao" ledger --help >/dev/null 2>&1 || proved="ledger NOT proved: this build has no yibao ledger"
prove() {
  [ "$proved" = "ledger proved each time" ] || return 0
  "$yibao" ledger prove "${where[@]}" >"$dir/prove.log" 2>&1 || { cat "$dir/prove.log"; echo "NOT PROVED"; exit 1; }
}

# Whole days one after another, until told to stop: each ends with a reconciliation.
simulate() {
  local seed=1
  while [ ! -e "$dir/stop" ]; do
    if ! "$yibao" hospital-sim --world "$dir/data/world.json" --visits 400 --clients "$clients" --seed "$seed" --patience 300 \
      --ledger "$dir/acked.jsonl" >"$dir/day.log" 2>&1; then
      cp "$dir/day.log" "$dir/day-$seed.log"; touch "$dir/failed"
    fi
    seed=$((seed + 1))
  done
}

if [ "$victim" = database ]; then
  mkdir "$dir/pg"
  [ "$(id -u)" != 0 ] || chown postgres "$dir/pg"
  as_postgres "$pgbin/initdb" -D "$dir/pg" -A trust -U yibao -E UTF8 --locale=C.UTF-8 >/dev/null
  start_postgres
  as_postgres "$pgbin/createdb" -h 127.0.0.1 -p $((port + 1)) -U yibao yibao
  where+=(--database "postgres://yibao@127.0.0.1:$((port + 1))/yibao")
fi
start_server
simulate &
simulator=$!

for kill in $(seq "$kills"); do
  sleep "$((RANDOM % 3)).$((RANDOM % 900 + 100))"
  if [ "$victim" = database ]; then
    kill -9 "$postmaster"
    start_postgres
    prove
  else
    kill -9 "$server"
    wait "$server" 2>/dev/null || true
    prove
    start_server
  fi
  printf '\r%d of %d kills, %d settlements acknowledged ' "$kill" "$kills" "$(wc -l <"$dir/acked.jsonl" 2>/dev/null || echo 0)"
done
touch "$dir/stop"
wait "$simulator"
simulator=0
echo
status=0
[ ! -e "$dir/failed" ] || { status=1; for log in "$dir"/day-*.log; do tail -25 "$log"; done; }
"$yibao" hospital-sim verify --world "$dir/data/world.json" --ledger "$dir/acked.jsonl" || status=1
prove
cat "$dir/prove.log" 2>/dev/null || true
[ "$status" = 0 ] && echo "$kills kills of the $victim: nothing lost, nothing doubled, $proved"
exit "$status"

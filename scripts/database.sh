#!/usr/bin/env bash
# Starts a PostgreSQL cluster of one's own, if it does not run yet, and prints how to reach it. It listens on a socket in a
# temporary folder only. The server refuses to run as root, so root's is started as the user postgres.
#   database.sh          start and print
#   database.sh stop     stop it and remove everything
# The place: METERPOST_DATABASE, else a folder in /tmp, which every user may enter. Exits 3 with one line where there is no PostgreSQL.
set -euo pipefail

place=${METERPOST_DATABASE:-/tmp/meterpost-database-$(id -u)}

cannot() {
    echo "database: $1" >&2
    exit 3
}

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb || true)")
[ -x "$bin/initdb" ] || cannot "PostgreSQL is missing; install the package postgresql"

if [ "$(id -u)" = 0 ]; then
    owner=postgres
    id "$owner" >/dev/null 2>&1 || cannot "there is no user postgres to run it as; install the package postgresql"
    as_owner() { runuser -u "$owner" -- "$@"; }
else
    owner=$(id -un)
    as_owner() { "$@"; }
fi

mkdir -p "$place"
chmod 700 "$place"
[ "$(id -u)" != 0 ] || chown "$owner" "$place"
# Elsewhere than where root's own folder may not be entered.
cd "$place"

exec 9>"$place.lock"
flock 9

running() { "$bin/pg_isready" -q -h "$place"; }

if [ "${1:-start}" = stop ]; then
    ! running || as_owner "$bin/pg_ctl" -D "$place/data" -m fast -w stop >/dev/null
    rm -rf "$place"
    exit 0
fi

# A folder that was left by another user of the same number, as in a container made anew.
[ ! -e "$place/data" ] || [ "$(stat -c %U "$place/data")" = "$owner" ] || rm -f "$place/made"
if [ ! -e "$place/made" ]; then
    rm -rf "$place/data"
    echo "database: making a PostgreSQL cluster in $place (once)" >&2
    as_owner "$bin/initdb" -D "$place/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >"$place/initdb.log" 2>&1 ||
        cannot "initdb failed: $(tail -n 1 "$place/initdb.log")"
    as_owner tee -a "$place/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = ''
unix_socket_directories = '$place'
max_connections = 300
shared_buffers = 128MB
CONF
    touch "$place/made"
fi
if ! running; then
    # Left by a machine that went down; its number may be another process's by now, which would keep the server from starting.
    rm -f "$place/data/postmaster.pid" "$place"/.s.PGSQL.*
    as_owner "$bin/pg_ctl" -D "$place/data" -w -l "$place/data/server.log" start 9>&- </dev/null >/dev/null 2>&1 ||
        cannot "PostgreSQL does not start: $(tail -n 1 "$place/data/server.log" 2>/dev/null)"
fi
echo "host=$place user=postgres dbname=postgres"

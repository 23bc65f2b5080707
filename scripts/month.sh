#!/usr/bin/env bash
# Plays a month of a district: the programs that ship, on real wires, under a clock that the play moves from day to day.
#   month.sh RIG FOLDER [--days N] [--households N] [--json] [--stay]
# The clock is libfaketime's: every program that is started from here, PostgreSQL too, reads the offset from one file. Time that is
# measured (monotonic) goes on as it is. A cluster of its own, in a folder of its own, goes with the play.
set -euo pipefail

rig=${1:?usage: month.sh RIG FOLDER [--days N] [--households N] [--json] [--stay]}
folder=${2:?usage: month.sh RIG FOLDER [--days N] [--households N] [--json] [--stay]}
shift 2
cd "$(dirname "$0")/.."

library=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -n 1 || true)
if [ -z "$library" ]; then
    echo "month: libfaketime is missing; install the package faketime" >&2
    exit 3
fi

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
# PostgreSQL runs as a user of its own, who may not be allowed into the folder.
place=$(mktemp -d /tmp/meterpost-month-XXXXXX)
chmod 755 "$place"
echo "+0" >"$place/clock"
chmod 644 "$place/clock"

export METERPOST_DATABASE=$place/database
finish() {
    scripts/database.sh stop >/dev/null 2>&1 || true
    rm -rf "$place"
}
trap finish EXIT
trap 'exit 130' INT TERM

# The district's days are those of its tenant's zone, in the form that needs no table of zones.
export TZ=CST-8
export FAKETIME_TIMESTAMP_FILE=$place/clock FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_RESET=1

# Who sits before it may want to look around.
if [ -t 0 ] && [ -t 1 ]; then
    set -- "$@" --stay
fi

env LD_PRELOAD="$library" "$rig" month --dir "$folder" --clock "$place/clock" "$@"

#!/usr/bin/env bash
# Tops up a meter through the real programs on a virtual district.
# With an X display: in a window, beside a panel with the devices. Without: played through and told, pictures left behind.
#   demo.sh FOLDER      the folder that cargo puts programs into
set -euo pipefail

bin=${1:?usage: demo.sh FOLDER_OF_THE_PROGRAMS}
cd "$(dirname "$0")/.."
output=demo-output

if [ -n "${DISPLAY:-}" ]; then
    scripts/setup.sh desktop
    features=meterpost-kiosk/desktop,meterpost-tests/panel
    programs=$bin/desktop
    window=(--window)
else
    if [ -n "${WAYLAND_DISPLAY:-}" ]; then
        echo "demo: there is a Wayland display but none of X (XWayland); playing without a window"
    fi
    scripts/setup.sh build
    features=meterpost-kiosk/rig
    programs=$bin
    window=()
fi

echo "demo: building the programs (the first time takes many minutes, afterwards seconds)"
start=$SECONDS
cargo build --workspace --bins --features "$features"
echo "demo: built in $((SECONDS - start)) s"

# The kiosk for desktops must not stay where the tests look for theirs. Both stay in cargo's cache.
if [ "$programs" != "$bin" ]; then
    rm -rf "$programs"
    mkdir -p "$programs"
    for program in kiosk rig concentrator meterbus server; do
        mv -f "$bin/$program" "$programs/$program"
    done
fi

echo "demo: everything will be left in ./$output"
rm -rf "$output"
mkdir -p "$output"
exec "$programs/rig" demo --dir "$output" "${window[@]}"

#!/usr/bin/env bash
# Makes the Python environment with the independent implementations that tests compare with, and prints its python's path.
# Does nothing but print when the environment is there. The place: METERPOST_PEERS, else meterpost/peers in the user's
# cache folder. Exits 3 with one line on standard error where it cannot be made (no Python venv, no network).
set -euo pipefail

packages=(dlt645==3.2.0 pyMeterBus==0.8.5 pymbusparser==0.5.3)
place=${METERPOST_PEERS:-${XDG_CACHE_HOME:-${HOME:?HOME is not set; say the place with METERPOST_PEERS}/.cache}/meterpost/peers}
python=$place/bin/python
made=$place/made

cannot() {
    echo "peers: $1" >&2
    exit 3
}

# Complete means: these very versions, and a python that still starts.
complete() {
    [ "$(cat "$made" 2>/dev/null)" = "${packages[*]}" ] && "$python" -c '' >/dev/null 2>&1
}

if ! complete; then
    command -v python3 >/dev/null || cannot "python3 is missing; install it with python3-venv"
    mkdir -p "$(dirname "$place")" || cannot "$place cannot be made; name another place with METERPOST_PEERS"
    # Tests run side by side: one makes the environment, the others wait for it.
    exec 9>"$place.lock"
    flock 9
    if ! complete; then
        echo "peers: making a Python environment in $place (once)" >&2
        rm -rf "$place"
        log=$(mktemp)
        trap 'rm -f "$log"' EXIT
        python3 -m venv "$place" >"$log" 2>&1 || cannot "python3 makes no virtual environment; install python3-venv"
        "$python" -m pip install --quiet --disable-pip-version-check --no-input --retries 1 --timeout 20 \
            "${packages[@]}" >"$log" 2>&1 ||
            cannot "pip does not install ${packages[*]}: $(tail -n 1 "$log")"
        printf '%s' "${packages[*]}" >"$made"
    fi
fi
echo "$python"

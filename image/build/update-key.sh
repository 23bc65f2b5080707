#!/usr/bin/env bash
# The key that signs updates: UPDATE_KEY names the operator's (Ed25519, PEM). Without it one is made for this machine, for trials: boxes built
# with it take updates from this machine alone. UPDATE_PUBLIC_KEYS names a folder of further public keys that the image believes, for a change
# of keys.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "$0")/common.sh"
key=${UPDATE_KEY:-$cache/update-key.pem}
if [ ! -e "$key" ]; then
    [ -z "${UPDATE_KEY:-}" ] || fail "there is no $UPDATE_KEY; make it with: openssl genpkey -algorithm ed25519 -out $UPDATE_KEY"
    say "no UPDATE_KEY is given: making a trial key in $key"
    (umask 077 && tools openssl genpkey -algorithm ed25519 -out "$key")
fi
rm -rf "$work/update-keys"
mkdir -p "$work/update-keys"
install -m 600 "$key" "$work/update-key.pem"
tools openssl pkey -in "$work/update-key.pem" -pubout -out "$work/update-keys/first.pem" || fail "$key is no key in PEM"
[ -z "${UPDATE_PUBLIC_KEYS:-}" ] || cp "$UPDATE_PUBLIC_KEYS"/*.pem "$work/update-keys/"

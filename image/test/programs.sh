#!/usr/bin/env bash
# Tests the programs of the image that a builder can run: the state of the slots, the update, the description of a box. They are the very files;
# only the places that they name are moved into a folder. Takes seconds and needs no image.
set -euo pipefail

lib=$(cd "$(dirname "$0")/../root/usr/lib/meterpost" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0

check() { # check WORDS COMMAND...: the command succeeds
    local words=$1
    shift
    if "$@" >"$folder/out" 2>&1; then
        echo "ok      $words"
    else
        echo "FAILED  $words"
        sed 's/^/        /' "$folder/out"
        failures=$((failures + 1))
    fi
}
refuses() { # refuses WORDS PATTERN COMMAND...: the command fails, and says why
    local words=$1 pattern=$2
    shift 2
    if "$@" >"$folder/said" 2>&1; then
        echo "FAILED  $words: it was done"
        failures=$((failures + 1))
    else
        check "$words" grep "$pattern" "$folder/said"
    fi
}
is() { # is EXPECTED COMMAND...: what it prints
    local expected=$1 found
    shift
    found=$("$@" 2>&1)
    [ "$found" = "$expected" ] || {
        echo "expected: $expected"
        echo "found:    $found"
        return 1
    }
}

# A box in a folder, whose running slot is a.
box=$folder/box
mkdir -p "$box"/{lib/update-keys,labels,updates,run/meterpost,bin}
for program in slot install; do
    sed "s#/usr/lib/meterpost#$box/lib#g; s#/dev/disk/by-partlabel#$box/labels#g; s#/data/updates#$box/updates#g; s#/run/#$box/run/#g; s#/proc/cmdline#$box/cmdline#g;
         s#/dev/kmsg#$box/kmsg#g; s#/etc/meterpost#$box/etc#g" "$lib/$program" >"$box/lib/$program"
    chmod +x "$box/lib/$program"
done
# Partitions are files here, which blockdev does not know.
cat >"$box/bin/blockdev" <<'SHIM'
#!/bin/sh
if [ "$1" = --getsize64 ]; then stat -c %s "$2"; fi
SHIM
chmod +x "$box/bin/blockdev"
export PATH=$box/bin:$PATH
echo "quiet meterpost.slot=a" >"$box/cmdline"
printf 'version=1.4.0\narch=arm64\n' >"$box/lib/release"
truncate -s 8192 "$box/labels/state"
for part in boot-a root-a boot-b root-b; do head -c 300000 /dev/zero >"$box/labels/$part"; done
slot() { "$box/lib/slot" "$@"; }

echo "# slots"
check "a state that was never written is U-Boot's own" is "order=a b tries_a=3 tries_b=3" slot show
check "the slot that runs is good" slot good
check "it comes first, and a slot that never worked is left out" is "order=a tries_a=9 tries_b=3" slot show
check "the other slot goes on trial" slot try-other
check "it comes first with three tries" is "order=b a tries_a=9 tries_b=3" slot show
for place in 0 8; do
    cp "$box/labels/state" "$folder/state"
    printf '\377' | dd of="$box/labels/state" bs=1 seek=$((place * 512 + 20)) conv=notrunc status=none
    check "with the copy in sector $place torn, the other counts" is "order=b a tries_a=9 tries_b=3" slot show
    cp "$folder/state" "$box/labels/state"
done
if command -v mkenvimage >/dev/null; then
    printf 'slot_order=b a\nslot_a_tries=9\nslot_b_tries=3\n' >"$folder/text"
    mkenvimage -s 512 -p 0 -o "$folder/right" "$folder/text"
    check "a copy is what U-Boot's own tool writes" cmp -n 512 "$folder/right" "$box/labels/state"
fi

# bundle VERSION KEY [LINE]: a bundle as image/build/bundle.sh makes it, of small images.
for key in ours other; do openssl genpkey -algorithm ed25519 -out "$folder/$key.pem" 2>/dev/null; done
openssl pkey -in "$folder/ours.pem" -pubout -out "$box/lib/update-keys/first.pem"
bundle() {
    local tree=$folder/tree part
    mkdir -p "$tree"
    head -c 200000 /dev/urandom >"$tree/root.img"
    head -c 100000 /dev/urandom >"$tree/boot.img"
    {
        printf 'format=1\narch=%s\nversion=%s\n' "${BUNDLE_ARCH:-arm64}" "$1"
        [ -z "${3:-}" ] || echo "$3"
        for part in boot root; do
            printf '%s_size=%s\n%s_sha256=%s\n' $part "$(stat -c %s "$tree/$part.img")" $part "$(sha256sum "$tree/$part.img" | cut -d ' ' -f 1)"
        done
    } >"$tree/manifest"
    openssl pkeyutl -sign -rawin -inkey "$folder/$2.pem" -in "$tree/manifest" -out "$tree/manifest.sig"
    [ -z "${SPOIL:-}" ] || printf '\377' | dd of="$tree/root.img" bs=1 seek=150000 conv=notrunc status=none
    tar -C "$tree" -cf "$box/updates/meterpost-$1-arm64.update" manifest manifest.sig boot.img root.img
}
install() { "$box/lib/install" "$@"; }
untouched() { is "order=a tries_a=9 tries_b=3" slot show && cmp -s "$box/labels/root-b" "$folder/root-b"; }

echo "# updates"
slot good
touch "$box/run/meterpost/slot-good"
cp "$box/labels/root-b" "$folder/root-b"
refuses "no bundle and no address" "names no .update. url" install 1.5.0
bundle 1.5.0 other
refuses "another key's signature" "signature is none of" install 1.5.0
SPOIL=yes bundle 1.5.0 ours
refuses "an image that is not the manifest's" "not what its manifest says" install 1.5.0
BUNDLE_ARCH=amd64 bundle 1.5.0 ours
refuses "another architecture" "is for amd64" install 1.5.0
bundle 1.3.9 ours
refuses "an older version" "is not newer than 1.4.0" install 1.3.9
bundle 1.4.0 ours
refuses "the same version" "is not newer than 1.4.0" install 1.4.0
bundle 1.3.9 ours downgrade_from=1.3.0
refuses "an order to go back from another version" "is not newer than 1.4.0" install 1.3.9
echo rubbish >"$box/updates/meterpost-1.5.0-arm64.update"
refuses "what is no bundle" "no update bundle" install 1.5.0
check "no refusal touched the slots" untouched
bundle 1.10.0 ours
check "a newer version is installed (1.10 is newer than 1.4)" install 1.10.0
check "slot b is started next, on trial" is "order=b a tries_a=9 tries_b=3" slot show
check "slot b holds it" cmp -n 200000 "$folder/tree/root.img" "$box/labels/root-b"
check "the machine is to start anew" test -e "$box/run/meterpost/reboot-due"
check "the slot that runs does not take that back" slot good
check "slot b is still next" is "order=b a tries_a=9 tries_b=3" slot show
rm "$box/run/meterpost/reboot-due"
bundle 1.3.9 ours downgrade_from=1.4.0
check "a signed order to go back from this version is followed" install 1.3.9

echo "# descriptions of a box"
for file in "$lib/../../../../box/box.toml" "$(dirname "$0")/box/box.toml"; do check "$(basename "$(dirname "$file")")/box.toml" sh "$lib/box" check "$file"; done
description() { printf '%b' "[box]\nhostname = \"k\"\ntimezone = \"UTC\"\n$1\n[terminal]\nid = \"K1\"\n$2" >"$folder/box.toml"; }
description 'rotaton = 90' ''
refuses "an unknown key" "line 4: .box. rotaton: unknown key" sh "$lib/box" check "$folder/box.toml"
description 'rotation = 45' ''
refuses "a wrong value" 'line 4: .box. rotation: "45"; right would be: 0, 90, 180 or 270' sh "$lib/box" check "$folder/box.toml"
description '' 'data = "/tmp"'
refuses "what the image sets itself" "the image sets data and head itself" sh "$lib/box" check "$folder/box.toml"
description '[wifi]\nssid = "a"\npassphrase = "short"\ncountry = "CN"' ''
refuses "a passphrase that is too short" "5 characters" sh "$lib/box" check "$folder/box.toml"

[ "$failures" = 0 ] || { echo "$failures failed"; exit 1; }

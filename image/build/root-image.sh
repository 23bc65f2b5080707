#!/usr/bin/env bash
# root-image.sh ROOT OUT: the root as one file: squashfs, and behind it the tree of hashes that dm-verity checks every block with. What the
# initrd has to know of it goes to $work/verity. Inside the tools.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "$0")/common.sh"
root=$1
target=$2

rm -f "$target"
mksquashfs "$root" "$target" -noappend -quiet -no-progress -comp zstd -Xcompression-level 15 -b 256K -no-exports -processors 2
bytes=$(stat -c %s "$target")
blocks=$(((bytes + 4095) / 4096))
truncate -s $((blocks * 4096)) "$target"
# A salt of its own for each content, and no random one, so that the same root gives the same hash.
salt=$(sha256sum "$target" | cut -d ' ' -f 1)
hash=$(veritysetup format --data-block-size=4096 --hash-block-size=4096 --data-blocks=$blocks --hash-offset=$((blocks * 4096)) --salt="$salt" \
    --uuid=6d657465-7270-6f73-7400-000000000000 "$target" "$target" | sed -n 's/^Root hash:[ \t]*//p')
[ -n "$hash" ] || fail "veritysetup gave no root hash"
printf 'blocks=%s\nhash=%s\nsalt=%s\n' "$blocks" "$hash" "$salt" >"$work/verity"

#!/usr/bin/env bash
# initrd.sh ROOT OUT: a small initrd: busybox, dmsetup with its libraries, the modules that the root needs, and the root hash. Inside the tools.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "$0")/common.sh"
root=$1
target=$2
tree=$work/initrd
rm -rf "$tree"
mkdir -p "$tree"/{bin,proc,sys,dev,root,modules,lib,usr}
ln -s ../lib "$tree/usr/lib"

cp "$work/boot-packages/usr/bin/busybox" "$tree/bin/busybox"
for command in sh mount grep sed sleep cat insmod reboot mkdir switch_root; do ln -s busybox "$tree/bin/$command"; done

# with_libraries FILE: copies it into bin, and the libraries that it names into their place, and theirs.
libraries() {
    local library found
    for library in $("${triple_binutils}readelf" -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
        found=$root/usr/lib/$multiarch/$library
        [ ! -e "$tree/lib/$multiarch/$library" ] || continue
        [ -e "$found" ] || fail "the initrd needs $library, which no package of the root brings"
        mkdir -p "$tree/lib/$multiarch"
        cp -L "$found" "$tree/lib/$multiarch/$library"
        libraries "$found"
    done
}
triple_binutils=
[ "$ARCH" != arm64 ] || triple_binutils=aarch64-linux-gnu-
cp "$root/usr/sbin/dmsetup" "$tree/bin/dmsetup"
libraries "$root/usr/sbin/dmsetup"
loader=$("${triple_binutils}readelf" -p .interp "$root/usr/sbin/dmsetup" | sed -n 's/.* \(\/[^ ]*\)$/\1/p')
mkdir -p "$tree$(dirname "$loader")"
cp -L "$root/usr/lib/$multiarch/$(basename "$loader")" "$tree$loader"

# Modules in the order in which they can be loaded.
kernel=$(basename "$root"/usr/lib/modules/*)
while read -r module; do
    modprobe -d "$root" -S "$kernel" --show-depends "$module" 2>/dev/null || fail "the kernel $kernel has no module $module (image/initrd/modules.$ARCH)"
done < <(sed '/^#/d' "$image/initrd/modules.$ARCH") | sed -n 's/^insmod \([^ ]*\).*/\1/p' >"$work/modules"
while read -r file; do
    plain=$(basename "${file%.xz}")
    [ ! -e "$tree/modules/$plain" ] || continue
    xz -dc "$file" >"$tree/modules/$plain"
    echo "$plain" >>"$tree/modules/order"
done <"$work/modules"

cp "$image/initrd/init" "$tree/init"
cp "$work/verity" "$tree/verity"
chmod 755 "$tree/init"
find "$tree" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
(cd "$tree" && find . -print0 | sort -z | cpio --quiet -0 -o -H newc --reproducible -R 0:0) | zstd -q -19 -T1 >"$target"

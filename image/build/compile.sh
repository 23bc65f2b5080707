#!/usr/bin/env bash
# Compiles the programs of the image for its architecture, with the locked compiler for C, the builder's Rust, and the libraries of the
# image's own Debian release. Nothing of the other architecture is run.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "$0")/common.sh"

sysroot=$cache/sysroot-$ARCH
target=${CARGO_TARGET_DIR:-$cache/target}
cargo_home=${CARGO_HOME:-$HOME/.cargo}

command -v cargo >/dev/null || fail "Rust is missing; install it with rustup, then run this again"
toolchain=$(rustc --print sysroot)
if [ ! -d "$toolchain/lib/rustlib/$triple" ]; then
    command -v rustup >/dev/null || fail "this Rust cannot compile for $triple; install it with rustup, or add that target's library to $toolchain"
    rustup target add "$triple" || fail "rustup cannot get the library of $triple; the message above says why"
fi
(cd "$project" && cargo fetch --quiet --locked --target "$triple")

# As base-files would: the linker's own scripts name /lib.
ln -sfn usr/lib "$sysroot/lib"
[ ! -d "$sysroot/usr/lib64" ] || ln -sfn usr/lib64 "$sysroot/lib64"

# Where things lie on this machine is not to be seen in the programs.
remap="--remap-path-prefix=$project=/meterpost --remap-path-prefix=$cargo_home=/cargo --remap-path-prefix=$toolchain=/rust"
remap_c="-ffile-prefix-map=$project=/meterpost -ffile-prefix-map=$cargo_home=/cargo -ffile-prefix-map=$target=/target"
gcc=$multiarch-gcc
cc_name=${triple//-/_}
host=$(rustc -vV | sed -n 's/^host: //p')
as_root_folders=("$cargo_home" "$toolchain" "$target" "$sysroot")

cargo_variable() { echo "CARGO_TARGET_$(tr a-z- A-Z_ <<<"$1")_$2"; }
mkdir -p "$target"
# No time gets into the programs, and a new commit alone compiles nothing anew.
export SOURCE_DATE_EPOCH=1
as_root bash "$image/build/enter.sh" "$cache/tools" "$project" "${as_root_folders[@]}" -- \
    env CARGO_HOME="$cargo_home" CARGO_TARGET_DIR="$target" CARGO_INCREMENTAL=0 CARGO_NET_OFFLINE=true PATH="$toolchain/bin:/usr/bin:/bin" \
    CC=gcc "$(cargo_variable "$host" LINKER)=gcc" "$(cargo_variable "$triple" LINKER)=$gcc" \
    "$(cargo_variable "$triple" RUSTFLAGS)=-C link-arg=--sysroot=$sysroot $remap" \
    "CC_$cc_name=$gcc" "AR_$cc_name=$multiarch-ar" "CFLAGS_$cc_name=--sysroot=$sysroot $remap_c" \
    PKG_CONFIG_ALLOW_CROSS=1 PKG_CONFIG_SYSROOT_DIR="$sysroot" \
    PKG_CONFIG_LIBDIR="$sysroot/usr/lib/$multiarch/pkgconfig:$sysroot/usr/share/pkgconfig" \
    cargo build --manifest-path "$project/Cargo.toml" --locked --offline --release --target "$triple" \
    -p meterpost-kiosk -p meterpost-bus --bin kiosk --bin concentrator --bin meterbus --features meterpost-kiosk/linuxkms

rm -rf "$work/programs"
mkdir -p "$work/programs"
for program in kiosk concentrator meterbus; do
    cp "$target/$triple/release/$program" "$work/programs/"
    tools "$multiarch-strip" --strip-all "$work/programs/$program"
done

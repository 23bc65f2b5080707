#!/usr/bin/env bash
# unpack-when-changed.sh ROLE: the tools and the libraries that programs are compiled against stay in the cache until their lock changes.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "$0")/common.sh"
role=$1
folder=$cache/$role
[ "$role" = tools ] || folder=$cache/$role-$ARCH
if ! cmp -s "$(lock_of "$role")" "$folder.lock"; then
    as_root rm -rf "$folder"
    "$image/build/unpack.sh" "$role" "$folder"
    # As gawk's installation script would.
    [ "$role" != tools ] || as_root ln -sfn gawk "$folder/usr/bin/awk"
    cp "$(lock_of "$role")" "$folder.lock"
fi

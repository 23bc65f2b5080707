#!/usr/bin/env bash
# enter.sh ROOT FOLDER... -- COMMAND...: runs COMMAND in ROOT with each FOLDER bound at its own place. Its mounts end with the name space
# that it runs in.
set -euo pipefail

root=$1
shift
bind() {
    mkdir -p "$root$1"
    mount --rbind "$1" "$root$1"
}
bind /dev
mkdir -p "$root/proc"
mount -t proc proc "$root/proc" 2>/dev/null || mount --rbind /proc "$root/proc"
while [ "$1" != -- ]; do
    mkdir -p "$1"
    bind "$1"
    shift
done
shift
kept=()
for variable in SOURCE_DATE_EPOCH ARCH PROFILE BOX IMAGE_VERSION IMAGE_CACHE IMAGE_WORK IMAGE_OUT; do
    kept+=("$variable=${!variable}")
done
exec chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LC_ALL=C TMPDIR=/tmp TZ=UTC \
    "${kept[@]}" "$@"

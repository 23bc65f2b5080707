#!/bin/sh
# Rebuilds the two embedded fonts from the Debian package fonts-noto-cjk (tried with 1:20220127+repack1-1).
# Needs Python 3 with fonttools. The result depends on nothing but the two: same input, same bytes.
set -eu
cd "$(dirname "$0")"
source_dir=${1:-/usr/share/fonts/opentype/noto}
exec python3 make_fonts.py "$source_dir"

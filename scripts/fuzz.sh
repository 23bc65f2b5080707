#!/bin/bash
# Runs every fuzz target of the ledger, of the bus and of the kiosk for FUZZ_SECONDS each; a fault ends it and leaves its input behind. It is
# what `cargo fuzz run --sanitizer none` does, with the stable compiler and nothing to install. Names of crates choose:
#   fuzz.sh bus
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${FUZZ_SECONDS:-60}
host=$(rustc -vV | sed -n 's/^host: //p')
base=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/meterpost/target}/fuzz
# What the fuzzer reads: edges counted, compared values seen.
coverage="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
 -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1"

# fuzz CRATE TARGET: the ledger's files lie where they always lay, so that a corpus that grew there goes on growing.
fuzz() {
    local crate=$1 target=$2 source name corpus artifacts seeds
    # Naming the target keeps the flags away from build scripts.
    RUSTFLAGS=$(echo $coverage) cargo build --quiet --release --locked --manifest-path "$crate/fuzz/Cargo.toml" \
        --target "$host" --target-dir "$target"
    if [ -x "$crate/fuzz/seeds.py" ]; then
        "$crate/fuzz/seeds.py" "$target/seeds"
    fi
    for source in "$crate"/fuzz/fuzz_targets/*.rs; do
        name=$(basename "$source" .rs)
        corpus=$target/corpus/$name
        artifacts=$target/artifacts/$name/
        mkdir -p "$corpus" "$artifacts"
        seeds=()
        for folder in "$crate/fuzz/seeds/$name" "$target/seeds/$name"; do
            if [ -d "$folder" ]; then seeds+=("$folder"); fi
        done
        printf '%s %s: ' "$crate" "$name"
        if ! "$target/$host/release/$name" "$corpus" "${seeds[@]}" -max_total_time="$seconds" \
            -rss_limit_mb=2048 -artifact_prefix="$artifacts" -print_final_stats=1 >"$target/$name.log" 2>&1; then
            tail -40 "$target/$name.log"
            echo "the fuzz target $name of $crate found a fault; its input is in $artifacts" >&2
            exit 1
        fi
        echo "$(sed -n 's/^stat::number_of_executed_units: *//p' "$target/$name.log") inputs," \
            "$(grep -o 'cov: [0-9]*' "$target/$name.log" | tail -1), no fault"
    done
}

[ $# -gt 0 ] || set -- ledger bus kiosk
for crate in "$@"; do
    case $crate in
        ledger) fuzz ledger "$base" ;;
        *) fuzz "$crate" "$base/$crate" ;;
    esac
done

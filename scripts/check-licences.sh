#!/usr/bin/env bash
# Licences and sources of all dependencies, by deny.toml. Skips with one line where cargo-deny is not installed.
set -euo pipefail
if cargo deny --version >/dev/null 2>&1; then
    cargo deny --offline check licenses bans sources
else
    echo "lint: cargo-deny is not installed, licences not checked (cargo install --locked cargo-deny)"
fi

# The few commands people type. Each one installs what it needs first; running it again costs nothing.

SHELL := /bin/bash
export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/meterpost/target
BIN := $(CARGO_TARGET_DIR)/debug
# The rig drives the kiosk through a socket that releases lack.
RIG_FEATURES := --features meterpost-kiosk/rig
SEEDS ?= 2000
# How much the pages of the back office are measured on: smoke, usual, or full (a hundred million readings, 20 GB, half an hour).
OFFICE ?= usual

.PHONY: help demo month test lint bench bench-smoke screens simulate crash fuzz setup image-lock

help: ## What can be typed here
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

demo: ## Top up a meter: in a window where there is a display, else played through with pictures left behind
	@scripts/demo.sh "$(BIN)"

month: ## A month of a district of 200 households in some minutes: readings, tariff, money, a failed concentrator, a clerk's error, reports. MONTH="--days 6 --households 20" for less
	@scripts/setup.sh build
	cargo build --workspace --bins $(RIG_FEATURES)
	rm -rf month-output
	@scripts/month.sh "$(BIN)/rig" month-output $(MONTH)

test: setup ## Every test
	cargo build --workspace --bins $(RIG_FEATURES)
	cargo nextest run --workspace $(RIG_FEATURES) --no-fail-fast
	cargo nextest run -p meterpost-signing --features tpm -E 'test(sealer_tpm)'
	cargo nextest run -p meterpost-bus --features psam --test psam_pcsc
	image/test/programs.sh

lint: setup ## Format, clippy with warnings denied, licences
	cargo fmt --all --check
	cargo clippy --workspace --all-targets $(RIG_FEATURES) -- -D warnings
	cargo clippy -p meterpost-signing --all-targets --features tpm -- -D warnings
	cargo clippy -p meterpost-bus --features psam --lib --test psam_pcsc -- -D warnings
	@scripts/check-licences.sh

bench: setup ## How fast: note to credit; the screen beside a browser (docs/screens.md); the ledger beside bare SQLite (docs/bench.md); the server beside bare PostgreSQL (docs/server.md); reports of many accounts (docs/reports.md); the bus beside its wires (docs/bus/proof.md)
	cargo build --workspace --bins $(RIG_FEATURES)
	$(BIN)/rig bench
	$(BIN)/rig backlog
	cargo run --release --locked --manifest-path ledger/bench/Cargo.toml
	cargo run --release -p meterpost-server --example ingest -- "$$(scripts/database.sh)" 50000
	cargo build --release -p meterpost-server --bin server
	cargo run --release -p meterpost-server --example heartbeats -- "$$(scripts/database.sh)" 10000
	cargo run --release -p meterpost-server --example office -- "$$(scripts/database.sh)" $(OFFICE)
	cargo run --release -p meterpost-server --example reports -- "$$(scripts/database.sh)" 10000 100000
	cargo run --release -p meterpost-server --example settlement -- "$$(scripts/database.sh)" 100000
	cargo build --release -p meterpost-bus --bin concentrator
	CONCENTRATOR=$(CARGO_TARGET_DIR)/release/concentrator \
	    cargo run --release --locked --manifest-path bus/bench/Cargo.toml
	cargo run --release -p meterpost-ui --features frames --example frames
	cargo build --release --workspace --bins --features meterpost-kiosk/desktop,meterpost-tests/panel
	$(CARGO_TARGET_DIR)/release/rig glass

bench-smoke: setup ## The measurements of ledger, bus and pages on little data, to see that they still run
	BENCH_ENTRIES=2000 cargo run --release --locked --manifest-path ledger/bench/Cargo.toml
	BENCH_ROUNDS=50 cargo run --release --locked --manifest-path bus/bench/Cargo.toml
	cargo build --release -p meterpost-server --bin server
	cargo run --release -p meterpost-server --example office -- "$$(scripts/database.sh)" smoke

screens: setup ## Every screen on every panel, a top-up as a strip in every language, and every page of the back office, as PNG with index pages, in target/screens (ONLY="attract 7in" for some screens)
	cargo run -p meterpost-ui --example screens -- target/screens/kiosk $(if $(ONLY),--only $(ONLY),--all)
	cargo build --workspace --bins $(RIG_FEATURES)
	$(BIN)/rig film --dir target/screens/topup
	OFFICE_SCREENS=$(CURDIR)/target/screens/office cargo nextest run -p meterpost-server -E 'binary(office_browser) and test(every_page)'
	@echo "screens: target/screens/kiosk/index.html and target/screens/office/index.html show them"

simulate: setup ## The flow against a simulated world with power cuts: SEEDS=100000 make simulate
	SEEDS=$(SEEDS) cargo nextest run --workspace $(RIG_FEATURES) -E 'test(simulation)' --no-capture

crash: setup ## Power cuts while selling, in process and on a block device: CRASH_SEEDS=20 CRASH_POINTS=all make crash
	cargo nextest run -p meterpost-ledger -E 'test(tests_crash) or binary(block_device)' --no-capture

fuzz: setup ## Every decoder of the ledger, of the bus and of the scanner under a fuzzer: FUZZ_SECONDS=600 make fuzz
	@scripts/fuzz.sh

setup:
	@scripts/setup.sh

image-lock: ## Renew the locked packages of the image (docs/image.md) from this machine's mirrors
	@image/lock.sh

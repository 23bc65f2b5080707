"""The parts of an auditor's tool for Meterpost ledgers, written from docs/ledger.md. Python's standard library only."""

//! When sales were, out of the log: the books keep what became of them, not the time.

use jiff::civil::DateTime;
use meterpost_ledger::{ClockQuality, Event, Ledger, SaleId};

use super::clock::local;

/// Entries read at a time, from the end of the log backwards.
const PAGE: u64 = 512;
/// Most pages: what lies further back is shown without its time, rather than that somebody waits for it.
const MOST_PAGES: u64 = 24;

/// When each of these sales was opened, by the terminal's clock of then in today's time zone. A sale is left out where the clock was not set, or
/// where its entry is not here any more.
pub(super) fn opened(ledger: &Ledger, sales: &[SaleId]) -> Vec<(SaleId, DateTime)> {
    let mut found = Vec::new();
    let mut left: Vec<SaleId> = sales.to_vec();
    let mut end = ledger.size();
    for _ in 0..MOST_PAGES {
        if left.is_empty() || end == 0 {
            break;
        }
        let begin = end.saturating_sub(PAGE);
        for stored in ledger.entries(begin..end) {
            let entry = match stored {
                Ok(stored) => stored.entry,
                Err(error) => {
                    tracing::error!(%error, "the ledger could not be read for a list of receipts");
                    return found;
                }
            };
            let Event::SaleOpened { sale, .. } = entry.event else {
                continue;
            };
            if let Some(place) = left.iter().position(|wanted| *wanted == sale) {
                left.swap_remove(place);
                let set = entry.stamp.quality != ClockQuality::Unset;
                found.extend(
                    local(entry.stamp.wall)
                        .filter(|_| set)
                        .map(|at| (sale, at.datetime())),
                );
            }
        }
        end = begin;
    }
    found
}

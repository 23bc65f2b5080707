//! What is counted, for Prometheus.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// Which route, and how it ended.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Answered {
    /// As it is registered, without its parameters' values.
    pub route: String,
    /// The HTTP status.
    pub status: u16,
}

/// Which verdict.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Judged {
    /// In a word.
    pub verdict: &'static str,
}

/// Which tenant.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct OfTenant {
    /// By name.
    pub tenant: String,
}

/// All that is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Requests by route and status.
    pub requests: Family<Answered, Counter>,
    /// Seconds from a request's last byte to its answer.
    pub seconds: Histogram,
    /// Entries stored for the first time.
    pub entries: Counter,
    /// Heads judged.
    pub verdicts: Family<Judged, Counter>,
    /// What did not add up in the newest check of the books.
    pub book_problems: Family<OfTenant, Gauge>,
    /// When that check began, in seconds since 1970.
    pub book_checked: Family<OfTenant, Gauge>,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let requests = Family::default();
        let seconds = Histogram::new(exponential_buckets(0.001, 2.0, 14));
        let entries = Counter::default();
        let verdicts = Family::default();
        let (book_problems, book_checked) = (Family::default(), Family::default());
        let mut registry = Registry::with_prefix("meterpost");
        registry.register("requests", "Requests answered", requests.clone());
        registry.register(
            "request_seconds",
            "From a request's last byte to its answer",
            seconds.clone(),
        );
        registry.register("entries", "Entries stored", entries.clone());
        registry.register("verdicts", "Heads judged", verdicts.clone());
        registry.register(
            "book_problems",
            "What did not add up in the newest check of the books",
            book_problems.clone(),
        );
        registry.register(
            "book_checked_timestamp_seconds",
            "When the newest check of the books began",
            book_checked.clone(),
        );
        Metrics {
            registry,
            requests,
            seconds,
            entries,
            verdicts,
            book_problems,
            book_checked,
        }
    }
}

impl Metrics {
    /// The text that Prometheus reads (OpenMetrics 1.0).
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

//! What is on the line, as text for people and as JSON, one line each.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::file::Way;
use super::watch::{Event, What};
use crate::decode::decode;
use crate::field::words;

/// Prints events of a line whose seconds are counted from `began`.
pub(super) struct Show {
    pub began: Timestamp,
    pub json: bool,
}

impl Show {
    pub(super) fn line(&self, event: &Event) -> String {
        if self.json {
            self.json(event).to_string()
        } else {
            self.text(event)
        }
    }

    fn moment(&self, event: &Event) -> Timestamp {
        self.began.checked_add(event.at).unwrap_or(self.began)
    }

    fn text(&self, event: &Event) -> String {
        let time = self.moment(event).to_zoned(TimeZone::system());
        let time = time.strftime("%H:%M:%S%.3f");
        let gap = event.gap.map_or("         ".to_owned(), |gap| {
            format!("{:>8.3}s", gap.as_secs_f64())
        });
        let (who, what) = match &event.what {
            What::Frame { protocol, bytes } => match decode(*protocol, bytes) {
                Ok(decoded) => (
                    words::direction(&decoded),
                    format!("{protocol}  {}", words::sentence(&decoded)),
                ),
                Err(error) => ("frame", format!("{protocol}  {error}")),
            },
            What::Spoilt { protocol, error } => ("spoilt", format!("{protocol}  {error}")),
            What::Noise { bytes } => ("noise", format!("{bytes} bytes that belong to no frame")),
        };
        format!("{time} {gap}  {who:<7}  {what}")
    }

    fn json(&self, event: &Event) -> Value {
        let mut told = json!({
            "at": format!("{:.6}", self.moment(event)),
            "gap_ms": event.gap.map(|gap| gap.as_millis() as u64),
            "way": match event.way {
                Way::Down => Some("down"),
                Way::Up => Some("up"),
                Way::Unknown => None,
            },
        });
        let more = match &event.what {
            What::Frame { protocol, bytes } => json!({
                "kind": "frame",
                "protocol": protocol.name(),
                "bytes": hex::encode_upper(bytes),
                "decoded": decode(*protocol, bytes).ok(),
            }),
            What::Spoilt { protocol, error } => json!({
                "kind": "spoilt",
                "protocol": protocol.name(),
                "reason": error.to_string(),
            }),
            What::Noise { bytes } => json!({ "kind": "noise", "count": bytes }),
        };
        if let (Some(told), Value::Object(more)) = (told.as_object_mut(), more) {
            told.extend(more);
        }
        told
    }
}

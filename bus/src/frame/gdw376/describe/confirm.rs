//! Confirms and denials.

use super::super::confirm::{not_forwarded, switched};
use super::super::{Confirm, Item};
use super::content;
use crate::decode::{DecodeError, Decoded, Field};

pub(super) fn confirm(items: &[Item], decoded: &mut Decoded) -> Result<(), DecodeError> {
    let confirm = Confirm::from_items(items).map_err(content)?;
    decoded.ok = confirm.accepts_all();
    if confirm == Confirm::None {
        decoded.error = Some("everything denied".to_owned());
    }
    if let Confirm::Each { afn, verdicts } = &confirm {
        for verdict in verdicts {
            let name = format!("afn{afn:02X}_f{}_p{}", verdict.function, verdict.point);
            decoded
                .fields
                .push(Field::new(name, format!("{:02X}", verdict.error)));
        }
        decoded.error = verdicts
            .iter()
            .find(|verdict| verdict.error != 0)
            .map(|verdict| {
                let meaning = not_forwarded::meaning(verdict.error)
                    .or_else(|| switched::meaning(verdict.error))
                    .unwrap_or("denied");
                format!("{meaning} (code {:02X})", verdict.error)
            });
    }
    Ok(())
}

//! The edge to a PC/SC reader.

use pcsc::{Card as Connection, Context, MAX_BUFFER_SIZE, Protocols, Scope, ShareMode};

use super::Card;
use crate::signer::SignerError;

/// A card in a reader. It connects when first needed, and again after the card or the reader was away.
pub struct PcscCard {
    reader: String,
    connection: Option<Connection>,
}

impl std::fmt::Debug for PcscCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PcscCard")
            .field("reader", &self.reader)
            .field("connected", &self.connection.is_some())
            .finish()
    }
}

impl PcscCard {
    /// The card in the first reader whose name has `reader` in it.
    pub fn new(reader: String) -> Self {
        PcscCard {
            reader,
            connection: None,
        }
    }

    fn connect(&self) -> Result<Connection, SignerError> {
        let context = Context::establish(Scope::User).map_err(unreachable)?;
        let names = context.list_readers_owned().map_err(unreachable)?;
        let name = names
            .iter()
            .find(|name| name.to_string_lossy().contains(&self.reader))
            .ok_or_else(|| {
                SignerError::Unreachable(format!(
                    "no card reader with {:?} in its name",
                    self.reader
                ))
            })?;
        context
            .connect(name, ShareMode::Exclusive, Protocols::ANY)
            .map_err(unreachable)
    }
}

fn unreachable(error: pcsc::Error) -> SignerError {
    SignerError::Unreachable(error.to_string())
}

impl Card for PcscCard {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, SignerError> {
        let gone = || SignerError::Unreachable("the card is not connected".to_owned());
        let connection = self.connection.as_ref().ok_or_else(gone)?;
        let mut room = [0; MAX_BUFFER_SIZE];
        match connection.transmit(apdu, &mut room) {
            Ok(answer) => Ok(answer.to_vec()),
            Err(error) => {
                self.connection = None;
                Err(unreachable(error))
            }
        }
    }

    fn restarted(&mut self) -> Result<bool, SignerError> {
        let alive = self
            .connection
            .as_ref()
            .is_some_and(|connection| connection.status2_owned().is_ok());
        if !alive {
            self.connection = Some(self.connect()?);
        }
        Ok(!alive)
    }
}

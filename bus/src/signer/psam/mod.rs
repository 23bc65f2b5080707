//! A PSAM: a card with the keys in a reader of this machine.
//!
//! Card issuers differ in commands, key numbers and the order of bytes, so nothing of that is in the code. The configuration
//! has a [template](template::Template) for each thing to be signed: the command APDUs with places for values, which bytes of
//! the answers are kept, and how the result is put together. [`template`] is pure; a [`Card`] carries APDUs.

#[cfg(feature = "psam")]
pub mod pcsc;
pub mod template;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use super::{Purpose, SealedData, Session, Signer, SignerError};
use crate::frame::dlt645::security::Identity;
use template::{Next, Run, Template, Values};

/// Something that carries command APDUs to a card. Calls block; they are made on a thread for blocking work.
pub trait Card: Send + 'static {
    /// Sends one APDU and returns the answer with its two status bytes.
    ///
    /// # Errors
    /// The reader, the card or the way to them is gone.
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, SignerError>;

    /// Whether the card was (re)started since the last call, so that it must be prepared again. Connects if necessary.
    ///
    /// # Errors
    /// There is no reader or no card.
    fn restarted(&mut self) -> Result<bool, SignerError>;
}

/// The card's configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PsamConfig {
    /// A part of the reader's name; empty takes the first reader.
    #[serde(default)]
    pub reader: String,
    /// Sent once after the card has started: selects a directory, verifies a PIN.
    #[serde(default)]
    pub prepare: Template,
    /// For [`Signer::identity`]; results `cipher`, `random` and, if it is not the meter's number, `divergence`.
    pub identity: Template,
    /// For [`Signer::mac`] by purpose; result `mac`.
    #[serde(default)]
    pub mac: BTreeMap<Purpose, Template>,
    /// For [`Signer::seal`] by purpose; results `cipher` and `mac`.
    #[serde(default)]
    pub seal: BTreeMap<Purpose, Template>,
    /// For [`Signer::verify`] by purpose; result `mac`, which is compared.
    #[serde(default)]
    pub verify: BTreeMap<Purpose, Template>,
}

/// A signer on a card.
#[derive(Debug)]
pub struct Psam<C> {
    config: PsamConfig,
    /// Shared with the thread that speaks to the card, so that a call given up half-way does not take the card with it.
    reader: Arc<Mutex<Reader<C>>>,
}

/// The card and what is known of it.
#[derive(Debug)]
struct Reader<C> {
    card: C,
    /// Whether the commands that prepare the card have gone through since it started.
    prepared: bool,
}

impl<C: Card> Psam<C> {
    /// A signer that has not spoken to its card yet.
    ///
    /// # Errors
    /// [`SignerError::Malformed`] where a template cannot be read.
    pub fn new(config: PsamConfig, card: C) -> Result<Self, SignerError> {
        let by_purpose = [&config.mac, &config.seal, &config.verify];
        let templates = by_purpose.into_iter().flat_map(BTreeMap::values);
        for template in templates.chain([&config.prepare, &config.identity]) {
            template.check()?;
        }
        let reader = Arc::new(Mutex::new(Reader {
            card,
            prepared: false,
        }));
        Ok(Psam { config, reader })
    }

    /// Runs a template on a thread of its own and returns its results.
    async fn run(&mut self, template: Template, inputs: Values) -> Result<Values, SignerError> {
        let prepare = self.config.prepare.clone();
        let reader = Arc::clone(&self.reader);
        let work = move || {
            let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
            reader.ready(&prepare)?;
            drive(&mut reader.card, &template, inputs)
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| SignerError::Unreachable(error.to_string()))?
    }
}

impl<C: Card> Reader<C> {
    /// Connects and prepares the card where that is due.
    fn ready(&mut self, prepare: &Template) -> Result<(), SignerError> {
        self.prepared &= !self.card.restarted()?;
        if !self.prepared {
            drive(&mut self.card, prepare, Values::new())?;
            self.prepared = true;
        }
        Ok(())
    }
}

/// Carries a template's commands to the card until it has its results.
fn drive<C: Card>(
    card: &mut C,
    template: &Template,
    inputs: Values,
) -> Result<Values, SignerError> {
    let mut run = Run::new(template, inputs);
    let mut next = run.start()?;
    loop {
        match next {
            Next::Send(apdu) => next = run.answer(&card.transmit(&apdu)?)?,
            Next::Done(results) => return Ok(results),
        }
    }
}

fn inputs(session: &Session, data: &[u8]) -> Values {
    let mut values = Values::new();
    for (name, value) in [
        ("meter", &session.meter[..]),
        ("master_random", &session.master_random),
        ("meter_random", &session.meter_random),
        ("esam", &session.esam),
        ("data", data),
    ] {
        values.insert(name.to_owned(), value.to_vec());
    }
    values
}

fn find(
    templates: &BTreeMap<Purpose, Template>,
    table: &str,
    purpose: Purpose,
) -> Result<Template, SignerError> {
    templates
        .get(&purpose)
        .cloned()
        .ok_or_else(|| SignerError::NoTemplate(format!("{table}.{}", purpose.word())))
}

fn fixed<const N: usize>(values: &Values, name: &str) -> Result<[u8; N], SignerError> {
    let value = values
        .get(name)
        .ok_or_else(|| SignerError::Malformed(format!("the template has no result {name}")))?;
    value.as_slice().try_into().map_err(|_| {
        let count = value.len();
        SignerError::Malformed(format!("{name} has {count} bytes, it must have {N}"))
    })
}

impl<C: Card> Signer for Psam<C> {
    async fn identity(&mut self, meter: [u8; 6]) -> Result<Identity, SignerError> {
        let inputs = Values::from([("meter".to_owned(), meter.to_vec())]);
        let results = self.run(self.config.identity.clone(), inputs).await?;
        Ok(Identity {
            cipher: fixed(&results, "cipher")?,
            random: fixed(&results, "random")?,
            divergence: match results.contains_key("divergence") {
                true => fixed(&results, "divergence")?,
                false => Identity::divergence_of(meter),
            },
        })
    }

    async fn mac(
        &mut self,
        session: &Session,
        purpose: Purpose,
        data: &[u8],
    ) -> Result<[u8; 4], SignerError> {
        let template = find(&self.config.mac, "mac", purpose)?;
        fixed(&self.run(template, inputs(session, data)).await?, "mac")
    }

    async fn seal(
        &mut self,
        session: &Session,
        purpose: Purpose,
        data: &[u8],
    ) -> Result<SealedData, SignerError> {
        let template = find(&self.config.seal, "seal", purpose)?;
        let mut results = self.run(template, inputs(session, data)).await?;
        let mac = fixed(&results, "mac")?;
        let cipher = results
            .remove("cipher")
            .filter(|cipher| !cipher.is_empty())
            .ok_or_else(|| SignerError::Malformed("the template has no result cipher".into()))?;
        Ok(SealedData { cipher, mac })
    }

    async fn verify(
        &mut self,
        session: &Session,
        purpose: Purpose,
        data: &[u8],
        mac: [u8; 4],
    ) -> Result<bool, SignerError> {
        let template = find(&self.config.verify, "verify", purpose)?;
        let results = self.run(template, inputs(session, data)).await?;
        Ok(fixed::<4>(&results, "mac")? == mac)
    }
}

#[cfg(test)]
mod tests;

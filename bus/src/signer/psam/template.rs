//! Command APDUs from templates, and values from the answers. Pure.
//!
//! A template is a list of steps. A step is the command in hex with places in braces, and what to keep of the answer:
//!
//! | place | bytes |
//! |---|---|
//! | `{name}` | the value as it is |
//! | `{name:reversed}` | the value, last byte first |
//! | `{name:length}` | one byte: how many bytes the value has |
//! | `{name:length+4}` | the same plus a number |
//!
//! Values are the inputs (`meter`, `data`, `master_random`, `meter_random`, `esam`, in the order of the wire) and whatever
//! earlier steps kept. `keep` gives a name to bytes of the answer: `random = "0..8"`. An answer must end with the status `9000`;
//! after `61xx` the rest is fetched with GET RESPONSE, after `6Cxx` the command is repeated with that length (ISO 7816-4).

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::signer::SignerError;

/// Named bytes.
pub type Values = BTreeMap<String, Vec<u8>>;

/// Steps, and how the results are put together from what they kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// The commands in their order.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// Results by name: hex with places, like a command.
    #[serde(default)]
    pub result: BTreeMap<String, String>,
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The command in hex with places; blanks are allowed.
    pub apdu: String,
    /// Bytes of the answer by name: `"0..8"`, end excluded; `"0.."` takes all.
    #[serde(default)]
    pub keep: BTreeMap<String, String>,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Send this command and hand the answer back.
    Send(Vec<u8>),
    /// All steps are done.
    Done(Values),
}

/// Commands fetched for one step before the card is not believed any more.
const MOST_FETCHES: u8 = 16;

impl Template {
    /// Checks everything that can be checked without a card.
    ///
    /// # Errors
    /// [`SignerError::Malformed`] names the text that cannot be read.
    pub fn check(&self) -> Result<(), SignerError> {
        for step in &self.steps {
            pieces(&step.apdu)?;
            for range in step.keep.values() {
                bounds(range)?;
            }
        }
        self.result
            .values()
            .try_for_each(|text| pieces(text).map(drop))
    }
}

/// A template on its way through its steps.
#[derive(Debug)]
pub struct Run<'a> {
    template: &'a Template,
    values: Values,
    at: usize,
    command: Vec<u8>,
    answer: Vec<u8>,
    fetches: u8,
}

impl<'a> Run<'a> {
    /// A run that has not begun.
    pub fn new(template: &'a Template, inputs: Values) -> Self {
        Run {
            template,
            values: inputs,
            at: 0,
            command: Vec::new(),
            answer: Vec::new(),
            fetches: 0,
        }
    }

    /// The first command.
    ///
    /// # Errors
    /// [`SignerError::Malformed`] where a text cannot be read or names a value that is not there.
    pub fn start(&mut self) -> Result<Next, SignerError> {
        self.step()
    }

    /// Takes the card's answer, with its status bytes.
    ///
    /// # Errors
    /// [`SignerError::Refused`] with the status where it is not `9000`; [`SignerError::Malformed`] where the answer is too
    /// short for what is to be kept of it.
    pub fn answer(&mut self, reply: &[u8]) -> Result<Next, SignerError> {
        let (data, status) = reply.split_last_chunk::<2>().ok_or_else(|| {
            SignerError::Malformed(format!("{} bytes from the card", reply.len()))
        })?;
        self.answer.extend(data);
        self.fetches = self.fetches.saturating_add(1);
        match *status {
            [0x90, 0x00] => {}
            [0x61, count] if self.fetches < MOST_FETCHES => {
                return Ok(Next::Send(vec![0x00, 0xC0, 0x00, 0x00, count]));
            }
            [0x6C, count] if self.fetches < MOST_FETCHES => {
                let mut again = self.command.clone();
                match again.get_mut(4) {
                    Some(length) => *length = count,
                    None => again.push(count),
                }
                return Ok(Next::Send(again));
            }
            [first, second] => {
                return Err(SignerError::Refused(format!(
                    "the card answered step {} with the status {first:02X}{second:02X}",
                    self.at + 1
                )));
            }
        }
        let answer = std::mem::take(&mut self.answer);
        if let Some(step) = self.template.steps.get(self.at) {
            for (name, range) in &step.keep {
                let (from, to) = bounds(range)?;
                let kept = answer
                    .get(from..to.unwrap_or(answer.len()))
                    .ok_or_else(|| {
                        let count = answer.len();
                        SignerError::Malformed(format!(
                            "{name} shall be bytes {range} of an answer that has {count}"
                        ))
                    })?;
                self.values.insert(name.clone(), kept.to_vec());
            }
        }
        self.at += 1;
        self.step()
    }

    fn step(&mut self) -> Result<Next, SignerError> {
        self.fetches = 0;
        if let Some(step) = self.template.steps.get(self.at) {
            self.command = fill(&step.apdu, &self.values)?;
            return Ok(Next::Send(self.command.clone()));
        }
        let mut results = Values::new();
        for (name, text) in &self.template.result {
            results.insert(name.clone(), fill(text, &self.values)?);
        }
        Ok(Next::Done(results))
    }
}

/// A piece of a text: bytes, or a place with its name and what to do with the value.
enum Piece<'a> {
    Bytes(Vec<u8>),
    Place(&'a str, Form),
}

enum Form {
    AsIs,
    Reversed,
    LengthPlus(usize),
}

fn pieces(text: &str) -> Result<Vec<Piece<'_>>, SignerError> {
    let bad = |why: &str| SignerError::Malformed(format!("the template {text:?}: {why}"));
    let mut pieces = Vec::new();
    let mut rest = text;
    loop {
        let (plain, after) = match rest.split_once('{') {
            Some((plain, after)) => (plain, Some(after)),
            None => (rest, None),
        };
        let plain: String = plain.split_whitespace().collect();
        let bytes = hex::decode(&plain).map_err(|error| bad(&error.to_string()))?;
        pieces.push(Piece::Bytes(bytes));
        let Some(after) = after else {
            return Ok(pieces);
        };
        let (place, after) = after
            .split_once('}')
            .ok_or_else(|| bad("a brace is not closed"))?;
        let (name, form) = match place.split_once(':') {
            None => (place, Form::AsIs),
            Some((name, "reversed")) => (name, Form::Reversed),
            Some((name, "length")) => (name, Form::LengthPlus(0)),
            Some((name, form)) => {
                let more = form
                    .strip_prefix("length+")
                    .and_then(|more| more.parse().ok())
                    .ok_or_else(|| bad("after a colon comes reversed, length or length+N"))?;
                (name, Form::LengthPlus(more))
            }
        };
        pieces.push(Piece::Place(name, form));
        rest = after;
    }
}

fn fill(text: &str, values: &Values) -> Result<Vec<u8>, SignerError> {
    let mut out = Vec::new();
    for piece in pieces(text)? {
        let (name, form) = match piece {
            Piece::Bytes(bytes) => {
                out.extend(bytes);
                continue;
            }
            Piece::Place(name, form) => (name, form),
        };
        let value = values.get(name).ok_or_else(|| {
            SignerError::Malformed(format!("the template {text:?}: there is no value {name}"))
        })?;
        match form {
            Form::AsIs => out.extend(value),
            Form::Reversed => out.extend(value.iter().rev()),
            Form::LengthPlus(more) => {
                let length = value.len().saturating_add(more);
                out.push(u8::try_from(length).map_err(|_| {
                    SignerError::Malformed(format!("{name} is too long for one length byte"))
                })?);
            }
        }
    }
    Ok(out)
}

fn bounds(range: &str) -> Result<(usize, Option<usize>), SignerError> {
    let bad = || SignerError::Malformed(format!("{range:?} is not a range like 0..8 or 0.."));
    let (from, to) = range.split_once("..").ok_or_else(bad)?;
    let from = from.trim().parse().map_err(|_| bad())?;
    match to.trim() {
        "" => Ok((from, None)),
        to => Ok((from, Some(to.parse().map_err(|_| bad())?))),
    }
}

//! The other end of the control socket, blocking.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Places;
use super::control::{Command, DistrictState};
use super::error::DistrictError;
use crate::validator::Insertion;

/// A connection to a running district.
#[derive(Debug)]
pub struct Control {
    reading: BufReader<UnixStream>,
    writing: UnixStream,
}

impl Control {
    /// Connects to the socket of a district.
    ///
    /// # Errors
    /// Nobody listens there.
    pub fn connect(socket: &Path) -> Result<Self, DistrictError> {
        let writing = UnixStream::connect(socket)?;
        writing.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self {
            reading: BufReader::new(writing.try_clone()?),
            writing,
        })
    }

    /// Connects as soon as the district is up.
    ///
    /// # Errors
    /// Nobody listened there for `patience`.
    pub fn connect_within(socket: &Path, patience: Duration) -> Result<Self, DistrictError> {
        let until = Instant::now() + patience;
        loop {
            match Self::connect(socket) {
                Ok(control) => return Ok(control),
                Err(error) if Instant::now() >= until => return Err(error),
                Err(_) => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    /// Sends a command and returns the fields of its answer.
    ///
    /// # Errors
    /// The district refuses, or the connection breaks.
    pub fn send(&mut self, command: &Command) -> Result<Value, DistrictError> {
        let mut line = serde_json::to_string(command).map_err(std::io::Error::from)?;
        line.push('\n');
        self.writing.write_all(line.as_bytes())?;
        let mut answer = String::new();
        if self.reading.read_line(&mut answer)? == 0 {
            return Err(DistrictError::Refused(
                "the connection was closed".to_owned(),
            ));
        }
        let answer: Value = serde_json::from_str(&answer).map_err(std::io::Error::from)?;
        if answer["ok"] == Value::Bool(true) {
            Ok(answer)
        } else {
            Err(DistrictError::Refused(
                answer["error"].as_str().unwrap_or("").to_owned(),
            ))
        }
    }

    /// The truth about everything.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn state(&mut self) -> Result<DistrictState, DistrictError> {
        self.ask(&Command::State)
    }

    /// Where everything is.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn places(&mut self) -> Result<Places, DistrictError> {
        self.ask(&Command::Places)
    }

    /// Holds a note to the validator's mouth.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn insert_note(&mut self, value: u32) -> Result<Insertion, DistrictError> {
        let answer = self.send(&Command::InsertNote { value })?;
        from_value(answer["insertion"].clone())
    }

    fn ask<T: DeserializeOwned>(&mut self, command: &Command) -> Result<T, DistrictError> {
        from_value(self.send(command)?)
    }
}

fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, DistrictError> {
    serde_json::from_value(value).map_err(|error| DistrictError::Refused(error.to_string()))
}

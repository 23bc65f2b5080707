//! One JSON command a line, one JSON answer a line, over a Unix socket.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Failure;

/// A connection.
#[derive(Debug)]
pub struct JsonSocket {
    writer: UnixStream,
    reader: BufReader<UnixStream>,
}

impl JsonSocket {
    /// Connects, and waits for the socket to appear.
    ///
    /// # Errors
    /// When nobody listens there in time.
    pub fn connect(path: &Path, patience: Duration) -> Result<JsonSocket, Failure> {
        let end = Instant::now() + patience;
        loop {
            match UnixStream::connect(path) {
                Ok(writer) => {
                    writer.set_read_timeout(Some(Duration::from_secs(30)))?;
                    let reader = BufReader::new(writer.try_clone()?);
                    return Ok(JsonSocket { writer, reader });
                }
                Err(error) if Instant::now() >= end => {
                    return Err(Failure::new(format!(
                        "nobody listens on {}: {error}",
                        path.display()
                    )));
                }
                Err(_) => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    /// Sends a command and waits for its answer.
    ///
    /// # Errors
    /// When the connection breaks, or the answer is an error.
    pub fn ask(&mut self, command: &Value) -> Result<Value, Failure> {
        writeln!(self.writer, "{command}")?;
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        let answer: Value = serde_json::from_str(&line)?;
        match answer.get("error") {
            None => Ok(answer),
            Some(error) => Err(Failure::new(format!("{command}: {error}"))),
        }
    }
}

//! The control socket.

use std::io;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use super::control::Command;
use super::error::DistrictError;
use super::{District, Places};

impl District {
    /// Opens the control socket, tells `ready` the places, then serves for as long as the future lives.
    ///
    /// # Errors
    /// The socket cannot be opened.
    pub async fn serve(self: Arc<Self>, ready: impl FnOnce(&Places)) -> Result<(), DistrictError> {
        let path = &self.places().control;
        match std::fs::remove_file(path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        let listener = UnixListener::bind(path)?;
        ready(self.places());
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(Arc::clone(&self).converse(stream));
        }
    }

    async fn converse(self: Arc<Self>, stream: UnixStream) {
        let (reading, mut writing) = stream.into_split();
        let mut lines = BufReader::new(reading).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if line.trim().is_empty() {
                continue;
            }
            let mut answer = self.obey(&line).await.to_string();
            answer.push('\n');
            if writing.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    /// `{"ok":true,…}` or `{"ok":false,"error":"…"}`.
    async fn obey(&self, line: &str) -> Value {
        let result = match serde_json::from_str::<Command>(line) {
            Ok(command) => self.handle(command).await,
            Err(error) => Err(DistrictError::Command(error.to_string())),
        };
        match result {
            Ok(Value::Object(mut fields)) => {
                fields.insert("ok".to_owned(), Value::Bool(true));
                Value::Object(fields)
            }
            Ok(other) => json!({ "ok": true, "answer": other }),
            Err(error) => json!({ "ok": false, "error": error.to_string() }),
        }
    }
}

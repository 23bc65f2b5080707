//! A meter wire behind a TCP gateway that passes bytes through.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::collect::Wait;
use super::{Link, LinkError, Port, Spoken};

/// A pause inside a frame after which its rest will not come. Gateways cut streams into packets, so it is longer than on
/// a wire.
const QUIET: Duration = Duration::from_secs(1);
const CONNECT: Duration = Duration::from_secs(5);
const SEND: Duration = Duration::from_secs(5);

/// A link over a TCP connection to a serial gateway. It connects by itself, also again after the connection broke.
pub struct TcpLink {
    endpoint: String,
    spoken: Spoken,
    stream: Option<TcpStream>,
}

impl TcpLink {
    /// A link to `host:port`, connected when first needed.
    pub fn new(endpoint: impl Into<String>) -> Self {
        TcpLink {
            endpoint: endpoint.into(),
            spoken: Spoken::default(),
            stream: None,
        }
    }

    /// Looks for frames of these protocols from now on.
    pub fn hear(&mut self, spoken: Spoken) {
        self.spoken = spoken;
    }

    async fn ensure_connected(&mut self) -> Result<(), LinkError> {
        // Late answers go, and a connection that the gateway has closed is noticed.
        if self
            .stream
            .as_mut()
            .is_some_and(|stream| stream.discard_input().is_err())
        {
            self.stream = None;
        }
        if self.stream.is_some() {
            return Ok(());
        }
        let failed = |why: &dyn std::fmt::Display| {
            LinkError::NotConnected(format!("{}: {why}", self.endpoint))
        };
        let stream = tokio::time::timeout(CONNECT, TcpStream::connect(&self.endpoint))
            .await
            .map_err(|_| failed(&"no connection in time"))?
            .map_err(|error| failed(&error))?;
        stream.set_nodelay(true).map_err(|error| failed(&error))?;
        self.stream = Some(stream);
        Ok(())
    }
}

impl Link for TcpLink {
    /// `patience` counts from when the request was handed to the connection; it must include the time that request and
    /// answer need on the wire behind the gateway, whose rate is not known here.
    async fn exchange(
        &mut self,
        request: &[u8],
        belongs: &(dyn Fn(&[u8]) -> bool + Sync),
        patience: Duration,
    ) -> Result<Vec<u8>, LinkError> {
        self.ensure_connected().await?;
        let Some(stream) = self.stream.as_mut() else {
            return Err(LinkError::NotConnected(self.endpoint.clone()));
        };
        let sent = match tokio::time::timeout(SEND, stream.write_all(request)).await {
            Ok(Ok(())) => Ok(()),
            // A connection takes bytes before the other end has them: once writing has begun, nothing is certain.
            Ok(Err(error)) => Err(LinkError::Broken(error.to_string())),
            Err(_) => Err(LinkError::Broken(
                "the connection does not take the request".to_owned(),
            )),
        };
        let result = match sent {
            Ok(()) => {
                let wait = Wait {
                    request,
                    spoken: &self.spoken,
                    belongs,
                    deadline: Instant::now() + patience,
                    patience,
                    quiet: QUIET,
                    echo: false,
                    ear: None,
                };
                wait.answer(stream).await
            }
            Err(error) => Err(error),
        };
        if matches!(result, Err(LinkError::Broken(_))) {
            self.stream = None;
        }
        result
    }
}

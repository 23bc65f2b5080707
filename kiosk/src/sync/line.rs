//! The line to the server: one request at a time, over HTTP with TLS and the operator's own authority.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::config::ServerConfig;

/// How long one request may take, all of it.
const LONGEST: Duration = Duration::from_secs(30);
/// Until somebody has answered at the other end.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest answer read, in bytes.
const MOST: u64 = 4 * 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The authority's file cannot be used.
    #[error("{0}")]
    Authority(String),
    /// The server was not reached, or the answer was cut off. What it did with the request is not known.
    #[error("the server does not answer: {0}")]
    NoAnswer(String),
}

/// What the server answered.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Answered {
    /// The number of this name, where the body is JSON and has one.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.json()?.get(name)?.as_u64()
    }

    /// The text of this name, where the body is JSON and has one.
    pub fn text(&self, name: &str) -> Option<String> {
        Some(self.json()?.get(name)?.as_str()?.to_owned())
    }

    fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// The line.
#[derive(Debug)]
pub struct Line {
    agent: Agent,
    url: String,
}

impl Line {
    /// Prepares the line; nothing is sent yet.
    ///
    /// # Errors
    /// When the authority's file cannot be used.
    pub fn new(config: &ServerConfig) -> Result<Line, LineError> {
        let mut agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(LONGEST))
            .timeout_connect(Some(CONNECT))
            .max_redirects(0)
            .user_agent(concat!("meterpost-kiosk/", env!("CARGO_PKG_VERSION")));
        if let Some(path) = &config.ca {
            let wrong = |why: String| LineError::Authority(format!("{}: {why}", path.display()));
            let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
            let authority =
                Certificate::from_pem(&pem).map_err(|error| wrong(error.to_string()))?;
            let tls = TlsConfig::builder()
                .root_certs(RootCerts::new_with_certs(&[authority]))
                .unversioned_rustls_crypto_provider(Arc::new(
                    rustls::crypto::ring::default_provider(),
                ))
                .build();
            agent = agent.tls_config(tls);
        }
        Ok(Line {
            agent: agent.build().into(),
            url: config.url.trim_end_matches('/').to_owned(),
        })
    }

    /// Sends a request and reads the answer.
    ///
    /// # Errors
    /// When there is none.
    pub fn post(
        &self,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answered, LineError> {
        let lost = |error: ureq::Error| LineError::NoAnswer(error.to_string());
        let mut request = self.agent.post(format!("{}{target}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.send(body).map_err(lost)?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(MOST).read_to_vec();
        Ok(Answered {
            status,
            body: body.map_err(lost)?,
        })
    }
}

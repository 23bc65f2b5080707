//! The calls of the merchant protocol. One is one HTTP request in a thread of its own, so many at a time; what it means is
//! settled here: only what the provider has signed is its word, and everything else is no answer.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use meterpost_ledger::Money;
use meterpost_ledger::signing::{EntropyError, KeyName, KeyStore, PublicKey};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use thiserror::Error;
use tokio::sync::Semaphore;
use ureq::Agent;
use ureq::http::Request;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::message::{AmountText, OrderText, RefusalText, WireError, read_status};
use super::signature::{
    AnswerStatement, CallbackStatement, MERCHANT_HEADER, RequestStatement, SignatureHeader, Stamp,
    sign,
};
use crate::clock::Clock;
use crate::payment::provider::{Answer, Order, Report, Told};

/// Longest answer read, in bytes.
const MOST: u64 = 64 * 1024;
/// A callback's time may be so far off, in seconds.
const STALE: u64 = 300;
/// The refusal that says that a number is not known.
const UNKNOWN_ORDER: &str = "unknown_order";

/// Gives random bytes.
pub(crate) type Entropy = fn(&mut [u8]) -> Result<(), EntropyError>;

/// Why there can be no calls.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The authorities' file cannot be used.
    #[error("{path}: {why}")]
    Authorities {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

/// Where the provider is and who we are there.
#[derive(Debug)]
pub struct Settings {
    /// `https://host/path`, to which `/orders/…` is added.
    pub url: String,
    /// Our name at the provider.
    pub merchant: KeyName,
    /// Signs our requests.
    pub key: KeyStore,
    /// By which the provider's answers and callbacks are checked.
    pub provider_key: PublicKey,
    /// PEM file of the authorities that may vouch for the provider.
    pub ca: Option<PathBuf>,
    /// ISO 4217.
    pub currency: String,
    /// Where the provider reaches us, if it can.
    pub callback: Option<String>,
    /// A call is given up after so long.
    pub timeout: Duration,
    /// Calls at a time.
    pub calls: usize,
}

/// The provider's other end. Key and settings never show.
pub struct Client {
    inner: Arc<Inner>,
    places: Arc<Semaphore>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({})", self.inner.settings.merchant.as_str())
    }
}

struct Inner {
    settings: Settings,
    agent: Agent,
    clock: Clock,
    entropy: Entropy,
}

fn agent(settings: &Settings) -> Result<Agent, ClientError> {
    let mut agent = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(settings.timeout))
        .max_redirects(0)
        .user_agent(concat!("meterpost-server/", env!("CARGO_PKG_VERSION")));
    if let Some(path) = &settings.ca {
        let wrong = |why: String| ClientError::Authorities {
            path: path.clone(),
            why,
        };
        let found: Result<Vec<_>, _> =
            CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
        let found = found.map_err(|error| wrong(error.to_string()))?;
        if found.is_empty() {
            return Err(wrong("there is no certificate in it".into()));
        }
        let certificates: Vec<Certificate<'static>> = found
            .iter()
            .map(|der| Certificate::from_der(der).to_owned())
            .collect();
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&certificates))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        agent = agent.tls_config(tls);
    }
    Ok(agent.build().into())
}

impl Client {
    /// Prepares calls; nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn new(settings: Settings, clock: Clock, entropy: Entropy) -> Result<Client, ClientError> {
        let agent = agent(&settings)?;
        let places = Arc::new(Semaphore::new(settings.calls.max(1)));
        let inner = Inner {
            settings,
            agent,
            clock,
            entropy,
        };
        Ok(Client {
            inner: Arc::new(inner),
            places,
        })
    }

    pub(crate) async fn create(&self, order: &Order) -> Answer {
        let settings = &self.inner.settings;
        let text = OrderText::new(order, &settings.currency, settings.callback.as_deref());
        self.call("PUT", "", order, serde_json::to_vec(&text)).await
    }

    pub(crate) async fn query(&self, order: &Order) -> Answer {
        self.call("GET", "", order, Ok(Vec::new())).await
    }

    pub(crate) async fn cancel(&self, order: &Order) -> Answer {
        let text = AmountText {
            amount: order.amount.0,
        };
        self.call("POST", "/cancel", order, serde_json::to_vec(&text))
            .await
    }

    pub(crate) async fn refund(&self, order: &Order, received: Money) -> Answer {
        let text = AmountText { amount: received.0 };
        self.call("POST", "/refund", order, serde_json::to_vec(&text))
            .await
    }

    async fn call(
        &self,
        method: &'static str,
        act: &str,
        order: &Order,
        body: Result<Vec<u8>, serde_json::Error>,
    ) -> Answer {
        let body = match body {
            Ok(body) => body,
            Err(error) => return Answer::Unknown(error.to_string()),
        };
        // The place is kept by the thread, also when nobody waits for it any more.
        let Ok(place) = self.places.clone().acquire_owned().await else {
            return Answer::Unknown("the server stops".into());
        };
        let path = format!("/orders/{}{act}", order.number);
        let (inner, order) = (self.inner.clone(), order.clone());
        let called = tokio::task::spawn_blocking(move || {
            let answer = inner.exchange(method, &path, &body, &order);
            drop(place);
            answer
        });
        match called.await {
            Ok(answer) => answer,
            Err(error) => Answer::Unknown(error.to_string()),
        }
    }

    pub(crate) fn told(&self, header: &[u8], body: &[u8]) -> Result<Told, WireError> {
        let header = SignatureHeader::parse(header)?;
        let settings = &self.inner.settings;
        let statement = CallbackStatement {
            stamp: header.stamp,
            body,
        };
        header.verify(&statement, &settings.merchant, &settings.provider_key)?;
        if (self.inner.clock)().abs_diff(header.stamp.time) > STALE {
            return Err(WireError::Stale);
        }
        read_status(body)
    }
}

impl Inner {
    /// One request and its answer.
    fn exchange(&self, method: &str, path: &str, body: &[u8], order: &Order) -> Answer {
        match self.send(method, path, body) {
            Ok((status, body)) => meaning(status, &body, order),
            Err(why) => Answer::Unknown(why),
        }
    }

    /// What the provider has signed in answer to this very request.
    fn send(&self, method: &str, path: &str, body: &[u8]) -> Result<(u16, Vec<u8>), String> {
        let url = format!("{}{path}", self.settings.url.trim_end_matches('/'));
        let uri: ureq::http::Uri = url.parse().map_err(|error| format!("{url}: {error}"))?;
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let mut stamp = Stamp {
            time: (self.clock)(),
            nonce: [0; 16],
        };
        (self.entropy)(&mut stamp.nonce).map_err(|error| error.to_string())?;
        let statement = RequestStatement {
            stamp,
            method,
            target,
            body,
        };
        let header = sign(
            &statement,
            stamp,
            &self.settings.merchant,
            &self.settings.key,
        )
        .map_err(|error| error.to_string())?;
        let request = Request::builder()
            .method(method)
            .uri(&url)
            .header(MERCHANT_HEADER, header)
            .header("content-type", "application/json")
            .body(body)
            .map_err(|error| error.to_string())?;
        let lost = |error: ureq::Error| format!("no answer: {error}");
        let mut response = self.agent.run(request).map_err(lost)?;
        let status = response.status().as_u16();
        let header = response.headers().get(MERCHANT_HEADER).cloned();
        let reader = response.body_mut().with_config().limit(MOST);
        let answer = reader.read_to_vec().map_err(lost)?;
        let unsigned = |why: WireError| {
            format!("an answer with status {status} that is not to be believed: {why}")
        };
        let header = header.ok_or(WireError::Header).map_err(unsigned)?;
        let header = SignatureHeader::parse(header.as_bytes()).map_err(unsigned)?;
        let statement = AnswerStatement {
            stamp: Stamp {
                nonce: stamp.nonce,
                ..header.stamp
            },
            status,
            body: &answer,
        };
        header
            .verify(
                &statement,
                &self.settings.merchant,
                &self.settings.provider_key,
            )
            .map_err(unsigned)?;
        Ok((status, answer))
    }
}

/// What a signed answer means. 2xx is the provider's word; 5xx, 408, 425 and 429 say nothing about the order; all else is refused.
fn meaning(status: u16, body: &[u8], order: &Order) -> Answer {
    match status {
        200..=299 => match read_status(body) {
            Ok(told) if told.number != order.number => {
                Answer::Unknown(format!("an answer about another order, {}", told.number))
            }
            Ok(told) if told.amount != order.amount => Answer::Unknown(format!(
                "the provider's order is over {}, not {}",
                told.amount, order.amount
            )),
            Ok(told) => Answer::Report(told.report),
            Err(why) => Answer::Unknown(why.to_string()),
        },
        408 | 425 | 429 | 500.. => Answer::Unknown(format!("the provider answers {status}")),
        _ => match serde_json::from_slice::<RefusalText>(body) {
            Ok(refusal) if refusal.code == UNKNOWN_ORDER => Answer::Report(Report::NoOrder),
            Ok(refusal) => Answer::Refused(format!("{}: {}", refusal.code, refusal.message)),
            Err(_) => Answer::Unknown(format!("the provider answers {status}")),
        },
    }
}

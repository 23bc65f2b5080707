//! `server serve`: listens until it is told to stop, then finishes what is under way.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::Failure;
use crate::App;
use crate::alarm;
use crate::api;
use crate::book_check;
use crate::cards::CardAuthority;
use crate::clock;
use crate::config::{AlertsConfig, Config};
use crate::database::{Address, Database, migrate, standing};
use crate::head_end::{self, Nudges};
use crate::keys::Keys;
use crate::metrics::Metrics;
use crate::payment::Payments;
use crate::peer::Peer;
use crate::people::factor::FactorKey;
use crate::quota::Quotas;
use crate::report;
use crate::settlement;
use crate::status::conditions::Thresholds;
use crate::status::watch::{self, Watching};
use crate::tls::{TlsListener, server_config};
use crate::zones;

/// The content type of OpenMetrics 1.0.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Sees that the tables are those that the program knows. A login that owns them brings them up to date, as on a developer's machine; the
/// one that serves in earnest owns nothing.
async fn schema(address: &Address) -> Result<(), Failure> {
    let standing = standing(address).await.map_err(Failure::data)?;
    if !standing.owns {
        return match standing.problem() {
            None => Ok(()),
            Some(problem) => Err(Failure::Data(problem)),
        };
    }
    tracing::warn!(
        "the login that serves owns the database, so whoever takes over this program can change the tables and all that guards them: give it a \
         login of its own (database.owner_url, docs/server.md)"
    );
    let applied = migrate(address).await.map_err(Failure::data)?;
    for migration in applied {
        tracing::info!(migration, "the schema was brought up to date");
    }
    Ok(())
}

/// Serves until SIGTERM or SIGINT.
pub(super) async fn serve(config: Config) -> Result<(), Failure> {
    let keys = Keys::open(&config.keys, &config.witness)
        .map_err(|error| Failure::Data(format!("{error}; `server init` makes the keys")))?;
    let factor = FactorKey::open(&config.keys).map_err(Failure::data)?;
    let cards = CardAuthority::open(&config.keys).map_err(Failure::data)?;
    let address = config.database.address().map_err(Failure::config)?;
    schema(&address).await?;
    let database = Database::new(&address, config.database.connections).map_err(Failure::config)?;
    let contracts = config.payments();
    let payments =
        Payments::new(database.clone(), clock::system, &contracts).map_err(Failure::config)?;
    let payments = Arc::new(payments);
    payments.start();
    let metrics = Arc::new(Metrics::default());
    let app = App {
        database,
        keys: Arc::new(keys),
        cards: cards.map(Arc::new),
        clock: clock::system,
        metrics: metrics.clone(),
        payments,
        factor: Arc::new(factor),
        most_unsigned: config.most_unsigned,
        quotas: Arc::new(Quotas::default()),
        nudges: Nudges::default(),
    };
    if let Err(error) = zones::tell(&app.database, config.utc_offset_minutes()).await {
        tracing::warn!(%error, "the tenants' time zones cannot be looked at now");
    }
    if let Some(settlement) = config.settlement {
        tokio::spawn(settlement::run(app.clone(), settlement));
    }
    if let Some(head_end) = config.head_end {
        let (database, nudges) = (app.database.clone(), app.nudges.clone());
        head_end::start(database, head_end, clock::system, nudges)
            .await
            .map_err(Failure::data)?;
    }
    if let Some(address) = config.metrics {
        let listener = listen(address).await?;
        let text = move || async move { ([(CONTENT_TYPE, OPENMETRICS)], metrics.text()) };
        let routes = Router::new().route("/metrics", get(text));
        tokio::spawn(async move { axum::serve(listener, routes).await });
    }
    tokio::spawn(watch::run(app.clone(), watching(&config.alerts)));
    tokio::spawn(alarm::run(app.clone()));
    tokio::spawn(book_check::run(app.clone(), config.check_at));
    tokio::spawn(report::start(app.clone(), config.reports));
    let listener = listen(config.listen).await?;
    let address = listener.local_addr().map_err(Failure::data)?;
    let routes = api::router(app).into_make_service_with_connect_info::<Peer>();
    match &config.tls {
        Some(tls) => {
            let settings = server_config(tls).map_err(Failure::config)?;
            let listener = TlsListener::new(listener, settings).map_err(Failure::data)?;
            println!("serving on https://{address}");
            axum::serve(listener, routes)
                .with_graceful_shutdown(told_to_stop())
                .await
        }
        None => {
            println!("serving on http://{address}");
            axum::serve(listener, routes)
                .with_graceful_shutdown(told_to_stop())
                .await
        }
    }
    .map_err(Failure::data)
}

fn watching(alerts: &AlertsConfig) -> Watching {
    Watching {
        folder: alerts.folder.clone(),
        interval: u64::from(alerts.repeat_minutes) * 60,
        limits: Thresholds {
            silent: alerts.silent_seconds.into(),
            stuck: alerts.stuck_seconds.into(),
            clock: alerts.clock_seconds.into(),
            days_to_full: alerts.days_to_full.into(),
        },
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .await
        .map_err(|error| Failure::Data(format!("{address}: {error}")))
}

async fn told_to_stop() {
    let waiting = async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        Ok::<_, std::io::Error>(())
    };
    match waiting.await {
        Ok(()) => tracing::info!("told to stop; what is under way is finished"),
        Err(error) => {
            tracing::error!(%error, "signals cannot be heard");
            std::future::pending().await
        }
    }
}

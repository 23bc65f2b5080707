//! The line itself, for the commands that listen to it: a serial port of this machine, or a gateway that passes bytes.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use crate::link::{PortOpener, TcpGateway, Tty};

/// The way to the line: exactly one.
#[derive(Args)]
#[group(skip)]
pub struct LineArguments {
    /// A serial port of this machine.
    #[arg(long, value_name = "DEVICE", group = "line")]
    pub serial: Option<PathBuf>,
    /// A gateway that passes bytes to the wire.
    #[arg(long, value_name = "HOST:PORT", group = "line")]
    pub tcp: Option<String>,
}

impl LineArguments {
    /// What opens the line; `None` when the arguments name none.
    pub(super) fn opener(&self) -> Option<Arc<dyn PortOpener>> {
        if let Some(device) = &self.serial {
            let device = device.clone();
            return Some(Arc::new(Tty { device }));
        }
        let endpoint = self.tcp.clone()?;
        Some(Arc::new(TcpGateway { endpoint }))
    }
}

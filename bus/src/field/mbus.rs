//! `meterbus read` for a meter on M-Bus.

use std::sync::Arc;

use super::address::FieldAddress;
use super::arguments::MeterArguments;
use super::report::Report;
use crate::decode::decode;
use crate::frame::Protocol;
use crate::link::{PortOpener, TcpGateway, Tty};
use crate::mbus::{MbusError, PortWire, Session, Timing};

/// Reads a meter with all its telegrams.
pub(super) async fn read(meter: &MeterArguments) -> Report {
    let opener: Arc<dyn PortOpener> = match (&meter.way.serial, &meter.way.tcp) {
        (Some(device), _) => Arc::new(Tty {
            device: device.clone(),
        }),
        (None, Some(endpoint)) => Arc::new(TcpGateway {
            endpoint: endpoint.clone(),
        }),
        (None, None) => {
            let why = "M-Bus is read on the line itself: --serial or --tcp";
            return Report::BadArguments(why.to_owned());
        }
    };
    let timing = Timing {
        settings: meter.settings(),
        ..Timing::usual()
    };
    let mut session = Session::new(PortWire::new(opener, timing));
    let read = match meter.address {
        FieldAddress::Primary(address) => session.read(address).await,
        FieldAddress::Secondary(selection) => session.read_selected(selection).await,
        FieldAddress::Meter(_) => return Report::BadArguments("no M-Bus address".to_owned()),
    };
    match read {
        Ok(reading) => Report::Telegrams(
            reading
                .telegrams
                .iter()
                .filter_map(|telegram| decode(Protocol::Mbus, telegram).ok())
                .collect(),
        ),
        Err(MbusError::Refused(why)) => Report::Refused(why),
        Err(error) => Report::Silent(error.to_string()),
    }
}

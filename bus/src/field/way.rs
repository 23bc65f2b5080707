//! Opening the way that the arguments name.

use std::time::Duration;

use super::arguments::MeterArguments;
use super::report::Report;
use crate::frame::gdw376::port::control_byte;
use crate::link::{AnyLink, LinkError, SerialLink, SerialPortConfig, TcpLink};
use crate::master::{Master, MasterConfig, MasterStatus};
use crate::meter::MeterError;

const CONNECT: Duration = Duration::from_secs(10);

pub(super) async fn open(meter: &MeterArguments) -> Result<AnyLink, Report> {
    let way = &meter.way;
    if let Some(device) = &way.serial {
        let mut config = SerialPortConfig::new(device);
        config.settings = meter.settings();
        config.echo = way.echo;
        return Ok(AnyLink::Serial(SerialLink::new(config)));
    }
    if let Some(endpoint) = &way.tcp {
        return Ok(AnyLink::Tcp(TcpLink::new(endpoint)));
    }
    let (Some(endpoint), Some(segment)) = (&way.master, way.segment) else {
        return Err(Report::BadArguments(
            "there is no way to the meter".to_owned(),
        ));
    };
    let settings = meter.settings();
    if control_byte(&settings).is_none() {
        return Err(Report::BadArguments(format!(
            "a concentrator cannot be told {settings}"
        )));
    }
    let mut config = MasterConfig::new(vec![endpoint.clone()], way.area, way.terminal);
    config.password = way.password.unwrap_or_default();
    config.security = way.security();
    config.name.clone_from(&way.tls_name);
    let master = Master::new(config).map_err(|error| Report::BadArguments(error.to_string()))?;
    match master.connected(CONNECT).await {
        MasterStatus::Connected { .. } => Ok(AnyLink::Forward(master.link(segment, settings))),
        MasterStatus::NotConnected(why) => Err(Report::Unreadable(MeterError::Link(
            LinkError::NotConnected(why),
        ))),
    }
}

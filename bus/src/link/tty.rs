//! The port of this machine: a terminal device.

use std::io;
use std::path::PathBuf;

use tokio_serial::{DataBits, FlowControl, SerialPort, SerialStream, StopBits};

use super::{Parity, Port, PortOpener, SerialSettings};

/// A terminal device, such as `/dev/serial/by-id/…`. Opened, it is held exclusively.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tty {
    /// The device.
    pub device: PathBuf,
}

impl PortOpener for Tty {
    fn open(&self, settings: &SerialSettings) -> io::Result<Box<dyn Port>> {
        let builder = tokio_serial::new(self.device.to_string_lossy(), settings.baud)
            .data_bits(data_bits(settings))
            .parity(parity(settings))
            .stop_bits(stop_bits(settings))
            .flow_control(FlowControl::None);
        let mut port = SerialStream::open(&builder)?;
        port.discard_input()?;
        Ok(Box::new(port))
    }

    fn name(&self) -> String {
        self.device.display().to_string()
    }
}

impl Port for SerialStream {
    fn set(&mut self, settings: &SerialSettings) -> io::Result<()> {
        self.set_baud_rate(settings.baud)?;
        self.set_data_bits(data_bits(settings))?;
        self.set_parity(parity(settings))?;
        self.set_stop_bits(stop_bits(settings))?;
        Ok(())
    }

    fn discard_input(&mut self) -> io::Result<()> {
        let mut chunk = [0; 512];
        // A converter that babbles without end must not hold the caller here: 64 KiB are more than any driver buffers.
        for _ in 0..128 {
            match self.try_read(&mut chunk) {
                Ok(0) => {
                    return Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "the device is gone",
                    ));
                }
                Ok(count) => tracing::debug!(count, "stale bytes dropped"),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn data_bits(settings: &SerialSettings) -> DataBits {
    match settings.data_bits {
        5 => DataBits::Five,
        6 => DataBits::Six,
        7 => DataBits::Seven,
        _ => DataBits::Eight,
    }
}

fn parity(settings: &SerialSettings) -> tokio_serial::Parity {
    match settings.parity {
        Parity::None => tokio_serial::Parity::None,
        Parity::Even => tokio_serial::Parity::Even,
        Parity::Odd => tokio_serial::Parity::Odd,
    }
}

fn stop_bits(settings: &SerialSettings) -> StopBits {
    if settings.stop_bits == 2 {
        StopBits::Two
    } else {
        StopBits::One
    }
}

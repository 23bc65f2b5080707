//! Opening a serial line.

use tokio_serial::{DataBits, FlowControl, Parity, SerialPortBuilderExt, SerialStream, StopBits};

/// Opens the line at `path` with 8 data bits and no parity. A pseudo-terminal works as well as a port.
///
/// # Errors
/// The text says which path failed and why; it is meant for staff.
pub fn open(path: &str, baud: u32, stop_bits: StopBits) -> Result<SerialStream, String> {
    tokio_serial::new(path, baud)
        .data_bits(DataBits::Eight)
        .parity(Parity::None)
        .stop_bits(stop_bits)
        .flow_control(FlowControl::None)
        .open_native_async()
        .map_err(|e| format!("{path}: {e}"))
}

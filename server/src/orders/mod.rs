//! Orders to meters: read now, relay or valve, credit, clock. Durable rows with one state machine; [`head_end`](crate::head_end)
//! carries them out.

mod able;
mod books;
mod claim;
mod create;
mod meter_row;
mod state;

pub use able::unable;
pub use books::{KeptBooks, supply_word};
pub use claim::{
    Claimed, Ended, Place, Sending, begin, end, expire, next_queued, next_unknown, orphan, put_off,
    settle,
};
pub use create::{Kind, NewOrder, OrderError, Ordered, Standing, create, list};
pub use meter_row::{METER_COLUMNS, MeterRow};
pub use state::{Happening, State};

//! HTTP under `/api/v1`. Who calls and whether the call is well-formed is settled in `caller` and `staff_caller`, before any
//! handler runs; a handler that takes neither is open to everybody, and the tests list those.

mod alert;
mod bulletin;
mod caller;
mod card;
mod card_job;
mod card_loss;
mod command;
mod directory;
mod enrolment;
mod error;
mod head_end;
mod issue;
mod leases;
mod log;
mod manage;
mod money;
mod observe;
mod orders;
mod payment;
mod payment_desk;
mod readings;
mod reversal;
mod routes;
mod staff_caller;
mod status;
mod wallet;
mod wallet_desk;

pub use caller::TerminalCall;
pub use error::ApiError;
pub(crate) use issue::parameters_content;
pub(crate) use orders::give_in as give_order_in;
pub(crate) use reversal::decide_reversal_in;
pub use routes::{MAX_BODY_BYTES, openapi, router};
pub use staff_caller::StaffCall;

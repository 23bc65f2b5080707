//! HTTP under `/api/v1`. Who calls and whether the call is well-formed is settled in `caller` and `staff_caller`, before any
//! handler runs; a handler that takes neither is open to everybody, and the tests list those.

mod bulletin;
mod caller;
mod enrolment;
mod error;
mod head_end;
mod leases;
mod log;
mod manage;
mod observe;
mod orders;
mod readings;
mod routes;
mod staff_caller;

pub use caller::TerminalCall;
pub use error::ApiError;
pub use routes::{MAX_BODY_BYTES, openapi, router};
pub use staff_caller::StaffCall;

//! Who alone may send a meter its next purchase number: a terminal, or the server. One row a meter, moved by one pure decision.

mod decide;
mod store;

pub use decide::{Decision, Facts, Lease, Owner, Refusal, Request, SERVER, Wanted, decide};
pub use store::{
    LeaseError, Listed, comes_to_rest, fence, follow, list, load, owner_of, read_back,
    release_confirmed, request_release,
};

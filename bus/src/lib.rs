//! Reaching a meter: frame codecs, links, meter drivers, the master client and the concentrator.
//!
//! The crate stands alone. [`frame`] turns bytes into frames and back and knows no I/O; [`link`] carries frames;
//! [`meter`] speaks to a prepaid meter over any link; [`decode`] explains a frame to a person or a test.
#![warn(missing_docs)]

pub mod amount;
pub mod cascade;
pub mod concentrator;
pub mod decode;
pub mod emulate;
pub mod field;
pub mod frame;
pub mod link;
pub mod master;
pub mod mbus;
pub mod meter;
pub mod signer;
pub mod uplink;

//! The signed claim: what a claim slip lets its holder prove.

use meterpost_signing::Statement;

use crate::event::SaleId;
use crate::money::Money;

/// "The terminal owes this much for this sale", to be signed with the log's key and printed on the slip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimStatement {
    /// The sale.
    pub sale: SaleId,
    /// The meter it was for.
    pub meter: String,
    /// What is owed, or on its way with the outcome open.
    pub amount: Money,
    /// The log's size when the claim was made: the entry that says so is below it.
    pub size: u64,
}

impl Statement for ClaimStatement {
    const LABEL: &'static str = "meterpost-claim/v1";

    fn body(&self) -> Vec<u8> {
        // Injective: fixed widths in front, the one text at the end.
        let mut body = Vec::new();
        body.extend_from_slice(&self.sale.0.to_be_bytes());
        body.extend_from_slice(&self.amount.0.to_be_bytes());
        body.extend_from_slice(&self.size.to_be_bytes());
        body.extend_from_slice(self.meter.as_bytes());
        body
    }
}

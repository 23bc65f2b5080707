mod bank;
mod cards;
pub(crate) mod fixture;
mod leases;
mod payments;
mod settle_table;
mod simulation;
mod story;
mod world;

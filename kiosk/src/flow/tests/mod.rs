mod cards;
pub(crate) mod fixture;
mod leases;
mod settle_table;
mod simulation;
mod story;
mod world;

// What a portal must do, whichever database it has: the whole contract, for `portal.rs` and `portal_on_postgresql.rs`.

#[path = "../support/mod.rs"]
mod support;

mod activities;
mod administration;
mod certificates;
mod client;
mod declarations;
mod desk;
mod desk_list;
mod devices;
mod directory;
mod enrolment;
mod est_by_hand;
mod invitations;
mod lra;
mod personal_numbers;
mod problems;
mod program;
mod relatives;
mod renewal;
mod retention;
mod status;
mod time_stamps;

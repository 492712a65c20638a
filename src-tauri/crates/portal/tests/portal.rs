//! The portal as its clients meet it: over TLS, on a port of its own, with a clock that the test holds.

mod support;

#[path = "portal/activities.rs"]
mod activities;
#[path = "portal/administration.rs"]
mod administration;
#[path = "portal/certificates.rs"]
mod certificates;
#[path = "portal/client.rs"]
mod client;
#[path = "portal/declarations.rs"]
mod declarations;
#[path = "portal/devices.rs"]
mod devices;
#[path = "portal/enrolment.rs"]
mod enrolment;
#[path = "portal/invitations.rs"]
mod invitations;
#[path = "portal/lra.rs"]
mod lra;
#[path = "portal/problems.rs"]
mod problems;
#[path = "portal/program.rs"]
mod program;
#[path = "portal/relatives.rs"]
mod relatives;
#[path = "portal/renewal.rs"]
mod renewal;
#[path = "portal/status.rs"]
mod status;
#[path = "portal/time_stamps.rs"]
mod time_stamps;

//! The portal as its clients meet it: over TLS, on a port of its own, with a clock that the test holds.

mod support;

#[path = "portal/administration.rs"]
mod administration;
#[path = "portal/certificates.rs"]
mod certificates;
#[path = "portal/declarations.rs"]
mod declarations;
#[path = "portal/enrolment.rs"]
mod enrolment;
#[path = "portal/invitations.rs"]
mod invitations;
#[path = "portal/problems.rs"]
mod problems;
#[path = "portal/program.rs"]
mod program;
#[path = "portal/status.rs"]
mod status;

//! **Adapter.** The only crate that makes requests: it speaks to the portal.
//!
//! Knows: TLS (one provider, only the trust anchors that it was given), mutual TLS with a key that never shows itself,
//! HTTP with bounded answers and bounded time, EST ([RFC 7030], [RFC 8951]), problems ([RFC 9457]), and when a request
//! may be repeated. Must never know: keychains, databases, the steps of a journey, or what a person reads. No secret
//! reaches a log line, an address or an error.
//!
//! Wire types stop here: everything that a portal says is parsed into the core's types, with its lengths bounded and
//! control characters refused (or cut out, where refusing would hide what was done with the key), or it is [`PortalError::Unusable`](lifecycle::ports::PortalError::Unusable).
//!
//! Start reading at [`PortalClient`], then `transport.rs` (one request, end to end), then `answer.rs` (what is taken
//! from an answer).

mod address;
mod answer;
mod client;
mod est;
mod identity;
mod network;
mod proxy;
mod refusal;
mod transport;

pub use address::{AddressError, PortalAddress};
pub use answer::{PortalCapabilities, PracticeInvitation};
pub use client::PortalClient;
pub use network::Network;
pub use transport::{ClientSetupError, Patience};

#[cfg(test)]
mod hostile_portal;
#[cfg(test)]
mod tests;

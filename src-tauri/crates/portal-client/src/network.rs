//! The network that a portal is reached through: how long things may take, and which proxy stands between.

use crate::proxy;
use crate::transport::Patience;
use lifecycle::{Policy, ProxyChoice};

/// How a portal, and whoever its certificates name, is reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Network {
    /// How long the portal is waited for.
    pub patience: Patience,
    /// The way out.
    pub proxy: ProxyChoice,
}

impl Network {
    /// As the organisation's policy and the environment say.
    #[must_use]
    pub fn under(policy: &Policy) -> Self {
        Self {
            patience: Patience { connection: policy.connect_timeout(), request: policy.request_timeout() },
            proxy: policy.proxy(proxy::environment_names_one()).0,
        }
    }

    /// Whether the environment in which the program was started names a proxy.
    #[must_use]
    pub fn environment_names_proxy() -> bool {
        proxy::environment_names_one()
    }
}

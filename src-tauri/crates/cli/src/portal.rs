//! The portal of a command: which one, whether the organisation's policy names it, and what is known of it without
//! asking again.

use crate::arguments::NamedPortal;
use crate::failure::{Failure, UsageError};
use crate::files::{self, DataFolder};
use lifecycle::{JourneyError, Policy, PolicyKey, Settings};
use pki::TrustAnchor;
use portal_client::{Network, PortalCapabilities, PortalClient};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A portal that may be asked, and what is known of it.
pub(crate) struct PortalAtHand {
    pub(crate) client: PortalClient,
    pub(crate) anchor: TrustAnchor,
    pub(crate) practice: bool,
    /// As the declaration names it.
    pub(crate) name: String,
    pub(crate) suspension_offered: bool,
    pub(crate) policy: Policy,
}

impl PortalAtHand {
    pub(crate) fn settings(self) -> (PortalClient, Settings) {
        let settings = Settings {
            practice: self.practice,
            trust_anchors: vec![self.anchor],
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            portal_name: self.name,
            suspension_offered: self.suspension_offered,
            device_name: local_store::computer_name(),
            policy: self.policy,
        };
        (self.client, settings)
    }
}

/// Address and trust anchor of the portal that a journey begins with: those that were named, else the policy's.
///
/// # Errors
/// [`UsageError::PortalNotNamed`] where neither says it, and as [`files::trust_anchors`].
pub(crate) fn named(policy: &Policy, named: &NamedPortal) -> Result<(String, TrustAnchor), UsageError> {
    let address = named.portal.as_deref().or(policy.portal()).ok_or(UsageError::PortalNotNamed)?;
    Ok((address.to_owned(), trust_anchor(policy, named.trust_anchor.as_deref())?))
}

/// The trust anchor that was named, unless the policy has its own and locks it.
///
/// # Errors
/// [`UsageError::PortalNotNamed`] where neither says it, and as [`files::trust_anchors`].
pub(crate) fn trust_anchor(policy: &Policy, named: Option<&Path>) -> Result<TrustAnchor, UsageError> {
    let (file, _) =
        policy.in_force(PolicyKey::TrustAnchor, named, policy.trust_anchor()).ok_or(UsageError::PortalNotNamed)?;
    Ok(files::trust_anchors(&[file.to_owned()])?.swap_remove(0))
}

/// The trust anchor of a journey under way: the policy's where that is locked, else the one that is remembered.
///
/// # Errors
/// As [`DataFolder::trust_anchor`] and [`files::trust_anchors`].
pub(crate) fn trust_anchor_under_way(policy: &Policy, folder: &DataFolder) -> Result<TrustAnchor, UsageError> {
    match policy.trust_anchor().filter(|_| policy.is_locked(PolicyKey::TrustAnchor)) {
        Some(file) => Ok(files::trust_anchors(&[file.to_owned()])?.swap_remove(0)),
        None => folder.trust_anchor(),
    }
}

/// A client for the portal at `address`, where the organisation's policy names it.
///
/// # Errors
/// [`JourneyError::PortalNotInPolicy`], and where the address or the trust anchor is none.
pub(crate) fn client(policy: &Policy, address: &str, anchor: &TrustAnchor) -> Result<PortalClient, Failure> {
    if !policy.allows_portal(address) {
        return Err(JourneyError::PortalNotInPolicy.into());
    }
    Ok(PortalClient::in_network(address, std::slice::from_ref(anchor), &Network::under(policy))?)
}

/// What is remembered of a portal beside the journey. The window reads and writes the same.
#[derive(Serialize, Deserialize)]
pub(crate) struct RememberedPortal {
    address: String,
    name: String,
    practice: bool,
    support_phone: String,
    #[serde(default = "suspends")]
    pub(crate) suspension: bool,
}

/// What a portal does that did not say, as most do.
fn suspends() -> bool {
    true
}

impl RememberedPortal {
    pub(crate) fn of(address: &str, capabilities: &PortalCapabilities) -> Self {
        let PortalCapabilities { portal, practice, suspension, support_phone } = capabilities;
        Self {
            address: address.to_owned(),
            name: portal.clone(),
            practice: *practice,
            support_phone: support_phone.clone(),
            suspension: *suspension,
        }
    }

    /// What was written of the portal at `address`; `None` where it is of another one.
    pub(crate) fn parse(text: &str, address: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(|portal: &Self| portal.address == address)
    }

    pub(crate) fn to_text(&self) -> String {
        // Strings and truth values cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_read_back_for_the_same_portal_only() {
        let capabilities = PortalCapabilities {
            portal: "Øveportal".into(),
            practice: true,
            suspension: false,
            support_phone: "70 25 89 25".into(),
        };
        let text = RememberedPortal::of("https://portal.example", &capabilities).to_text();
        let same = RememberedPortal::parse(&text, "https://portal.example").expect("the same portal");
        assert!(!same.suspension);
        assert!(RememberedPortal::parse(&text, "https://other.example").is_none());
        assert!(RememberedPortal::parse("{", "https://portal.example").is_none());
        let older = text.replace(",\"suspension\":false", "");
        assert_ne!(older, text);
        assert!(RememberedPortal::parse(&older, "https://portal.example").expect("an older one").suspension);
    }

    #[test]
    fn a_portal_that_the_policy_does_not_name_is_refused_whatever_its_address_is_like() {
        let policy = Policy::parse(b"portals = [\"https://portal.example\"]").expect("a policy");
        let anchor = {
            let key = rcgen::KeyPair::generate().expect("a key");
            let certificate = rcgen::CertificateParams::default().self_signed(&key).expect("a certificate");
            TrustAnchor::from_pem(certificate.pem().as_bytes()).expect("a trust anchor")
        };
        for other in ["https://other.example", "https://portal.example:8443", "http://portal.example", "nonsense"] {
            let refused = client(&policy, other, &anchor).err();
            assert!(matches!(refused, Some(Failure::Journey(JourneyError::PortalNotInPolicy))), "{other}");
        }
        assert!(client(&policy, "https://PORTAL.example:443/", &anchor).is_ok());
    }
}

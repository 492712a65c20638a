//! Certificate policies: the arcs of OCES, of its test trees and of practice, and what belongs to each.

use crate::description::{CertificateKind, Environment, Generation};

/// The OCES policy for employee certificates; versions follow as further components.
pub const OCES_EMPLOYEE_POLICY: &str = "1.2.208.169.1.1.1.2";
/// The OCES policy for organisation certificates; versions follow as further components.
pub const OCES_ORGANISATION_POLICY: &str = "1.2.208.169.1.1.1.3";
/// The practice policy for employee certificates, in the arc that is reserved for documentation ([RFC 5612]).
pub const PRACTICE_EMPLOYEE_POLICY: &str = "1.3.6.1.4.1.32473.1.1.1.2.7";
/// The practice policy for organisation certificates: the practice portal's seal.
pub const PRACTICE_ORGANISATION_POLICY: &str = "1.3.6.1.4.1.32473.1.1.1.3.7";
/// `anyPolicy` ([RFC 5280 §4.2.1.4]).
pub(crate) const ANY_POLICY: &str = "2.5.29.32.0";

/// Everything of OCES, production and the OCES3 test tree alike.
const OCES_ARC: &str = "1.2.208.169.1.1.1";
/// The OCES2 test trees; one component names the environment before the kind follows.
const OCES2_TEST_ARC: &str = "1.3.6.1.4.1.31313.2.4";
/// What the OCES1 test CA wrote instead of a policy of its own.
const OCES1_TEST_ARC: &str = "1.1.1.1.1.1.1.1.1";
const PRACTICE_ARC: &str = "1.3.6.1.4.1.32473.1.1.1";

/// Whether `policy` is `arc` or lies under it, compared at component boundaries: 1.2.3 matches 1.2.3.4, not 1.2.34.
///
/// Both are dotted decimal object identifiers.
pub fn is_under(policy: &str, arc: &str) -> bool {
    policy.strip_prefix(arc).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// What a policy says about a certificate that carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PolicyMeaning {
    pub(crate) kind: CertificateKind,
    /// `None` where the arc was used by several generations.
    pub(crate) generation: Option<Generation>,
    /// `None` where production and test share the arc.
    pub(crate) environment: Option<Environment>,
}

/// The meaning of one policy, or `None` where it is not one of OCES or practice.
pub(crate) fn meaning_of(policy: &str) -> Option<PolicyMeaning> {
    if let Some(rest) = components_under(policy, OCES_ARC) {
        let mut rest = rest.split('.');
        let kind = kind_of(rest.next()?)?;
        let generation = match rest.next().and_then(|version| version.parse::<u32>().ok()) {
            // The seventh version of the policies is the first of the third generation.
            Some(version) if version >= 7 => Some(Generation::Oces3),
            Some(_) | None => None,
        };
        return Some(PolicyMeaning { kind, generation, environment: None });
    }
    if let Some(rest) = components_under(policy, OCES2_TEST_ARC) {
        let kind = kind_of(rest.split('.').nth(1)?)?;
        return Some(PolicyMeaning { kind, generation: Some(Generation::Oces2), environment: Some(Environment::Test) });
    }
    if let Some(rest) = components_under(policy, OCES1_TEST_ARC) {
        let kind = kind_of(rest.split('.').next()?)?;
        return Some(PolicyMeaning { kind, generation: Some(Generation::Oces1), environment: Some(Environment::Test) });
    }
    let rest = components_under(policy, PRACTICE_ARC)?;
    let kind = kind_of(rest.split('.').next()?)?;
    Some(PolicyMeaning { kind, generation: Some(Generation::Oces3), environment: Some(Environment::Test) })
}

/// Whether a policy is an OCES employee policy, of production or of a test tree: the trust anchor tells them apart.
pub(crate) fn is_oces_employee(policy: &str) -> bool {
    is_under(policy, OCES_EMPLOYEE_POLICY)
        || components_under(policy, OCES2_TEST_ARC).is_some_and(|rest| rest.split('.').nth(1) == Some("2"))
}

fn components_under<'a>(policy: &'a str, arc: &str) -> Option<&'a str> {
    policy.strip_prefix(arc)?.strip_prefix('.')
}

fn kind_of(component: &str) -> Option<CertificateKind> {
    match component {
        "1" => Some(CertificateKind::Personal),
        "2" => Some(CertificateKind::Employee),
        "3" => Some(CertificateKind::Organisation),
        "4" => Some(CertificateKind::Function),
        _ => None,
    }
}

/// Key identifiers of OCES authorities, so that a certificate's origin is told by key and never by name.
///
/// Test and production authorities share their common names and, in OCES3, their policies.
const KNOWN_AUTHORITIES: &[(&str, Generation, Environment)] = &[
    ("60b585ec56647e121927671d50154b73ae3bf912", Generation::Oces1, Environment::Production),
    ("1c9809471a4c38b910c504295bf1f44e806acc7e", Generation::Oces1, Environment::Test),
    ("f66df8b148b3414301db8644e51805b75ecc0637", Generation::Oces2, Environment::Production),
    ("998fba0d89ae211a427a0aae1a4c4e22ff10eb8c", Generation::Oces2, Environment::Production),
    ("23ba4c3191e1d3ccd31bb31b5ab6c845cdd38397", Generation::Oces2, Environment::Test),
    ("961b36133b2229c23df9e7f993ebc6cb3e125f04", Generation::Oces2, Environment::Test),
    ("cc02550ce48174af2054d51114579c9152387fa0", Generation::Oces2, Environment::Test),
    ("aba8014419b0b34399dafa7cccd2001803e73cbf", Generation::Oces2, Environment::Test),
    ("33651b709634f00ba0879c83de4c4f880cad6eb6", Generation::Oces3, Environment::Production),
    ("4c01e2ca73bcc3be380a383d36b05c749c7b97b9", Generation::Oces3, Environment::Production),
    ("39dcdeded0902647a0e0c66e497f26f2a92ff61b", Generation::Oces3, Environment::Test),
    ("7f289fd9719942e275e7d735762e4d08256d765e", Generation::Oces3, Environment::Test),
];

/// The generation and environment of a known OCES authority by its key identifier.
pub(crate) fn known_authority(key_identifier: &[u8]) -> Option<(Generation, Environment)> {
    let key_identifier = hex::encode(key_identifier);
    KNOWN_AUTHORITIES
        .iter()
        .find(|(known, _, _)| *known == key_identifier)
        .map(|(_, generation, environment)| (*generation, *environment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_matches_its_arc_only_at_a_component_boundary() {
        assert!(is_under("1.2.208.169.1.1.1.2.7.1", OCES_EMPLOYEE_POLICY));
        assert!(is_under(OCES_EMPLOYEE_POLICY, OCES_EMPLOYEE_POLICY));
        assert!(!is_under("1.2.208.169.1.1.1.21", OCES_EMPLOYEE_POLICY));
        assert!(!is_under("1.2.208.169.1.1.1", OCES_EMPLOYEE_POLICY));
    }

    #[test]
    fn a_practice_policy_is_never_an_oces_policy() {
        assert!(!is_oces_employee(PRACTICE_EMPLOYEE_POLICY));
        assert!(!is_oces_employee("1.1.1.1.1.1.1.1.1.2"));
        assert!(!is_oces_employee("1.3.6.1.4.1.31313.2.4.6.3.4"));
        assert!(is_oces_employee("1.3.6.1.4.1.31313.2.4.6.2.6"));
    }

    #[test]
    fn every_known_authority_has_a_key_identifier_of_sha_1_length() {
        for (key_identifier, _, _) in KNOWN_AUTHORITIES {
            assert_eq!(key_identifier.len(), 40, "{key_identifier}");
        }
    }
}

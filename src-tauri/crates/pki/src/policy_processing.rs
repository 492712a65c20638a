//! Certificate policies along a path: the standard's processing, and what a profile asks of the authorities between.

use std::collections::BTreeSet;

use crate::certificate::Certificate;
use crate::policy::{self, ANY_POLICY};

/// Why the policies of a path do not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PolicyFault {
    /// A certificate of the path requires a policy that holds all along, and none does ([RFC 5280 §6.1.3 (f), §6.1.5 (g)]).
    ExplicitPolicyRequired,
    /// A policy is mapped to or from `anyPolicy` ([RFC 5280 §6.1.4 (a)]).
    AnyPolicyMapped {
        /// Where in the path the authority stands that does so.
        place: usize,
    },
}

/// Processes the policies of a path, the certificate first and the trust anchor last, as [RFC 5280 §6.1] does with any
/// policy acceptable and neither an explicit policy, nor mapping, nor `anyPolicy` decided beforehand.
///
/// The valid policy tree is kept as the set of its lowest expected policies, since only whether it is empty matters.
pub(crate) fn process(path: &[Certificate]) -> Result<(), PolicyFault> {
    // The trust anchor's certificate takes no part ([RFC 5280 §6.1.1 (d)]).
    let Some((_, certificates)) = path.split_last() else {
        return Ok(());
    };
    let never = certificates.len() + 1;
    let (mut explicit_policy, mut policy_mapping, mut inhibit_any_policy) = (never, never, never);
    let mut valid = BTreeSet::from([ANY_POLICY.to_owned()]);
    for (place, certificate) in certificates.iter().enumerate().rev() {
        let facts = certificate.facts();
        let (is_last, is_self_issued) = (place == 0, facts.subject_der == facts.issuer_der);
        let any_counts = inhibit_any_policy > 0 || (!is_last && is_self_issued);
        valid = match &facts.policies {
            Some(policies) => still_valid(&valid, policies, any_counts),
            None => BTreeSet::new(),
        };
        if explicit_policy == 0 && valid.is_empty() {
            return Err(PolicyFault::ExplicitPolicyRequired);
        }
        if !is_last {
            if maps_any_policy(&facts.policy_mappings) {
                return Err(PolicyFault::AnyPolicyMapped { place });
            }
            map(&mut valid, &facts.policy_mappings, policy_mapping > 0);
        }
        if is_last || !is_self_issued {
            explicit_policy = explicit_policy.saturating_sub(1);
            policy_mapping = policy_mapping.saturating_sub(1);
            inhibit_any_policy = inhibit_any_policy.saturating_sub(1);
        }
        let at_most = |counter: usize, skipped: Option<u32>| match skipped {
            Some(skipped) => counter.min(usize::try_from(skipped).unwrap_or(usize::MAX)),
            None => counter,
        };
        if is_last {
            // In the last certificate only a requirement from now on counts ([RFC 5280 §6.1.5 (b)]).
            explicit_policy = at_most(explicit_policy, facts.require_explicit_policy.filter(|skipped| *skipped == 0));
        } else {
            explicit_policy = at_most(explicit_policy, facts.require_explicit_policy);
            policy_mapping = at_most(policy_mapping, facts.inhibit_policy_mapping);
            inhibit_any_policy = at_most(inhibit_any_policy, facts.inhibit_any_policy);
        }
    }
    if explicit_policy == 0 && valid.is_empty() { Err(PolicyFault::ExplicitPolicyRequired) } else { Ok(()) }
}

/// The authorities between, each with its place in the path, that name policies, and by none of them allow a policy of the certificate that `is_wanted`.
///
/// An authority that names no policies does not forbid any here, although the standard would read it so: the authorities
/// of OCES3 name none.
pub(crate) fn authorities_against(path: &[Certificate], is_wanted: fn(&str) -> bool) -> Vec<(usize, &Certificate)> {
    let [certificate, between @ .., _anchor] = path else {
        return Vec::new();
    };
    let policies = certificate.facts().policies.as_deref().unwrap_or_default();
    let wanted: Vec<&String> = policies.iter().filter(|policy| is_wanted(policy)).collect();
    if wanted.is_empty() {
        // That is a finding of the profile, about the certificate itself.
        return Vec::new();
    }
    let allows = |authority: &&Certificate| {
        authority.facts().policies.as_ref().is_none_or(|allowed| {
            allowed
                .iter()
                .any(|allowed| allowed == ANY_POLICY || wanted.iter().any(|wanted| policy::is_under(wanted, allowed)))
        })
    };
    (1..).zip(between).filter(|(_, authority)| !allows(authority)).collect()
}

/// [RFC 5280 §6.1.3 (d)].
fn still_valid(valid: &BTreeSet<String>, policies: &[String], any_counts: bool) -> BTreeSet<String> {
    let any_is_valid = valid.contains(ANY_POLICY);
    let named = policies.iter().filter(|policy| *policy != ANY_POLICY && (any_is_valid || valid.contains(*policy)));
    let mut still: BTreeSet<String> = named.cloned().collect();
    if any_counts && policies.iter().any(|policy| policy == ANY_POLICY) {
        still.extend(valid.iter().cloned());
    }
    still
}

/// [RFC 5280 §6.1.4 (a)].
fn maps_any_policy(mappings: &[(String, String)]) -> bool {
    mappings.iter().any(|(issuer, subject)| issuer == ANY_POLICY || subject == ANY_POLICY)
}

/// [RFC 5280 §6.1.4 (b)].
fn map(valid: &mut BTreeSet<String>, mappings: &[(String, String)], mapping_counts: bool) {
    let any_is_valid = valid.contains(ANY_POLICY);
    let mapped: Vec<String> = mappings
        .iter()
        .filter(|(issuer, _)| mapping_counts && (any_is_valid || valid.contains(issuer)))
        .map(|(_, subject)| subject.clone())
        .collect();
    for (issuer, _) in mappings {
        valid.remove(issuer);
    }
    valid.extend(mapped);
}

//! What an OCES employee certificate must be, beyond a path that holds.

use chrono::{DateTime, Months, TimeDelta, Utc};

use crate::certificate::{CRL_SIGN, Certificate, DIGITAL_SIGNATURE, ExtendedKeyUses, KEY_CERT_SIGN, NON_REPUDIATION};
use crate::description::{CertificateKind, cvr_numbers, is_cvr, key_usage_names};
use crate::distinguished_name::{COMMON_NAME, COUNTRY, ORGANISATION, ORGANISATION_IDENTIFIER, SERIAL_NUMBER};
use crate::path_validation::{Finding, FindingCode, Severity, WEAKEST_RSA_BITS};
use crate::policy::{self, OCES_ORGANISATION_POLICY, PRACTICE_EMPLOYEE_POLICY, PRACTICE_ORGANISATION_POLICY};
use crate::public_key::PublicKeyKind;

/// What a certificate is to be used as, and so what is asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// An OCES employee certificate (medarbejdercertifikat): policy 1.2.208.169.1.1.1.2 or an OCES2 test tree's.
    OcesEmployee,
    /// An OCES organisation certificate, a real portal's seal: policy 1.2.208.169.1.1.1.3.
    OcesOrganisation,
    /// A practice employee certificate, policy [`PRACTICE_EMPLOYEE_POLICY`].
    PracticeEmployee,
    /// The practice portal's seal, policy [`PRACTICE_ORGANISATION_POLICY`].
    PracticeSeal,
    /// Any certificate: only the path, the dates, the algorithms and the critical extensions count.
    Any,
}

/// The expectations of one profile.
struct Requirements {
    kind: CertificateKind,
    policy_name: &'static str,
    policy_matches: fn(&str) -> bool,
    minimum_rsa_bits: usize,
    key_usage: KeyUsageRequirement,
    identifier_holds: fn(&str) -> bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyUsageRequirement {
    /// digitalSignature to log in and nonRepudiation to sign a declaration.
    DigitalSignatureAndNonRepudiation,
    /// A seal needs one of the two.
    DigitalSignatureOrNonRepudiation,
}

impl Profile {
    /// Which policies are of the profile, where it asks for one.
    pub(crate) fn policy_matches(self) -> Option<fn(&str) -> bool> {
        self.requirements().map(|requirements| requirements.policy_matches)
    }

    fn requirements(self) -> Option<Requirements> {
        match self {
            Self::OcesEmployee => Some(Requirements {
                kind: CertificateKind::Employee,
                policy_name: "an OCES employee policy",
                policy_matches: policy::is_oces_employee,
                minimum_rsa_bits: 2048,
                key_usage: KeyUsageRequirement::DigitalSignatureAndNonRepudiation,
                identifier_holds: |identifier| is_oces3_employee(identifier) || is_cvr_and_rid(identifier),
            }),
            Self::OcesOrganisation => Some(Requirements {
                kind: CertificateKind::Organisation,
                policy_name: "an OCES organisation policy",
                policy_matches: |policy| policy::is_under(policy, OCES_ORGANISATION_POLICY),
                minimum_rsa_bits: 2048,
                key_usage: KeyUsageRequirement::DigitalSignatureOrNonRepudiation,
                identifier_holds: is_oces3_organisation,
            }),
            Self::PracticeEmployee => Some(Requirements {
                kind: CertificateKind::Employee,
                policy_name: "the practice employee policy",
                policy_matches: |policy| policy::is_under(policy, PRACTICE_EMPLOYEE_POLICY),
                minimum_rsa_bits: 3072,
                key_usage: KeyUsageRequirement::DigitalSignatureAndNonRepudiation,
                identifier_holds: is_oces3_employee,
            }),
            Self::PracticeSeal => Some(Requirements {
                kind: CertificateKind::Organisation,
                policy_name: "the practice organisation policy",
                policy_matches: |policy| policy::is_under(policy, PRACTICE_ORGANISATION_POLICY),
                minimum_rsa_bits: 3072,
                key_usage: KeyUsageRequirement::DigitalSignatureOrNonRepudiation,
                identifier_holds: is_oces3_organisation,
            }),
            Self::Any => None,
        }
    }
}

/// Every way in which `certificate` is not of `profile`.
pub(crate) fn findings(certificate: &Certificate, profile: Profile) -> Vec<Finding> {
    let Some(requirements) = profile.requirements() else {
        return Vec::new();
    };
    let facts = certificate.facts();
    let description = certificate.description();
    let mut findings = Vec::new();
    let mut error = |code, detail: String| {
        findings.push(Finding { code, severity: Severity::Error, detail, place: Some(0) });
    };

    if description.kind != requirements.kind {
        error(
            FindingCode::NotOfProfile,
            format!("the certificate is of the kind {:?}, not {:?}", description.kind, requirements.kind),
        );
    }
    if !description.policies.iter().any(|policy| (requirements.policy_matches)(policy)) {
        let present = if description.policies.is_empty() { "none".to_owned() } else { description.policies.join(", ") };
        error(FindingCode::PolicyMissing, format!("{} is missing; present: {present}", requirements.policy_name));
    }
    match facts.key {
        PublicKeyKind::Rsa { bits } if bits >= requirements.minimum_rsa_bits => {}
        // Too weak whatever the profile, and said so already.
        PublicKeyKind::Rsa { bits } if bits < WEAKEST_RSA_BITS => {}
        PublicKeyKind::EcP256 => {}
        PublicKeyKind::Rsa { .. } | PublicKeyKind::Other(_) => {
            error(FindingCode::KeyTooWeak, format!("the key is {}, which this profile does not take", facts.key));
        }
    }
    key_usage(facts.key_usage, requirements.key_usage, &mut error);
    if let Some(uses) = facts.extended_key_usage
        && !signs_or_logs_in(uses)
    {
        error(
            FindingCode::ExtendedKeyUsage,
            "the extended key usages name neither client authentication, e-mail protection nor document signing"
                .to_owned(),
        );
    }
    if certificate.not_after() > latest_not_after(certificate.not_before()) {
        error(
            FindingCode::ValidityTooLong,
            format!("valid from {} to {}: more than three years", certificate.not_before(), certificate.not_after()),
        );
    }
    if facts.subject.first(COUNTRY) != Some("DK") {
        error(FindingCode::SubjectField, "the subject's country is not DK".to_owned());
    }
    if facts.subject.first(COMMON_NAME).is_none_or(|name| name.trim().is_empty()) {
        error(FindingCode::SubjectField, "the subject has no common name".to_owned());
    }
    if facts.subject.first(ORGANISATION).is_none_or(|name| name.trim().is_empty()) {
        error(FindingCode::SubjectField, "the subject has no organisation".to_owned());
    }
    match cvr_numbers(&facts.subject).len() {
        0 => error(FindingCode::SubjectField, "the subject names no CVR number".to_owned()),
        1 => {}
        _ => error(FindingCode::SubjectField, "the subject names several CVR numbers".to_owned()),
    }
    for attribute in [COMMON_NAME, ORGANISATION, ORGANISATION_IDENTIFIER, SERIAL_NUMBER] {
        if facts.subject.count(attribute) > 1 {
            error(FindingCode::SubjectField, format!("the subject has several values of the attribute {attribute}"));
        }
    }
    match facts.subject.first(SERIAL_NUMBER) {
        Some(identifier) if (requirements.identifier_holds)(identifier) => {}
        Some(_) => error(FindingCode::SubjectField, "the subject's serialNumber has not the form of OCES".to_owned()),
        None => error(FindingCode::SubjectField, "the subject has no serialNumber".to_owned()),
    }
    findings
}

fn key_usage(bits: Option<u16>, required: KeyUsageRequirement, error: &mut impl FnMut(FindingCode, String)) {
    let Some(bits) = bits else {
        error(FindingCode::KeyUsage, "the key usage extension is missing".to_owned());
        return;
    };
    let both = DIGITAL_SIGNATURE | NON_REPUDIATION;
    let (holds, wanted) = match required {
        KeyUsageRequirement::DigitalSignatureAndNonRepudiation => {
            (bits & both == both, "digitalSignature and nonRepudiation")
        }
        KeyUsageRequirement::DigitalSignatureOrNonRepudiation => {
            (bits & both != 0, "digitalSignature or nonRepudiation")
        }
    };
    let present = key_usage_names(Some(bits)).join(", ");
    if !holds {
        error(FindingCode::KeyUsage, format!("{wanted} is wanted; present: {present}"));
    }
    if bits & (KEY_CERT_SIGN | CRL_SIGN) != 0 {
        error(FindingCode::KeyUsage, format!("an authority's key usage in a certificate that is none: {present}"));
    }
}

fn signs_or_logs_in(uses: ExtendedKeyUses) -> bool {
    uses.any || uses.client_authentication || uses.email_protection || uses.document_signing
}

/// Three years and a day: the day takes up leap days and issuers that end a period at another hour than it began.
fn latest_not_after(not_before: DateTime<Utc>) -> DateTime<Utc> {
    not_before
        .checked_add_months(Months::new(36))
        .and_then(|end| end.checked_add_signed(TimeDelta::days(1)))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// `UI:DK-E:G:<uuid>` or `UI:DK-E:C:<uuid>` of OCES3.
fn is_oces3_employee(identifier: &str) -> bool {
    identifier
        .strip_prefix("UI:DK-E:")
        .and_then(|rest| rest.strip_prefix("G:").or_else(|| rest.strip_prefix("C:")))
        .is_some_and(is_uuid)
}

/// `UI:DK-O:G:<uuid>` of OCES3.
fn is_oces3_organisation(identifier: &str) -> bool {
    identifier.strip_prefix("UI:DK-O:G:").is_some_and(is_uuid)
}

/// `CVR:########-RID:<8 to 13 digits>` of OCES1 and OCES2.
fn is_cvr_and_rid(identifier: &str) -> bool {
    identifier.strip_prefix("CVR:").and_then(|rest| rest.split_once("-RID:")).is_some_and(|(cvr, rid)| {
        is_cvr(cvr) && (8..=13).contains(&rid.len()) && rid.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_employee_identifier_has_the_form_of_its_generation() {
        assert!(is_oces3_employee("UI:DK-E:G:2725d207-2d44-4d57-a1af-20b90c59911d"));
        assert!(is_oces3_employee("UI:DK-E:C:2725d207-2d44-4d57-a1af-20b90c59911d"));
        assert!(!is_oces3_employee("UI:DK-O:G:2725d207-2d44-4d57-a1af-20b90c59911d"));
        assert!(!is_oces3_employee("UI:DK-E:G:2725d207"));
        assert!(is_cvr_and_rid("CVR:30808460-RID:97517995"));
        assert!(is_cvr_and_rid("CVR:25767535-RID:1118061043356"));
        assert!(!is_cvr_and_rid("CVR:30808460-UID:25351738"));
        assert!(!is_cvr_and_rid("CVR:30808460-RID:1"));
    }

    #[test]
    fn three_years_hold_over_a_leap_day_and_four_do_not() {
        let start = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        assert!(start + TimeDelta::days(1096) <= latest_not_after(start));
        assert!(start + TimeDelta::days(1098) > latest_not_after(start));
    }
}

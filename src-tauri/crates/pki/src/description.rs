//! What a certificate says about itself, in fields that people can check and `certifikat inspect --json` prints.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::certificate::Facts;
use crate::distinguished_name::{
    COMMON_NAME, DistinguishedName, EMAIL_ADDRESS, GIVEN_NAME, ORGANISATION, ORGANISATION_IDENTIFIER, SERIAL_NUMBER,
    SURNAME, without_invisible_characters,
};
use crate::policy::{self, PolicyMeaning};
use crate::public_key::PublicKeyKind;

/// The generation of OCES that a certificate belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Generation {
    /// TDC, until about 2012.
    Oces1,
    /// TRUST2408, until October 2023.
    Oces2,
    /// Den Danske Stat; practice certificates mirror it.
    Oces3,
    /// Not OCES.
    Other,
}

/// Whom a certificate stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateKind {
    /// An employee of an organisation.
    Employee,
    /// An organisation.
    Organisation,
    /// A function or device of an organisation.
    Function,
    /// A private person.
    Personal,
    /// A certification authority.
    Ca,
    /// None of these.
    Other,
}

/// Where a certificate is meant to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Environment {
    /// Issued under the key of a known production authority.
    Production,
    /// Carries a test or practice policy, or names the key of a known test authority.
    Test,
    /// Neither can be told.
    Unknown,
}

/// What a certificate says about itself. It is a claim until [`crate::validate`] has judged the certificate.
///
/// Values are decoded to Unicode; characters that cannot be seen, or that turn the direction of text, are U+FFFD.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CertificateDescription {
    /// The generation of OCES.
    pub generation: Generation,
    /// Whom it stands for.
    pub kind: CertificateKind,
    /// Production, test or unknown: by policy and authority key, never by name.
    pub environment: Environment,
    /// The subject's common name; empty where there is none.
    pub common_name: String,
    /// The subject's given name, where it is written apart (OCES3).
    pub given_name: Option<String>,
    /// The subject's surname, where it is written apart (OCES3).
    pub surname: Option<String>,
    /// The organisation's name, without the `// CVR:` that OCES1 and OCES2 wrote after it.
    pub organisation: Option<String>,
    /// The organisation's CVR number: 8 digits.
    pub cvr: Option<String>,
    /// The employee's identifier: the subject's serialNumber, `CVR:…-RID:…` (OCES1, OCES2) or `UI:DK-E:…` (OCES3).
    pub employee_id: Option<String>,
    /// The first e-mail address of the subject alternative name, else of the subject.
    pub email: Option<String>,
    /// The certificate's serial number: lower-case hexadecimal without leading zeros.
    pub serial_number: String,
    /// The issuer's common name, else its whole name.
    pub issuer: String,
    /// The first instant of the validity period.
    pub not_before: DateTime<Utc>,
    /// The last instant of the validity period.
    pub not_after: DateTime<Utc>,
    /// The certificate policies as dotted OIDs, in their order.
    pub policies: Vec<String>,
    /// The public key's kind and size: `RSA 3072`, `EC P-256`.
    pub key: String,
    /// The algorithm of the issuer's signature: `RSASSA-PSS SHA-256`.
    pub signature: String,
    /// The key usages by their names in [RFC 5280 §4.2.1.3], in its order.
    pub key_usage: Vec<String>,
    /// SHA-256 of the DER as lower-case hexadecimal.
    pub sha256: String,
    /// What a careful reader would notice; never a reason to refuse in itself.
    pub warnings: Vec<String>,
    /// Where the issuer answers OCSP requests ([RFC 6960]), as written.
    pub ocsp_urls: Vec<String>,
    /// Where the issuer publishes its CRL, as written.
    pub crl_urls: Vec<String>,
}

const KEY_USAGE_NAMES: [&str; 9] = [
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
];

pub(crate) fn describe(
    facts: &Facts,
    serial_number: &str,
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
    sha256: &[u8; 32],
) -> CertificateDescription {
    let policies = facts.policies.clone().unwrap_or_default();
    let meaning = policies.iter().find_map(|policy| policy::meaning_of(policy));
    let authority = known_authority(facts);
    let kind = if facts.is_certification_authority {
        CertificateKind::Ca
    } else {
        meaning.map_or(CertificateKind::Other, |meaning| meaning.kind)
    };
    let (organisation, _) = organisation(&facts.subject);
    let subject_serial_number = facts.subject.first(SERIAL_NUMBER);
    let (email, email_replaced) = email(facts);
    let mut description = CertificateDescription {
        generation: generation(facts, meaning, authority.map(|(generation, _)| generation)),
        kind,
        environment: meaning
            .and_then(|meaning| meaning.environment)
            .or(authority.map(|(_, environment)| environment))
            .unwrap_or(Environment::Unknown),
        common_name: facts.subject.first(COMMON_NAME).unwrap_or_default().to_owned(),
        given_name: facts.subject.first(GIVEN_NAME).map(str::to_owned),
        surname: facts.subject.first(SURNAME).map(str::to_owned),
        organisation,
        cvr: cvr_numbers(&facts.subject).into_iter().next(),
        employee_id: match kind {
            CertificateKind::Employee => subject_serial_number.map(str::to_owned),
            CertificateKind::Organisation
            | CertificateKind::Function
            | CertificateKind::Personal
            | CertificateKind::Ca
            | CertificateKind::Other => None,
        },
        email,
        serial_number: serial_number.to_owned(),
        issuer: facts.issuer.first(COMMON_NAME).map_or_else(|| facts.issuer.to_string(), str::to_owned),
        not_before,
        not_after,
        policies,
        key: facts.key.to_string(),
        signature: facts.signature_algorithm_name.clone(),
        key_usage: key_usage_names(facts.key_usage),
        sha256: hex::encode(sha256),
        warnings: Vec::new(),
        ocsp_urls: facts.ocsp_urls.clone(),
        crl_urls: facts.crl_urls.clone(),
    };
    description.warnings = warnings(facts, &description, email_replaced);
    description
}

/// Whether a CVR number holds its check digit: modulus 11 with the weights 2, 7, 6, 5, 4, 3, 2, 1.
///
/// Official test organisations fail it, so a failure is a reason to look twice and never to refuse.
pub fn cvr_check_digit_holds(cvr: &str) -> bool {
    const WEIGHTS: [u32; 8] = [2, 7, 6, 5, 4, 3, 2, 1];
    is_cvr(cvr)
        && cvr
            .bytes()
            .zip(WEIGHTS)
            .map(|(digit, weight)| u32::from(digit - b'0') * weight)
            .sum::<u32>()
            .is_multiple_of(11)
}

pub(crate) fn is_cvr(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(crate) fn key_usage_names(bits: Option<u16>) -> Vec<String> {
    let bits = bits.unwrap_or_default();
    KEY_USAGE_NAMES
        .iter()
        .enumerate()
        .filter(|(position, _)| bits & (1 << position) != 0)
        .map(|(_, name)| (*name).to_owned())
        .collect()
}

fn known_authority(facts: &Facts) -> Option<(Generation, Environment)> {
    let own = facts.subject_key_identifier.as_deref().filter(|_| facts.is_certification_authority);
    facts
        .authority_key_identifier
        .as_deref()
        .and_then(policy::known_authority)
        .or_else(|| own.and_then(policy::known_authority))
}

fn generation(facts: &Facts, meaning: Option<PolicyMeaning>, authority: Option<Generation>) -> Generation {
    match (meaning, authority) {
        (Some(PolicyMeaning { generation: Some(generation), .. }), _) => generation,
        (_, Some(generation)) => generation,
        // An OCES policy of a version that two generations used: the first one signed with SHA-1 only.
        (Some(_), None) if facts.signature_algorithm.is_none() => Generation::Oces1,
        (Some(_), None) => Generation::Oces2,
        (None, None) => Generation::Other,
    }
}

/// Splits `Name // CVR:########` (OCES1, OCES2) into the name and the number.
fn organisation(subject: &DistinguishedName) -> (Option<String>, Option<String>) {
    let Some(text) = subject.first(ORGANISATION) else {
        return (None, None);
    };
    if let Some((name, number)) = text.rsplit_once("//") {
        let number = number.trim();
        if let Some(cvr) = number.strip_prefix("CVR:").map(str::trim).filter(|cvr| is_cvr(cvr)) {
            return (Some(name.trim_end().to_owned()), Some(cvr.to_owned()));
        }
    }
    (Some(text.to_owned()), None)
}

/// The different CVR numbers that a subject names: in organizationIdentifier, in the organisation, in serialNumber.
pub(crate) fn cvr_numbers(subject: &DistinguishedName) -> Vec<String> {
    let named =
        [cvr_of_identifier(subject), organisation(subject).1, cvr_of_serial_number(subject.first(SERIAL_NUMBER))];
    let mut numbers: Vec<String> = Vec::new();
    for number in named.into_iter().flatten() {
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers
}

/// `NTRDK-########` of OCES3's organizationIdentifier (ETSI EN 319 412-1 §5.1.4).
fn cvr_of_identifier(subject: &DistinguishedName) -> Option<String> {
    let cvr = subject.first(ORGANISATION_IDENTIFIER)?.strip_prefix("NTRDK-")?;
    is_cvr(cvr).then(|| cvr.to_owned())
}

fn cvr_of_serial_number(serial_number: Option<&str>) -> Option<String> {
    let cvr = serial_number?.strip_prefix("CVR:")?.split('-').next()?;
    is_cvr(cvr).then(|| cvr.to_owned())
}

fn email(facts: &Facts) -> (Option<String>, bool) {
    let email = facts.emails.first().map(String::as_str).or_else(|| facts.subject.first(EMAIL_ADDRESS));
    match email.map(without_invisible_characters) {
        Some((email, replaced)) => (Some(email), replaced),
        None => (None, false),
    }
}

fn warnings(facts: &Facts, description: &CertificateDescription, email_replaced: bool) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(cvr) = &description.cvr {
        if !cvr_check_digit_holds(cvr) {
            warnings.push(format!("the CVR number {cvr} fails its check digit, as official test organisations do"));
        }
        if cvr_numbers(&facts.subject).len() > 1 {
            warnings.push("the subject names several CVR numbers; the first is shown".to_owned());
        }
    }
    if let PublicKeyKind::Rsa { bits: bits @ ..2048 } = facts.key {
        warnings.push(format!("an RSA key of {bits} bits is too weak to be trusted today"));
    }
    if facts.signature_algorithm.is_none() {
        warnings.push(format!("the signature algorithm {} is not accepted", facts.signature_algorithm_name));
    }
    if facts.subject.count(COMMON_NAME) > 1 {
        warnings.push("the subject has several common names; the first is shown".to_owned());
    }
    if facts.emails.len() > 1 {
        warnings.push("the certificate has several e-mail addresses; the first is shown".to_owned());
    }
    if facts.subject.replaced_characters || facts.issuer.replaced_characters || email_replaced {
        warnings.push("a name holds characters that cannot be seen; they are shown as U+FFFD".to_owned());
    }
    if description.not_after < description.not_before {
        warnings.push("the validity period ends before it begins".to_owned());
    }
    for oid in &facts.unknown_critical_extensions {
        warnings.push(format!("the critical extension {oid} is not understood"));
    }
    for oid in &facts.malformed_extensions {
        warnings.push(format!("the extension {oid} cannot be read or occurs twice"));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cvr_check_digit_is_modulus_11() {
        assert!(cvr_check_digit_holds("25767535"));
        assert!(cvr_check_digit_holds("30808460"));
        assert!(!cvr_check_digit_holds("96908409"));
        assert!(!cvr_check_digit_holds("2576753"));
        assert!(!cvr_check_digit_holds("2576753Ø"));
    }
}

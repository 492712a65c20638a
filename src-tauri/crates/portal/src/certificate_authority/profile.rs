//! What stands in each kind of certificate.

use super::IssuanceError;
use crate::host_name::{HostName, is_label};
use const_oid::db::rfc5280::{
    ANY_POLICY, ID_AD_CA_ISSUERS, ID_AD_OCSP, ID_KP_CLIENT_AUTH, ID_KP_OCSP_SIGNING, ID_KP_SERVER_AUTH,
    ID_KP_TIME_STAMPING,
};
use const_oid::db::rfc6960::ID_PKIX_OCSP_NOCHECK;
use const_oid::{AssociatedOid, ObjectIdentifier};
use der::asn1::{Ia5String, Null, OctetString, PrintableStringRef, SetOfVec, Utf8StringRef};
use der::{Any, Encode};
use serde::{Deserialize, Serialize};
use spki::SubjectPublicKeyInfoOwned;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use uuid::Uuid;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::ext::pkix::certpolicy::PolicyInformation;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName, OtherName};
use x509_cert::ext::pkix::{
    AccessDescription, AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies,
    CrlDistributionPoints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName, SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, Extensions};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const SURNAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.4");
const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const ORGANISATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const GIVEN_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.42");
const ORGANISATION_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.97");

/// Normalised Certificate Policy (ETSI EN 319 411-1 §5.3).
const NORMALISED_CERTIFICATE_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.2042.1.1");
/// The practice policies: those of OCES3, moved to the arc that is reserved for documentation.
const PRACTICE_EMPLOYEE_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap(pki::PRACTICE_EMPLOYEE_POLICY);
const PRACTICE_ORGANISATION_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap(pki::PRACTICE_ORGANISATION_POLICY);
/// The seventh version of the OCES policies, the first of OCES3. What tells a real CA from this one is the trust anchor.
const OCES_EMPLOYEE_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.208.169.1.1.1.2.7");
const OCES_ORGANISATION_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.208.169.1.1.1.3.7");
/// `id-on-SmtpUTF8Mailbox` ([RFC 9598 §3]).
const SMTP_UTF8_MAILBOX: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.8.9");

/// Under which arc of object identifiers the policies of the portal's certificates stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyArc {
    /// The arc that is reserved for documentation ([RFC 5612]): the certificates claim nothing.
    #[default]
    Documentation,
    /// Den Danske Stat's own: the certificates claim the OCES policies and the Normalised Certificate Policy. Only for
    /// whoever is entitled to issue under them.
    Oces,
}

impl PolicyArc {
    fn employee(self) -> &'static [ObjectIdentifier] {
        match self {
            Self::Documentation => &[PRACTICE_EMPLOYEE_POLICY],
            Self::Oces => &[OCES_EMPLOYEE_POLICY, NORMALISED_CERTIFICATE_POLICY],
        }
    }

    fn organisation(self) -> &'static [ObjectIdentifier] {
        match self {
            Self::Documentation => &[PRACTICE_ORGANISATION_POLICY],
            Self::Oces => &[OCES_ORGANISATION_POLICY, NORMALISED_CERTIFICATE_POLICY],
        }
    }

    /// What an employee certificate of this portal is judged as.
    pub(crate) fn employee_profile(self) -> pki::Profile {
        match self {
            Self::Documentation => pki::Profile::PracticeEmployee,
            Self::Oces => pki::Profile::OcesEmployee,
        }
    }
}

/// The portal's name as people know it.
pub(crate) fn portal_name(practice: bool) -> &'static str {
    if practice { "Øvelsesportalen" } else { "Referenceportalen" }
}

/// Whom an employee certificate names, as the local registration authority ordered it.
pub(crate) struct EmployeeSubject<'a> {
    pub(crate) employee_id: Uuid,
    pub(crate) given_name: &'a str,
    pub(crate) surname: &'a str,
    pub(crate) common_name: &'a str,
    pub(crate) email: &'a str,
    pub(crate) organisation: &'a str,
    pub(crate) cvr: &'a str,
}

/// Whom the certificate of a local registration authority names.
pub(crate) struct AuthoritySubject<'a> {
    pub(crate) name: &'a str,
    pub(crate) email: &'a str,
    pub(crate) organisation: &'a str,
    pub(crate) cvr: &'a str,
}

/// The organisation that runs the portal.
pub(crate) struct OrganisationSubject {
    pub(crate) name: &'static str,
    pub(crate) cvr: &'static str,
    pub(crate) id: Uuid,
}

impl OrganisationSubject {
    pub(crate) fn of_the_portal(practice: bool) -> Self {
        Self {
            name: portal_name(practice),
            cvr: "12345678",
            id: Uuid::from_u128(0x5ea1_0000_0000_4000_8000_0000_0000_0001),
        }
    }
}

/// A kind of certificate with what is particular to one.
pub(super) enum Profile<'a> {
    RootAuthority { name: Name },
    IssuingAuthority { name: Name },
    Employee { subject: &'a EmployeeSubject<'a>, policies: PolicyArc },
    Seal { organisation: &'a OrganisationSubject, policies: PolicyArc },
    OcspResponder { organisation: &'a OrganisationSubject },
    Server { organisation: &'a OrganisationSubject, address: IpAddr, names: &'a [HostName] },
    LocalRegistrationAuthority { subject: &'a AuthoritySubject<'a> },
    TimeStamping { organisation: &'a OrganisationSubject },
}

/// The name of a CA of the portal.
pub(super) fn authority_name(practice: bool, role: &str) -> Result<Name, IssuanceError> {
    let portal = portal_name(practice);
    distinguished_name(&[(COUNTRY, "DK"), (ORGANISATION, portal), (COMMON_NAME, &format!("{portal}s {role}"))])
}

/// Key identifier after [RFC 7093 §2] method 1: the leftmost 160 bits of the SHA-256 of the key's bits.
pub(super) fn key_identifier(key: &SubjectPublicKeyInfoOwned) -> der::Result<OctetString> {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, key.subject_public_key.raw_bytes());
    OctetString::new(&digest.as_ref()[..20])
}

/// SHA-1, which OCSP still names issuers and responders by ([RFC 6960 §4.1.1, §4.2.1]). Nothing is secured with it.
pub(crate) fn sha1(bytes: &[u8]) -> Vec<u8> {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
}

/// True for an address that a certificate can hold: any local part without control characters or spaces (Æ, Ø and Å
/// as well, [RFC 9598]), and a host name in its ASCII form.
pub(crate) fn valid_email_address(address: &str) -> bool {
    let Some((local, host)) = address.rsplit_once('@') else { return false };
    (1..=64).contains(&local.len())
        && !local.chars().any(|character| {
            character.is_control() || character.is_whitespace() || matches!(character, '@' | '"' | '<' | '>' | ',')
        })
        && host.len() <= 189
        && host.split('.').all(is_label)
}

impl Profile<'_> {
    pub(super) fn subject(&self) -> Result<Name, IssuanceError> {
        match self {
            Self::RootAuthority { name } | Self::IssuingAuthority { name } => Ok(name.clone()),
            Self::Employee { subject, .. } => distinguished_name(&[
                (COUNTRY, "DK"),
                (ORGANISATION_IDENTIFIER, &format!("NTRDK-{}", subject.cvr)),
                (ORGANISATION, subject.organisation),
                (SERIAL_NUMBER, &format!("UI:DK-E:G:{}", subject.employee_id)),
                (GIVEN_NAME, subject.given_name),
                (SURNAME, subject.surname),
                (COMMON_NAME, subject.common_name),
            ]),
            Self::Seal { organisation, .. } => distinguished_name(&[
                (COUNTRY, "DK"),
                (ORGANISATION_IDENTIFIER, &format!("NTRDK-{}", organisation.cvr)),
                (ORGANISATION, organisation.name),
                (SERIAL_NUMBER, &format!("UI:DK-O:G:{}", organisation.id)),
                (COMMON_NAME, &format!("{}s segl", organisation.name)),
            ]),
            Self::OcspResponder { organisation } => distinguished_name(&[
                (COUNTRY, "DK"),
                (ORGANISATION, organisation.name),
                (COMMON_NAME, &format!("{}s OCSP-svar", organisation.name)),
            ]),
            Self::Server { organisation, .. } => distinguished_name(&[
                (COUNTRY, "DK"),
                (ORGANISATION, organisation.name),
                (COMMON_NAME, &format!("{}s TLS", organisation.name)),
            ]),
            Self::LocalRegistrationAuthority { subject } => distinguished_name(&[
                (COUNTRY, "DK"),
                (ORGANISATION_IDENTIFIER, &format!("NTRDK-{}", subject.cvr)),
                (ORGANISATION, subject.organisation),
                (COMMON_NAME, subject.name),
            ]),
            Self::TimeStamping { organisation } => distinguished_name(&[
                (COUNTRY, "DK"),
                (ORGANISATION_IDENTIFIER, &format!("NTRDK-{}", organisation.cvr)),
                (ORGANISATION, organisation.name),
                (COMMON_NAME, &format!("{}s tidsstempling", organisation.name)),
            ]),
        }
    }

    /// True where a certificate that was issued before is what this profile would issue now, as far as name and
    /// policies go.
    pub(super) fn is_of(&self, certificate: &x509_cert::Certificate) -> Result<bool, IssuanceError> {
        let wanted = match self {
            // A trust anchor that is renamed is another one: what the data folder holds stays.
            Self::RootAuthority { .. } | Self::IssuingAuthority { .. } => return Ok(true),
            Self::Employee { policies, .. } => policies.employee(),
            Self::Seal { policies, .. } => policies.organisation(),
            Self::OcspResponder { .. }
            | Self::Server { .. }
            | Self::LocalRegistrationAuthority { .. }
            | Self::TimeStamping { .. } => &[],
        };
        let named = certificate.tbs_certificate.get::<CertificatePolicies>()?;
        let named = named.map_or_else(Vec::new, |(_, policies)| policies.0);
        Ok(certificate.tbs_certificate.subject == self.subject()?
            && named.iter().map(|policy| &policy.policy_identifier).eq(wanted))
    }

    pub(super) fn extensions(
        &self,
        subject_key: &SubjectPublicKeyInfoOwned,
        authority_key: &SubjectPublicKeyInfoOwned,
        status_url: &str,
    ) -> Result<Extensions, IssuanceError> {
        let mut extensions = vec![
            extension(false, &SubjectKeyIdentifier(key_identifier(subject_key)?))?,
            extension(
                false,
                &AuthorityKeyIdentifier {
                    key_identifier: Some(key_identifier(authority_key)?),
                    authority_cert_issuer: None,
                    authority_cert_serial_number: None,
                },
            )?,
        ];
        let authority = |path_len_constraint| BasicConstraints { ca: true, path_len_constraint };
        match self {
            Self::RootAuthority { .. } => {
                extensions.push(extension(true, &authority(None))?);
                extensions.push(extension(true, &KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign))?);
            }
            Self::IssuingAuthority { .. } => {
                extensions.push(extension(true, &authority(Some(0)))?);
                extensions.push(extension(true, &KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign))?);
                extensions.push(extension(false, &certificate_policies(&[ANY_POLICY]))?);
                extensions.push(extension(false, &access(&[(ID_AD_CA_ISSUERS, "/ca/root-ca.cer")], status_url)?)?);
                extensions.push(extension(false, &revocation_list_at("/crl/root-ca.crl", status_url)?)?);
            }
            Self::Employee { subject, policies } => {
                let usages = KeyUsages::DigitalSignature | KeyUsages::NonRepudiation | KeyUsages::KeyEncipherment;
                extensions.push(extension(true, &KeyUsage(usages))?);
                extensions.push(extension(false, &certificate_policies(policies.employee()))?);
                extensions.push(extension(false, &SubjectAltName(vec![mailbox(subject.email)?]))?);
                extensions.extend(status_of_end_entity(status_url)?);
            }
            Self::Seal { policies, .. } => {
                let usages = KeyUsages::DigitalSignature | KeyUsages::NonRepudiation;
                extensions.push(extension(true, &KeyUsage(usages))?);
                extensions.push(extension(false, &certificate_policies(policies.organisation()))?);
                extensions.extend(status_of_end_entity(status_url)?);
            }
            Self::OcspResponder { .. } => {
                extensions.push(extension(true, &KeyUsage(KeyUsages::DigitalSignature.into()))?);
                extensions.push(extension(false, &ExtendedKeyUsage(vec![ID_KP_OCSP_SIGNING]))?);
                // The responder's own certificate is not to be asked about ([RFC 6960 §4.2.2.2.1]).
                extensions.push(raw_extension(ID_PKIX_OCSP_NOCHECK, false, &Null)?);
            }
            Self::Server { address, names: called, .. } => {
                let usages = KeyUsages::DigitalSignature | KeyUsages::KeyEncipherment;
                extensions.push(extension(true, &KeyUsage(usages))?);
                extensions.push(extension(false, &ExtendedKeyUsage(vec![ID_KP_SERVER_AUTH]))?);
                let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
                let mut names = vec![GeneralName::DnsName(Ia5String::new("localhost")?)];
                for name in *called {
                    names.push(GeneralName::DnsName(Ia5String::new(name.as_str())?));
                }
                names.extend(loopback.map(GeneralName::from));
                if !address.is_unspecified() && !loopback.contains(address) {
                    names.push(GeneralName::from(*address));
                }
                extensions.push(extension(false, &SubjectAltName(names))?);
                extensions.extend(status_of_end_entity(status_url)?);
            }
            Self::LocalRegistrationAuthority { subject } => {
                extensions.push(extension(true, &KeyUsage(KeyUsages::DigitalSignature.into()))?);
                extensions.push(extension(false, &ExtendedKeyUsage(vec![ID_KP_CLIENT_AUTH]))?);
                extensions.push(extension(false, &SubjectAltName(vec![mailbox(subject.email)?]))?);
                extensions.extend(status_of_end_entity(status_url)?);
            }
            Self::TimeStamping { .. } => {
                let usages = KeyUsages::DigitalSignature | KeyUsages::NonRepudiation;
                extensions.push(extension(true, &KeyUsage(usages))?);
                // Critical, and alone ([RFC 3161 §2.3]).
                extensions.push(extension(true, &ExtendedKeyUsage(vec![ID_KP_TIME_STAMPING]))?);
                extensions.extend(status_of_end_entity(status_url)?);
            }
        }
        Ok(extensions)
    }
}

/// Builds a name whose order is that of `attributes`: one attribute a relative distinguished name.
fn distinguished_name(attributes: &[(ObjectIdentifier, &str)]) -> Result<Name, IssuanceError> {
    let mut sequence = Vec::with_capacity(attributes.len());
    for (oid, text) in attributes {
        // Country and serial number are PrintableStrings by definition ([RFC 5280 Appendix A.1]).
        let value = if *oid == COUNTRY || *oid == SERIAL_NUMBER {
            Any::encode_from(&PrintableStringRef::new(text)?)?
        } else {
            Any::encode_from(&Utf8StringRef::new(text)?)?
        };
        let set = SetOfVec::try_from(vec![AttributeTypeAndValue { oid: *oid, value }])?;
        sequence.push(RelativeDistinguishedName(set));
    }
    Ok(RdnSequence(sequence))
}

fn mailbox(address: &str) -> Result<GeneralName, IssuanceError> {
    if address.is_ascii() {
        return Ok(GeneralName::Rfc822Name(Ia5String::new(address)?));
    }
    Ok(GeneralName::OtherName(OtherName {
        type_id: SMTP_UTF8_MAILBOX,
        value: Any::encode_from(&Utf8StringRef::new(address)?)?,
    }))
}

fn certificate_policies(identifiers: &[ObjectIdentifier]) -> CertificatePolicies {
    CertificatePolicies(
        identifiers
            .iter()
            .map(|identifier| PolicyInformation { policy_identifier: *identifier, policy_qualifiers: None })
            .collect(),
    )
}

fn status_of_end_entity(status_url: &str) -> Result<[Extension; 2], IssuanceError> {
    let places = [(ID_AD_OCSP, "/ocsp"), (ID_AD_CA_ISSUERS, "/ca/issuing-ca.cer")];
    Ok([
        extension(false, &access(&places, status_url)?)?,
        extension(false, &revocation_list_at("/crl/issuing-ca.crl", status_url)?)?,
    ])
}

fn access(places: &[(ObjectIdentifier, &str)], status_url: &str) -> Result<AuthorityInfoAccessSyntax, IssuanceError> {
    let mut descriptions = Vec::with_capacity(places.len());
    for (access_method, path) in places {
        descriptions.push(AccessDescription { access_method: *access_method, access_location: uri(status_url, path)? });
    }
    Ok(AuthorityInfoAccessSyntax(descriptions))
}

pub(super) fn revocation_list_at(path: &str, status_url: &str) -> Result<CrlDistributionPoints, IssuanceError> {
    Ok(CrlDistributionPoints(vec![DistributionPoint {
        distribution_point: Some(DistributionPointName::FullName(vec![uri(status_url, path)?])),
        reasons: None,
        crl_issuer: None,
    }]))
}

fn uri(status_url: &str, path: &str) -> Result<GeneralName, IssuanceError> {
    Ok(GeneralName::UniformResourceIdentifier(Ia5String::new(&format!("{status_url}{path}"))?))
}

fn extension<T: AssociatedOid + Encode>(critical: bool, value: &T) -> Result<Extension, IssuanceError> {
    raw_extension(T::OID, critical, value)
}

/// Builds an extension of any type, also for those that carry no object identifier of their own.
pub(super) fn raw_extension(
    extn_id: ObjectIdentifier,
    critical: bool,
    value: &impl Encode,
) -> Result<Extension, IssuanceError> {
    Ok(Extension { extn_id, critical, extn_value: OctetString::new(value.to_der()?)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_e_mail_address_with_danish_letters_is_taken_and_nonsense_is_not() {
        for address in ["øvebruger@example.org", "anne.marie@aa.example.org", "a+b@example.org"] {
            assert!(valid_email_address(address), "{address}");
        }
        for address in ["", "@", "a@", "@example.org", "a b@example.org", "a@ex ample.org", "a@æble.dk", "a\n@b.dk"] {
            assert!(!valid_email_address(address), "{address}");
        }
    }
}

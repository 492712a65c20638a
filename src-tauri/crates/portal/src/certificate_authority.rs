//! The certification authority: a root, an issuing CA below it, and what they issue ([RFC 5280]).
//!
//! Every signature is RSASSA-PSS, as in OCES3: SHA-512 with a salt of 64 bytes in the CAs' certificates, SHA-256 with a
//! salt of 32 bytes in all else; every public key is a plain `rsaEncryption` key. The subject of a certificate comes
//! from the order of the local registration authority, never from the request.
//!
//! [`profile`] says what stands in a certificate, [`revocation_list`] builds CRLs. Nothing here reads a clock.

mod profile;
pub(crate) mod revocation_list;

use crate::error::PortalError;
use crate::host_name::HostName;
use crate::key_file::{self, AuthorityKey};
use chrono::{DateTime, Months, TimeDelta, Utc};
use der::asn1::{BitString, GeneralizedTime, UtcTime};
use der::{Decode, Encode};
use pki::{Certificate, SignatureAlgorithm, SigningError, SigningKey};
pub use profile::PolicyArc;
use profile::Profile;
pub(crate) use profile::{
    AuthoritySubject, EmployeeSubject, OrganisationSubject, portal_name, sha1, valid_email_address,
};
use spki::SubjectPublicKeyInfoOwned;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use x509_cert::TbsCertificate;
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::{Time, Validity};

/// How long an employee certificate is valid, in months, as OCES3 has it.
const END_ENTITY_MONTHS: u32 = 36;
/// How long before its making a certificate begins: clocks differ, and one that is a little behind must not find the
/// certificate not yet valid. For the CAs' as well, so that no certificate begins before its issuer's.
const CLOCK_DIFFERENCE: TimeDelta = TimeDelta::minutes(5);
/// A certificate of the portal itself is replaced at the first start when it has less than this left; that of the OCSP
/// responder also while the portal runs.
const RENEWAL_BEFORE: TimeDelta = TimeDelta::days(60);

/// Why a certificate, revocation list or status answer could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IssuanceError {
    /// The structure could not be encoded.
    #[error("the structure cannot be encoded")]
    Encoding(#[from] der::Error),
    /// The key did not sign.
    #[error("the CA's key did not sign")]
    Signing(#[from] SigningError),
    /// The computer's source of randomness failed.
    #[error("no random serial number can be made")]
    Randomness,
    /// What was issued could not be read again.
    #[error("what was issued cannot be read again")]
    Unreadable(#[from] pki::CertificateError),
    /// A validity period would end beyond what a certificate can say.
    #[error("the validity period cannot be expressed")]
    Validity,
}

/// A certificate with the key that belongs to it.
pub(crate) struct Identity {
    pub(crate) key: AuthorityKey,
    pub(crate) certificate: Certificate,
}

/// The root, the issuing CA, and the certificates that the portal itself works with.
pub(crate) struct CertificateAuthority {
    pub(crate) root: Identity,
    pub(crate) issuing: Identity,
    pub(crate) tls: Arc<Identity>,
    pub(crate) seal: Identity,
    pub(crate) ocsp: Identity,
    pub(crate) time_stamping: Identity,
    /// The issuing CA's certificate, taken apart.
    pub(crate) issuing_parts: x509_cert::Certificate,
    policies: PolicyArc,
    employee_validity: Option<TimeDelta>,
    /// Where status is published, `http://host:port` without a trailing slash.
    pub(crate) status_url: String,
}

/// What the CA is made with.
pub(crate) struct AuthoritySettings<'a> {
    /// The folder of keys and certificates.
    pub(crate) data: &'a Path,
    /// Where status is published, `http://host:port` without a trailing slash.
    pub(crate) status_url: &'a str,
    /// Under which addresses the TLS listener is reached, besides `localhost` and the loopback addresses.
    pub(crate) address: IpAddr,
    /// By which names the portal is called.
    pub(crate) names: &'a [HostName],
    /// True for a practice portal.
    pub(crate) practice: bool,
    /// Which policies the certificates name.
    pub(crate) policies: PolicyArc,
    /// How long employee certificates are valid; `None` for as long as OCES has them.
    pub(crate) employee_validity: Option<TimeDelta>,
    /// Now.
    pub(crate) now: DateTime<Utc>,
}

impl CertificateAuthority {
    /// Reads keys and certificates from the data folder, and makes those that are missing or about to expire.
    ///
    /// Takes a second or two at the first start; call it on a thread that may block.
    pub(crate) fn open(settings: &AuthoritySettings<'_>) -> Result<Self, PortalError> {
        let keys = settings.data.join("keys");
        key_file::private_folder(&keys)?;
        let _alone = key_file::alone(&keys)?;
        let file = |name: &str| keys.join(format!("{name}.pk8"));
        // Making an RSA key takes a good part of a second: make all of them at the same time.
        let [root, issuing, tls, seal, ocsp, time_stamping] = std::thread::scope(|scope| {
            ["root-ca", "issuing-ca", "tls", "seal", "ocsp-responder", "time-stamping"]
                .map(file)
                .map(|file| scope.spawn(move || AuthorityKey::open_or_create(&file)))
                .map(|thread| thread.join().unwrap_or(Err(PortalError::Interrupted)))
        });
        let (root, issuing, tls, seal, ocsp) = (root?, issuing?, tls?, seal?, ocsp?);
        let time_stamping = time_stamping?;
        let now = settings.now;

        let root_name = profile::authority_name(settings.practice, "rod-CA")?;
        let issuing_name = profile::authority_name(settings.practice, "udstedende CA")?;
        let organisation = OrganisationSubject::of_the_portal(settings.practice);

        let root_profile = Profile::RootAuthority { name: root_name.clone() };
        let root_certificate =
            kept_or_issued(&trust_anchor_file(settings.data), &root, None, now, &root_profile, || {
                issue(&Issuer { name: root_name, key: &root }, &root, now, &root_profile, settings.status_url)
            })?;
        // The name that the certificate has: it may have been issued under another one than it would be now.
        let root_issuer = Issuer { name: parts(&root_certificate)?.tbs_certificate.subject, key: &root };
        let issuing_profile = Profile::IssuingAuthority { name: issuing_name };
        let issuing_file = settings.data.join("issuing-ca.pem");
        let issuing_certificate = kept_or_issued(&issuing_file, &issuing, Some(&root), now, &issuing_profile, || {
            issue(&root_issuer, &issuing, now, &issuing_profile, settings.status_url)
        })?;
        let issuing_parts = parts(&issuing_certificate)?;
        let issuer = Issuer { name: issuing_parts.tbs_certificate.subject.clone(), key: &issuing };
        let own = |name: &str, key: &AuthorityKey, profile: &Profile<'_>| {
            kept_or_issued(&settings.data.join(format!("{name}.pem")), key, Some(&issuing), now, profile, || {
                issue(&issuer, key, now, profile, settings.status_url)
            })
        };
        // Made at every start: so it always has the names that are set and the address that is listened on, and never runs
        // out unseen.
        let tls_profile =
            Profile::Server { organisation: &organisation, address: settings.address, names: settings.names };
        let tls_certificate = issue(&issuer, &tls, now, &tls_profile, settings.status_url)?;
        let seal_profile = Profile::Seal { organisation: &organisation, policies: settings.policies };
        let seal_certificate = own("seal", &seal, &seal_profile)?;
        let ocsp_certificate = own("ocsp-responder", &ocsp, &Profile::OcspResponder { organisation: &organisation })?;
        let time_stamping_profile = Profile::TimeStamping { organisation: &organisation };
        let time_stamping_certificate = own("time-stamping", &time_stamping, &time_stamping_profile)?;
        Ok(Self {
            root: Identity { key: root, certificate: root_certificate },
            issuing: Identity { key: issuing, certificate: issuing_certificate },
            tls: Arc::new(Identity { key: tls, certificate: tls_certificate }),
            seal: Identity { key: seal, certificate: seal_certificate },
            ocsp: Identity { key: ocsp, certificate: ocsp_certificate },
            time_stamping: Identity { key: time_stamping, certificate: time_stamping_certificate },
            issuing_parts,
            policies: settings.policies,
            employee_validity: settings.employee_validity,
            status_url: settings.status_url.to_owned(),
        })
    }

    /// Issues an employee certificate for a key whose possession has been proven.
    pub(crate) fn issue_employee_certificate(
        &self,
        subject: &EmployeeSubject<'_>,
        subject_public_key_info: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Certificate, IssuanceError> {
        let issuer = Issuer { name: self.issuing_parts.tbs_certificate.subject.clone(), key: &self.issuing.key };
        let profile = Profile::Employee { subject, policies: self.policies };
        let not_after = self.employee_validity.map(|validity| now + validity);
        issue_for(&issuer, subject_public_key_info, now, not_after, &profile, &self.status_url)
    }

    /// True where a certificate of the portal itself is to be replaced.
    pub(crate) fn soon_expires(certificate: &Certificate, now: DateTime<Utc>) -> bool {
        certificate.not_after() - RENEWAL_BEFORE <= now
    }

    /// Issues the next certificate of the OCSP responder, for the same key.
    pub(crate) fn issue_ocsp_certificate(
        &self,
        practice: bool,
        now: DateTime<Utc>,
    ) -> Result<Certificate, IssuanceError> {
        let issuer = Issuer { name: self.issuing_parts.tbs_certificate.subject.clone(), key: &self.issuing.key };
        let organisation = OrganisationSubject::of_the_portal(practice);
        let profile = Profile::OcspResponder { organisation: &organisation };
        issue(&issuer, &self.ocsp.key, now, &profile, &self.status_url)
    }

    /// The certificate of the time-stamping authority, for the key that it has.
    pub(crate) fn issue_time_stamping_certificate(
        &self,
        practice: bool,
        now: DateTime<Utc>,
    ) -> Result<Certificate, IssuanceError> {
        let issuer = Issuer { name: self.issuing_parts.tbs_certificate.subject.clone(), key: &self.issuing.key };
        let organisation = OrganisationSubject::of_the_portal(practice);
        let profile = Profile::TimeStamping { organisation: &organisation };
        issue(&issuer, &self.time_stamping.key, now, &profile, &self.status_url)
    }

    /// The portal's seal with its chain, the seal's certificate first.
    pub(crate) fn seal_chain(&self) -> [Certificate; 2] {
        [self.seal.certificate.clone(), self.issuing.certificate.clone()]
    }
}

/// The issuing CA of a data folder by itself, for what the staff orders whether the portal runs or not.
pub(crate) struct IssuingAuthority {
    key: AuthorityKey,
    certificate: Certificate,
    status_url: String,
}

impl IssuingAuthority {
    /// Reads the issuing CA's key and certificate, which the portal's first start has made.
    pub(crate) fn open(data: &Path, status_url: String) -> Result<Self, PortalError> {
        let file = data.join("issuing-ca.pem");
        let pem = fs::read(&file).map_err(|source| PortalError::Files { path: file.clone(), source })?;
        let certificate = Certificate::from_pem(&pem).map_err(|_| PortalError::Damaged { file })?;
        Ok(Self { key: AuthorityKey::open(&data.join("keys").join("issuing-ca.pk8"))?, certificate, status_url })
    }

    /// Issues the certificate of a local registration authority.
    pub(crate) fn issue(
        &self,
        subject: &AuthoritySubject<'_>,
        subject_public_key_info: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Certificate, IssuanceError> {
        let issuer = Issuer { name: parts(&self.certificate)?.tbs_certificate.subject, key: &self.key };
        let profile = Profile::LocalRegistrationAuthority { subject };
        issue_for(&issuer, subject_public_key_info, now, None, &profile, &self.status_url)
    }

    /// The issuing CA's certificate.
    pub(crate) fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

/// Where the trust anchor's PEM file is.
pub(crate) fn trust_anchor_file(data: &Path) -> PathBuf {
    data.join("trust-anchor.pem")
}

/// Encodes a point in time as [RFC 5280 §4.1.2.5] wants it: UTCTime through 2049, GeneralizedTime from 2050.
pub(crate) fn asn1_time(at: DateTime<Utc>) -> Result<Time, IssuanceError> {
    let since_epoch = u64::try_from(at.timestamp()).map(Duration::from_secs).map_err(|_| IssuanceError::Validity)?;
    match UtcTime::from_unix_duration(since_epoch) {
        Ok(time) => Ok(Time::UtcTime(time)),
        Err(_) => Ok(Time::GeneralTime(GeneralizedTime::from_unix_duration(since_epoch)?)),
    }
}

/// Who signs a certificate.
struct Issuer<'a> {
    name: x509_cert::name::Name,
    key: &'a AuthorityKey,
}

fn issue(
    issuer: &Issuer<'_>,
    subject_key: &AuthorityKey,
    now: DateTime<Utc>,
    profile: &Profile<'_>,
    status_url: &str,
) -> Result<Certificate, IssuanceError> {
    issue_for(issuer, subject_key.subject_public_key_info(), now, None, profile, status_url)
}

fn issue_for(
    issuer: &Issuer<'_>,
    subject_public_key_info: &[u8],
    now: DateTime<Utc>,
    not_after: Option<DateTime<Utc>>,
    profile: &Profile<'_>,
    status_url: &str,
) -> Result<Certificate, IssuanceError> {
    let algorithm = match profile {
        Profile::RootAuthority { .. } | Profile::IssuingAuthority { .. } => SignatureAlgorithm::RsaPssSha512,
        Profile::Employee { .. }
        | Profile::Server { .. }
        | Profile::Seal { .. }
        | Profile::OcspResponder { .. }
        | Profile::LocalRegistrationAuthority { .. }
        | Profile::TimeStamping { .. } => SignatureAlgorithm::RsaPssSha256,
    };
    let months = match profile {
        Profile::RootAuthority { .. } => 12 * 20,
        Profile::IssuingAuthority { .. } => 12 * 10,
        Profile::Employee { .. } | Profile::Seal { .. } | Profile::TimeStamping { .. } => END_ENTITY_MONTHS,
        // What TLS clients accept of a server certificate that they do not find odd: a year.
        Profile::Server { .. } | Profile::OcspResponder { .. } | Profile::LocalRegistrationAuthority { .. } => 12,
    };
    let not_before = now.checked_sub_signed(CLOCK_DIFFERENCE).ok_or(IssuanceError::Validity)?;
    let not_after = not_after.or_else(|| now.checked_add_months(Months::new(months))).ok_or(IssuanceError::Validity)?;
    let subject_public_key_info = SubjectPublicKeyInfoOwned::from_der(subject_public_key_info)?;
    let authority_key = SubjectPublicKeyInfoOwned::from_der(issuer.key.subject_public_key_info())?;
    let tbs_certificate = TbsCertificate {
        version: x509_cert::Version::V3,
        serial_number: SerialNumber::new(&random_serial_number()?)?,
        signature: algorithm.algorithm_identifier(),
        issuer: issuer.name.clone(),
        validity: Validity { not_before: asn1_time(not_before)?, not_after: asn1_time(not_after)? },
        subject: profile.subject()?,
        extensions: Some(profile.extensions(&subject_public_key_info, &authority_key, status_url)?),
        subject_public_key_info,
        issuer_unique_id: None,
        subject_unique_id: None,
    };
    let signature = issuer.key.sign(algorithm, &tbs_certificate.to_der()?)?;
    let certificate = x509_cert::Certificate {
        tbs_certificate,
        signature_algorithm: algorithm.algorithm_identifier(),
        signature: BitString::from_bytes(&signature)?,
    };
    Ok(Certificate::from_der(&certificate.to_der()?)?)
}

/// Sixteen random bytes, positive and never shorter when written as an integer ([RFC 5280 §4.1.2.2]).
pub(crate) fn random_serial_number() -> Result<[u8; 16], IssuanceError> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| IssuanceError::Randomness)?;
    bytes[0] = (bytes[0] & 0x3f) | 0x40;
    Ok(bytes)
}

/// Reads the certificate in `file`; issues a new one where there is none for this key, issuer and profile, or it soon
/// expires.
fn kept_or_issued(
    file: &Path,
    key: &AuthorityKey,
    issuer: Option<&AuthorityKey>,
    now: DateTime<Utc>,
    profile: &Profile<'_>,
    issue: impl FnOnce() -> Result<Certificate, IssuanceError>,
) -> Result<Certificate, PortalError> {
    match fs::read(file) {
        Ok(pem) => {
            let kept = Certificate::from_pem(&pem).map_err(|_| PortalError::Damaged { file: file.to_path_buf() })?;
            let belongs = kept.subject_public_key_info() == key.subject_public_key_info()
                && names_issuer(&kept, issuer.unwrap_or(key)).map_err(IssuanceError::Encoding)?
                && profile.is_of(&parts(&kept)?)?;
            if belongs && kept.not_before() <= now && !CertificateAuthority::soon_expires(&kept, now) {
                return Ok(kept);
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(source) => return Err(PortalError::Files { path: file.to_path_buf(), source }),
    }
    let issued = issue()?;
    key_file::write_atomically(file, issued.to_pem().as_bytes())?;
    Ok(issued)
}

/// The certificate, taken apart.
fn parts(certificate: &Certificate) -> Result<x509_cert::Certificate, IssuanceError> {
    Ok(x509_cert::Certificate::from_der(certificate.der())?)
}

/// True where the certificate's authority key identifier is that of `issuer`'s key.
fn names_issuer(certificate: &Certificate, issuer: &AuthorityKey) -> der::Result<bool> {
    let parsed = x509_cert::Certificate::from_der(certificate.der())?;
    let issuer = SubjectPublicKeyInfoOwned::from_der(issuer.subject_public_key_info())?;
    let named = parsed.tbs_certificate.get::<x509_cert::ext::pkix::AuthorityKeyIdentifier>()?;
    Ok(named.and_then(|(_, named)| named.key_identifier).as_ref() == Some(&profile::key_identifier(&issuer)?))
}

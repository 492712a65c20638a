//! X.509 as OCES uses it: describe a certificate, judge it, request one.
//!
//! **Layer**: core, pure. It knows [RFC 5280], [RFC 4055], [RFC 2986] and the OCES profiles. It must never know files,
//! clocks, networks, databases, keychains or windows: bytes and time come in as arguments, and a private key is only
//! ever a [`SigningKey`] that someone else holds.
//!
//! **Where to start reading**: [`Certificate`] is what came in, with a [`CertificateDescription`] that proves nothing.
//! [`validate`] is the one way to a judgement: it returns a [`ValidationReport`] of every finding, and only a report
//! without errors turns into a [`ValidatedCertificate`]. [`certification_request`] is PKCS #10 from both sides.
//! [`SignatureAlgorithm`] and [`verify_signature`] are the closed list of what is signed and accepted.

mod certificate;
pub mod certification_request;
mod description;
mod distinguished_name;
mod path_validation;
mod policy;
mod profile;
mod public_key;
mod signed_structure;
mod signing;

pub use certificate::{
    Certificate, CertificateError, MAXIMUM_CERTIFICATE_BYTES, MAXIMUM_CERTIFICATES_IN_PEM, MAXIMUM_PEM_BYTES,
};
pub use description::{CertificateDescription, CertificateKind, Environment, Generation, cvr_check_digit_holds};
pub use path_validation::{
    Finding, FindingCode, MAXIMUM_INTERMEDIATES, MAXIMUM_TRUST_ANCHORS, Severity, TrustAnchor, ValidatedCertificate,
    ValidationReport, Verdict, validate,
};
pub use policy::{
    OCES_EMPLOYEE_POLICY, OCES_ORGANISATION_POLICY, PRACTICE_EMPLOYEE_POLICY, PRACTICE_ORGANISATION_POLICY, is_under,
};
pub use profile::Profile;
pub use public_key::{SignatureInvalid, verify_signature};
pub use signing::{SignatureAlgorithm, SigningError, SigningKey};

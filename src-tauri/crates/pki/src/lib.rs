//! X.509 as OCES uses it: describe a certificate, judge it, tell its status, request one.
//!
//! **Layer**: core, pure. It knows [RFC 5280], [RFC 6960], [RFC 4055], [RFC 2986] and the OCES profiles. It must never know
//! files, clocks, networks, databases, keychains or windows: bytes and time come in as arguments, and a private key is only
//! ever a [`SigningKey`] that someone else holds; but for [`container::key_bags`], which decrypts one out of a file for
//! whoever keeps it, and wipes it.
//!
//! **Where to start reading**: [`Certificate`] is what came in, with a [`CertificateDescription`] that proves nothing.
//! [`validate`] is the one way to a judgement: it returns a [`ValidationReport`] of every finding, and only a report
//! without errors turns into a [`ValidatedCertificate`]. [`container`] reads the certificates of any file.
//! [`certification_request`] is PKCS #10 from both sides. Whether a certificate still counts is a [`CertificateStatus`]:
//! from [`RevocationList`]s that an issuer signed, or from the answer to an [`OcspRequest`]; why there is none is a
//! [`StatusError`], whose [`StatusFault`] tells stale from bad. [`ValidationReport::with_status`] takes it into the
//! report.
//! [`SignatureAlgorithm`] and [`verify_signature`] are the closed list of what is signed and accepted.

mod ber;
mod certificate;
mod certificate_fields;
pub mod certification_request;
pub mod container;
mod der_walker;
mod description;
mod distinguished_name;
mod ocsp;
mod path_status;
mod path_validation;
mod policy;
mod policy_processing;
mod profile;
mod public_key;
mod revocation_list;
mod signed_structure;
mod signing;
mod status;

pub use certificate::{
    Certificate, CertificateError, ExtendedKeyUsage, MAXIMUM_CERTIFICATE_BYTES, MAXIMUM_CERTIFICATES_IN_PEM,
    MAXIMUM_PEM_BYTES,
};
pub use description::{CertificateDescription, CertificateKind, Environment, Generation, cvr_check_digit_holds};
pub use ocsp::{
    LIFE_WITHOUT_NEXT_UPDATE, MAXIMUM_OCSP_RESPONSE_BYTES, MAXIMUM_RESPONDER_CERTIFICATES, NONCE_BYTES, OcspAnswer,
    OcspRequest, ocsp_produced_at, verify_ocsp_response,
};
pub use path_status::StatusAnswer;
pub use path_validation::{
    Finding, FindingCode, MAXIMUM_INTERMEDIATES, MAXIMUM_TRUST_ANCHORS, Remedy, Severity, TrustAnchor,
    ValidatedCertificate, ValidationReport, Verdict, validate,
};
pub use policy::{
    OCES_EMPLOYEE_POLICY, OCES_ORGANISATION_POLICY, PRACTICE_EMPLOYEE_POLICY, PRACTICE_ORGANISATION_POLICY, is_under,
};
pub use profile::Profile;
pub use public_key::{SignatureInvalid, verify_signature};
pub use revocation_list::{
    MAXIMUM_REVOCATION_LIST_BYTES, RevocationList, RevokedCertificate, UnverifiedRevocationList, status_from_lists,
};
pub use signing::{SignatureAlgorithm, SigningError, SigningKey};
pub use status::{
    CLOCK_SKEW_TOLERANCE, CertificateState, CertificateStatus, DeltaMismatch, OcspFailure, ResponderFault,
    RevocationReason, ScopeMismatch, StatusError, StatusFault, StatusSource,
};

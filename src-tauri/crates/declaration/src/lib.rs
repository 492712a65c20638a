//! **Core, pure.** The security declaration: terms, document, signature, verification.
//!
//! Knows: the terms ([`terms`]), what an employee accepts ([`Acceptance`]), the document that shows it (PDF/A-3a and
//! PDF/UA-1), its signature (PAdES baseline B-B, B-T and B-LT, ETSI EN 319 142-1), [`time_stamp`]s, the portal's
//! [`receipt`] and its detached signatures ([`signed_data`]). Must never know: a clock, a file, a database, a network, a
//! window. Time and bytes come in as arguments; a key signs through [`pki::SigningKey`].
//!
//! Start reading at [`Acceptance`], then follow the document: [`DraftDeclaration::render`] →
//! [`DraftDeclaration::sign`] → [`SignedDeclaration`] → (on the portal) [`verify_declaration`] →
//! [`VerifiedDeclaration`] → [`receipt::issue`]. The document's text and look are in `templates/*.typ`.
//!
//! To last, a signed document gets a time-stamp ([`time_stamp_request_for`], [`add_time_stamp`]: B-T) and then what proves
//! the status of its certificates ([`add_evidence`]: B-LT), at once or years later. [`verify`] judges it at the time that is
//! proven.
//!
//! What was seen is what was signed: the document is rendered from `acceptance.json`, the terms and the certificate
//! alone, to the same bytes every time, so whoever receives it renders it again and compares.

mod acceptance;
pub mod calendar;
mod document;
mod evidence;
mod pades;
mod pdf;
pub mod receipt;
pub mod signed_data;
mod signing_certificate;
pub mod terms;
mod terms_comparison;
pub mod time_stamp;
mod typesetting;
mod upgrade;
mod verification;

pub use acceptance::{
    Acceptance, AcceptanceFacts, AcceptedCertificate, AcceptedTerms, ConfirmedDetail, DetailField, details,
};
pub use document::{DeclarationError, DraftDeclaration, SignedDeclaration, TEMPLATE_VERSION, render_terms};
pub use evidence::ValidationEvidence;
pub use pades::SIGNED_PDF_LIMIT;
pub use terms_comparison::{ComparedText, TermsPlace, TextPart, compare_terms};
pub use typesetting::TypesettingError;
pub use upgrade::{UpgradeError, add_evidence, add_time_stamp, time_stamp_request_for};
pub use verification::{
    Indication, Level, SubIndication, VerificationCode, VerificationFinding, VerificationReport, VerifiedDeclaration,
    verify, verify_declaration,
};

//! **Core, pure.** The security declaration: terms, document, signature, verification.
//!
//! Knows: the terms ([`terms`]), what an employee accepts ([`Acceptance`]), the document that shows it (PDF/A-3a and
//! PDF/UA-1), its signature (PAdES baseline B-B, ETSI EN 319 142-1), the portal's [`receipt`] and its detached
//! signatures ([`signed_data`]). Must never know: a clock, a file, a database, a network, a window. Time and bytes
//! come in as arguments; a key signs through [`pki::SigningKey`].
//!
//! Start reading at [`Acceptance`], then follow the document: [`DraftDeclaration::render`] →
//! [`DraftDeclaration::sign`] → [`SignedDeclaration`] → (on the portal) [`verify_declaration`] →
//! [`VerifiedDeclaration`] → [`receipt::issue`]. The document's text and look are in `templates/*.typ`.
//!
//! What was seen is what was signed: the document is rendered from `acceptance.json`, the terms and the certificate
//! alone, to the same bytes every time, so whoever receives it renders it again and compares.

mod acceptance;
mod calendar;
mod document;
mod pades;
mod pdf;
pub mod receipt;
pub mod signed_data;
pub mod terms;
mod typesetting;
mod verification;

pub use acceptance::{
    Acceptance, AcceptanceFacts, AcceptedCertificate, AcceptedTerms, ConfirmedDetail, DetailField, details,
};
pub use document::{DeclarationError, DraftDeclaration, SignedDeclaration, TEMPLATE_VERSION, render_terms};
pub use pades::SIGNED_PDF_LIMIT;
pub use typesetting::TypesettingError;
pub use verification::{
    Indication, Level, VerificationCode, VerificationFinding, VerificationReport, VerifiedDeclaration, verify,
    verify_declaration,
};

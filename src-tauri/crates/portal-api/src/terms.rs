//! The terms in force, signed by the portal.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Names one version of the terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TermsReference {
    /// The terms' id, e.g. `oces-sikkerhedserklaering`.
    pub id: String,
    /// Their version, from 1.
    pub version: u32,
}

/// The terms in force. `GET /v1/terms`, open to all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TermsInForce {
    /// Which terms.
    pub terms: TermsReference,
    /// One entry a language; the Danish one is binding.
    pub documents: Vec<SignedTerms>,
}

/// The terms in one language, signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedTerms {
    /// The language, `da` or `en`.
    pub language: String,
    /// The exact bytes of the terms' JSON file, Base64.
    pub content: String,
    /// SHA-256 over those bytes, lower-case hexadecimal.
    pub sha256: String,
    /// The portal's detached CMS signature over those bytes ([RFC 5652 §5]), DER, Base64.
    pub signature: String,
}

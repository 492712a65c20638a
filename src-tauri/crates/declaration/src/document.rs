//! The declaration as a document: rendered, then signed. And the terms alone.

use crate::acceptance::Acceptance;
use crate::calendar::{Language, moment};
use crate::pades::{self, Prepared, Purpose, SignatureDetails};
use crate::signed_data::{self, SigningFailure};
use crate::terms::{Terms, TermsDocument};
use crate::typesetting::{Attachment, Template, TypesettingError, typeset};
use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use pki::{Certificate, SigningKey};
use serde::Serialize;
use thiserror::Error;

/// Version of the declaration's template.
///
/// It grows with every change by which the same acceptance would be rendered to other bytes: in `templates/`, in the
/// fonts, in the terms' numbering, in Typst.
pub const TEMPLATE_VERSION: u32 = 1;

/// The attachment from which a declaration is rendered.
pub(crate) const ACCEPTANCE_NAME: &str = "acceptance.json";

/// Why there is no declaration.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DeclarationError {
    /// The acceptance was made for a template that this program does not have.
    #[error("the acceptance is for version {0} of the template")]
    TemplateVersion(u32),
    /// The acceptance does not hold what the holder of this certificate accepts of these terms.
    #[error("the acceptance does not belong to the terms and the certificate")]
    AcceptanceMismatch,
    /// The document could not be typeset.
    #[error("the document could not be rendered")]
    Typesetting(#[from] TypesettingError),
    /// The rendered document is not in the form that the signature needs.
    #[error("the document could not be made ready for the signature: {0}")]
    Structure(Box<str>),
    /// The signature was not made.
    #[error("the document was not signed")]
    Signing(#[from] SigningFailure),
    /// The certificates are so many that the signature does not fit into the document.
    #[error("the signature is too large for the document")]
    SignatureTooLarge,
}

/// A declaration that nobody has signed.
#[derive(Debug, Clone)]
pub struct DraftDeclaration {
    acceptance: Acceptance,
    pdf: Vec<u8>,
}

impl DraftDeclaration {
    /// Renders the declaration: a PDF/A-3a and PDF/UA-1 with `acceptance.json` attached. Equal arguments give equal
    /// bytes.
    ///
    /// # Errors
    /// [`DeclarationError::AcceptanceMismatch`] unless the acceptance is exactly what [`Acceptance::new`] makes of these
    /// terms, this certificate and all of its [`details`](crate::details).
    pub fn render(
        acceptance: Acceptance,
        terms: &TermsDocument,
        certificate: &Certificate,
    ) -> Result<Self, DeclarationError> {
        if acceptance.template_version != TEMPLATE_VERSION {
            return Err(DeclarationError::TemplateVersion(acceptance.template_version));
        }
        if !acceptance.belongs_to(terms, certificate) {
            return Err(DeclarationError::AcceptanceMismatch);
        }
        let json = acceptance.to_json();
        let pdf = typeset(
            Template::Declaration,
            &DeclarationData::of(&acceptance, terms.terms()),
            Some(Attachment { name: ACCEPTANCE_NAME, bytes: &json }),
            acceptance.signing_time,
            &format!("urn:uuid:{}", acceptance.declaration_id),
        )?;
        Ok(Self { acceptance, pdf })
    }

    /// The document.
    pub fn pdf(&self) -> &[u8] {
        &self.pdf
    }

    /// What it accepts.
    pub fn acceptance(&self) -> &Acceptance {
        &self.acceptance
    }

    /// Signs the declaration (PAdES B-B) with the key of the certificate it was rendered for; `chain` has that
    /// certificate first, then those up to the trust anchor, which may be left out.
    ///
    /// # Errors
    /// [`DeclarationError::Signing`] as the key fails; [`DeclarationError::AcceptanceMismatch`] where the first
    /// certificate is another one than the declaration's.
    pub fn sign(self, key: &dyn SigningKey, chain: &[Certificate]) -> Result<SignedDeclaration, DeclarationError> {
        let named = chain.first().map(|leaf| hex::encode(leaf.sha256()));
        if named.is_some_and(|named| named != self.acceptance.certificate.sha256) {
            return Err(DeclarationError::AcceptanceMismatch);
        }
        let prepared = self.prepare()?;
        let pdf = sign_prepared(prepared, key, chain)?;
        Ok(SignedDeclaration { acceptance: self.acceptance, pdf })
    }

    /// The document with room for its signature.
    pub(crate) fn prepare(&self) -> Result<Prepared, DeclarationError> {
        let details = SignatureDetails {
            time: self.acceptance.signing_time,
            name: &self.acceptance.signer,
            purpose: Purpose::Declaration(Language::of(&self.acceptance.terms.language)),
        };
        prepare(&self.pdf, &details)
    }
}

/// A signed declaration, ready to be delivered.
#[derive(Debug, Clone)]
pub struct SignedDeclaration {
    acceptance: Acceptance,
    pdf: Vec<u8>,
}

impl SignedDeclaration {
    /// The document.
    pub fn pdf(&self) -> &[u8] {
        &self.pdf
    }

    /// SHA-256 over the document.
    pub fn sha256(&self) -> [u8; 32] {
        let mut value = [0; 32];
        value.copy_from_slice(digest(&SHA256, &self.pdf).as_ref());
        value
    }

    /// What it accepts.
    pub fn acceptance(&self) -> &Acceptance {
        &self.acceptance
    }
}

/// Renders the terms alone, unsigned, to read, print and save: a PDF/A-3a and PDF/UA-1 dated `at`.
///
/// # Errors
/// [`DeclarationError::Typesetting`].
pub fn render_terms(terms: &TermsDocument, at: DateTime<Utc>) -> Result<Vec<u8>, DeclarationError> {
    let said = terms.terms();
    let data = TermsData {
        language: &said.language,
        terms: said,
        terms_reference: reference(said),
        terms_sha256: terms.sha256_hex(),
    };
    Ok(typeset(Template::Terms, &data, None, at, &format!("urn:sha256:{}", terms.sha256_hex()))?)
}

pub(crate) fn prepare(pdf: &[u8], details: &SignatureDetails<'_>) -> Result<Prepared, DeclarationError> {
    pades::prepare(pdf, details).map_err(|error| DeclarationError::Structure(error.to_string().into()))
}

pub(crate) fn sign_prepared(
    prepared: Prepared,
    key: &dyn SigningKey,
    chain: &[Certificate],
) -> Result<Vec<u8>, DeclarationError> {
    let cms = signed_data::sign_digest(&prepared.digest(), key, chain)?;
    prepared.fill(&cms).map_err(|pades::ContentsTooLarge| DeclarationError::SignatureTooLarge)
}

/// What the declaration's template reads.
#[derive(Serialize)]
struct DeclarationData<'a> {
    language: &'a str,
    portal: &'a str,
    practice: bool,
    declaration_id: String,
    signer: &'a str,
    organisation: &'a str,
    cvr: Option<&'a str>,
    signing_time: String,
    details: &'a [crate::ConfirmedDetail],
    terms: &'a Terms,
    terms_reference: String,
    terms_sha256: &'a str,
    consents: Vec<ConsentData<'a>>,
    certificate_sha256: &'a str,
    certificate_serial_number: &'a str,
    app_version: &'a str,
}

#[derive(Serialize)]
struct ConsentData<'a> {
    number: String,
    text: &'a str,
}

#[derive(Serialize)]
struct TermsData<'a> {
    language: &'a str,
    terms: &'a Terms,
    terms_reference: String,
    terms_sha256: String,
}

impl<'a> DeclarationData<'a> {
    fn of(acceptance: &'a Acceptance, terms: &'a Terms) -> Self {
        let language = Language::of(&terms.language);
        Self {
            language: &terms.language,
            portal: &acceptance.portal,
            practice: acceptance.practice,
            declaration_id: acceptance.declaration_id.to_string(),
            signer: &acceptance.signer,
            organisation: &acceptance.organisation,
            cvr: acceptance.cvr.as_deref(),
            signing_time: moment(acceptance.signing_time, language),
            details: &acceptance.details,
            terms,
            terms_reference: reference(terms),
            terms_sha256: &acceptance.terms.sha256,
            consents: consents(terms, &acceptance.consents),
            certificate_sha256: &acceptance.certificate.sha256,
            certificate_serial_number: &acceptance.certificate.serial_number,
            app_version: &acceptance.app_version,
        }
    }
}

/// The consents that were given, each under the number that it has in the terms.
fn consents<'a>(terms: &'a Terms, given: &[String]) -> Vec<ConsentData<'a>> {
    let numbered = terms.sections.iter().enumerate().flat_map(|(section, content)| {
        let clauses = content.clauses.iter().enumerate();
        clauses.map(move |(clause, content)| (format!("{}.{}", section + 1, clause + 1), content))
    });
    numbered
        .filter(|(_, clause)| given.contains(&clause.id))
        .map(|(number, clause)| ConsentData { number, text: &clause.text })
        .collect()
}

fn reference(terms: &Terms) -> String {
    match Language::of(&terms.language) {
        Language::Danish => format!("{}, version {}, dansk", terms.id, terms.version),
        Language::English => format!("{}, version {}, English", terms.id, terms.version),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::shipped;
    use crate::{AcceptedCertificate, AcceptedTerms, ConfirmedDetail, DetailField};
    use uuid::Uuid;

    /// SHA-256 of what [`known`] renders to with template version 1.
    const RENDERING_OF_VERSION_1: &str = "da768c7f6c9a0347537e2015a6b51bf0e7e4b7e25d99252f6c8a57de687e7d77";

    fn known() -> Acceptance {
        let terms = &shipped()[0];
        Acceptance {
            format: 1,
            template_version: TEMPLATE_VERSION,
            declaration_id: Uuid::from_u128(0x0193_5d4c_7b2a_7e11_9c3f_5a6b_7c8d_9e0f),
            terms: AcceptedTerms {
                id: terms.terms().id.clone(),
                version: terms.terms().version,
                language: terms.terms().language.clone(),
                sha256: terms.sha256_hex(),
            },
            certificate: AcceptedCertificate {
                sha256: "0123456789abcdef".repeat(4),
                serial_number: "5eed1234".to_owned(),
                issuer: "Øvelse udstedende CA".to_owned(),
            },
            details: vec![ConfirmedDetail { field: DetailField::Name, value: "Øvebruger Eksempel".to_owned() }],
            consents: terms.terms().consents().map(|clause| clause.id.clone()).collect(),
            signer: "Øvebruger Eksempel".to_owned(),
            organisation: "Øvelseskommune Å".to_owned(),
            cvr: Some("12345678".to_owned()),
            signing_time: "2026-11-24T11:34:00Z".parse().expect("a moment"),
            app_version: "0.1.0".to_owned(),
            portal: "Øveportalen".to_owned(),
            practice: true,
        }
    }

    /// Where this fails, the portal would refuse what older programs signed: raise [`TEMPLATE_VERSION`] and keep the old
    /// rendering for as long as such declarations can arrive.
    #[test]
    fn a_template_version_renders_to_the_same_bytes_for_ever() {
        let acceptance = known();
        let json = acceptance.to_json();
        let pdf = typeset(
            Template::Declaration,
            &DeclarationData::of(&acceptance, shipped()[0].terms()),
            Some(Attachment { name: ACCEPTANCE_NAME, bytes: &json }),
            acceptance.signing_time,
            "known",
        )
        .expect("rendered");
        assert_eq!(TEMPLATE_VERSION, 1);
        assert_eq!(hex::encode(digest(&SHA256, &pdf)), RENDERING_OF_VERSION_1);
    }
}

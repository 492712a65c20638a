//! Use case: look at a signed document. What it says, whether it holds, and since when that is proven.

use crate::guide::Guide;
use crate::ports::{Clock, Journal, KeyStore, Portal};
use declaration::receipt::Receipt;
use declaration::terms::{TermsDocument, shipped};
use declaration::{Acceptance, VerificationReport, verify, verify_declaration};
use pki::Profile;

/// What a signed document came to.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentExamination {
    /// Whether it holds, and everything that was found.
    pub report: VerificationReport,
    /// What it says; a claim unless it holds.
    pub content: DocumentContent,
}

/// What a signed document says.
#[derive(Debug, Clone, PartialEq)]
pub enum DocumentContent {
    /// A declaration.
    Declaration(Box<Acceptance>),
    /// A receipt.
    Receipt(Box<Receipt>),
    /// Something else.
    Unknown,
}

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// Verifies a signed document, as it came from anywhere: a declaration down to rendering it again, a receipt as one of
    /// the portal's seal. Asks nobody: the terms that ship with the program, and what the document carries, are all that
    /// counts.
    pub fn examine_document(&self, pdf: &[u8]) -> DocumentExamination {
        let (anchors, at) = (&self.settings.trust_anchors, self.now());
        let report = verify(pdf, anchors, self.employee_profile(), at);
        let attachment = report.attachment.as_deref().unwrap_or_default();
        if let Ok(acceptance) = serde_json::from_slice::<Acceptance>(attachment) {
            let known: &[TermsDocument] = shipped();
            let report = match verify_declaration(pdf, anchors, self.employee_profile(), at, known) {
                Ok(verified) => verified.report().clone(),
                Err(report) => report,
            };
            return DocumentExamination { report, content: DocumentContent::Declaration(Box::new(acceptance)) };
        }
        if let Ok(receipt) = serde_json::from_slice::<Receipt>(attachment) {
            let seal = if self.settings.practice { Profile::PracticeSeal } else { Profile::OcesOrganisation };
            let report = verify(pdf, anchors, seal, at);
            return DocumentExamination { report, content: DocumentContent::Receipt(Box::new(receipt)) };
        }
        DocumentExamination { report, content: DocumentContent::Unknown }
    }
}

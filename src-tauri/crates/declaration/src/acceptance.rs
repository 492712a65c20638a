//! What the employee accepts: the content of `acceptance.json`, from which the document is rendered.

use crate::calendar::{Language, date};
use crate::document::TEMPLATE_VERSION;
use crate::terms::TermsDocument;
use chrono::{DateTime, SubsecRound, Utc};
use pki::Certificate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Version of the shape of `acceptance.json`.
pub(crate) const ACCEPTANCE_FORMAT: u32 = 1;

/// Largest `acceptance.json` that is read, in bytes (one has about 3 kB).
pub(crate) const ACCEPTANCE_LIMIT: usize = 64 * 1024;

/// What stands in a detail's place where the certificate does not have it.
const NOT_IN_CERTIFICATE: &str = "Ikke angivet i certifikatet";

/// What an employee accepted: `acceptance.json`, attached to the declaration and shown in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// Version of this shape: 1.
    pub format: u32,
    /// Version of the document's template, [`TEMPLATE_VERSION`]; grows whenever the same acceptance would be rendered
    /// to other bytes.
    pub template_version: u32,
    /// Names the declaration (UUIDv7).
    pub declaration_id: Uuid,
    /// Which terms.
    pub terms: AcceptedTerms,
    /// With which certificate.
    pub certificate: AcceptedCertificate,
    /// The details of the certificate as they were shown and answered *correct*.
    pub details: Vec<ConfirmedDetail>,
    /// Ids of the clauses that were consented to.
    pub consents: Vec<String>,
    /// Who: the certificate's common name.
    pub signer: String,
    /// On behalf of whom: the certificate's organisation.
    pub organisation: String,
    /// That organisation's CVR number, where the certificate has it.
    pub cvr: Option<String>,
    /// When, to the second, by the signer's own computer.
    pub signing_time: DateTime<Utc>,
    /// Version of the program.
    pub app_version: String,
    /// Name of the portal.
    pub portal: String,
    /// True for practice: the certificate and the declaration give access to nothing.
    pub practice: bool,
}

/// Names one version of the terms in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptedTerms {
    /// The terms' id.
    pub id: String,
    /// Their version.
    pub version: u32,
    /// The language in which they were shown.
    pub language: String,
    /// SHA-256 over the exact bytes of the document, lower-case hexadecimal.
    pub sha256: String,
}

/// Names the certificate that accepts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptedCertificate {
    /// SHA-256 over its DER, lower-case hexadecimal.
    pub sha256: String,
    /// Its serial number, lower-case hexadecimal.
    pub serial_number: String,
    /// Who issued it.
    pub issuer: String,
}

/// A detail of the certificate, as it is shown to the employee and confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmedDetail {
    /// Which detail.
    pub field: DetailField,
    /// Its value, in plain Danish where it is prose.
    pub value: String,
}

/// A detail of the certificate that the employee checks on receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DetailField {
    /// The employee's name.
    Name,
    /// The employer's name.
    Organisation,
    /// The employer's CVR number.
    Cvr,
    /// The employee id (`UI:DK-E:…` or RID).
    EmployeeId,
    /// The e-mail address.
    Email,
    /// Who issued the certificate.
    Issuer,
    /// From when and until when it is valid.
    Validity,
    /// What it is for.
    Purpose,
}

impl DetailField {
    /// Its name on the wire and in the template.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Organisation => "organisation",
            Self::Cvr => "cvr",
            Self::EmployeeId => "employee-id",
            Self::Email => "email",
            Self::Issuer => "issuer",
            Self::Validity => "validity",
            Self::Purpose => "purpose",
        }
    }
}

/// What an acceptance holds besides terms and certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptanceFacts {
    /// Names the declaration (UUIDv7).
    pub declaration_id: Uuid,
    /// The details as they were shown and answered *correct*.
    pub details: Vec<ConfirmedDetail>,
    /// When; what is finer than a second is dropped.
    pub signing_time: DateTime<Utc>,
    /// Version of the program.
    pub app_version: String,
    /// Name of the portal.
    pub portal: String,
    /// True for practice.
    pub practice: bool,
}

impl Acceptance {
    /// Puts together the acceptance of all of `terms`, with every consent they ask for, by the holder of `certificate`.
    pub fn new(facts: AcceptanceFacts, terms: &TermsDocument, certificate: &Certificate) -> Self {
        let accepted = terms.terms();
        let description = certificate.description();
        Self {
            format: ACCEPTANCE_FORMAT,
            template_version: TEMPLATE_VERSION,
            declaration_id: facts.declaration_id,
            terms: AcceptedTerms {
                id: accepted.id.clone(),
                version: accepted.version,
                language: accepted.language.clone(),
                sha256: terms.sha256_hex(),
            },
            certificate: AcceptedCertificate {
                sha256: hex::encode(certificate.sha256()),
                serial_number: certificate.serial_number().to_owned(),
                issuer: description.issuer.clone(),
            },
            details: facts.details,
            consents: accepted.consents().map(|clause| clause.id.clone()).collect(),
            signer: description.common_name.clone(),
            organisation: or_missing(description.organisation.as_deref()),
            cvr: description.cvr.clone(),
            signing_time: facts.signing_time.trunc_subsecs(0),
            app_version: facts.app_version,
            portal: facts.portal,
            practice: facts.practice,
        }
    }

    /// The bytes of `acceptance.json` (UTF-8), the same for equal acceptances.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).expect("strings, numbers and lists always have a JSON form")
    }

    /// Reads `acceptance.json`.
    pub(crate) fn from_json(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// True where this is what the holder of `certificate` accepts of `terms`, with every detail that the certificate
    /// has and every consent that the terms ask for.
    pub(crate) fn belongs_to(&self, terms: &TermsDocument, certificate: &Certificate) -> bool {
        let facts = AcceptanceFacts {
            declaration_id: self.declaration_id,
            details: details(certificate),
            signing_time: self.signing_time,
            app_version: self.app_version.clone(),
            portal: self.portal.clone(),
            practice: self.practice,
        };
        *self == Self::new(facts, terms, certificate)
    }
}

/// The details of a certificate that are shown to the employee and confirmed one by one: always the same eight, in this
/// order, in plain Danish where they are prose.
pub fn details(certificate: &Certificate) -> Vec<ConfirmedDetail> {
    let description = certificate.description();
    let validity = format!(
        "{} – {}",
        date(certificate.not_before(), Language::Danish),
        date(certificate.not_after(), Language::Danish)
    );
    let purpose = match &description.organisation {
        Some(organisation) => format!("Log-in og underskrift på vegne af {organisation}, ikke til private formål"),
        None => "Log-in og underskrift på arbejdspladsens vegne, ikke til private formål".to_owned(),
    };
    [
        (DetailField::Name, description.common_name.clone()),
        (DetailField::Organisation, or_missing(description.organisation.as_deref())),
        (DetailField::Cvr, or_missing(description.cvr.as_deref())),
        (DetailField::EmployeeId, or_missing(description.employee_id.as_deref())),
        (DetailField::Email, or_missing(description.email.as_deref())),
        (DetailField::Issuer, description.issuer.clone()),
        (DetailField::Validity, validity),
        (DetailField::Purpose, purpose),
    ]
    .into_iter()
    .map(|(field, value)| ConfirmedDetail { field, value })
    .collect()
}

fn or_missing(value: Option<&str>) -> String {
    value.unwrap_or(NOT_IN_CERTIFICATE).to_owned()
}

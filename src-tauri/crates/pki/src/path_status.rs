//! The status of a path in the report about it: what was revoked or suspended, and what could not be told.

use crate::certificate::Certificate;
use crate::path_validation::{Finding, FindingCode, Severity, ValidationReport, name_in_path};
use crate::status::{CertificateState, CertificateStatus, StatusError, StatusFault};

/// A status, or why there is none.
pub type StatusAnswer = Result<CertificateStatus, StatusError>;

impl ValidationReport {
    /// Asks the status of every certificate of the path below the trust anchor, the certificate itself first, and adds
    /// what comes of it ([RFC 5280 §6.1.3 (a) (3)]).
    ///
    /// `ask` is given a certificate and its issuer. It answers from revocation lists or OCSP responses, or says `None`
    /// where the status of that certificate is not wanted. Revoked and suspended are errors; a status that cannot be told,
    /// and a stale or unsound answer, are indeterminate.
    ///
    /// Returns the report, and the answer about the certificate itself where it was asked: not where no path leads from it.
    pub fn with_status(
        self,
        mut ask: impl FnMut(&Certificate, &Certificate) -> Option<StatusAnswer>,
    ) -> (Self, Option<StatusAnswer>) {
        let mut own = None;
        let mut findings = Vec::new();
        for (place, (certificate, issuer)) in self.path.iter().zip(self.path.iter().skip(1)).enumerate() {
            let Some(answer) = ask(certificate, issuer) else { continue };
            findings.extend(finding(&answer, place, &name_in_path(certificate, place == 0)));
            if place == 0 {
                own = Some(answer);
            }
        }
        (self.with_findings(findings), own)
    }
}

fn finding(answer: &StatusAnswer, place: usize, whose: &str) -> Option<Finding> {
    let (code, severity, detail) = match answer {
        Ok(status) => match status.state {
            CertificateState::Good => return None,
            CertificateState::Suspended { at } => {
                (FindingCode::Suspended, Severity::Error, format!("{whose} is suspended since {at}"))
            }
            CertificateState::Revoked { reason, at } => {
                (FindingCode::Revoked, Severity::Error, format!("{whose} is revoked since {at}: {reason}"))
            }
            CertificateState::Unknown => (
                FindingCode::StatusUnknown,
                Severity::Indeterminate,
                format!("the responder of its issuer does not know {whose}"),
            ),
        },
        Err(error) => {
            let code = match error.fault() {
                StatusFault::Stale => FindingCode::StatusStale,
                StatusFault::Unavailable | StatusFault::Elsewhere | StatusFault::Unsupported => {
                    FindingCode::StatusUnknown
                }
                StatusFault::Bad => FindingCode::StatusUnsound,
            };
            (code, Severity::Indeterminate, format!("the status of {whose} cannot be told: {error}"))
        }
    };
    Some(Finding { code, severity, detail, place: Some(place) })
}

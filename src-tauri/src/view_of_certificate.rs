//! Certificates, and what was found about them, as the window sees them. The words are the window's; codes pass here.

use crate::view::{
    CertificateKindView, ChainLinkView, ChainRoleView, DescriptionView, DiagnosedCertificateView, DiagnosisView,
    EnvironmentView, ExaminationView, FileFormatView, FindingView, GenerationView, LinkStateView, ObstacleView,
    ProbeBegunView, ProbeOutcomeView, ProbeTargetView, ProbeView, SeverityView, StatusSourceView, StatusStateView,
    StatusView, VerdictView,
};
use lifecycle::{
    ChainLink, ChainRole, DiagnosedCertificate, Diagnosis, Examination, LinkState, Obstacle, Probe, ProbeOutcome,
    ProbeTarget,
};
use pki::container::ContainerFormat;
use pki::{
    CertificateDescription, CertificateKind, CertificateState, CertificateStatus, Environment, Finding, Generation,
    Severity, StatusSource, Verdict, cvr_check_digit_holds,
};
use serde::Serialize;

/// A diagnosis as the window sees it.
pub fn diagnosis(diagnosis: &Diagnosis) -> DiagnosisView {
    DiagnosisView {
        at: diagnosis.at,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        probes: diagnosis.probes.iter().map(ProbeView::from).collect(),
        certificates: diagnosis.certificates.iter().map(DiagnosedCertificateView::from).collect(),
    }
}

impl ProbeBegunView {
    /// What is tried just now, and where.
    pub fn new(target: ProbeTarget, address: Option<&str>) -> Self {
        Self { target: target.into(), address: address.map(str::to_owned) }
    }
}

/// The name that a code of the core is serialised with.
fn code_name(code: impl Serialize) -> String {
    match serde_json::to_value(code) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(_) | Err(_) => String::new(),
    }
}

impl From<&Examination> for ExaminationView {
    fn from(examination: &Examination) -> Self {
        Self {
            verdict: examination.verdict.into(),
            certificate: examination.certificate.description().into(),
            chain: examination.chain.iter().map(ChainLinkView::from).collect(),
            findings: examination.findings.iter().map(FindingView::from).collect(),
            status: examination.status.as_ref().map(StatusView::from),
            at: examination.at,
        }
    }
}

impl From<&CertificateDescription> for DescriptionView {
    fn from(description: &CertificateDescription) -> Self {
        Self {
            generation: description.generation.into(),
            kind: description.kind.into(),
            environment: description.environment.into(),
            common_name: description.common_name.clone(),
            organisation: description.organisation.clone(),
            cvr: description.cvr.clone(),
            cvr_fails_check: description.cvr.as_deref().is_some_and(|cvr| !cvr_check_digit_holds(cvr)),
            employee_id: description.employee_id.clone(),
            email: description.email.clone(),
            issuer: description.issuer.clone(),
            not_before: description.not_before,
            not_after: description.not_after,
            serial_number: description.serial_number.clone(),
            sha256: description.sha256.clone(),
            key: description.key.clone(),
            signature: description.signature.clone(),
            key_usage: description.key_usage.clone(),
            policies: description.policies.clone(),
        }
    }
}

impl From<&ChainLink> for ChainLinkView {
    fn from(link: &ChainLink) -> Self {
        Self { role: link.role.into(), state: link.state.into(), certificate: link.certificate.description().into() }
    }
}

impl From<&Finding> for FindingView {
    fn from(finding: &Finding) -> Self {
        Self {
            code: code_name(finding.code),
            severity: finding.severity.into(),
            remedy: code_name(finding.code.remedy()),
            detail: finding.detail.clone(),
            place: finding.place.and_then(|place| u32::try_from(place).ok()),
        }
    }
}

impl From<&CertificateStatus> for StatusView {
    fn from(status: &CertificateStatus) -> Self {
        let (state, since) = match status.state {
            CertificateState::Good => (StatusStateView::Good, None),
            CertificateState::Suspended { at } => (StatusStateView::Suspended, Some(at)),
            CertificateState::Revoked { at, reason: _ } => (StatusStateView::Revoked, Some(at)),
            CertificateState::Unknown => (StatusStateView::Unknown, None),
        };
        Self {
            state,
            since,
            source: status.source.into(),
            this_update: status.this_update,
            next_update: status.next_update,
        }
    }
}

impl From<&Probe> for ProbeView {
    fn from(probe: &Probe) -> Self {
        let outcome = match &probe.outcome {
            ProbeOutcome::Works { detail } => ProbeOutcomeView::Works { detail: detail.clone() },
            ProbeOutcome::Fails { problem, detail } => {
                ProbeOutcomeView::Fails { problem: problem.name().to_owned(), detail: detail.clone() }
            }
            ProbeOutcome::NotUsed => ProbeOutcomeView::NotUsed,
        };
        Self { target: probe.target.into(), address: probe.address.clone(), outcome }
    }
}

impl From<&DiagnosedCertificate> for DiagnosedCertificateView {
    fn from(diagnosed: &DiagnosedCertificate) -> Self {
        Self {
            certificate: diagnosed.certificate.description().into(),
            portal: diagnosed.portal.clone(),
            practice: diagnosed.practice,
            under_way: diagnosed.under_way,
            usable: diagnosed.usable,
            waits: diagnosed.waits,
            obstacles: diagnosed.obstacles.iter().map(ObstacleView::from).collect(),
        }
    }
}

impl From<&Obstacle> for ObstacleView {
    fn from(obstacle: &Obstacle) -> Self {
        match obstacle {
            Obstacle::Problem(code) => Self::Problem { code: code.name().to_owned() },
            Obstacle::Finding(finding) => Self::Finding(finding.into()),
        }
    }
}

/// Variants of the same names on both sides.
macro_rules! same_names {
    ($core:ident => $view:ident { $($variant:ident),* $(,)? }) => {
        impl From<$core> for $view {
            fn from(value: $core) -> Self {
                match value {
                    $($core::$variant => Self::$variant,)*
                }
            }
        }
    };
}

same_names!(Verdict => VerdictView { Valid, Invalid, Indeterminate });
same_names!(Severity => SeverityView { Error, Indeterminate, Warning });
same_names!(Generation => GenerationView { Oces1, Oces2, Oces3, Other });
same_names!(CertificateKind => CertificateKindView { Employee, Organisation, Function, Personal, Ca, Other });
same_names!(Environment => EnvironmentView { Production, Test, Unknown });
same_names!(ChainRole => ChainRoleView { EndEntity, Authority, TrustAnchor });
same_names!(LinkState => LinkStateView {
    Holds, StatusUntold, NotYetValid, Expired, Suspended, Revoked, Unproven, Broken,
});
same_names!(StatusSource => StatusSourceView { Crl, DeltaCrl, Ocsp });
same_names!(ContainerFormat => FileFormatView { Pem, Der, Pkcs7, Pkcs12 });
same_names!(ProbeTarget => ProbeTargetView {
    Keychain, Token, Journal, Clock, Proxy, Portal, Ocsp, RevocationList, TimeStamp,
});

#[cfg(test)]
mod tests {
    use super::*;
    use pki::FindingCode;

    #[test]
    fn findings_pass_by_their_stable_names() {
        let finding =
            Finding { code: FindingCode::NotYetValid, severity: Severity::Error, detail: "…".into(), place: Some(0) };
        let view = FindingView::from(&finding);
        assert_eq!((view.code.as_str(), view.remedy.as_str(), view.place), ("not-yet-valid", "check-clock", Some(0)));
    }
}

//! Use case: a certificate looked at closely, its whole chain and everything that was found, so that a person can see
//! whether it is right. Nothing is asked for over a network, and nothing is changed.

use crate::error::JourneyError;
use crate::guide::Guide;
use crate::journey::{Acknowledgement, CertificateState as Standing, Step};
use crate::ports::{Clock, Journal, KeyStore, Portal};
use chrono::{DateTime, Utc};
use pki::{
    Certificate, CertificateKind, CertificateStatus, Finding, FindingCode, MAXIMUM_INTERMEDIATES, Profile, Severity,
    TrustAnchor, ValidationReport, Verdict, container,
};

/// What a close look at a certificate came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examination {
    /// The certificate.
    pub certificate: Certificate,
    /// What it came to. An issuer that is not known here makes nothing invalid: that is indeterminate. So is an
    /// authority's certificate, unless it is trusted itself.
    pub verdict: Verdict,
    /// Everything that was found, what concerns the certificate itself first.
    pub findings: Vec<Finding>,
    /// The certificate, the authorities above it, and the trust anchor last; as far as they are at hand.
    pub chain: Vec<ChainLink>,
    /// The certificate's status, where an answer of its issuer is at hand.
    pub status: Option<CertificateStatus>,
    /// The instant for which all this holds.
    pub at: DateTime<Utc>,
}

/// One certificate of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainLink {
    /// The certificate.
    pub certificate: Certificate,
    /// Where it stands in the chain.
    pub role: ChainRole,
    /// Whether it holds there.
    pub state: LinkState,
}

/// Where a certificate stands in a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChainRole {
    /// At its beginning: the certificate that was looked at.
    EndEntity,
    /// Between.
    Authority,
    /// At its end, trusted by decision; it may be the certificate that was looked at.
    TrustAnchor,
}

/// Whether a certificate holds in its place; of several reasons against it the one that weighs most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkState {
    /// It holds.
    Holds,
    /// It holds, but nobody says whether it was revoked; so as a rule of an authority between, which nobody is asked
    /// about.
    StatusUntold,
    /// Its validity period has not begun.
    NotYetValid,
    /// Its validity period is over.
    Expired,
    /// It is on hold, which can be lifted.
    Suspended,
    /// It is revoked, for good.
    Revoked,
    /// No path leads from it to a trust anchor that is known here.
    Unproven,
    /// It is not what it must be: its signature, algorithm, key, constraints, profile or encoding is wrong.
    Broken,
}

/// Looks at `certificate` at the instant `at`: its path over `others` to one of `anchors`, the dates, and `profile`,
/// with the `status` that its issuer has proven, where it has.
///
/// Of `others` only those are looked at that can have issued it or each other, so any number may be given.
#[must_use]
pub fn examine(
    certificate: &Certificate,
    others: &[Certificate],
    anchors: &[TrustAnchor],
    at: DateTime<Utc>,
    profile: Profile,
    status: Option<CertificateStatus>,
) -> Examination {
    let report = pki::validate(certificate, &issuers(certificate, others), anchors, at, profile);
    let (report, _) = report.with_status(|of, _| status.clone().filter(|_| of == certificate).map(Ok));
    conclude(report, anchors, profile, None, status, at)
}

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// Looks at the certificate of the journey under way, with what this computer knows of its status. Nobody is asked.
    /// `None` where there is no certificate yet.
    ///
    /// # Errors
    /// [`JourneyError::Journal`].
    pub async fn examine_own(&self) -> Result<Option<Examination>, JourneyError> {
        let Some(journey) = self.current().await? else { return Ok(None) };
        let Some(issued) = journey.step.issued() else { return Ok(None) };
        let status = self.kept_status(&journey).await?;
        let held = &issued.held;
        let (at, anchors, profile) = (self.now(), &self.settings.trust_anchors, self.employee_profile());
        let report = pki::validate(&held.certificate, &held.intermediates, anchors, at, profile);
        let (report, _) = report.with_status(|of, _| status.clone().filter(|_| *of == held.certificate).map(Ok));
        Ok(Some(conclude(report, anchors, profile, Some(known_here(&journey.step)), status, at)))
    }

    /// Looks at the certificate that a person asks about who gives these together: see
    /// [`container::the_certificate`]. What it claims to be decides what is asked of it. The authorities of the journey
    /// under way are at hand too. `None` where none were given.
    pub async fn examine_file(&self, certificates: &[Certificate]) -> Option<Examination> {
        Some(self.examine_certificate(container::the_certificate(certificates)?, certificates).await)
    }

    /// Looks at one certificate as [`Guide::examine_file`] does, with those that came with it at hand.
    pub async fn examine_certificate(&self, certificate: &Certificate, certificates: &[Certificate]) -> Examination {
        let mut others = certificates.to_vec();
        // They only help: a journal that cannot be read takes nothing away from the file.
        if let Ok(Some(journey)) = self.current().await {
            others.extend(journey.step.issued().into_iter().flat_map(|issued| issued.held.intermediates.clone()));
        }
        let profile = match certificate.description().kind {
            CertificateKind::Employee => self.employee_profile(),
            CertificateKind::Organisation
            | CertificateKind::Function
            | CertificateKind::Personal
            | CertificateKind::Ca
            | CertificateKind::Other => Profile::Any,
        };
        examine(certificate, &others, &self.settings.trust_anchors, self.now(), profile, None)
    }
}

/// What this computer has heard of the certificate, or decided about it, since the kept answer.
fn known_here(step: &Step) -> Vec<Finding> {
    let read = |acknowledgement: &Acknowledgement| match acknowledgement {
        Acknowledgement::Waiting => None,
        Acknowledgement::ReadBack { standing } => Some((standing.state, standing.since)),
    };
    let standing = match step {
        Step::Invited(_) | Step::KeyMade(_) | Step::Issued(_) | Step::Reviewed(_) | Step::Signed(_) => None,
        Step::Active(state) => state.standing.as_ref().map(|standing| (standing.state, standing.since)),
        Step::Suspended(state) => Some(
            read(&state.portal)
                .filter(|(state, _)| *state == Standing::Revoked)
                .unwrap_or((Standing::Suspended, state.locked_at)),
        ),
        // Stopped here, whatever the portal says of it yet.
        Step::Stopped(state) => Some(
            read(&state.portal)
                .filter(|(state, _)| *state == Standing::Revoked)
                .unwrap_or((Standing::Revoked, state.stopped_at)),
        ),
        Step::Revoked(state) => Some((state.standing.state, state.standing.since)),
    };
    let (code, detail) = match standing {
        None | Some((Standing::AwaitingDeclaration | Standing::Active, _)) => return Vec::new(),
        Some((Standing::Suspended, since)) => {
            (FindingCode::Suspended, format!("this computer knows that the certificate is suspended since {since}"))
        }
        Some((Standing::Revoked, since)) => {
            (FindingCode::Revoked, format!("this computer knows that the certificate is revoked since {since}"))
        }
    };
    vec![Finding { code, severity: Severity::Error, detail, place: Some(0) }]
}

/// Those of `others` whose names are those of issuers above `certificate`, each once.
fn issuers(certificate: &Certificate, others: &[Certificate]) -> Vec<Certificate> {
    let mut above: Vec<Certificate> = Vec::new();
    let mut next = 0;
    let mut below = Some(certificate.clone());
    while let Some(current) = below {
        for candidate in others.iter().filter(|candidate| candidate.subject_der() == current.issuer_der()) {
            // One more than is taken: the judgement then says that there are too many.
            if candidate != certificate && !above.contains(candidate) && above.len() <= MAXIMUM_INTERMEDIATES {
                above.push(candidate.clone());
            }
        }
        below = above.get(next).cloned();
        next += 1;
    }
    above
}

fn conclude(
    report: ValidationReport,
    anchors: &[TrustAnchor],
    profile: Profile,
    known: Option<Vec<Finding>>,
    status: Option<CertificateStatus>,
    at: DateTime<Utc>,
) -> Examination {
    let ValidationReport { verdict, mut findings, path, .. } = report;
    let is_anchor = |certificate: &Certificate| anchors.iter().any(|anchor| anchor.certificate() == certificate);
    let proven = path.last().is_some_and(is_anchor);
    let last = path.len().saturating_sub(1);
    let certificate = path.first().expect("a report's path begins with the certificate").clone();
    let is_itself_trusted = proven && last == 0;
    // To whoever only looks, an authority's certificate is another kind, and nothing worse.
    let is_authority = profile == Profile::Any && certificate.description().kind == CertificateKind::Ca;
    findings.retain(|finding| !(is_itself_trusted && finding.code == FindingCode::PathNotFound));
    for finding in &mut findings {
        if finding.code == FindingCode::PathNotFound {
            // Whoever is not known here may be known elsewhere.
            finding.severity = Severity::Indeterminate;
        } else if finding.code == FindingCode::NotOfProfile && is_authority {
            finding.severity = Severity::Warning;
        }
    }
    let is_own = known.is_some();
    for finding in known.into_iter().flatten() {
        if !findings.iter().any(|other| other.code == finding.code && other.place == finding.place) {
            findings.insert(0, finding);
        }
    }
    let mut chain: Vec<ChainLink> = path
        .into_iter()
        .enumerate()
        .map(|(place, certificate)| {
            let (role, is_told) = if place == last && proven {
                (ChainRole::TrustAnchor, true)
            } else if place == 0 {
                (ChainRole::EndEntity, status.is_some())
            } else {
                (ChainRole::Authority, false)
            };
            ChainLink { certificate, role, state: link_state(&findings, place, proven, is_told) }
        })
        .collect();
    // Of a file nobody is ever asked, so there is nothing to be done about it.
    if is_own && chain.first().is_some_and(|link| link.state == LinkState::StatusUntold) && status.is_none() {
        findings.push(Finding {
            code: FindingCode::StatusUnknown,
            severity: Severity::Warning,
            detail: "nobody was asked whether the certificate is revoked".to_owned(),
            place: Some(0),
        });
    }
    let has = |severity| findings.iter().any(|finding| finding.severity == severity);
    let verdict = match (has(Severity::Error), has(Severity::Indeterminate)) {
        (true, _) => Verdict::Invalid,
        (false, true) => Verdict::Indeterminate,
        (false, false) if is_itself_trusted => Verdict::Valid,
        // What is no end of a path is not judged as one.
        (false, false) if is_authority => Verdict::Indeterminate,
        (false, false) => verdict,
    };
    // An error that is about no link in particular is still seen in the chain: on the certificate that it lets down.
    let shows = chain.iter().any(|link| is_against(link.state));
    if let Some(link) = chain.first_mut().filter(|_| verdict == Verdict::Invalid && !shows) {
        link.state = LinkState::Broken;
    }
    Examination { certificate, verdict, findings, chain, status, at }
}

/// The state of the link at `place`. `proven`: the path ends at a trust anchor; `is_told`: its status is.
fn link_state(findings: &[Finding], place: usize, proven: bool, is_told: bool) -> LinkState {
    let here = findings.iter().filter(|finding| finding.place == Some(place));
    let worst = here.filter_map(state_of).max_by_key(|state| weight(*state));
    match worst {
        Some(state) if is_against(state) => state,
        Some(_) | None if !proven => LinkState::Unproven,
        Some(state) => state,
        None if is_told => LinkState::Holds,
        None => LinkState::StatusUntold,
    }
}

/// What a finding makes of the link that it is about; `None` where it only is worth a look, or is about the whole path.
fn state_of(finding: &Finding) -> Option<LinkState> {
    let state = match finding.code {
        FindingCode::Revoked => LinkState::Revoked,
        FindingCode::Suspended => LinkState::Suspended,
        FindingCode::Expired => LinkState::Expired,
        FindingCode::NotYetValid => LinkState::NotYetValid,
        FindingCode::StatusUnknown | FindingCode::StatusStale | FindingCode::StatusUnsound => LinkState::StatusUntold,
        FindingCode::NoTrustAnchor | FindingCode::PathNotFound | FindingCode::TooComplex => return None,
        FindingCode::PathConstraint
        | FindingCode::SignatureInvalid
        | FindingCode::AlgorithmForbidden
        | FindingCode::KeyTooWeak
        | FindingCode::NotOfProfile
        | FindingCode::KeyUsage
        | FindingCode::ExtendedKeyUsage
        | FindingCode::PolicyMissing
        | FindingCode::SubjectField
        | FindingCode::ValidityTooLong
        | FindingCode::UnknownCriticalExtension
        | FindingCode::Malformed
        | FindingCode::TestCertificate => LinkState::Broken,
    };
    (finding.severity != Severity::Warning).then_some(state)
}

/// Whether a link in this state speaks against the certificate.
fn is_against(state: LinkState) -> bool {
    match state {
        LinkState::Holds | LinkState::StatusUntold | LinkState::Unproven => false,
        LinkState::NotYetValid | LinkState::Expired | LinkState::Suspended | LinkState::Revoked | LinkState::Broken => {
            true
        }
    }
}

/// Of several states of one link the heaviest is shown: what cannot be mended first.
fn weight(state: LinkState) -> u8 {
    match state {
        LinkState::Holds => 0,
        LinkState::StatusUntold => 1,
        LinkState::Unproven => 2,
        LinkState::NotYetValid => 3,
        LinkState::Suspended => 4,
        LinkState::Expired => 5,
        LinkState::Broken => 6,
        LinkState::Revoked => 7,
    }
}

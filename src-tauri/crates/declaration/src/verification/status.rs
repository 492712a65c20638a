//! What the evidence in a document proves about the status of certificates at the time that counts
//! ([ETSI EN 319 102-1 §5.2.6], [ETSI EN 319 102-1 §5.5]).

use crate::evidence::ValidationEvidence;
use chrono::{DateTime, Utc};
use pki::{
    CLOCK_SKEW_TOLERANCE, Certificate, CertificateState, CertificateStatus, OcspAnswer, RevocationList,
    RevocationReason, StatusError, UnverifiedRevocationList, status_from_lists,
};

/// What is proven of one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// It was neither revoked nor on hold by the time that counts; where it was revoked after, when and why.
    Good { revoked_later: Option<(DateTime<Utc>, RevocationReason)> },
    /// It was on hold.
    Suspended { at: DateTime<Utc> },
    /// It was revoked.
    Revoked { at: DateTime<Utc> },
    /// Nothing.
    Nothing,
}

/// Evidence, with the instant of the verification: what is younger is not believed.
pub(super) struct Statuses<'a> {
    evidence: &'a ValidationEvidence,
    at: DateTime<Utc>,
}

impl<'a> Statuses<'a> {
    pub(super) fn new(evidence: &'a ValidationEvidence, at: DateTime<Utc>) -> Self {
        Self { evidence, at }
    }

    /// What is proven of `certificate`, which `issuer` issued, at the instant `time`; without one, at whichever instant the
    /// evidence is of.
    pub(super) fn of(&self, certificate: &Certificate, issuer: &Certificate, time: Option<DateTime<Utc>>) -> Proof {
        let lists = self.lists_of(issuer);
        let by_lists = self.status_by(&lists, certificate, time);
        // Lists drop what has expired: those from before tell what a later one keeps silent about.
        let from_before = self.lists_until(issuer, certificate.not_after());
        let by_lists_from_before = self.status_by(&from_before, certificate, time);
        let by_responses = self.evidence.ocsp_responses.iter().filter_map(|response| {
            let produced = pki::ocsp_produced_at(response).ok()?;
            let when = self.instant(produced, time)?;
            let answer = pki::verify_ocsp_response(response, certificate, issuer, when).ok()?;
            self.status_of(&answer, certificate, &lists, when)
        });
        let mut proof = Proof::Nothing;
        for status in by_lists.into_iter().chain(by_lists_from_before).chain(by_responses) {
            let next = judged(&status, time);
            if weight(next) > weight(proof) {
                proof = next;
            }
        }
        proof
    }

    /// How many responses and lists none of these pairs of certificate and issuer vouches for: they were altered, or are by
    /// somebody else.
    pub(super) fn unsigned(&self, pairs: &[(&Certificate, &Certificate)]) -> usize {
        let responses = self.evidence.ocsp_responses.iter().filter(|response| {
            let produced = pki::ocsp_produced_at(response).unwrap_or(self.at);
            !pairs.iter().any(|(certificate, issuer)| {
                pki::verify_ocsp_response(response, certificate, issuer, produced)
                    .map_or_else(|error| is_about_content(&error), |_answer| true)
            })
        });
        let lists = self.evidence.revocation_lists.iter().filter(|der| {
            !pairs.iter().any(|(_, issuer)| {
                UnverifiedRevocationList::from_der(der.as_slice()).is_ok_and(|list| list.verify(issuer).is_ok())
            })
        });
        responses.count() + lists.count()
    }

    /// Evidence that is older than the time that counts is judged at that time, and must reach so far; younger evidence at
    /// its own.
    fn instant(&self, of_evidence: DateTime<Utc>, time: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
        let when = time.map_or(of_evidence, |time| time.max(of_evidence));
        (of_evidence <= self.at + CLOCK_SKEW_TOLERANCE).then_some(when)
    }

    fn lists_of(&self, issuer: &Certificate) -> Vec<RevocationList<&'a [u8]>> {
        self.lists_until(issuer, self.at + CLOCK_SKEW_TOLERANCE)
    }

    fn lists_until(&self, issuer: &Certificate, end: DateTime<Utc>) -> Vec<RevocationList<&'a [u8]>> {
        let lists = self.evidence.revocation_lists.iter();
        lists
            .filter_map(|der| UnverifiedRevocationList::from_der(der.as_slice()).ok())
            .filter(|list| list.this_update() <= end.min(self.at + CLOCK_SKEW_TOLERANCE))
            .filter_map(|list| list.verify(issuer).ok())
            .collect()
    }

    fn status_by(
        &self,
        lists: &[RevocationList<&[u8]>],
        certificate: &Certificate,
        time: Option<DateTime<Utc>>,
    ) -> Option<CertificateStatus> {
        let newest = lists.iter().map(|list| list.list().this_update()).max()?;
        still_told(status_from_lists(lists, certificate, self.instant(newest, time)?).ok()?, certificate)
    }

    fn status_of(
        &self,
        answer: &OcspAnswer,
        certificate: &Certificate,
        lists: &[RevocationList<&[u8]>],
        when: DateTime<Utc>,
    ) -> Option<CertificateStatus> {
        match answer.responder_to_check() {
            None => still_told(answer.status().ok()?.clone(), certificate),
            Some(responder) => {
                let of_responder = self.status_by(lists, responder, Some(when))?;
                still_told(answer.status_given_responder(&of_responder).ok()?.clone(), certificate)
            }
        }
    }
}

/// Whether a response with this error was signed by whom it should be: what it says is looked at only then.
fn is_about_content(error: &StatusError) -> bool {
    match error {
        StatusError::OtherCertificate | StatusError::Stale { .. } | StatusError::FromTheFuture { .. } => true,
        // pki's list grows; what is not named here leaves open who signed.
        _ => false,
    }
}

/// What is told of a certificate after its end counts only where it is told against it: lists drop what has expired, and
/// responders forget it ([RFC 5280 §3.3], [RFC 6960 §4.4.4]).
fn still_told(status: CertificateStatus, certificate: &Certificate) -> Option<CertificateStatus> {
    let good = status.state == CertificateState::Good;
    if good && status.this_update > certificate.not_after() { None } else { Some(status) }
}

fn judged(status: &CertificateStatus, time: Option<DateTime<Utc>>) -> Proof {
    match status.state {
        CertificateState::Good => Proof::Good { revoked_later: None },
        CertificateState::Unknown => Proof::Nothing,
        CertificateState::Suspended { at } if time.is_some_and(|time| at > time) => Proof::Good { revoked_later: None },
        CertificateState::Suspended { at } => Proof::Suspended { at },
        CertificateState::Revoked { at, reason } if time.is_some_and(|time| at > time) => {
            Proof::Good { revoked_later: Some((at, reason)) }
        }
        CertificateState::Revoked { at, .. } => Proof::Revoked { at },
    }
}

/// Of several proofs, the one that forbids more counts.
fn weight(proof: Proof) -> u8 {
    match proof {
        Proof::Nothing => 0,
        Proof::Good { revoked_later: None } => 1,
        Proof::Good { revoked_later: Some(_) } => 2,
        Proof::Suspended { .. } => 3,
        Proof::Revoked { .. } => 4,
    }
}

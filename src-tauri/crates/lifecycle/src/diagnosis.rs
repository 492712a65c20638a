//! "Why can't I sign?" Every certificate that this computer knows of with everything that stops it, and every thing
//! that signing depends on, tried one by one.
//!
//! It works with whatever there is: no keychain, no network, no portal client and a damaged journal are findings, not
//! failures. No key is used, and nothing is changed.

use crate::error::JourneyError;
use crate::gate::PortalTime;
use crate::journey::{Acknowledgement, CertificateState, DeclarationEntry, Issued, Journey, Step};
use crate::ports::{
    Clock, Journal, KeptStatus, KeySecret, KeyStore, KeyStoreError, LARGEST_REVOCATION_LIST, Portal, PortalError,
    RecordedJourney, Refusal, Responder, StatusEvidence, StatusReply,
};
use crate::problem::ProblemCode;
use crate::status::{MOST_ADDRESSES, issuer_of, new_nonce, prove};
use chrono::{DateTime, SubsecRound, Utc};
use pki::{
    Certificate, CertificateStatus, Finding, FindingCode, OcspRequest, Profile, Severity, StatusError, StatusFault,
    TrustAnchor,
};
use serde::Serialize;
use std::error::Error;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// When, by this computer's clock.
    pub at: DateTime<Utc>,
    /// What was tried, one by one.
    pub probes: Vec<Probe>,
    /// Every certificate that this computer knows of: those under way first, then the archive, newest first.
    pub certificates: Vec<DiagnosedCertificate>,
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// What.
    pub target: ProbeTarget,
    /// Where, if it has an address.
    pub address: Option<String>,
    /// What came of it.
    pub outcome: ProbeOutcome,
}

/// What can be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeTarget {
    /// The keychain: whether it keeps what is written to it.
    Keychain,
    /// The token that holds the key, and the keychain beside it.
    Token,
    /// The journal: whether it can be read.
    Journal,
    /// This computer's clock, held against the portal's.
    Clock,
    /// The proxy on the way to an address.
    Proxy,
    /// The portal.
    Portal,
    /// The responder that says whether a certificate was revoked.
    Ocsp,
    /// The list of revoked certificates.
    RevocationList,
    /// The time-stamp authority.
    TimeStamp,
}

/// What came of trying it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeOutcome {
    /// It works.
    Works {
        /// The facts, in English, for support.
        detail: Option<String>,
    },
    /// It does not.
    Fails {
        /// What a person is told.
        problem: ProblemCode,
        /// Who failed and why, in English, for support: the host first where there is one.
        detail: String,
    },
    /// There is nothing to try.
    NotUsed,
}

/// A certificate and everything that stops it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiagnosedCertificate {
    /// The certificate.
    pub certificate: Certificate,
    /// Address of the portal that issued it.
    pub portal: String,
    /// True where that is a practice portal.
    pub practice: bool,
    /// False where it lies in the archive.
    pub under_way: bool,
    /// True where nothing stops it.
    pub usable: bool,
    /// True where nothing stops it but what the employee has not done yet.
    pub waits: bool,
    /// Everything that stops it, the next thing to do among it.
    pub obstacles: Vec<Obstacle>,
}

/// What stops a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// A problem that a person is told about.
    Problem(ProblemCode),
    /// An error in the certificate or its path.
    Finding(Finding),
}

/// What there is to diagnose with.
pub struct DiagnosisParts<'a, K, P, J, C> {
    /// The place of the keys: that of the journey under way.
    pub key_store: &'a K,
    /// The portal that the program is set up for.
    pub portal: PortalPart<'a, P>,
    /// Every journal of this computer. One that was never made is left out.
    pub journals: Vec<JournalPart<'a, J>>,
    /// The time.
    pub clock: &'a C,
}

/// The portal that the program is set up for.
pub enum PortalPart<'a, P> {
    /// The client that speaks to it.
    AtHand(&'a P),
    /// No portal is known yet: nobody has opened an invitation.
    NotKnown,
    /// It is known, and there is no client for it. Then no other address is asked either.
    Missing(NotAtHand),
}

/// One journal of this computer.
pub struct JournalPart<'a, J> {
    /// The journal, or why it cannot be opened.
    pub journal: Result<&'a J, NotAtHand>,
    /// Where it lies, as people may see it.
    pub place: String,
    /// True where the program, as it is set up now, works with this one; false for the journal of the other mode.
    pub in_use: bool,
    /// True where it is the journal of practice.
    pub practice: bool,
    /// Where the paths of its certificates must end; empty where that is not known.
    pub trust_anchors: Vec<TrustAnchor>,
}

/// Why a part is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAtHand {
    /// What a person is told.
    pub problem: ProblemCode,
    /// The facts, in English, for support.
    pub detail: String,
}

/// Hears what is being tried, and where.
pub type DiagnosisProgress<'a> = dyn Fn(ProbeTarget, Option<&str>) + Send + Sync + 'a;

/// Most proxies that are tried.
const MOST_PROXIES: usize = 4;

/// Tries everything that signing depends on, and names everything that stops each certificate.
///
/// Nothing that fails keeps the rest from being tried. At most four responders and three revocation lists are asked for a
/// certificate, and only for the certificates under way.
pub async fn diagnose<K: KeyStore, P: Portal, J: Journal, C: Clock>(
    parts: DiagnosisParts<'_, K, P, J, C>,
    progress: &DiagnosisProgress<'_>,
) -> Diagnosis {
    let DiagnosisParts { key_store, portal, journals, clock } = parts;
    let mut probing = Probing { progress, done: Vec::new() };

    let (place, address) = match key_store.secret_kind() {
        KeySecret::Password => (ProbeTarget::Keychain, None),
        KeySecret::Pin => (ProbeTarget::Token, Some(key_store.place().to_string())),
    };
    probing.begin(place, address.as_deref());
    let keychain = match key_store.probe().await {
        Ok(()) => ProbeOutcome::Works { detail: None },
        Err(error) => keychain_fails(error),
    };
    probing.end(place, address.as_deref(), keychain);

    let mut known = Vec::new();
    for part in &journals {
        known.extend(probing.read_journal(part).await);
    }
    if journals.is_empty() {
        probing.end(ProbeTarget::Journal, None, ProbeOutcome::NotUsed);
    }

    let client = match &portal {
        PortalPart::AtHand(client) => Some(*client),
        PortalPart::NotKnown | PortalPart::Missing(_) => None,
    };
    if let Some(client) = client {
        probing.reach_proxies(client, &known).await;
    }
    let portal_time = probing.ask_portal(&portal, clock).await;
    // Only now: a keychain that asks the person first may have taken minutes.
    let at = clock.now().trunc_subsecs(0);
    let kept_time = || known.iter().filter(|known| known.is_asked_about()).find_map(Known::kept_portal_time);
    probing.compare_clocks(portal_time.or_else(kept_time), at, client.map_or("", |client| client.address()));

    let mut certificates = Vec::new();
    let mut asked = false;
    for known in &known {
        let Some(issued) = known.journey().step.issued() else { continue };
        let here = known.belongs_to(client.map(|client| client.address()));
        let answers = match client.filter(|_| known.is_asked_about()) {
            Some(client) => {
                asked = true;
                probing.ask_issuer(client, issued, here, clock).await
            }
            None => Answers::default(),
        };
        let mut obstacles = Obstacles::default();
        if let PortalPart::Missing(missing) = &portal
            && known.is_asked_about()
        {
            obstacles.problem(missing.problem);
        }
        if !here {
            obstacles.problem(ProblemCode::OtherPortal);
        }
        obstacles.of_the_step(known);
        obstacles.of_the_dates(&issued.held.certificate, at);
        if known.recorded.under_way {
            obstacles.of_the_key(key_store, client.filter(|_| here), issued).await;
        }
        if let Some(time) = portal_time.filter(|_| here).or_else(|| known.kept_portal_time())
            && known.recorded.under_way
            && !time.makes_plausible(at)
        {
            obstacles.problem(ProblemCode::ClockImplausible);
        }
        obstacles.of_the_status(known, issued, answers, at);
        obstacles.of_the_path(known, issued, at);
        let in_use = known.recorded.under_way && matches!(known.journey().step, Step::Active(_));
        certificates.push(DiagnosedCertificate {
            certificate: issued.held.certificate.clone(),
            portal: known.journey().portal.clone(),
            practice: known.journey().practice,
            under_way: known.recorded.under_way,
            usable: in_use && obstacles.0.is_empty(),
            waits: known.recorded.under_way && obstacles.are_next_steps(),
            obstacles: obstacles.0,
        });
    }
    if !asked && !matches!(portal, PortalPart::Missing(_)) {
        probing.end(ProbeTarget::Ocsp, None, ProbeOutcome::NotUsed);
        probing.end(ProbeTarget::RevocationList, None, ProbeOutcome::NotUsed);
    }
    // No portal offers one yet.
    probing.end(ProbeTarget::TimeStamp, None, ProbeOutcome::NotUsed);
    certificates.sort_by_key(|certificate| !certificate.under_way);
    Diagnosis { at, probes: probing.done, certificates }
}

/// A journey that a journal remembers.
struct Known<'a, J> {
    part: &'a JournalPart<'a, J>,
    recorded: RecordedJourney,
    kept: Option<KeptStatus>,
}

impl<J> Known<'_, J> {
    fn journey(&self) -> &Journey {
        &self.recorded.journey
    }

    /// Whether its certificate is worth the questions: what was given up, or is of the other mode, is not.
    fn is_asked_about(&self) -> bool {
        self.part.in_use && self.recorded.under_way
    }

    /// As the use cases decide it. A practice portal may have moved to another port; where no portal is at hand, nothing
    /// speaks against it.
    fn belongs_to(&self, address: Option<&str>) -> bool {
        let journey = self.journey();
        self.part.in_use
            && journey.practice == self.part.practice
            && (journey.practice || address.is_none_or(|address| address == journey.portal))
    }

    fn kept_portal_time(&self) -> Option<PortalTime> {
        self.kept.as_ref().and_then(|kept| kept.portal_time)
    }

    /// The trust anchors count for the mode that the journey was made in.
    fn profile(&self) -> Profile {
        if self.journey().practice { Profile::PracticeEmployee } else { Profile::OcesEmployee }
    }
}

/// What was heard of one certificate just now.
#[derive(Default)]
struct Answers {
    /// What the responders proved.
    proven: Vec<CertificateStatus>,
    /// True where the portal's own answer proves nothing: the key is then not used, whatever others say.
    unsound: bool,
    /// What the revocation lists prove.
    listed: Vec<CertificateStatus>,
}

struct Probing<'a> {
    progress: &'a DiagnosisProgress<'a>,
    done: Vec<Probe>,
}

impl Probing<'_> {
    fn begin(&self, target: ProbeTarget, address: Option<&str>) {
        (self.progress)(target, address);
    }

    fn end(&mut self, target: ProbeTarget, address: Option<&str>, outcome: ProbeOutcome) {
        self.done.push(Probe { target, address: address.map(str::to_owned), outcome });
    }

    async fn read_journal<'p, J: Journal>(&mut self, part: &'p JournalPart<'p, J>) -> Vec<Known<'p, J>> {
        self.begin(ProbeTarget::Journal, Some(&part.place));
        let mut known = Vec::new();
        let outcome = match &part.journal {
            Err(missing) => fails(missing.problem, missing.detail.clone()),
            Ok(journal) => match journal.journeys().await {
                Err(error) => {
                    let detail = whole(&error);
                    fails(JourneyError::from(error).problem(), detail)
                }
                Ok(journeys) => {
                    let mut unread = None;
                    for recorded in journeys {
                        let kept = match journal.status_answer(recorded.journey.id).await {
                            Ok(kept) => kept,
                            Err(error) => {
                                unread = Some(error);
                                None
                            }
                        };
                        known.push(Known { part, recorded, kept });
                    }
                    match unread {
                        None => ProbeOutcome::Works { detail: None },
                        Some(error) => {
                            let detail = whole(&error);
                            fails(JourneyError::from(error).problem(), detail)
                        }
                    }
                }
            },
        };
        self.end(ProbeTarget::Journal, Some(&part.place), outcome);
        known
    }

    /// Every proxy between this computer and an address that it asks.
    async fn reach_proxies<P: Portal, J>(&mut self, client: &P, known: &[Known<'_, J>]) {
        let mut proxies: Vec<String> = Vec::new();
        let asked_about = known.iter().filter(|known| known.is_asked_about());
        let named = asked_about.filter_map(|known| known.journey().step.issued()).flat_map(named_addresses);
        for proxy in std::iter::once(client.address()).chain(named).filter_map(|address| client.proxy_for(address)) {
            if !proxies.contains(&proxy) && proxies.len() < MOST_PROXIES {
                proxies.push(proxy);
            }
        }
        if proxies.is_empty() {
            self.end(ProbeTarget::Proxy, None, ProbeOutcome::NotUsed);
        }
        for proxy in &proxies {
            self.begin(ProbeTarget::Proxy, Some(proxy));
            let outcome = match client.reach_proxy(proxy).await {
                Ok(()) => ProbeOutcome::Works { detail: None },
                Err(error) => fails(ProblemCode::ProxyUnreachable, what_failed(proxy, &error)),
            };
            self.end(ProbeTarget::Proxy, Some(proxy), outcome);
        }
    }

    /// Asks the portal whether it is there, and what time it has.
    async fn ask_portal<P: Portal, C: Clock>(&mut self, portal: &PortalPart<'_, P>, clock: &C) -> Option<PortalTime> {
        let client = match portal {
            PortalPart::AtHand(client) => client,
            PortalPart::NotKnown => {
                self.end(ProbeTarget::Portal, None, ProbeOutcome::NotUsed);
                return None;
            }
            PortalPart::Missing(missing) => {
                self.end(ProbeTarget::Portal, None, fails(missing.problem, missing.detail.clone()));
                return None;
            }
        };
        let address = client.address();
        self.begin(ProbeTarget::Portal, Some(address));
        let (said, outcome) = match client.date().await {
            Ok(said) => (said, ProbeOutcome::Works { detail: None }),
            Err(error) => {
                let detail = what_failed(address, &error);
                (None, fails(JourneyError::from(error).problem(), detail))
            }
        };
        self.end(ProbeTarget::Portal, Some(address), outcome);
        said.map(|said| PortalTime { said, heard_at: clock.now().trunc_subsecs(0) })
    }

    /// Holds the clock against what the portal said, just now or last.
    fn compare_clocks(&mut self, time: Option<PortalTime>, at: DateTime<Utc>, address: &str) {
        self.begin(ProbeTarget::Clock, None);
        let outcome = match time {
            None => ProbeOutcome::NotUsed,
            Some(time) => {
                let seconds = (time.heard_at - time.said).num_seconds().abs();
                let detail =
                    format!("the portal had {}, this computer {}: {seconds} s apart", time.said, time.heard_at);
                if time.makes_plausible(at) {
                    ProbeOutcome::Works { detail: Some(detail) }
                } else if time.heard_at == at || at >= time.said {
                    fails(ProblemCode::ClockImplausible, of_host(address, &detail))
                } else {
                    let detail = format!("the portal had {}; this computer has {at}, which is earlier", time.said);
                    fails(ProblemCode::ClockImplausible, of_host(address, &detail))
                }
            }
        };
        self.end(ProbeTarget::Clock, None, outcome);
    }

    /// Asks every responder and fetches every list that the certificate names; the portal's own responder too, where
    /// the certificate is the portal's.
    async fn ask_issuer<P: Portal, C: Clock>(&mut self, client: &P, issued: &Issued, here: bool, clock: &C) -> Answers {
        let mut answers = Answers::default();
        let certificate = &issued.held.certificate;
        let description = certificate.description();
        let asked = issuer_of(issued)
            .and_then(|issuer| Some((issuer, OcspRequest::new(certificate, issuer, new_nonce()).ok()?)));
        // Without an issuer nothing that anybody answers can be verified.
        let Some((issuer, request)) = asked else {
            answers.unsound = true;
            return answers;
        };
        let named = description.ocsp_urls.iter().take(MOST_ADDRESSES).map(|address| Responder::Named(address));
        for responder in here.then_some(Responder::Portal).into_iter().chain(named) {
            let (address, is_the_portal) = match responder {
                Responder::Portal => (client.address(), true),
                Responder::Named(address) => (address, false),
            };
            self.begin(ProbeTarget::Ocsp, Some(address));
            let reply = client.ocsp_response(responder, request.der()).await;
            let outcome = match reply {
                Ok(StatusReply { response, portal_date: _ }) => {
                    let at = clock.now().trunc_subsecs(0);
                    let answer = request.verify_response(&response, at).and_then(|answer| answer.status().cloned());
                    match answer {
                        Ok(status) => {
                            let detail = Some(in_words(&status));
                            answers.proven.push(status);
                            ProbeOutcome::Works { detail }
                        }
                        Err(error) if error.fault() == StatusFault::Unavailable => {
                            fails(ProblemCode::ResponderSilent, of_host(address, &error.to_string()))
                        }
                        Err(error) => {
                            answers.unsound |= is_the_portal && error.fault() == StatusFault::Bad;
                            fails(ProblemCode::ResponderAnswerUnusable, of_host(address, &whole(&error)))
                        }
                    }
                }
                Err(error @ PortalError::UnexpectedServerCertificate(_)) => {
                    answers.unsound |= is_the_portal;
                    let problem = match is_the_portal {
                        true => ProblemCode::PortalCertificateUnexpected,
                        false => ProblemCode::ResponderAnswerUnusable,
                    };
                    fails(problem, what_failed(address, &error))
                }
                Err(error) => fails(responder_problem(&error), what_failed(address, &error)),
            };
            self.end(ProbeTarget::Ocsp, Some(address), outcome);
        }
        if description.ocsp_urls.is_empty() && !here {
            self.end(ProbeTarget::Ocsp, None, ProbeOutcome::NotUsed);
        }
        for address in description.crl_urls.iter().take(MOST_ADDRESSES) {
            self.begin(ProbeTarget::RevocationList, Some(address));
            let outcome = match client.revocation_list(address, LARGEST_REVOCATION_LIST).await {
                Ok(list) => {
                    let at = clock.now().trunc_subsecs(0);
                    match prove(&StatusEvidence::RevocationList(list), certificate, issuer, at) {
                        Ok(status) => {
                            let detail = Some(in_words(&status));
                            answers.listed.push(status);
                            ProbeOutcome::Works { detail }
                        }
                        // The issuer signed it; it is one of several that belong together.
                        Err(error @ (StatusError::DeltaAlone | StatusError::SomeReasonsOnly)) => {
                            ProbeOutcome::Works { detail: Some(error.to_string()) }
                        }
                        Err(error) => fails(ProblemCode::RevocationListUnusable, of_host(address, &whole(&error))),
                    }
                }
                Err(error) => fails(ProblemCode::RevocationListUnusable, what_failed(address, &error)),
            };
            self.end(ProbeTarget::RevocationList, Some(address), outcome);
        }
        if description.crl_urls.is_empty() {
            self.end(ProbeTarget::RevocationList, None, ProbeOutcome::NotUsed);
        }
        answers
    }
}

/// What stops one certificate, each thing once.
#[derive(Default)]
struct Obstacles(Vec<Obstacle>);

impl Obstacles {
    fn problem(&mut self, problem: ProblemCode) {
        if !self.has(problem) {
            self.0.push(Obstacle::Problem(problem));
        }
    }

    fn has(&self, problem: ProblemCode) -> bool {
        self.0.contains(&Obstacle::Problem(problem))
    }

    /// What the step of the journey leaves undone or forbids.
    /// Whether there is something, and all of it is what the employee has not done yet.
    fn are_next_steps(&self) -> bool {
        let next_steps = [
            ProblemCode::DeviceUnregistered,
            ProblemCode::DetailsUnchecked,
            ProblemCode::DeclarationUnsigned,
            ProblemCode::DeclarationUndelivered,
        ];
        let is_next = |obstacle: &Obstacle| matches!(obstacle, Obstacle::Problem(code) if next_steps.contains(code));
        !self.0.is_empty() && self.0.iter().all(is_next)
    }

    fn of_the_step<J>(&mut self, known: &Known<'_, J>) {
        if !known.recorded.under_way {
            // What was still to be done with it is of no use any more, and its key is deleted.
            self.problem(ProblemCode::CertificateGivenUp);
        }
        let to_do = known.recorded.under_way;
        match &known.journey().step {
            Step::Invited(_) | Step::KeyMade(_) => {}
            Step::Issued(issued) if to_do => {
                self.registration(issued);
                self.problem(ProblemCode::DetailsUnchecked);
                self.problem(ProblemCode::DeclarationUnsigned);
            }
            Step::Reviewed(state) if to_do => {
                self.registration(&state.issued);
                self.problem(ProblemCode::DeclarationUnsigned);
            }
            Step::Signed(state) if to_do => {
                self.registration(&state.issued);
                self.problem(ProblemCode::DeclarationUndelivered);
            }
            Step::Issued(_) | Step::Reviewed(_) | Step::Signed(_) => {}
            Step::Active(state) => {
                if to_do {
                    self.registration(&state.issued);
                }
                self.read_at_portal(state.standing.as_ref().map(|standing| standing.state));
            }
            Step::Suspended(state) => {
                self.problem(ProblemCode::CertificateSuspended);
                self.acknowledged(&state.portal);
                if to_do {
                    self.registration(&state.issued);
                    self.declaration(state.declaration.as_ref());
                }
            }
            Step::Stopped(state) => {
                self.problem(ProblemCode::DetailsWrong);
                self.acknowledged(&state.portal);
            }
            Step::Revoked(_) => self.problem(ProblemCode::CertificateRevoked),
        }
    }

    fn registration(&mut self, issued: &Issued) {
        if issued.device_registered_at.is_none() {
            self.problem(ProblemCode::DeviceUnregistered);
        }
    }

    fn declaration(&mut self, declaration: Option<&DeclarationEntry>) {
        match declaration {
            None => self.problem(ProblemCode::DeclarationUnsigned),
            Some(entry) if entry.accepted_at.is_none() => self.problem(ProblemCode::DeclarationUndelivered),
            Some(_) => {}
        }
    }

    fn acknowledged(&mut self, acknowledgement: &Acknowledgement) {
        match acknowledgement {
            Acknowledgement::Waiting => {}
            Acknowledgement::ReadBack { standing } => self.read_at_portal(Some(standing.state)),
        }
    }

    fn read_at_portal(&mut self, state: Option<CertificateState>) {
        match state {
            None | Some(CertificateState::AwaitingDeclaration | CertificateState::Active) => {}
            Some(CertificateState::Suspended) => self.problem(ProblemCode::CertificateSuspended),
            Some(CertificateState::Revoked) => self.problem(ProblemCode::CertificateRevoked),
        }
    }

    fn of_the_dates(&mut self, certificate: &Certificate, at: DateTime<Utc>) {
        if at > certificate.not_after() {
            self.problem(ProblemCode::CertificateExpired);
        } else if at < certificate.not_before() {
            self.problem(ProblemCode::CertificateNotYetValid);
        }
    }

    /// Whether the key is where it was put, and whether the portal still knows this computer.
    async fn of_the_key<K: KeyStore, P: Portal>(&mut self, key_store: &K, client: Option<&P>, issued: &Issued) {
        match key_store.holds_key(issued.key.id).await {
            Ok(true) => {}
            Ok(false) => self.problem(ProblemCode::KeyMissing),
            Err(error) => self.problem(JourneyError::from(error).problem()),
        }
        if issued.device_registered_at.is_none() {
            return;
        }
        let token = match key_store.device_token(issued.key.id).await {
            Ok(token) => token,
            Err(KeyStoreError::Missing) => return self.problem(ProblemCode::DeviceUnknown),
            Err(error) => return self.problem(JourneyError::from(error).problem()),
        };
        let Some(client) = client else { return };
        match client.certificate_state(&token).await {
            Ok(reported) if reported.serial_number == issued.held.certificate.serial_number() => {
                self.read_at_portal(Some(reported.state));
            }
            Err(PortalError::Refused { refusal: Refusal::DeviceTokenInvalid, .. }) => {
                self.problem(ProblemCode::DeviceUnknown);
            }
            // That the portal does not answer is told by its own probe.
            Ok(_) | Err(_) => {}
        }
    }

    /// As the gate decides it: the responders first, then what is kept, then the lists.
    fn of_the_status<J>(&mut self, known: &Known<'_, J>, issued: &Issued, answers: Answers, at: DateTime<Utc>) {
        let certificate = &issued.held.certificate;
        let kept = issuer_of(issued)
            .zip(known.kept.as_ref())
            .and_then(|(issuer, kept)| prove(&kept.evidence, certificate, issuer, at).ok());
        let Answers { proven, unsound, listed } = answers;
        let told = if !proven.is_empty() {
            proven
        } else if let Some(kept) = kept {
            vec![kept]
        } else {
            listed
        };
        let to_be_used = known.recorded.under_way;
        if to_be_used && (told.is_empty() || unsound) {
            self.problem(ProblemCode::StatusUntold);
        }
        for status in &told {
            match status.state {
                pki::CertificateState::Good => {}
                pki::CertificateState::Suspended { .. } => self.problem(ProblemCode::CertificateSuspended),
                pki::CertificateState::Revoked { .. } => self.problem(ProblemCode::CertificateRevoked),
                pki::CertificateState::Unknown => self.problem(ProblemCode::StatusUntold),
            }
        }
    }

    /// What is wrong with the certificate and its path beside the dates, which are told already.
    fn of_the_path<J>(&mut self, known: &Known<'_, J>, issued: &Issued, at: DateTime<Utc>) {
        if known.part.trust_anchors.is_empty() {
            return;
        }
        let held = &issued.held;
        let report =
            pki::validate(&held.certificate, &held.intermediates, &known.part.trust_anchors, at, known.profile());
        for finding in report.findings {
            // Where the certificate's own dates are against it, its authorities' add nothing that a person could do.
            let told = (finding.code == FindingCode::Expired && self.has(ProblemCode::CertificateExpired))
                || (finding.code == FindingCode::NotYetValid && self.has(ProblemCode::CertificateNotYetValid));
            if finding.severity == Severity::Error && !told {
                self.0.push(Obstacle::Finding(finding));
            }
        }
    }
}

fn named_addresses(issued: &Issued) -> impl Iterator<Item = &str> {
    let description = issued.held.certificate.description();
    let ocsp = description.ocsp_urls.iter().take(MOST_ADDRESSES);
    ocsp.chain(description.crl_urls.iter().take(MOST_ADDRESSES)).map(String::as_str)
}

fn fails(problem: ProblemCode, detail: String) -> ProbeOutcome {
    ProbeOutcome::Fails { problem, detail }
}

fn keychain_fails(error: KeyStoreError) -> ProbeOutcome {
    let detail = whole(&error);
    fails(JourneyError::from(error).problem(), detail)
}

/// A responder is no portal: that it does not answer, or not as itself, is told in its own words.
fn responder_problem(error: &PortalError) -> ProblemCode {
    match error {
        PortalError::Unreachable(_) | PortalError::Failed { .. } | PortalError::Refused { .. } => {
            ProblemCode::ResponderSilent
        }
        PortalError::UnexpectedServerCertificate(_) => ProblemCode::PortalCertificateUnexpected,
        PortalError::KeyFailed(_) => ProblemCode::KeyFailed,
        PortalError::Unusable(_) => ProblemCode::ResponderAnswerUnusable,
    }
}

/// Who failed and why.
fn what_failed(address: &str, error: &PortalError) -> String {
    let cause = match error {
        // Its own words speak of the portal, and this need not be the portal.
        PortalError::Unreachable(cause) => whole(cause.as_ref()),
        PortalError::Failed { status } => format!("HTTP status {status}"),
        PortalError::Unusable(cause) => format!("the answer cannot be used: {cause}"),
        PortalError::UnexpectedServerCertificate(_) | PortalError::Refused { .. } | PortalError::KeyFailed(_) => {
            whole(error)
        }
    };
    of_host(address, &cause)
}

fn of_host(address: &str, cause: &str) -> String {
    match host(address) {
        "" => cause.to_owned(),
        host => format!("{host}: {cause}"),
    }
}

/// Host and port of an address; whoever may stand before them in it is left out.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

/// An error with everything that led to it, said once where a cause repeats it.
fn whole(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.ends_with(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = error.source();
    }
    text
}

fn in_words(status: &CertificateStatus) -> String {
    let state = match &status.state {
        pki::CertificateState::Good => "good".to_owned(),
        pki::CertificateState::Suspended { at } => format!("suspended since {at}"),
        pki::CertificateState::Revoked { reason, at } => format!("revoked since {at}: {reason}"),
        pki::CertificateState::Unknown => "unknown to the responder".to_owned(),
    };
    match status.next_update {
        Some(next_update) => format!("{state}; counts until {next_update}"),
        None => state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_named_without_whoever_stands_before_it() {
        for (address, expected) in [
            ("https://portal.example.org:8443", "portal.example.org:8443"),
            ("http://someone:word@ca.example.org/ocsp?x=@y", "ca.example.org"),
            ("http://[::1]:80/crl", "[::1]:80"),
            ("proxy.example.org:3128", "proxy.example.org:3128"),
            ("", ""),
        ] {
            assert_eq!(host(address), expected);
        }
    }
}

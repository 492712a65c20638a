//! The commands that lead a journey on: each reads what was typed, calls one use case, and reports the outcome.

use crate::activities;
use crate::arguments::{Activities, Declarations, Enrol, Review, Sign, Status};
use crate::declarations;
use crate::failure::{ExitStatus, Failure, UsageError};
use crate::files::DataFolder;
use crate::portal::{PortalAtHand, RememberedPortal, trust_anchor_under_way};
use crate::read_back::Readings;
use crate::report::{JourneyReport, Lines, Output, pick};
use crate::secrets::Secrets;
use chrono::{DateTime, Utc};
use declaration::details;
use declaration::terms::TermsDocument;
use key_custody::{KeyPlace, Modules, TokenKeyKind};
use lifecycle::ports::{Clock, Journal, Portal};
use lifecycle::{
    AcceptedTerms, Answer, DetailAnswer, Enrolled, Guide, Journey, JourneyError, KeyPlaceName, KeyUse, Language,
    OnEarlier, OneTimeCode, Policy, ReferenceNumber, Stage, Step, UseLog,
};
use local_store::policy_file::effective_policy;
use local_store::{Setting, SqliteJournal};
use pki::TrustAnchor;
use portal_client::{Network, PortalCapabilities, PortalClient, PracticeInvitation};
use serde_json::json;
use std::io::{IsTerminal, Write, stderr};
use std::path::PathBuf;

/// The journal's file within the data folder; the window has the same one.
pub(crate) const JOURNAL: &str = "journal.sqlite";

/// Most uses of the key that `status --json` lists.
const MOST_KEY_USES: u32 = 1000;

/// Most activities at the portal that are listed.
const MOST_ACTIVITIES: u32 = 100;

/// The clock of this computer.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

pub(crate) type SystemGuide = Guide<KeyPlace, PortalClient, SqliteJournal, SystemClock>;

/// The journey in a data folder, and the language in which it is told.
pub(crate) struct Session {
    pub(crate) folder: DataFolder,
    pub(crate) language: Language,
    pub(crate) journal: SqliteJournal,
    modules: Modules,
    /// A policy to try out.
    given_policy: Option<PathBuf>,
}

/// A place for keys, and which kind of key a token makes there.
pub(crate) type ChosenPlace<'a> = (&'a KeyPlaceName, TokenKeyKind);

/// The place of a name.
///
/// # Errors
/// [`UsageError::UnknownKeyPlace`] where it is none; a name that was typed is one.
pub(crate) fn key_place(name: &KeyPlaceName, modules: &Modules, kind: TokenKeyKind) -> Result<KeyPlace, UsageError> {
    KeyPlace::named(name.as_str(), modules.clone(), kind).map_err(UsageError::UnknownKeyPlace)
}

impl Session {
    pub(crate) async fn open(
        folder: DataFolder,
        language: Language,
        modules: Modules,
        given_policy: Option<PathBuf>,
    ) -> Result<Self, Failure> {
        folder.create()?;
        let journal = SqliteJournal::open(&folder.path().join(JOURNAL)).await?;
        Ok(Self { folder, language, journal, modules, given_policy })
    }

    /// Calls `show` with the outcome, which holds the revocation code; only when that has been printed does this computer
    /// count as registered. Where it could not be printed, another call gets a new code.
    pub(crate) async fn enrol(
        &self,
        arguments: &Enrol,
        show: impl FnOnce(&Output) -> std::io::Result<()>,
    ) -> Result<ExitStatus, Failure> {
        let reference = arguments.reference.as_deref().map(ReferenceNumber::parse).transpose()?;
        let (address, anchor) = crate::portal::named(&self.policy()?, &arguments.portal)?;
        let mut secrets = Secrets::from_standard_input()?;
        let code = match &reference {
            Some(_) => Some(OneTimeCode::parse(&secrets.line()?)?),
            None => None,
        };
        let password = secrets.password()?;

        let mut under_way = self.journal.current().await?;
        // The code of a made-up invitation was shown to nobody, so that nobody can give it again; another one is as good.
        let unfinished = |journey: &Journey| {
            arguments.practice && journey.practice && matches!(journey.step, Step::Invited(_) | Step::KeyMade(_))
        };
        if under_way.as_ref().is_some_and(unfinished) {
            self.start_over().await?;
            under_way = None;
        }
        let place = match (&under_way, &arguments.key) {
            (Some(journey), chosen) => {
                let goes_on = match (journey.step.invitation(), &reference) {
                    (Some(invitation), Some(reference)) => invitation.reference == *reference,
                    (Some(_), None) => journey.practice,
                    (None, _) => false,
                };
                if !goes_on {
                    return Err(JourneyError::WrongStep.into());
                }
                match (journey.step.key(), chosen) {
                    (Some(key), Some(chosen)) if key.place != *chosen => {
                        return Err(JourneyError::KeyElsewhere(key.place.clone()).into());
                    }
                    // There is no key yet, and another place can still be chosen.
                    (_, Some(chosen)) => chosen.clone(),
                    (_, None) => journey.step.key_place().clone(),
                }
            }
            (None, Some(chosen)) => chosen.clone(),
            (None, None) => KeyPlaceName::default(),
        };
        let portal = self.chosen_portal(&address, anchor, under_way.as_ref(), arguments.practice).await?;
        let guide = self.guide(portal, (&place, arguments.key_kind.into()))?;
        let (journey, code) = match under_way {
            Some(journey) => (journey, code),
            None => {
                let (reference, code) = match reference.zip(code) {
                    Some(invitation) => invitation,
                    None => {
                        let PracticeInvitation { reference, code, .. } = guide.portal().practice_invitation().await?;
                        (reference, code)
                    }
                };
                (guide.open_invitation(&reference, code).await?, None)
            }
        };
        decide_on_earlier(&guide, &journey, arguments.earlier.decided()).await?;
        let Enrolled { journey, revocation_code } = guide.enrol(&password, code, &self.progress()).await?;
        // Whoever prints may be kept waiting.
        drop(password);
        let output = JourneyReport::new(&journey, revocation_code.as_ref()).output(self.language);
        self.show_code(&guide, &output, revocation_code.is_some(), show).await
    }

    /// Prints an outcome that may hold a revocation code; only what was printed counts as kept.
    pub(crate) async fn show_code(
        &self,
        guide: &SystemGuide,
        output: &Output,
        with_code: bool,
        show: impl FnOnce(&Output) -> std::io::Result<()>,
    ) -> Result<ExitStatus, Failure> {
        if show(output).is_err() {
            return Ok(ExitStatus::CannotBeTold);
        }
        if with_code {
            guide.confirm_revocation_code().await?;
        }
        Ok(ExitStatus::Holds)
    }

    pub(crate) async fn review(&self, arguments: &Review) -> Result<(ExitStatus, Output), Failure> {
        let (guide, journey) = self.resume().await?;
        let issued = journey.step.issued().ok_or(JourneyError::WrongStep)?;
        let wrong: Vec<_> = arguments.answers.wrong.iter().copied().map(declaration::DetailField::from).collect();
        let shown = details(&issued.held.certificate);
        if wrong.iter().any(|field| shown.iter().all(|detail| detail.field != *field)) {
            return Err(JourneyError::AnswersIncomplete.into());
        }
        let answers: Vec<DetailAnswer> = shown
            .iter()
            .map(|detail| DetailAnswer {
                field: detail.field,
                answer: if wrong.contains(&detail.field) { Answer::Wrong } else { Answer::Correct },
            })
            .collect();
        Ok(self.done(&guide.review(&answers).await?))
    }

    pub(crate) async fn terms(&self) -> Result<(ExitStatus, Output), Failure> {
        let (guide, _) = self.resume().await?;
        let documents = guide.terms().await?;
        let binding = documents.first().ok_or_else(|| JourneyError::TermsNotGenuine("there are none".into()))?;
        let wanted = pick(self.language, "da", "en");
        let shown = documents.iter().find(|document| document.terms().language == wanted).unwrap_or(binding);
        let terms = shown.terms();
        let report = json!({
            "id": terms.id,
            "version": terms.version,
            "language": terms.language,
            // What is accepted is the binding text, whichever is read.
            "sha256": binding.sha256_hex(),
            "consents": terms.consents().collect::<Vec<_>>(),
            "terms": terms,
        });
        Ok((ExitStatus::Holds, Output::new(terms_text(self.language, shown, binding), &report)))
    }

    pub(crate) async fn sign(&self, arguments: &Sign) -> Result<(ExitStatus, Output), Failure> {
        let password = Secrets::from_standard_input()?.password()?;
        let journey = self.under_way().await?;
        let mut portal = self.portal_of(&journey).await?;
        // The declaration names the portal as people know it.
        let capabilities = portal.client.capabilities().await?;
        self.remember(&portal.client, &capabilities).await?;
        portal.name = capabilities.portal;
        portal.suspension_offered = capabilities.suspension;
        let guide = self.guide_of(&journey, portal)?;
        let consents = if arguments.consent.is_empty() {
            let documents = guide.terms().await?;
            documents
                .first()
                .into_iter()
                .flat_map(|binding| binding.terms().consents())
                .map(|clause| clause.id.clone())
                .collect()
        } else {
            arguments.consent.clone()
        };
        let accepted = AcceptedTerms { sha256: arguments.accept_terms.clone(), consents };
        let journey = guide.sign(&accepted, &password, &self.progress()).await?;
        self.preserve(&guide).await;
        Ok(self.done(&journey))
    }

    pub(crate) async fn deliver(&self) -> Result<(ExitStatus, Output), Failure> {
        let password = Secrets::from_standard_input()?.password()?;
        let (guide, _) = self.resume().await?;
        let journey = guide.deliver(&password, &self.progress()).await?;
        self.preserve(&guide).await;
        Ok(self.done(&journey))
    }

    /// Nobody watches behind a command line, so what can be had now is fetched at once. It is delivered all the same.
    async fn preserve(&self, guide: &SystemGuide) {
        if let Err(error) = guide.preserve().await {
            tracing::debug!(%error, "the declaration was not brought to a higher level");
        }
    }

    pub(crate) async fn declarations(&self, arguments: &Declarations) -> Result<(ExitStatus, Output), Failure> {
        let (guide, _) = self.resume().await?;
        let mut declarations = guide.archived_declarations().await?;
        let search = arguments.search.join(" ");
        declarations.retain(|declaration| declaration.matches(&search));
        let status = if declarations.is_empty() { ExitStatus::DoesNotHold } else { ExitStatus::Holds };
        Ok((status, declarations::output(&declarations, self.language)))
    }

    pub(crate) async fn change_password(&self) -> Result<(ExitStatus, Output), Failure> {
        let mut secrets = Secrets::from_standard_input()?;
        let (old, new) = (secrets.password()?, secrets.password()?);
        let (guide, _) = self.resume().await?;
        guide.change_password(&old, &new, &self.progress()).await?;
        let text = pick(self.language, "Den nye adgangskode gælder.\n", "The new password is in force.\n");
        Ok((ExitStatus::Holds, Output::new(text.into(), &json!({ "password": "changed" }))))
    }

    /// Suspends without the portal where that is all that can be done: the local lock comes first, and neither a trust
    /// anchor that was lost nor a policy that cannot be read must stand in its way. The CA certificates that led to the
    /// anchor at enrolment then take its place; the key is not used, and its token goes to the portal that gave it.
    pub(crate) async fn suspend(&self) -> Result<(ExitStatus, Output), Failure> {
        let journey = self.under_way().await?;
        let anchor = match (self.folder.trust_anchor(), journey.step.issued()) {
            (Ok(anchor), _) => anchor,
            (Err(error), Some(issued)) => {
                issued.held.intermediates.last().cloned().map(TrustAnchor::new).ok_or(error)?
            }
            (Err(_), None) => return Err(JourneyError::WrongStep.into()),
        };
        let policy = self.policy().unwrap_or_default();
        let client =
            PortalClient::in_network(&journey.portal, std::slice::from_ref(&anchor), &Network::under(&policy))?;
        let portal = self.known(client, anchor, journey.practice, Policy::default()).await;
        let guide = self.guide_of(&journey, portal)?;
        let journey = guide.suspend().await?;
        self.done_and_read_back(&guide, &journey).await
    }

    pub(crate) async fn status(&self, arguments: &Status) -> Result<(ExitStatus, Output), Failure> {
        let Some(known) = self.journal.current().await? else {
            let text = pick(self.language, "Intet forløb er i gang.\n", "No journey is under way.\n");
            let UseLog { lines, state, .. } = self.journal.use_log(MOST_KEY_USES).await?;
            let key_uses: Vec<&KeyUse> = lines.iter().map(|line| &line.key_use).collect();
            let report = json!({ "step": null, "key_uses": key_uses, "use_log": state });
            return Ok((ExitStatus::DoesNotHold, Output::new(text.into(), &report)));
        };
        if arguments.offline {
            // What is kept beside the key makes the check of the log sharper; it is shown without it as well.
            let guide = self.resume().await.ok();
            return self.stands(guide.as_ref().map(|(guide, _)| guide), &known).await;
        }
        let (guide, _) = self.resume().await?;
        let (status, output) = match guide.refresh().await {
            Ok(journey) => self.stands(Some(&guide), &journey).await?,
            Err(error) => {
                let failure = Failure::from(error).unless_known_suffices()?;
                tracing::warn!(error = %failure, "the state could not be read at the portal");
                let (_, output) = self.stands(Some(&guide), &known).await?;
                (failure.status(), self.not_asked(output, &failure))
            }
        };
        if !arguments.read_back {
            return Ok((status, output));
        }
        let readings = Readings::of(guide.read_back().await?, self.language);
        let status = [ExitStatus::DoesNotHold, ExitStatus::CannotBeTold]
            .into_iter()
            .find(|worse| [status, readings.status()].contains(worse))
            .unwrap_or(ExitStatus::Holds);
        Ok((status, readings.added_to(output)))
    }

    pub(crate) async fn activities(&self, arguments: &Activities) -> Result<(ExitStatus, Output), Failure> {
        let mut failure = None;
        let journey = if arguments.offline {
            self.under_way().await?
        } else {
            let (guide, known) = self.resume().await?;
            match guide.refresh().await {
                Ok(journey) => journey,
                Err(error) => {
                    let error = Failure::from(error).unless_known_suffices()?;
                    tracing::warn!(%error, "the activities could not be read at the portal");
                    failure = Some(error);
                    known
                }
            }
        };
        if let Some(id) = &arguments.acknowledge {
            let told = self.journal.activities(journey.id, MOST_ACTIVITIES).await?;
            let named = told.iter().map(|judged| judged.activity.id);
            let activity = named.into_iter().find(|known| known.to_string().eq_ignore_ascii_case(id));
            let activity = activity.ok_or(UsageError::NoSuchActivity)?;
            self.journal.acknowledge_activity(journey.id, activity).await?;
        }
        let told = self.journal.activities(journey.id, MOST_ACTIVITIES).await?;
        let output = activities::output(&told, self.language);
        Ok(match failure {
            Some(failure) => (failure.status(), self.not_asked(output, &failure)),
            None if activities::suspicious(&told) > 0 => (ExitStatus::DoesNotHold, output),
            None => (ExitStatus::Holds, output),
        })
    }

    pub(crate) async fn start_over(&self) -> Result<(ExitStatus, Output), Failure> {
        if self.journal.current().await?.is_some() {
            let (guide, _) = self.resume().await?;
            guide.start_over().await?;
        }
        // Of a certificate in use only the declaration that waited is given up.
        if let Some(journey) = self.journal.current().await? {
            return Ok(self.done(&journey));
        }
        let text = pick(self.language, "Forløbet er givet op.\n", "The journey is given up.\n");
        Ok((ExitStatus::Holds, Output::new(text.into(), &json!({ "step": null }))))
    }

    /// The guide for the journey under way.
    pub(crate) async fn resume(&self) -> Result<(SystemGuide, Journey), Failure> {
        let journey = self.under_way().await?;
        let portal = self.portal_of(&journey).await?;
        Ok((self.guide_of(&journey, portal)?, journey))
    }

    pub(crate) async fn under_way(&self) -> Result<Journey, Failure> {
        Ok(self.journal.current().await?.ok_or(JourneyError::WrongStep)?)
    }

    pub(crate) fn policy(&self) -> Result<Policy, Failure> {
        Ok(effective_policy(self.given_policy.as_deref())?.policy)
    }

    /// The portal of a journey, of which nothing is asked yet.
    async fn portal_of(&self, journey: &Journey) -> Result<PortalAtHand, Failure> {
        let policy = self.policy()?;
        let anchor = trust_anchor_under_way(&policy, &self.folder)?;
        let client = crate::portal::client(&policy, &journey.portal, &anchor)?;
        Ok(self.known(client, anchor, journey.practice, policy).await)
    }

    /// The portal that was named for a journey that begins or goes on. A new one is asked who it is, which with
    /// `only_practice` must be one for practice, and its anchor is remembered.
    pub(crate) async fn chosen_portal(
        &self,
        address: &str,
        anchor: TrustAnchor,
        under_way: Option<&Journey>,
        only_practice: bool,
    ) -> Result<PortalAtHand, Failure> {
        let policy = self.policy()?;
        let client = crate::portal::client(&policy, address, &anchor)?;
        let Some(journey) = under_way else {
            let capabilities = client.capabilities().await?;
            if only_practice && !capabilities.practice {
                return Err(JourneyError::OtherPortal.into());
            }
            self.folder.remember_trust_anchor(&anchor)?;
            self.remember(&client, &capabilities).await?;
            return Ok(self.known(client, anchor, capabilities.practice, policy).await);
        };
        if journey.portal != client.address() || trust_anchor_under_way(&policy, &self.folder)? != anchor {
            return Err(UsageError::AnotherPortal.into());
        }
        Ok(self.known(client, anchor, journey.practice, policy).await)
    }

    /// What a portal can do, as far as this computer remembers.
    pub(crate) async fn known(
        &self,
        client: PortalClient,
        anchor: TrustAnchor,
        practice: bool,
        policy: Policy,
    ) -> PortalAtHand {
        let remembered = match self.journal.setting(Setting::Portal).await {
            Ok(text) => text.and_then(|text| RememberedPortal::parse(&text, client.address())),
            Err(error) => {
                tracing::warn!(%error, "what is remembered of the portal cannot be read");
                None
            }
        };
        PortalAtHand {
            anchor,
            practice,
            name: client.address().to_owned(),
            suspension_offered: remembered.is_none_or(|portal| portal.suspension),
            policy,
            client,
        }
    }

    async fn remember(&self, client: &PortalClient, capabilities: &PortalCapabilities) -> Result<(), Failure> {
        let portal = RememberedPortal::of(client.address(), capabilities);
        Ok(self.journal.set_setting(Setting::Portal, &portal.to_text()).await?)
    }

    /// The guide for a journey, with the place of its key.
    pub(crate) fn guide_of(&self, journey: &Journey, portal: PortalAtHand) -> Result<SystemGuide, UsageError> {
        // The kind of the key is chosen only where one is made.
        self.guide(portal, (journey.step.key_place(), TokenKeyKind::Rsa3072))
    }

    pub(crate) fn guide(
        &self,
        portal: PortalAtHand,
        (place, kind): ChosenPlace<'_>,
    ) -> Result<SystemGuide, UsageError> {
        let place = key_place(place, &self.modules, kind)?;
        let (client, settings) = portal.settings();
        Ok(Guide::new(place, client, self.journal.clone(), SystemClock, settings))
    }

    fn done(&self, journey: &Journey) -> (ExitStatus, Output) {
        (ExitStatus::Holds, JourneyReport::new(journey, None).output(self.language))
    }

    /// The act is done; what is then read back shows its effect, and changes nothing about that.
    pub(crate) async fn done_and_read_back(
        &self,
        guide: &SystemGuide,
        journey: &Journey,
    ) -> Result<(ExitStatus, Output), Failure> {
        let (status, output) = self.done(journey);
        match guide.read_back().await {
            Ok(read_back) => Ok((status, Readings::of(read_back, self.language).added_to(output))),
            Err(error) => {
                tracing::warn!(%error, "the effect could not be read back");
                Ok((status, output))
            }
        }
    }

    /// The journey with the log of its key, and whether the certificate can be used or is on its way.
    async fn stands(&self, guide: Option<&SystemGuide>, journey: &Journey) -> Result<(ExitStatus, Output), Failure> {
        let blocked = match &journey.step {
            Step::Invited(_)
            | Step::KeyMade(_)
            | Step::Issued(_)
            | Step::Reviewed(_)
            | Step::Signed(_)
            | Step::Active(_) => false,
            Step::Suspended(_) | Step::Stopped(_) | Step::Revoked(_) => true,
        };
        let expired =
            journey.step.issued().is_some_and(|issued| SystemClock.now() > issued.held.certificate.not_after());
        let status = if blocked || expired { ExitStatus::DoesNotHold } else { ExitStatus::Holds };
        let use_log = match guide {
            Some(guide) => guide.use_log(MOST_KEY_USES).await?,
            None => self.journal.use_log(MOST_KEY_USES).await?,
        };
        let activities = self.journal.activities(journey.id, MOST_ACTIVITIES).await?;
        let report = JourneyReport::new(journey, None).with_use_log(&use_log);
        let report = report.with_noticed(journey, &activities, SystemClock.now());
        Ok((status, report.output(self.language)))
    }

    /// What this computer knows, with the reason why the portal was not asked.
    fn not_asked(&self, mut output: Output, failure: &Failure) -> Output {
        let problem = failure.report(self.language);
        output.text.push_str(&problem.text());
        if let Some(object) = output.json.as_object_mut() {
            object.insert("not_asked".into(), json!(problem));
        }
        output
    }

    /// Tells a person at a terminal what is being done; a script hears nothing.
    pub(crate) fn progress(&self) -> impl Fn(Stage) + Send + Sync + use<> {
        let language = self.language;
        move |stage| {
            if stderr().is_terminal() {
                let (danish, english) = stage_name(stage);
                // Nothing depends on whether the line is seen.
                let _ = writeln!(stderr(), "{} …", pick(language, danish, english));
            }
        }
    }
}

/// Says what is to happen to the employee's earlier certificates, where there are any.
async fn decide_on_earlier(guide: &SystemGuide, journey: &Journey, wanted: Option<OnEarlier>) -> Result<(), Failure> {
    let Some(invitation) = journey.step.invitation().filter(|invitation| !invitation.earlier.is_empty()) else {
        return Ok(());
    };
    match (wanted, invitation.on_earlier) {
        (None, None) => Err(Failure::EarlierUndecided(invitation.earlier.clone())),
        (Some(wanted), decided) if decided != Some(wanted) => {
            guide.decide_on_earlier(wanted).await?;
            Ok(())
        }
        (Some(_) | None, Some(_)) | (Some(_), None) => Ok(()),
    }
}

fn terms_text(language: Language, shown: &TermsDocument, binding: &TermsDocument) -> String {
    let terms = shown.terms();
    let mut lines = Lines::new(language);
    lines.plain(&terms.title);
    lines.plain("");
    lines.plain(&terms.preamble);
    for section in &terms.sections {
        lines.plain("");
        lines.plain(&section.lead);
        for clause in &section.clauses {
            lines.plain(&format!("- [{}] {}", clause.id, clause.text));
        }
    }
    lines.plain("");
    lines.plain(&terms.closing);
    lines.plain("");
    if shown.terms().binding {
        lines.plain(pick(language, "Denne tekst er bindende.", "This text is binding."));
    } else {
        lines.plain(pick(language, "Den danske tekst er bindende.", "The Danish text is binding."));
    }
    lines.pair("SHA-256", "SHA-256", &binding.sha256_hex());
    lines.text
}

fn stage_name(stage: Stage) -> (&'static str, &'static str) {
    match stage {
        Stage::ProbingKeychain => ("Prøver stedet til nøglen", "Trying the place for the key"),
        Stage::MakingKey => ("Laver nøglen", "Making the key"),
        Stage::UnlockingKey => ("Låser nøglen op", "Unlocking the key"),
        Stage::FetchingCertificate => ("Henter certifikatet", "Fetching the certificate"),
        Stage::CheckingCertificate => ("Kontrollerer certifikatet", "Checking the certificate"),
        Stage::RegisteringDevice => ("Registrerer computeren", "Registering this computer"),
        Stage::AskingStatus => {
            ("Spørger, om certifikatet stadig gælder", "Asking whether the certificate is still good")
        }
        Stage::FetchingTerms => ("Henter vilkårene", "Fetching the terms"),
        Stage::RenderingDeclaration => ("Skriver erklæringen", "Writing the declaration"),
        Stage::Signing => ("Underskriver", "Signing"),
        Stage::TimeStamping => ("Henter et tidsstempel", "Getting a time-stamp"),
        Stage::Submitting => ("Afleverer", "Delivering"),
        Stage::CheckingReceipt => ("Kontrollerer kvitteringen", "Checking the receipt"),
        Stage::ReadingContainer => ("Læser certifikatfilen", "Reading the certificate file"),
        Stage::WritingContainer => ("Skriver certifikatfilen", "Writing the certificate file"),
        Stage::Revoking => ("Spærrer certifikatet", "Revoking the certificate"),
    }
}

//! The commands that lead a journey on: each reads what was typed, calls one use case, and reports the outcome.

use crate::arguments::{Enrol, Export, Review, Sign, Status};
use crate::failure::{ExitStatus, Failure, UsageError};
use crate::files::{self, DataFolder};
use crate::report::{JourneyReport, Lines, Output, pick};
use crate::secrets::Secrets;
use chrono::{DateTime, Utc};
use declaration::details;
use declaration::terms::TermsDocument;
use key_custody::{KeyPlace, Modules, TokenKeyKind};
use lifecycle::ports::{Clock, Journal, Portal};
use lifecycle::{
    AcceptedTerms, Answer, DetailAnswer, DocumentKind, Enrolled, Guide, Journey, JourneyError, KeyPlaceName, KeyUse,
    Language, OneTimeCode, ReferenceNumber, Settings, Stage, Step, UseLog,
};
use local_store::SqliteJournal;
use pki::TrustAnchor;
use portal_client::PortalClient;
use serde_json::json;
use std::io::{IsTerminal, Write, stderr};

/// The journal's file within the data folder; the window has the same one.
pub(crate) const JOURNAL: &str = "journal.sqlite";

/// Most uses of the key that `status --json` lists.
const MOST_KEY_USES: u32 = 1000;

/// The clock of this computer.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

type SystemGuide = Guide<KeyPlace, PortalClient, SqliteJournal, SystemClock>;

/// The journey in a data folder, and the language in which it is told.
pub(crate) struct Session {
    folder: DataFolder,
    language: Language,
    journal: SqliteJournal,
    modules: Modules,
}

/// A place for keys, and which kind of key a token makes there.
type ChosenPlace<'a> = (&'a KeyPlaceName, TokenKeyKind);

/// The place of a name.
///
/// # Errors
/// [`UsageError::UnknownKeyPlace`] where it is none; a name that was typed is one.
pub(crate) fn key_place(name: &KeyPlaceName, modules: &Modules, kind: TokenKeyKind) -> Result<KeyPlace, UsageError> {
    KeyPlace::named(name.as_str(), modules.clone(), kind).map_err(UsageError::UnknownKeyPlace)
}

/// Where the key of a journey is kept; where it has none yet, the keychain.
pub(crate) fn place_of(journey: &Journey) -> KeyPlaceName {
    journey.step.key().map(|key| key.place.clone()).unwrap_or_default()
}

impl Session {
    pub(crate) async fn open(folder: DataFolder, language: Language, modules: Modules) -> Result<Self, Failure> {
        folder.create()?;
        let journal = SqliteJournal::open(&folder.path().join(JOURNAL)).await?;
        Ok(Self { folder, language, journal, modules })
    }

    /// Calls `show` with the outcome, which holds the revocation code; only when that has been printed does this computer
    /// count as registered. Where it could not be printed, another call gets a new code.
    pub(crate) async fn enrol(
        &self,
        arguments: &Enrol,
        show: impl FnOnce(&Output) -> std::io::Result<()>,
    ) -> Result<ExitStatus, Failure> {
        let reference = ReferenceNumber::parse(&arguments.reference)?;
        let mut secrets = Secrets::from_standard_input()?;
        let code = OneTimeCode::parse(&secrets.line()?)?;
        let password = secrets.password()?;
        let anchor = files::trust_anchors(std::slice::from_ref(&arguments.trust_anchor))?.swap_remove(0);

        let under_way = self.journal.current().await?;
        let client = PortalClient::new(&arguments.portal, std::slice::from_ref(&anchor))?;
        if let Some(journey) = &under_way {
            if journey.step.invitation().reference != reference {
                return Err(JourneyError::WrongStep.into());
            }
            if let Some(key) = journey.step.key().filter(|key| key.place != arguments.key) {
                return Err(JourneyError::KeyElsewhere(key.place.clone()).into());
            }
            if journey.portal != client.address() || self.folder.trust_anchor()? != anchor {
                return Err(UsageError::AnotherPortal.into());
            }
        } else {
            self.folder.remember_trust_anchor(&anchor)?;
        }
        let practice = match &under_way {
            Some(journey) => journey.practice,
            None => client.capabilities().await?.practice,
        };
        let portal_name = client.address().to_owned();
        let place = (&arguments.key, arguments.key_kind.into());
        let guide = self.guide(client, anchor, practice, portal_name, place)?;
        let code = match under_way {
            Some(_) => Some(code),
            None => {
                guide.open_invitation(&reference, code).await?;
                None
            }
        };
        let Enrolled { journey, revocation_code } = guide.enrol(&password, code, &self.progress()).await?;
        // Whoever prints may be kept waiting.
        drop(password);
        if show(&JourneyReport::new(&journey, revocation_code.as_ref()).output(self.language)).is_err() {
            return Ok(ExitStatus::CannotBeTold);
        }
        if revocation_code.is_some() {
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
        let (client, anchor, journey) = self.known_portal().await?;
        // The declaration names the portal as people know it.
        let portal_name = client.capabilities().await?.portal;
        let guide = self.guide_of(&journey, client, anchor, portal_name)?;
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
        Ok(self.done(&guide.sign(&accepted, &password, &self.progress()).await?))
    }

    pub(crate) async fn deliver(&self) -> Result<(ExitStatus, Output), Failure> {
        let password = Secrets::from_standard_input()?.password()?;
        let (guide, _) = self.resume().await?;
        Ok(self.done(&guide.deliver(&password, &self.progress()).await?))
    }

    pub(crate) async fn change_password(&self) -> Result<(ExitStatus, Output), Failure> {
        let mut secrets = Secrets::from_standard_input()?;
        let (old, new) = (secrets.password()?, secrets.password()?);
        let (guide, _) = self.resume().await?;
        guide.change_password(&old, &new, &self.progress()).await?;
        let text = pick(self.language, "Den nye adgangskode gælder.\n", "The new password is in force.\n");
        Ok((ExitStatus::Holds, Output::new(text.into(), &json!({ "password": "changed" }))))
    }

    /// Suspends without the portal where that is all that can be done: the local lock comes first, and a trust anchor
    /// that was lost must not stand in its way. The CA certificates that led to it at enrolment then take its place.
    pub(crate) async fn suspend(&self) -> Result<(ExitStatus, Output), Failure> {
        let journey = self.journal.current().await?.ok_or(JourneyError::WrongStep)?;
        let anchor = match (self.folder.trust_anchor(), journey.step.issued()) {
            (Ok(anchor), _) => anchor,
            (Err(error), Some(issued)) => {
                issued.held.intermediates.last().cloned().map(TrustAnchor::new).ok_or(error)?
            }
            (Err(_), None) => return Err(JourneyError::WrongStep.into()),
        };
        let client = PortalClient::new(&journey.portal, std::slice::from_ref(&anchor))?;
        let portal_name = client.address().to_owned();
        let guide = self.guide_of(&journey, client, anchor, portal_name)?;
        Ok(self.done(&guide.suspend().await?))
    }

    pub(crate) async fn status(&self, arguments: &Status) -> Result<(ExitStatus, Output), Failure> {
        let Some(known) = self.journal.current().await? else {
            let text = pick(self.language, "Intet forløb er i gang.\n", "No journey is under way.\n");
            let UseLog { lines, state } = self.journal.use_log(MOST_KEY_USES).await?;
            let key_uses: Vec<&KeyUse> = lines.iter().map(|line| &line.key_use).collect();
            let report = json!({ "step": null, "key_uses": key_uses, "use_log": state });
            return Ok((ExitStatus::DoesNotHold, Output::new(text.into(), &report)));
        };
        if arguments.offline {
            return self.stands(&known).await;
        }
        let (guide, _) = self.resume().await?;
        match guide.refresh().await {
            Ok(journey) => self.stands(&journey).await,
            Err(error) => {
                let failure = Failure::from(error);
                if failure.status() != ExitStatus::CannotBeTold {
                    return Err(failure);
                }
                tracing::warn!(error = %failure, "the state could not be read at the portal");
                let (_, output) = self.stands(&known).await?;
                Ok((ExitStatus::CannotBeTold, self.not_asked(output, &failure)))
            }
        }
    }

    pub(crate) async fn start_over(&self) -> Result<(ExitStatus, Output), Failure> {
        if self.journal.current().await?.is_some() {
            let (guide, _) = self.resume().await?;
            guide.start_over().await?;
        }
        let text = pick(self.language, "Forløbet er givet op.\n", "The journey is given up.\n");
        Ok((ExitStatus::Holds, Output::new(text.into(), &json!({ "step": null }))))
    }

    pub(crate) async fn export(&self, arguments: &Export) -> Result<(ExitStatus, Output), Failure> {
        let journey = self.journal.current().await?.ok_or(UsageError::NoSuchDocument)?;
        let kind = DocumentKind::from(arguments.document);
        // A declaration that the portal refused is kept by the journal, but counts for nothing.
        let counts = journey.step.declaration().is_some();
        let document =
            self.journal.document(journey.id, kind).await?.filter(|_| counts).ok_or(UsageError::NoSuchDocument)?;
        files::write_new(&arguments.file, &document)?;
        let file = arguments.file.display().to_string();
        let mut lines = Lines::new(self.language);
        lines.pair("Gemt", "Saved", &file);
        Ok((ExitStatus::Holds, Output::new(lines.text, &json!({ "file": file, "bytes": document.len() }))))
    }

    /// The guide for the journey under way.
    async fn resume(&self) -> Result<(SystemGuide, Journey), Failure> {
        let (client, anchor, journey) = self.known_portal().await?;
        let portal_name = client.address().to_owned();
        Ok((self.guide_of(&journey, client, anchor, portal_name)?, journey))
    }

    async fn known_portal(&self) -> Result<(PortalClient, TrustAnchor, Journey), Failure> {
        let journey = self.journal.current().await?.ok_or(JourneyError::WrongStep)?;
        let anchor = self.folder.trust_anchor()?;
        let client = PortalClient::new(&journey.portal, std::slice::from_ref(&anchor))?;
        Ok((client, anchor, journey))
    }

    /// The guide for a journey, with the place of its key.
    fn guide_of(
        &self,
        journey: &Journey,
        client: PortalClient,
        anchor: TrustAnchor,
        portal_name: String,
    ) -> Result<SystemGuide, UsageError> {
        // The key is made already: its kind is not chosen any more.
        self.guide(client, anchor, journey.practice, portal_name, (&place_of(journey), TokenKeyKind::Rsa3072))
    }

    fn guide(
        &self,
        client: PortalClient,
        anchor: TrustAnchor,
        practice: bool,
        portal_name: String,
        (place, kind): ChosenPlace<'_>,
    ) -> Result<SystemGuide, UsageError> {
        let settings = Settings {
            practice,
            trust_anchors: vec![anchor],
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            portal_name,
        };
        let place = key_place(place, &self.modules, kind)?;
        Ok(Guide::new(place, client, self.journal.clone(), SystemClock, settings))
    }

    fn done(&self, journey: &Journey) -> (ExitStatus, Output) {
        (ExitStatus::Holds, JourneyReport::new(journey, None).output(self.language))
    }

    /// The journey with the log of its key, and whether the certificate can be used or is on its way.
    async fn stands(&self, journey: &Journey) -> Result<(ExitStatus, Output), Failure> {
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
        let use_log = self.journal.use_log(MOST_KEY_USES).await?;
        let report = JourneyReport::new(journey, None).with_use_log(&use_log);
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
    fn progress(&self) -> impl Fn(Stage) + Send + Sync + use<> {
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
        Stage::Submitting => ("Afleverer", "Delivering"),
        Stage::CheckingReceipt => ("Kontrollerer kvitteringen", "Checking the receipt"),
    }
}

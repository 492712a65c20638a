//! Use case: read the terms in force, sign the declaration, and deliver it.

use crate::error::JourneyError;
use crate::gate::Evidence;
use crate::guide::{Guide, Progress, Stage};
use crate::journey::{
    Active, DeclarationEntry, Document, DocumentKind, Issued, Journey, KeyPurpose, KeyReference, OutgoingDeclaration,
    Reviewed, Signed, Step,
};
use crate::key_use::OpenedKey;
use crate::ports::{
    Change, ClientIdentity, Clock, Journal, JournalError, KeyStore, Portal, PortalError, RecordedJourney, Refusal,
};
use crate::preserve::sha256;
use crate::secret::Password;
use crate::suspend::Record;
use chrono::{DateTime, Utc};
use declaration::terms::TermsDocument;
use declaration::{Acceptance, AcceptanceFacts, ComparedText, DraftDeclaration, compare_terms, receipt, signed_data};
use pki::Profile;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Id of the terms that this program knows how to show and sign.
const TERMS_ID: &str = "oces-sikkerhedserklaering";
/// The language of the binding text.
const BINDING_LANGUAGE: &str = "da";

/// What the employee accepted, as the face that showed it names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedTerms {
    /// SHA-256 over the binding document as it was shown, lower-case hexadecimal.
    pub sha256: String,
    /// Ids of the clauses that the employee consented to, one by one.
    pub consents: Vec<String>,
}

/// What has changed in the terms, in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedTerms {
    /// The language.
    pub language: String,
    /// Every text, as it was and as it is.
    pub texts: Vec<ComparedText>,
}

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// The terms in force, verified: matching their hash, signed by the portal, of the expected id, and to the letter those that ship with
    /// the program where it knows their version. The binding Danish document comes first.
    ///
    /// # Errors
    /// [`JourneyError::TermsNotGenuine`], and as the portal fails.
    pub async fn terms(&self) -> Result<Vec<TermsDocument>, JourneyError> {
        let now = self.now();
        let mut verified: Vec<TermsDocument> = Vec::new();
        for unverified in self.portal.terms_in_force().await? {
            if unverified.sha256 != unverified.document.sha256_hex() {
                return Err(JourneyError::TermsNotGenuine("the text does not match its hash".into()));
            }
            let sealed = signed_data::verify_detached(
                unverified.document.bytes(),
                &unverified.signature,
                &self.settings.trust_anchors,
                self.seal_profile(),
                now,
            );
            if let Err(error) = sealed {
                let error = JourneyError::TermsNotGenuine(error.to_string().into());
                return Err(self.explained_by_clock(error).await);
            }
            verified.push(unverified.document);
        }
        let Some(binding) = verified.iter().position(|document| document.terms().language == BINDING_LANGUAGE) else {
            return Err(JourneyError::TermsNotGenuine("the binding text is missing".into()));
        };
        verified.swap(0, binding);
        let version = verified[0].terms().version;
        for (index, document) in verified.iter().enumerate() {
            let terms = document.terms();
            if terms.id != TERMS_ID || terms.version != version || terms.binding != (index == 0) {
                return Err(JourneyError::TermsNotGenuine("the documents do not belong together".into()));
            }
            let known = declaration::terms::shipped().iter().find(|known| {
                let known = known.terms();
                known.id == terms.id && known.version == terms.version && known.language == terms.language
            });
            if known.is_some_and(|known| known.sha256() != document.sha256()) {
                return Err(JourneyError::TermsNotGenuine("the text is not the known one of this version".into()));
            }
        }
        Ok(verified)
    }

    /// What has changed since the declaration that the employee signed last in the terms `in_force` (as [`Guide::terms`]
    /// gives them), in each language in which both versions are known, the binding one first. Empty where there is no
    /// such declaration, it accepts the terms in force, or those that it accepts are not known here.
    ///
    /// # Errors
    /// As the journal fails.
    pub async fn changed_terms(&self, in_force: &[TermsDocument]) -> Result<Vec<ChangedTerms>, JourneyError> {
        let remembered = self.journal.journeys().await?;
        let declared = remembered.iter().filter_map(|recorded| recorded.journey.step.declaration());
        let accepted = declared.filter(|declaration| declaration.accepted_at.is_some()).map(|one| &one.terms_sha256);
        let shipped = declaration::terms::shipped();
        let accepted = accepted.into_iter().find_map(|hash| shipped.iter().find(|known| known.sha256_hex() == *hash));
        let Some(accepted) = accepted.map(TermsDocument::terms) else { return Ok(Vec::new()) };
        let changed = in_force.iter().map(TermsDocument::terms).filter_map(|after| {
            let before = shipped.iter().map(TermsDocument::terms).find(|before| {
                before.version == accepted.version && before.id == after.id && before.language == after.language
            })?;
            let language = after.language.clone();
            (before.version != after.version).then(|| ChangedTerms { language, texts: compare_terms(before, after) })
        });
        Ok(changed.collect())
    }

    /// Signs the declaration over exactly the terms that were shown and the details that were confirmed, records it,
    /// and delivers it. While the certificate is in use, that is a declaration of terms that have come into force since:
    /// the one before goes into the archive.
    ///
    /// # Errors
    /// Before the signature is recorded nothing has changed. After it the journey is in [`Step::Signed`]: the error is
    /// then about the delivery, and [`Guide::deliver`] goes on.
    pub async fn sign(
        &self,
        accepted: &AcceptedTerms,
        password: &Password,
        progress: &Progress<'_>,
    ) -> Result<Journey, JourneyError> {
        let mut journey = self.under_way_here().await?;
        // What is remembered may be an hour old: another computer may have declared the terms meanwhile.
        if matches!(&journey.step, Step::Active(active) if active.asks_for_new_declaration()) {
            journey = self.read_state(Record::Changes).await?;
        }
        let (state, succeeds) = match &journey.step {
            Step::Reviewed(state) => (state.clone(), None),
            Step::Active(active) if active.asks_for_new_declaration() => {
                let confirmed = declaration::details(&active.issued.held.certificate);
                let state = Reviewed { issued: active.issued.clone(), confirmed };
                (state, Some((journey.id, journey.revision)))
            }
            Step::Invited(_)
            | Step::KeyMade(_)
            | Step::Issued(_)
            | Step::Signed(_)
            | Step::Active(_)
            | Step::Suspended(_)
            | Step::Stopped(_)
            | Step::Revoked(_) => return Err(JourneyError::WrongStep),
        };
        progress(Stage::FetchingTerms);
        let binding = self.terms().await?.swap_remove(0);
        if binding.sha256_hex() != accepted.sha256 {
            return Err(JourneyError::TermsChanged);
        }
        check_consents(&binding, &accepted.consents)?;
        let id = self.new_uuid_v7();
        let purpose = KeyPurpose::DeclarationSignature;
        let opened = self.open_key(&journey, purpose, Some(id), password, None, progress).await?;
        let OpenedKey { key, evidence, key_use } = opened;
        progress(Stage::RenderingDeclaration);
        let at = key_use.at;
        let acceptance = self.acceptance(&state, &binding, id, at);
        let draft = DraftDeclaration::render(acceptance, &binding, &state.issued.held.certificate)?;
        progress(Stage::Signing);
        self.permit_still(&journey, &key_use, &evidence).await?;
        let signed = match draft.sign(&*key, &state.issued.held.chain()) {
            Ok(signed) => signed,
            Err(error) => return Err(self.after_use(key_use, error.into()).await),
        };
        // In front of what takes time: a use that came to nothing is a use all the same.
        self.record_key_uses(vec![key_use]).await?;
        let (pdf, time_stamped_at) = self.with_time_stamp(signed.pdf(), progress).await;
        let declaration = DeclarationEntry {
            id: signed.acceptance().declaration_id,
            sha256: hex::encode(sha256(&pdf)),
            signed_at: at,
            terms_sha256: binding.sha256_hex(),
            accepted_at: None,
            time_stamped_at,
            elsewhere: false,
            follows: succeeds.map(|(before, _)| before),
        };
        let outgoing = OutgoingDeclaration { id: declaration.id, pdf };
        let identity = self.identity(key, &state.issued).await;
        let step = Step::Signed(Signed { issued: state.issued, declaration });
        // A next certificate that was on its way is asked for anew, under the terms that are in force then.
        let mut discards: Vec<KeyReference> = Vec::new();
        if succeeds.is_some() {
            discards.extend(journey.step.next_key().cloned());
            journey = self.new_journey(step);
        } else {
            journey.step = step;
        }
        let change = Change {
            succeeds,
            discards,
            documents: vec![Document { kind: DocumentKind::Declaration, bytes: outgoing.pdf.clone() }],
            send: Some(outgoing.clone()),
            ..Change::to(journey)
        };
        let journey = self.record(change).await?;
        self.submit(journey, &identity, outgoing, &evidence, progress).await
    }

    /// The signed declaration with a time-stamp, and the time that it proves. Where the authority does not answer, it goes
    /// without: [`Guide::preserve`] sees to that later. Before the declaration is recorded, so that no two forms of it
    /// can be sent.
    async fn with_time_stamp(&self, pdf: &[u8], progress: &Progress<'_>) -> (Vec<u8>, Option<DateTime<Utc>>) {
        progress(Stage::TimeStamping);
        match self.time_stamped(pdf).await {
            Ok((pdf, time)) => (pdf, Some(time)),
            Err(_) => (pdf.to_vec(), None),
        }
    }

    /// Delivers the signed declaration that waits in the outbox.
    ///
    /// # Errors
    /// As gate, keychain and portal fail; the declaration goes on waiting. Where the portal refuses the declaration for
    /// good, the journey is back in [`Step::Reviewed`]; where the certificate is in use already, it stays so, in
    /// [`Step::Active`].
    pub async fn deliver(&self, password: &Password, progress: &Progress<'_>) -> Result<Journey, JourneyError> {
        let journey = self.under_way_here().await?;
        let Step::Signed(state) = &journey.step else {
            return Err(JourneyError::WrongStep);
        };
        let waiting = self.journal.outgoing().await?.filter(|outgoing| outgoing.id == state.declaration.id);
        let outgoing = waiting.ok_or_else(|| JournalError::Damaged("the outbox lacks the declaration".into()))?;
        let purpose = KeyPurpose::DeclarationSubmission;
        let opened = self.open_key(&journey, purpose, Some(outgoing.id), password, None, progress).await?;
        let OpenedKey { key, evidence, key_use: _ } = opened;
        let identity = self.identity(key, &state.issued).await;
        self.submit(journey, &identity, outgoing, &evidence, progress).await
    }

    async fn submit(
        &self,
        mut journey: Journey,
        identity: &ClientIdentity,
        outgoing: OutgoingDeclaration,
        evidence: &Evidence,
        progress: &Progress<'_>,
    ) -> Result<Journey, JourneyError> {
        let Step::Signed(state) = &journey.step else {
            return Err(JourneyError::WrongStep);
        };
        let state = state.clone();
        let key_use = self.key_use(&journey, &state.issued, KeyPurpose::DeclarationSubmission, Some(outgoing.id));
        self.permit_still(&journey, &key_use, evidence).await?;
        // In front of it: should the program be stopped before the answer is recorded, the portal tells of a submission
        // that this computer has to know.
        self.record_key_uses(vec![key_use]).await?;
        progress(Stage::Submitting);
        let answered = async {
            let receipt_pdf = self.portal.submit_declaration(identity, &outgoing).await?;
            progress(Stage::CheckingReceipt);
            let mut sha256 = [0; 32];
            hex::decode_to_slice(&state.declaration.sha256, &mut sha256)
                .map_err(|_| JournalError::Damaged("the declaration's hash".into()))?;
            let anchors = &self.settings.trust_anchors;
            let receipt = receipt::verify_time_stamped(
                &receipt_pdf,
                anchors,
                self.seal_profile(),
                self.now(),
                outgoing.id,
                &sha256,
            )?;
            Ok::<_, JourneyError>((receipt_pdf, receipt))
        }
        .await;
        let (receipt_pdf, receipt) = match answered {
            Ok(answered) => answered,
            Err(JourneyError::Portal(PortalError::Refused {
                refusal: refusal @ (Refusal::DeclarationInvalid | Refusal::TermsNotInForce),
                detail,
            })) => {
                // This declaration will never be accepted: the way leads back to the terms, and to a new one.
                self.withdraw(journey).await?;
                return Err(match refusal {
                    Refusal::TermsNotInForce => JourneyError::DeclarationOutdated,
                    other => PortalError::Refused { refusal: other, detail }.into(),
                });
            }
            Err(error @ JourneyError::Portal(PortalError::Refused { refusal: Refusal::NotPermitted, .. })) => {
                // What the portal has instead is looked at; where that cannot be had, its refusal is what counts.
                let Ok(Some(declared)) = self.declared_elsewhere(&state.issued).await else { return Err(error) };
                return match self.taken_instead(&journey, &state, declared).await? {
                    Some(change) => self.record(change).await,
                    None => Err(error),
                };
            }
            Err(error @ JourneyError::Receipt(_)) => return Err(self.explained_by_clock(error).await),
            Err(error) => return Err(error),
        };
        // The one before is not needed any more: the portal has just revoked it.
        let replaced = state.issued.replaces.clone();
        journey.step = Step::Active(Active {
            issued: Issued { replaces: None, ..state.issued },
            declaration: DeclarationEntry {
                accepted_at: Some(receipt.accepted_at),
                follows: None,
                ..state.declaration
            },
            standing: None,
            renewal: None,
            details_to_check: false,
        });
        let change = Change {
            discards: replaced.into_iter().collect(),
            documents: vec![Document { kind: DocumentKind::Receipt, bytes: receipt_pdf }],
            arrived: Some(outgoing.id),
            ..Change::to(journey)
        };
        self.record(change).await
    }

    /// Takes a declaration that will not be delivered out of the outbox: back to the declaration before it where the
    /// certificate is in use, else to the terms.
    pub(crate) async fn withdraw(&self, mut journey: Journey) -> Result<Journey, JourneyError> {
        let Step::Signed(state) = &journey.step else {
            return Err(JourneyError::WrongStep);
        };
        let arrived = Some(state.declaration.id);
        let before = match state.declaration.follows {
            Some(before) => self.journal.journeys().await?.into_iter().find(|recorded| recorded.journey.id == before),
            None => None,
        };
        let change = match before.map(|recorded| recorded.journey) {
            Some(before) if matches!(before.step, Step::Active(_)) => {
                let documents = self.documents_of(&before).await?;
                let succeeds = Some((journey.id, journey.revision));
                let mut step = before.step;
                if let Step::Active(active) = &mut step {
                    // Its key was given up when the declaration was signed.
                    active.renewal = None;
                }
                Change { documents, succeeds, arrived, ..Change::to(self.new_journey(step)) }
            }
            Some(_) | None => {
                let confirmed = declaration::details(&state.issued.held.certificate);
                journey.step = Step::Reviewed(Reviewed { issued: state.issued.clone(), confirmed });
                Change { arrived, ..Change::to(journey) }
            }
        };
        self.record(change).await
    }

    /// The change to the declaration that the portal has of this certificate, where that is another one than `state`: it
    /// was declared on another computer meanwhile. Where it is the one before, which is in force here already, the
    /// portal cannot take this one yet, and nothing changes.
    async fn taken_instead(
        &self,
        journey: &Journey,
        state: &Signed,
        declared: Active,
    ) -> Result<Option<Change>, JourneyError> {
        let id = declared.declaration.id;
        let is_known =
            |recorded: &RecordedJourney| recorded.journey.step.declaration().is_some_and(|known| known.id == id);
        if id == state.declaration.id || self.journal.journeys().await?.iter().any(is_known) {
            return Ok(None);
        }
        let replaced = state.issued.replaces.clone();
        let issued = Issued { replaces: None, ..declared.issued };
        let step = Step::Active(Active { issued, details_to_check: false, ..declared });
        Ok(Some(Change {
            succeeds: Some((journey.id, journey.revision)),
            arrived: Some(state.declaration.id),
            discards: replaced.into_iter().collect(),
            ..Change::to(self.new_journey(step))
        }))
    }

    fn acceptance(
        &self,
        state: &Reviewed,
        terms: &TermsDocument,
        declaration_id: Uuid,
        signing_time: DateTime<Utc>,
    ) -> Acceptance {
        Acceptance::new(
            AcceptanceFacts {
                declaration_id,
                details: state.confirmed.clone(),
                signing_time,
                app_version: self.settings.app_version.clone(),
                portal: self.settings.portal_name.clone(),
                practice: self.settings.practice,
            },
            terms,
            &state.issued.held.certificate,
        )
    }

    /// Whose seal the portal's terms and receipts bear.
    fn seal_profile(&self) -> Profile {
        if self.settings.practice { Profile::PracticeSeal } else { Profile::OcesOrganisation }
    }
}

fn check_consents(terms: &TermsDocument, given: &[String]) -> Result<(), JourneyError> {
    let asked: BTreeSet<&str> = terms.terms().consents().map(|clause| clause.id.as_str()).collect();
    let given: BTreeSet<&str> = given.iter().map(String::as_str).collect();
    if asked == given { Ok(()) } else { Err(JourneyError::ConsentsMissing) }
}

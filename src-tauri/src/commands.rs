//! What the window may ask for: one function a command, nothing decided here.
//!
//! Each waits for its turn, leads one use case, and gives back the view afterwards; but [`suspend_certificate`] waits
//! for nobody, and what only looks ([`read_certificate`], [`read_use_log`], [`inspect_file`], [`diagnose`], and
//! [`judge_password`]) does not wait either.

use crate::composition::{Desktop, SystemClock};
use crate::error::{DesktopError, reported};
use crate::view::{
    AcknowledgeActivityRequest, ActivityView, ArchivedDeclarationView, ByCodeRequest, ChangePasswordRequest,
    ChooseLanguageRequest, ChosenContainerView, ContainerView, DecideOnEarlierRequest, DeliverDeclarationRequest,
    DiagnosisView, DocumentRequest, EnrolRequest, EnrolledView, EvidenceRequest, ExaminationView,
    ExportCertificateRequest, FileAnswerView, GuideView, ImportCertificateRequest, InspectFileRequest,
    JudgePasswordRequest, OpenInvitationRequest, PasswordJudgementView, PasswordRequest, PracticeInvitationView,
    ProbeBegunView, ProblemView, ReadBackView, ReadContainerRequest, ReviewDetailsRequest, RevokeCertificateRequest,
    SignDeclarationRequest, StageView, StateByCodeView, TermsView, UseLogView,
};
use crate::{
    diagnosis, documents, inspection, signed_document, transfer, use_log, view_from_core, view_of_certificate,
};
use lifecycle::ports::Clock;
use lifecycle::{
    AcceptedTerms, DetailAnswer, JourneyError, OneTimeCode, Password, ProbeTarget, ReferenceNumber, RevocationCode,
    Stage,
};
use tauri::{AppHandle, Emitter, State};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Where things stand.
#[tauri::command]
pub async fn read_guide(desktop: State<'_, Desktop>) -> Result<GuideView, ProblemView> {
    reported("read_guide", async { desktop.turn().await?.view().await }).await
}

/// Practice mode: an invitation to practise with.
#[tauri::command]
pub async fn offer_practice_invitation(desktop: State<'_, Desktop>) -> Result<PracticeInvitationView, ProblemView> {
    reported("offer_practice_invitation", async {
        let offered = desktop.turn().await?.guide().portal().practice_invitation().await?;
        Ok(view_from_core::practice_invitation(&offered))
    })
    .await
}

/// Opens an invitation and begins a journey.
#[tauri::command]
pub async fn open_invitation(
    request: OpenInvitationRequest,
    desktop: State<'_, Desktop>,
) -> Result<GuideView, ProblemView> {
    let typed_code = Zeroizing::new(request.code);
    reported("open_invitation", async {
        let (reference, code) = (ReferenceNumber::parse(&request.reference)?, OneTimeCode::parse(&typed_code)?);
        let turn = desktop.turn().await?;
        turn.guide().open_invitation(&reference, code).await?;
        turn.view().await
    })
    .await
}

/// What a password that is being chosen for this invitation is worth. Nothing is kept of it.
#[tauri::command]
pub async fn judge_password(
    request: JudgePasswordRequest,
    desktop: State<'_, Desktop>,
) -> Result<PasswordJudgementView, ProblemView> {
    let password = Password::typed(request.password);
    reported("judge_password", async {
        let journey = desktop.at_hand().await?.guide().current().await?;
        Ok(view_from_core::judgement(&password, journey.as_ref().map(|journey| journey.step.subject())))
    })
    .await
}

/// Makes the key, fetches the certificate and registers this computer; or goes on from where that stopped. The
/// revocation code that it gives waits for [`confirm_revocation_code`].
#[tauri::command]
pub async fn enrol(
    request: EnrolRequest,
    app: AppHandle,
    desktop: State<'_, Desktop>,
) -> Result<EnrolledView, ProblemView> {
    let (password, typed_code) = (Password::typed(request.password), request.code.map(Zeroizing::new));
    reported("enrol", async {
        let code = typed_code.as_deref().map(|typed| OneTimeCode::parse(typed)).transpose()?;
        let turn = desktop.turn().await?;
        let enrolled = turn.guide().enrol(&password, code, &|stage| show_progress(&app, stage)).await?;
        Ok(view_from_core::enrolled(turn.view().await?, enrolled.revocation_code.as_ref()))
    })
    .await
}

/// The person has kept the revocation code: this computer counts as registered from here on.
#[tauri::command]
pub async fn confirm_revocation_code(desktop: State<'_, Desktop>) -> Result<GuideView, ProblemView> {
    reported("confirm_revocation_code", async {
        let turn = desktop.turn().await?;
        turn.guide().confirm_revocation_code().await?;
        turn.view().await
    })
    .await
}

/// Takes the answers to the certificate's details.
#[tauri::command]
pub async fn review_details(
    request: ReviewDetailsRequest,
    desktop: State<'_, Desktop>,
) -> Result<GuideView, ProblemView> {
    let answers: Vec<DetailAnswer> = request.answers.iter().map(DetailAnswer::from).collect();
    reported("review_details", async {
        let turn = desktop.turn().await?;
        turn.guide().review(&answers).await?;
        turn.view().await
    })
    .await
}

/// The terms in force, verified.
#[tauri::command]
pub async fn read_terms(desktop: State<'_, Desktop>) -> Result<TermsView, ProblemView> {
    reported("read_terms", async {
        let turn = desktop.turn().await?;
        let documents = turn.guide().terms().await?;
        let changed = turn.guide().changed_terms(&documents).await?;
        view_from_core::terms(&documents, &changed).ok_or(DesktopError::NoTerms)
    })
    .await
}

/// Signs the declaration over the terms that were shown, and submits it.
#[tauri::command]
pub async fn sign_declaration(
    request: SignDeclarationRequest,
    app: AppHandle,
    desktop: State<'_, Desktop>,
) -> Result<GuideView, ProblemView> {
    let password = Password::typed(request.password);
    let accepted = AcceptedTerms { sha256: request.terms_sha256, consents: request.consents };
    reported("sign_declaration", async {
        let turn = desktop.turn().await?;
        turn.guide().sign(&accepted, &password, &|stage| show_progress(&app, stage)).await?;
        turn.view().await
    })
    .await
}

/// Submits the signed declaration that waits.
#[tauri::command]
pub async fn deliver_declaration(
    request: DeliverDeclarationRequest,
    app: AppHandle,
    desktop: State<'_, Desktop>,
) -> Result<GuideView, ProblemView> {
    let password = Password::typed(request.password);
    reported("deliver_declaration", async {
        let turn = desktop.turn().await?;
        turn.guide().deliver(&password, &|stage| show_progress(&app, stage)).await?;
        turn.view().await
    })
    .await
}

/// Locks the key here and asks the portal to suspend the certificate: at once, whatever else is going on.
#[tauri::command]
pub async fn suspend_certificate(desktop: State<'_, Desktop>) -> Result<GuideView, ProblemView> {
    reported("suspend_certificate", async {
        let composed = desktop.at_hand().await?;
        composed.guide().suspend().await?;
        composed.view().await
    })
    .await
}

/// Tells the portal what it has not been told yet.
#[tauri::command]
pub async fn tell_portal(desktop: State<'_, Desktop>) -> Result<GuideView, ProblemView> {
    reported("tell_portal", async {
        let turn = desktop.turn().await?;
        turn.guide().tell_portal().await?;
        turn.view().await
    })
    .await
}

/// Reads the certificate's state at the portal.
#[tauri::command]
pub async fn refresh_state(desktop: State<'_, Desktop>) -> Result<GuideView, ProblemView> {
    reported("refresh_state", async {
        let turn = desktop.turn().await?;
        turn.guide().refresh().await?;
        turn.view().await
    })
    .await
}

/// The own certificate, examined by what this computer knows; `None` where there is none.
#[tauri::command]
pub async fn read_certificate(desktop: State<'_, Desktop>) -> Result<Option<ExaminationView>, ProblemView> {
    reported("read_certificate", async {
        let examined = desktop.at_hand().await?.guide().examine_own().await?;
        Ok(examined.as_ref().map(ExaminationView::from))
    })
    .await
}

/// How keys of this computer were used.
#[tauri::command]
pub async fn read_use_log(desktop: State<'_, Desktop>) -> Result<UseLogView, ProblemView> {
    reported("read_use_log", use_log::read(&desktop)).await
}

/// Saves the log of how keys were used where the person chooses; the file's name, or `None` where they chose none.
#[tauri::command]
pub async fn save_use_log(app: AppHandle, desktop: State<'_, Desktop>) -> Result<Option<String>, ProblemView> {
    reported("save_use_log", use_log::save(&desktop, &app)).await
}

/// The declarations that were delivered from this computer.
#[tauri::command]
pub async fn read_archive(desktop: State<'_, Desktop>) -> Result<Vec<ArchivedDeclarationView>, ProblemView> {
    reported("read_archive", signed_document::archive(&desktop)).await
}

/// Saves a declaration with all that somebody else needs to verify it; the file's name, or `None` where none was chosen.
#[tauri::command]
pub async fn save_evidence(
    request: EvidenceRequest,
    app: AppHandle,
    desktop: State<'_, Desktop>,
) -> Result<Option<String>, ProblemView> {
    reported("save_evidence", signed_document::save_evidence(&desktop, &app, &request)).await
}

/// What is in a certificate file, or whether a signed document holds.
#[tauri::command]
pub async fn inspect_file(
    request: InspectFileRequest,
    desktop: State<'_, Desktop>,
) -> Result<FileAnswerView, ProblemView> {
    reported("inspect_file", inspection::inspect(&desktop, request)).await
}

/// Tries everything that is needed to sign, also where the guide cannot be put together.
#[tauri::command]
pub async fn diagnose(app: AppHandle, desktop: State<'_, Desktop>) -> Result<DiagnosisView, ProblemView> {
    let found = diagnosis::diagnose(&desktop, &|target, address| show_probe(&app, target, address)).await;
    Ok(view_of_certificate::diagnosis(&found))
}

/// Gives the journey up.
#[tauri::command]
pub async fn start_over(desktop: State<'_, Desktop>) -> Result<GuideView, ProblemView> {
    reported("start_over", async {
        let turn = desktop.turn().await?;
        turn.guide().start_over().await?;
        turn.view().await
    })
    .await
}

/// Opens a document in the computer's own viewer.
#[tauri::command]
pub async fn open_document(request: DocumentRequest, desktop: State<'_, Desktop>) -> Result<(), ProblemView> {
    reported("open_document", documents::open(&desktop, request.document)).await
}

/// Saves a document where the person chooses; the file's name, or `None` where they chose none.
#[tauri::command]
pub async fn save_document(
    request: DocumentRequest,
    app: AppHandle,
    desktop: State<'_, Desktop>,
) -> Result<Option<String>, ProblemView> {
    reported("save_document", documents::save(&desktop, &app, request.document)).await
}

/// Remembers the language of the window.
#[tauri::command]
pub async fn choose_language(
    request: ChooseLanguageRequest,
    desktop: State<'_, Desktop>,
) -> Result<GuideView, ProblemView> {
    reported("choose_language", async {
        let turn = desktop.turn().await?;
        turn.remember_language(request.language.into()).await?;
        turn.view().await
    })
    .await
}

/// Says what is to happen to the certificates that the employee has already.
#[tauri::command]
pub async fn decide_on_earlier(
    request: DecideOnEarlierRequest,
    desktop: State<'_, Desktop>,
) -> Result<GuideView, ProblemView> {
    reported("decide_on_earlier", async {
        let turn = desktop.turn().await?;
        turn.guide().decide_on_earlier(request.on_earlier.into()).await?;
        turn.view().await
    })
    .await
}

/// Changes the password of the key.
#[tauri::command]
pub async fn change_password(
    request: ChangePasswordRequest,
    app: AppHandle,
    desktop: State<'_, Desktop>,
) -> Result<GuideView, ProblemView> {
    let (old, new) = (Password::typed(request.old), Password::typed(request.new));
    reported("change_password", async {
        let turn = desktop.turn().await?;
        turn.guide().change_password(&old, &new, &|stage| show_progress(&app, stage)).await?;
        turn.view().await
    })
    .await
}

/// Lets the person choose a certificate file; `None` where they chose none.
#[tauri::command]
pub async fn choose_container(
    app: AppHandle,
    desktop: State<'_, Desktop>,
) -> Result<Option<ChosenContainerView>, ProblemView> {
    reported("choose_container", transfer::choose(&desktop, &app)).await
}

/// What is in the certificate file that was chosen.
#[tauri::command]
pub async fn read_container(
    request: ReadContainerRequest,
    desktop: State<'_, Desktop>,
) -> Result<ContainerView, ProblemView> {
    let container_password = Password::typed(request.container_password);
    reported("read_container", transfer::look(&desktop, container_password)).await
}

/// Takes a certificate with its key out of the file that was chosen, and registers this computer for it. The revocation
/// code that it gives waits for [`confirm_revocation_code`].
#[tauri::command]
pub async fn import_certificate(
    request: ImportCertificateRequest,
    app: AppHandle,
    desktop: State<'_, Desktop>,
) -> Result<EnrolledView, ProblemView> {
    let (container_password, password) =
        (Password::typed(request.container_password), Password::typed(request.password));
    reported("import_certificate", async {
        let serial_number = request.serial_number.as_deref();
        let progress = |stage| show_progress(&app, stage);
        let enrolled = transfer::import(&desktop, container_password, serial_number, &password, &progress).await?;
        let view = desktop.at_hand().await?.view().await?;
        Ok(view_from_core::enrolled(view, enrolled.revocation_code.as_ref()))
    })
    .await
}

/// Deletes the certificate file that was chosen.
#[tauri::command]
pub async fn delete_container(desktop: State<'_, Desktop>) -> Result<(), ProblemView> {
    reported("delete_container", transfer::delete(&desktop)).await
}

/// Forgets the certificate file that was chosen; it stays where it is.
#[tauri::command]
pub async fn forget_container(desktop: State<'_, Desktop>) -> Result<(), ProblemView> {
    desktop.container().forget();
    Ok(())
}

/// Copies certificate and key into a file; its name, or `None` where the person chose no place.
#[tauri::command]
pub async fn export_certificate(
    request: ExportCertificateRequest,
    app: AppHandle,
    desktop: State<'_, Desktop>,
) -> Result<Option<String>, ProblemView> {
    let (password, container_password) =
        (Password::typed(request.password), Password::typed(request.container_password));
    let progress = |stage| show_progress(&app, stage);
    reported("export_certificate", transfer::export(&desktop, &app, &password, &container_password, &progress)).await
}

/// Renews the certificate, or goes on from where that stopped. The revocation code that it gives waits for
/// [`confirm_revocation_code`].
#[tauri::command]
pub async fn renew_certificate(
    request: PasswordRequest,
    app: AppHandle,
    desktop: State<'_, Desktop>,
) -> Result<EnrolledView, ProblemView> {
    let password = Password::typed(request.password);
    reported("renew_certificate", async {
        let turn = desktop.turn().await?;
        let renewed = turn.guide().renew(&password, &|stage| show_progress(&app, stage)).await?;
        Ok(view_from_core::enrolled(turn.view().await?, Some(&renewed.revocation_code)))
    })
    .await
}

/// Asks for a new revocation code; the one before no longer works.
#[tauri::command]
pub async fn renew_revocation_code(
    request: PasswordRequest,
    app: AppHandle,
    desktop: State<'_, Desktop>,
) -> Result<EnrolledView, ProblemView> {
    let password = Password::typed(request.password);
    reported("renew_revocation_code", async {
        let turn = desktop.turn().await?;
        let code = turn.guide().renew_revocation_code(&password, &|stage| show_progress(&app, stage)).await?;
        Ok(view_from_core::enrolled(turn.view().await?, Some(&code)))
    })
    .await
}

/// Revokes the certificate, for good.
#[tauri::command]
pub async fn revoke_certificate(
    request: RevokeCertificateRequest,
    app: AppHandle,
    desktop: State<'_, Desktop>,
) -> Result<GuideView, ProblemView> {
    let password = Password::typed(request.password);
    reported("revoke_certificate", async {
        let turn = desktop.turn().await?;
        turn.guide().revoke(request.reason.into(), &password, &|stage| show_progress(&app, stage)).await?;
        turn.view().await
    })
    .await
}

/// Suspends or revokes a certificate by its reference number and revocation code, wherever its key is. Waits for
/// nobody.
#[tauri::command]
pub async fn act_by_code(request: ByCodeRequest, desktop: State<'_, Desktop>) -> Result<StateByCodeView, ProblemView> {
    let typed_code = Zeroizing::new(request.code);
    reported("act_by_code", async {
        let reference = ReferenceNumber::parse(&request.reference)?;
        let code = RevocationCode::parse(&typed_code)?;
        let composed = desktop.at_hand().await?;
        let state = match request.revoke {
            None => composed.guide().suspend_by_code(&reference, &code).await?,
            Some(reason) => composed.guide().revoke_by_code(&reference, &code, reason.into()).await?,
        };
        Ok(StateByCodeView::from(&state))
    })
    .await
}

/// Reads the certificate's state three ways, each by itself.
#[tauri::command]
pub async fn read_back(desktop: State<'_, Desktop>) -> Result<ReadBackView, ProblemView> {
    reported("read_back", async {
        let read = desktop.at_hand().await?.guide().read_back().await?;
        Ok(view_from_core::read_back(&read, SystemClock.now()))
    })
    .await
}

/// What was done with the certificate at the portal, as far as it has told.
#[tauri::command]
pub async fn read_activities(desktop: State<'_, Desktop>) -> Result<Vec<ActivityView>, ProblemView> {
    reported("read_activities", activities(&desktop)).await
}

/// The employee knows of an act at the portal that this computer does not know of.
#[tauri::command]
pub async fn acknowledge_activity(
    request: AcknowledgeActivityRequest,
    desktop: State<'_, Desktop>,
) -> Result<Vec<ActivityView>, ProblemView> {
    reported("acknowledge_activity", async {
        let id = Uuid::parse_str(&request.id).map_err(|_| JourneyError::WrongStep)?;
        desktop.at_hand().await?.guide().acknowledge_activity(id).await?;
        activities(&desktop).await
    })
    .await
}

/// Puts the reminder that is due off for a day.
#[tauri::command]
pub async fn snooze_reminder(desktop: State<'_, Desktop>) -> Result<GuideView, ProblemView> {
    reported("snooze_reminder", async {
        let composed = desktop.at_hand().await?;
        composed.snooze_reminder().await?;
        composed.view().await
    })
    .await
}

async fn activities(desktop: &Desktop) -> Result<Vec<ActivityView>, DesktopError> {
    let judged = desktop.at_hand().await?.guide().activities().await?;
    Ok(judged.iter().map(ActivityView::from).collect())
}

/// A window that does not listen is no reason to stop.
fn show_progress(app: &AppHandle, stage: Stage) {
    let _ = app.emit_to(crate::WINDOW, "progress", StageView::from(stage));
}

fn show_probe(app: &AppHandle, target: ProbeTarget, address: Option<&str>) {
    let _ = app.emit_to(crate::WINDOW, "probe", ProbeBegunView::new(target, address));
}

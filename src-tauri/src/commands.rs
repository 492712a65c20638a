//! What the window may ask for: one function a command, nothing decided here.
//!
//! Each waits for its turn, leads one use case, and gives back the view afterwards; but [`suspend_certificate`] waits
//! for nobody, and what only looks ([`read_certificate`], [`read_use_log`], [`inspect_file`], [`diagnose`], and
//! [`judge_password`]) does not wait either.

use crate::composition::Desktop;
use crate::error::{DesktopError, reported};
use crate::view::{
    ChooseLanguageRequest, DeliverDeclarationRequest, DiagnosisView, DocumentRequest, EnrolRequest, EnrolledView,
    ExaminationView, FileAnswerView, GuideView, InspectFileRequest, JudgePasswordRequest, OpenInvitationRequest,
    PasswordJudgementView, PracticeInvitationView, ProbeBegunView, ProblemView, ReviewDetailsRequest,
    SignDeclarationRequest, StageView, TermsView, UseLogView,
};
use crate::{diagnosis, documents, inspection, use_log, view_from_core, view_of_certificate};
use lifecycle::{AcceptedTerms, DetailAnswer, OneTimeCode, Password, ProbeTarget, ReferenceNumber, Stage};
use tauri::{AppHandle, Emitter, State};
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
        Ok(view_from_core::judgement(&password, journey.as_ref().map(|journey| journey.step.invitation())))
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
        let documents = desktop.turn().await?.guide().terms().await?;
        view_from_core::terms(&documents).ok_or(DesktopError::NoTerms)
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

/// What is in a certificate file.
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

/// A window that does not listen is no reason to stop.
fn show_progress(app: &AppHandle, stage: Stage) {
    let _ = app.emit_to(crate::WINDOW, "progress", StageView::from(stage));
}

fn show_probe(app: &AppHandle, target: ProbeTarget, address: Option<&str>) {
    let _ = app.emit_to(crate::WINDOW, "probe", ProbeBegunView::new(target, address));
}

//! The window's types are generated from [`crate::view`] and checked in; this fails when they are stale.
//!
//! `UPDATE_BINDINGS=1 cargo test -p certifikatguide bindings` writes them anew.

use crate::view::{
    AcknowledgeActivityRequest, ActivityView, ArchivedDeclarationView, ByCodeRequest, ChangePasswordRequest,
    ChooseLanguageRequest, ChosenContainerView, ContainerView, DecideOnEarlierRequest, DeliverDeclarationRequest,
    DiagnosisView, DocumentRequest, EnrolRequest, EnrolledView, EvidenceRequest, ExaminationView,
    ExportCertificateRequest, FileAnswerView, GuideView, ImportCertificateRequest, InspectFileRequest,
    JudgePasswordRequest, OpenInvitationRequest, PasswordJudgementView, PasswordRequest, PracticeInvitationView,
    ProbeBegunView, ProblemView, ReadBackView, ReadContainerRequest, ReviewDetailsRequest, RevokeCertificateRequest,
    SignDeclarationRequest, StageView, StateByCodeView, TermsView, UseLogView,
};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use ts_rs::{Config, ExportError, TS};

/// Everything that a command takes or gives, with all that it holds.
fn export(folder: &Path) -> Result<(), ExportError> {
    let config = Config::new().with_out_dir(folder);
    GuideView::export_all(&config)?;
    EnrolledView::export_all(&config)?;
    PracticeInvitationView::export_all(&config)?;
    TermsView::export_all(&config)?;
    ExaminationView::export_all(&config)?;
    FileAnswerView::export_all(&config)?;
    DiagnosisView::export_all(&config)?;
    ProbeBegunView::export_all(&config)?;
    InspectFileRequest::export_all(&config)?;
    StageView::export_all(&config)?;
    UseLogView::export_all(&config)?;
    JudgePasswordRequest::export_all(&config)?;
    PasswordJudgementView::export_all(&config)?;
    ProblemView::export_all(&config)?;
    OpenInvitationRequest::export_all(&config)?;
    EnrolRequest::export_all(&config)?;
    ReviewDetailsRequest::export_all(&config)?;
    SignDeclarationRequest::export_all(&config)?;
    DeliverDeclarationRequest::export_all(&config)?;
    DocumentRequest::export_all(&config)?;
    AcknowledgeActivityRequest::export_all(&config)?;
    ActivityView::export_all(&config)?;
    ArchivedDeclarationView::export_all(&config)?;
    EvidenceRequest::export_all(&config)?;
    ByCodeRequest::export_all(&config)?;
    ChangePasswordRequest::export_all(&config)?;
    ChosenContainerView::export_all(&config)?;
    ContainerView::export_all(&config)?;
    DecideOnEarlierRequest::export_all(&config)?;
    ExportCertificateRequest::export_all(&config)?;
    ImportCertificateRequest::export_all(&config)?;
    PasswordRequest::export_all(&config)?;
    ReadBackView::export_all(&config)?;
    ReadContainerRequest::export_all(&config)?;
    RevokeCertificateRequest::export_all(&config)?;
    StateByCodeView::export_all(&config)?;
    ChooseLanguageRequest::export_all(&config)
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let Ok(entries) = fs::read_dir(folder) else {
        return BTreeMap::new();
    };
    entries
        .map(|entry| entry.expect("a file of the folder").path())
        .map(|path| {
            let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
            (name, fs::read(&path).expect("the file can be read"))
        })
        .collect()
}

#[test]
fn bindings_are_current() {
    let checked_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/lib/bindings");
    let fresh = tempfile::tempdir().expect("a folder");
    export(fresh.path()).expect("the types can be exported");
    let fresh = files(fresh.path());
    if std::env::var_os("UPDATE_BINDINGS").is_some() {
        for name in files(&checked_in).keys().filter(|name| !fresh.contains_key(*name)) {
            fs::remove_file(checked_in.join(name)).expect("a stale file can be removed");
        }
        fs::create_dir_all(&checked_in).expect("the folder can be made");
        for (name, bytes) in &fresh {
            fs::write(checked_in.join(name), bytes).expect("the file can be written");
        }
    }
    let present = files(&checked_in);
    assert_eq!(
        present.keys().collect::<Vec<_>>(),
        fresh.keys().collect::<Vec<_>>(),
        "ui/src/lib/bindings holds other files than src-tauri/src/view.rs makes: UPDATE_BINDINGS=1"
    );
    for (name, bytes) in fresh {
        assert!(present[&name] == bytes, "ui/src/lib/bindings/{name} is stale: UPDATE_BINDINGS=1");
    }
}

//! Makes a permission of every command, so that the capability file says exactly what the window may ask for.

const COMMANDS: &[&str] = &[
    "read_guide",
    "offer_practice_invitation",
    "open_invitation",
    "judge_password",
    "enrol",
    "confirm_revocation_code",
    "review_details",
    "read_terms",
    "sign_declaration",
    "deliver_declaration",
    "suspend_certificate",
    "tell_portal",
    "refresh_state",
    "read_certificate",
    "read_use_log",
    "save_use_log",
    "inspect_file",
    "read_archive",
    "save_evidence",
    "diagnose",
    "start_over",
    "open_document",
    "save_document",
    "choose_language",
    "decide_on_earlier",
    "change_password",
    "choose_container",
    "read_container",
    "import_certificate",
    "delete_container",
    "forget_container",
    "export_certificate",
    "renew_certificate",
    "renew_revocation_code",
    "revoke_certificate",
    "act_by_code",
    "read_back",
    "read_activities",
    "acknowledge_activity",
    "snooze_reminder",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))?;
    Ok(())
}

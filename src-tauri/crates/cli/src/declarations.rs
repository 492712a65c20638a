//! The archive of declarations, as the command line prints it.

use crate::report::{Lines, Output, instant, pick};
use chrono::{DateTime, Utc};
use lifecycle::{ArchivedDeclaration, Language, PreservationLevel};
use serde::Serialize;

/// `declarations --json`; field names stay.
#[derive(Serialize)]
struct DeclarationsOutput<'a> {
    declarations: Vec<DeclarationOutput<'a>>,
}

#[derive(Serialize)]
struct DeclarationOutput<'a> {
    id: String,
    sha256: &'a str,
    terms_sha256: &'a str,
    signed_at: DateTime<Utc>,
    accepted_at: Option<DateTime<Utc>>,
    /// `B-B`, `B-T` or `B-LT` ([ETSI EN 319 142-1 §6.3]).
    level: &'static str,
    signer: &'a str,
    organisation: &'a str,
    serial_number: &'a str,
    portal: &'a str,
    practice: bool,
    in_force: bool,
}

/// The level that a declaration has reached.
fn level(declaration: &ArchivedDeclaration) -> &'static str {
    match (declaration.preservation, declaration.declaration.time_stamped_at) {
        (Some(level), _) => level.name(),
        (None, Some(_)) => PreservationLevel::TimeStamped.name(),
        (None, None) => "B-B",
    }
}

/// All of them, the one in force first.
pub(crate) fn output(declarations: &[ArchivedDeclaration], language: Language) -> Output {
    let mut lines = Lines::new(language);
    if declarations.is_empty() {
        lines.plain(pick(language, "Ingen erklæring passer.", "No declaration matches."));
    }
    let rows = declarations.iter().map(|declaration| {
        let entry = &declaration.declaration;
        let level = level(declaration);
        let whose = format!("{}, {}", declaration.signer, declaration.organisation);
        let (danish, english) = if declaration.in_force {
            ("Erklæring (gælder)", "Declaration (in force)")
        } else {
            ("Erklæring (tidligere)", "Declaration (earlier)")
        };
        lines.pair(danish, english, &entry.id.to_string());
        lines.pair("Underskrevet", "Signed", &instant(entry.signed_at));
        if let Some(accepted_at) = entry.accepted_at {
            lines.pair("Modtaget af portalen", "Accepted by the portal", &instant(accepted_at));
        }
        lines.pair("Af", "By", &whose);
        lines.pair("Portal", "Portal", &declaration.portal);
        lines.pair("Niveau", "Level", level);
        DeclarationOutput {
            id: entry.id.to_string(),
            sha256: &entry.sha256,
            terms_sha256: &entry.terms_sha256,
            signed_at: entry.signed_at,
            accepted_at: entry.accepted_at,
            level,
            signer: &declaration.signer,
            organisation: &declaration.organisation,
            serial_number: &declaration.serial_number,
            portal: &declaration.portal,
            practice: declaration.practice,
            in_force: declaration.in_force,
        }
    });
    let report = DeclarationsOutput { declarations: rows.collect() };
    Output::new(lines.text, &report)
}

//! Use case: the employee's own archive. Every declaration that was delivered from this computer, and all that somebody
//! else needs to verify one, in one file.

use crate::error::JourneyError;
use crate::guide::Guide;
use crate::journey::{DeclarationEntry, DocumentKind, Step};
use crate::ports::{Clock, Journal, KeyStore, Portal};
use crate::preserve::{PreservationLevel, delivered};
use chrono::{DateTime, Datelike, Timelike, Utc};
use std::io::{Cursor, Write};
use uuid::Uuid;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A declaration in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivedDeclaration {
    /// The declaration.
    pub declaration: DeclarationEntry,
    /// Who signed, as the certificate names them.
    pub signer: String,
    /// On behalf of whom.
    pub organisation: String,
    /// The serial number of the signer's certificate, lower-case hexadecimal; after a renewal that of the next one.
    pub serial_number: String,
    /// The portal that has it.
    pub portal: String,
    /// True for practice.
    pub practice: bool,
    /// What was made of it so that it can be verified later; `None` where nothing was.
    pub preservation: Option<PreservationLevel>,
    /// True where the certificate in use rests on it.
    pub in_force: bool,
}

impl ArchivedDeclaration {
    /// Whether every word of `search` occurs in what is known of the declaration, whatever the case of its letters.
    #[must_use]
    pub fn matches(&self, search: &str) -> bool {
        let entry = &self.declaration;
        let id = entry.id.to_string();
        let times = [Some(entry.signed_at), entry.accepted_at].map(|time| time.map(|time| time.to_rfc3339()));
        let known = [&self.signer, &self.organisation, &self.serial_number, &self.portal, &id, &entry.sha256];
        let known: Vec<String> =
            known.into_iter().chain(times.iter().flatten()).map(|text| text.to_lowercase()).collect();
        search.to_lowercase().split_whitespace().all(|word| known.iter().any(|text| text.contains(word)))
    }
}

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// The declarations that were delivered from this computer: the one in force first, then the latest.
    ///
    /// # Errors
    /// [`JourneyError::Journal`].
    pub async fn archived_declarations(&self) -> Result<Vec<ArchivedDeclaration>, JourneyError> {
        let mut archived: Vec<ArchivedDeclaration> = Vec::new();
        for recorded in self.journal.journeys().await? {
            let Some(entry) = delivered(&recorded.journey) else { continue };
            // After a renewal the next certificate rests on the same declaration.
            if archived.iter().any(|known| known.declaration.id == entry.id) {
                continue;
            }
            let preservation = self.kept_preservation(entry.id).await?;
            let step = &recorded.journey.step;
            let subject = step.subject();
            archived.push(ArchivedDeclaration {
                declaration: entry.clone(),
                signer: subject.common_name.clone(),
                organisation: subject.organisation.clone(),
                serial_number: recorded
                    .journey
                    .step
                    .issued()
                    .map_or_else(String::new, |issued| issued.held.certificate.serial_number().to_owned()),
                portal: recorded.journey.portal.clone(),
                practice: recorded.journey.practice,
                preservation: preservation.map(|preservation| preservation.level),
                in_force: recorded.under_way && matches!(step, Step::Active(_) | Step::Suspended(_)),
            });
        }
        Ok(archived)
    }

    /// Everything that somebody else needs to verify a delivered declaration, in one ZIP file: the declaration at its
    /// highest level, as it was delivered where that differs, its receipt, the terms, the trust anchors, and what to do
    /// with them. Equal contents give equal bytes. `None` where there is no such declaration here.
    ///
    /// # Errors
    /// [`JourneyError::Journal`], and [`JourneyError::EvidenceFile`] where the file could not be made.
    pub async fn evidence_file(&self, declaration: Uuid) -> Result<Option<Vec<u8>>, JourneyError> {
        let remembered = self.journal.journeys().await?;
        let found = remembered.iter().map(|recorded| &recorded.journey).find_map(|journey| {
            delivered(journey).filter(|entry| entry.id == declaration).map(|entry| (journey, entry))
        });
        let Some((journey, entry)) = found else { return Ok(None) };
        let document = |kind| self.journal.document(journey.id, kind);
        let Some(delivered) = document(DocumentKind::Declaration).await? else { return Ok(None) };
        let Some(receipt) = document(DocumentKind::Receipt).await? else { return Ok(None) };
        let lasting = self.kept_preservation(entry.id).await?.map(|preservation| preservation.pdf);
        let anchors: String = self.settings.trust_anchors.iter().map(|anchor| anchor.certificate().to_pem()).collect();
        let terms = declaration::terms::shipped().iter().find(|known| known.sha256_hex() == entry.terms_sha256);

        let mut files: Vec<(&str, &[u8])> = Vec::new();
        match &lasting {
            Some(lasting) => {
                files.push((DECLARATION, lasting));
                files.push((AS_DELIVERED, &delivered));
            }
            None => files.push((DECLARATION, &delivered)),
        }
        files.push((RECEIPT, &receipt));
        files.push((TRUST_ANCHORS, anchors.as_bytes()));
        if let Some(terms) = terms {
            files.push((TERMS, terms.bytes()));
        }
        let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
        let explanation = explanation(&names, &entry.terms_sha256);
        files.insert(0, (READ_ME, explanation.as_bytes()));
        Ok(Some(zipped(&files, entry.signed_at)?))
    }
}

fn zipped(files: &[(&str, &[u8])], time: DateTime<Utc>) -> Result<Vec<u8>, JourneyError> {
    let failed = |error: &dyn std::error::Error| JourneyError::EvidenceFile(error.to_string().into());
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    // PDF is compressed already.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(dos_time(time).unwrap_or_default());
    for (name, bytes) in files {
        archive.start_file(*name, options).map_err(|error| failed(&error))?;
        archive.write_all(bytes).map_err(|error| failed(&error))?;
    }
    archive.finish().map(Cursor::into_inner).map_err(|error| failed(&error))
}

fn dos_time(time: DateTime<Utc>) -> Option<zip::DateTime> {
    let small = |number: u32| u8::try_from(number).ok();
    zip::DateTime::from_date_and_time(
        u16::try_from(time.year()).ok()?,
        small(time.month())?,
        small(time.day())?,
        small(time.hour())?,
        small(time.minute())?,
        small(time.second())?,
    )
    .ok()
}

const READ_ME: &str = "READ-ME.txt";
const DECLARATION: &str = "declaration.pdf";
const AS_DELIVERED: &str = "declaration-as-delivered.pdf";
const RECEIPT: &str = "receipt.pdf";
const TRUST_ANCHORS: &str = "trust-anchors.pem";
const TERMS: &str = "terms.json";

/// What lies beside the documents, for whoever opens the file years later: what each of `files` is, and how the
/// declaration is verified. Names no file that is not there.
fn explanation(files: &[&str], terms_sha256: &str) -> String {
    let mut command = format!("  certifikat verify {DECLARATION} --trust {TRUST_ANCHORS}");
    let has_terms = files.contains(&TERMS);
    if has_terms {
        command.push_str(&format!(" --terms {TERMS}"));
    }
    let lasts = files.contains(&AS_DELIVERED);
    let described = |language: usize| -> String {
        let next_line = format!("\n{:<30}", "");
        let text = |file| description(file, lasts)[language].replace('\n', &next_line);
        files.iter().map(|file| format!("{file:<30}{}\n", text(file))).collect()
    };
    let (danish, english) = if has_terms {
        (String::new(), String::new())
    } else {
        (
            format!(
                "\nVilkårene er ikke med. Få filen med dem hos organisationen, og føj den til: --terms FIL\n\
                 Det er de rigtige, når filens SHA-256 er\n  {terms_sha256}\n"
            ),
            format!(
                "\nThe terms are not included. Get their file from the organisation, and add it: --terms FILE\n\
                 They are the right ones where the file's SHA-256 is\n  {terms_sha256}\n"
            ),
        )
    };
    format!(
        "SIKKERHEDSERKLÆRING MED DET, DER SKAL BRUGES TIL AT EFTERPRØVE DEN\n\n{}\n\
         Sådan efterprøver du:\n{command}\n\
         eller med et hvilket som helst program, der kan PAdES, fx et PDF-program eller pdfsig.\n{danish}\n\
         THE SECURITY DECLARATION WITH WHAT IS NEEDED TO VERIFY IT\n\n{}\n\
         To verify:\n{command}\n\
         or with any program that knows PAdES, such as a PDF program or pdfsig.\n{english}",
        described(0),
        described(1),
    )
}

/// What a file is, in Danish and in English. `lasts`: something was added to the declaration after it was delivered.
fn description(file: &str, lasts: bool) -> [&'static str; 2] {
    match (file, lasts) {
        (DECLARATION, true) => [
            "Erklæringen, som den blev underskrevet. Det, der er underskrevet, er uændret; et tidsstempel\n\
             og beviserne for, at certifikaterne gjaldt, kan være lagt til (PAdES B-T eller B-LT).",
            "The declaration as it was signed. What was signed is unchanged; a time-stamp and the proof\n\
             that the certificates held may have been added (PAdES B-T or B-LT).",
        ],
        (DECLARATION, false) => [
            "Erklæringen, som den blev underskrevet, og som portalen fik den. Kvitteringen gælder netop\n\
             disse bytes.",
            "The declaration as it was signed, and as the portal got it. The receipt is about exactly\n\
             these bytes.",
        ],
        (AS_DELIVERED, _) => [
            "Den samme erklæring, som portalen fik den. Kvitteringen gælder netop disse bytes.",
            "The same declaration as the portal got it. The receipt is about exactly these bytes.",
        ],
        (RECEIPT, _) => [
            "Portalens kvittering med portalens elektroniske segl.",
            "The portal's receipt with the portal's electronic seal.",
        ],
        (TERMS, _) => ["Vilkårene, som de er nævnt i erklæringen.", "The terms that the declaration names."],
        (TRUST_ANCHORS, _) => [
            "Rodcertifikaterne. Sammenlign dem med dem, som udstederen offentliggør, før du stoler på dem.",
            "The root certificates. Compare them with those that the issuer publishes before you trust them.",
        ],
        (_, _) => ["", ""],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declaration() -> ArchivedDeclaration {
        let time = DateTime::from_timestamp(1_795_000_000, 0);
        ArchivedDeclaration {
            declaration: DeclarationEntry {
                id: Uuid::nil(),
                sha256: "c0ffee".into(),
                signed_at: time.expect("a time"),
                terms_sha256: String::new(),
                accepted_at: time,
                time_stamped_at: None,
                elsewhere: false,
                follows: None,
            },
            signer: "Øvebruger Eksempel".into(),
            organisation: "Øvelseskommune Å".into(),
            serial_number: "4f".into(),
            portal: "https://portal.example".into(),
            practice: true,
            preservation: None,
            in_force: true,
        }
    }

    #[test]
    fn a_declaration_is_found_by_any_words_of_it_in_any_case_and_order() {
        let declaration = declaration();
        for found in ["", "  ", "øvebruger", "å eksempel", "2026-11", "PORTAL.example", "C0FFEE 4F"] {
            assert!(declaration.matches(found), "{found}");
        }
        for missed in ["kollega", "øvebruger 2025"] {
            assert!(!declaration.matches(missed), "{missed}");
        }
    }

    #[test]
    fn the_explanation_names_the_files_that_are_there_and_no_others_in_both_languages() {
        let all = [DECLARATION, AS_DELIVERED, RECEIPT, TRUST_ANCHORS, TERMS];
        let least = [DECLARATION, RECEIPT, TRUST_ANCHORS];
        for there in [&all[..], &all[..4], &[DECLARATION, RECEIPT, TRUST_ANCHORS, TERMS], &least] {
            let explanation = explanation(there, "c0ffee");
            for file in all {
                let lines = explanation.lines().filter(|line| line.split(' ').next() == Some(file));
                let described: Vec<&str> = lines.filter(|line| line.len() > file.len() + 20).collect();
                assert_eq!(described.len(), if there.contains(&file) { 2 } else { 0 }, "{there:?}: {explanation}");
                assert_eq!(explanation.contains(file), there.contains(&file), "{there:?}: {explanation}");
            }
            let verifies = "certifikat verify declaration.pdf --trust trust-anchors.pem";
            assert_eq!(explanation.matches(verifies).count(), 2, "{explanation}");
            let with_terms = if there.contains(&TERMS) { 2 } else { 0 };
            assert_eq!(explanation.matches("--trust trust-anchors.pem --terms terms.json").count(), with_terms);
            assert_eq!(explanation.matches("c0ffee").count(), 2 - with_terms, "which terms they are: {explanation}");
        }
    }

    #[test]
    fn the_same_files_make_the_same_bytes_and_come_out_again() {
        let files: [(&str, &[u8]); 2] = [("one.pdf", b"%PDF-1.7"), ("two.txt", b"")];
        let made = zipped(&files, declaration().declaration.signed_at).expect("a ZIP file");
        assert_eq!(zipped(&files, declaration().declaration.signed_at).expect("a ZIP file"), made);
        let mut read = zip::ZipArchive::new(Cursor::new(made)).expect("a ZIP file");
        let names: Vec<String> = read.file_names().map(|name| name.expect("a name").into_owned()).collect();
        assert_eq!(names, ["one.pdf", "two.txt"]);
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut read.by_name("one.pdf").expect("the file"), &mut bytes).expect("readable");
        assert_eq!(bytes, b"%PDF-1.7");
    }
}

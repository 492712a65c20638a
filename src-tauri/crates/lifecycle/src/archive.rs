//! Use case: the employee's own archive. Every declaration that was delivered from this computer, and all that somebody
//! else needs to verify one, in one file.

use crate::error::JourneyError;
use crate::guide::Guide;
use crate::journey::{DeclarationEntry, DocumentKind, Journey, Step};
use crate::ports::{Clock, Journal, KeyStore, Portal};
use crate::preserve::PreservationLevel;
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
            let preservation = self.journal.preservation(entry.id).await?;
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
        let lasting = self.journal.preservation(entry.id).await?.map(|preservation| preservation.pdf);
        let anchors: String = self.settings.trust_anchors.iter().map(|anchor| anchor.certificate().to_pem()).collect();
        let terms = declaration::terms::shipped().iter().find(|known| known.sha256_hex() == entry.terms_sha256);

        let mut files: Vec<(&str, &[u8])> = vec![("READ-ME.txt", EXPLANATION.as_bytes())];
        match &lasting {
            Some(lasting) => {
                files.push(("declaration.pdf", lasting));
                files.push(("declaration-as-delivered.pdf", &delivered));
            }
            None => files.push(("declaration.pdf", &delivered)),
        }
        files.push(("receipt.pdf", &receipt));
        files.push(("trust-anchors.pem", anchors.as_bytes()));
        if let Some(terms) = terms {
            files.push(("terms.json", terms.bytes()));
        }
        Ok(Some(zipped(&files, entry.signed_at)?))
    }
}

/// A declaration of which the document and the receipt are on this computer.
fn delivered(journey: &Journey) -> Option<&DeclarationEntry> {
    journey.step.declaration().filter(|entry| entry.accepted_at.is_some() && !entry.elsewhere)
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

/// What lies beside the documents, for whoever opens the file years later.
const EXPLANATION: &str = "\
SIKKERHEDSERKLÆRING MED ALT, HVAD DER SKAL BRUGES TIL AT EFTERPRØVE DEN

declaration.pdf               Erklæringen, som den blev underskrevet. Det, der er underskrevet, er uændret; et tidsstempel
                              og beviserne for, at certifikaterne gjaldt, kan være lagt til (PAdES B-T eller B-LT).
declaration-as-delivered.pdf  Den samme erklæring, som portalen fik den. Kvitteringen gælder netop disse bytes.
receipt.pdf                   Portalens kvittering med portalens elektroniske segl.
terms.json                    Vilkårene, som de er nævnt i erklæringen.
trust-anchors.pem             Rodcertifikaterne. Sammenlign dem med dem, som udstederen offentliggør, før du stoler på dem.

Sådan efterprøver du:
  certifikat verify declaration.pdf --trust trust-anchors.pem
eller med et hvilket som helst program, der kan PAdES, fx et PDF-program eller pdfsig.

THE SECURITY DECLARATION WITH ALL THAT IS NEEDED TO VERIFY IT

declaration.pdf               The declaration as it was signed. What was signed is unchanged; a time-stamp and the proof
                              that the certificates held may have been added (PAdES B-T or B-LT).
declaration-as-delivered.pdf  The same declaration as the portal got it. The receipt is about exactly these bytes.
receipt.pdf                   The portal's receipt with the portal's electronic seal.
terms.json                    The terms that the declaration names.
trust-anchors.pem             The root certificates. Compare them with those that the issuer publishes before you trust them.

To verify:
  certifikat verify declaration.pdf --trust trust-anchors.pem
or with any program that knows PAdES, such as a PDF program or pdfsig.
";

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

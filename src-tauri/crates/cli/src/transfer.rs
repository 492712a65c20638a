//! The commands that take a certificate with its key out of a file, and copy it, or a document, into one.

use crate::arguments::{DocumentArgument, Export, Exported, Import};
use crate::failure::{ExitStatus, Failure, UsageError};
use crate::files::{self, NewFile};
use crate::journey::Session;
use crate::report::{JourneyReport, Lines, Output, pick};
use crate::secrets::Secrets;
use key_custody::TokenKeyKind;
use lifecycle::ports::{Journal, KeyContainer, KeyStoreError};
use lifecycle::{DocumentKind, Enrolled, Journey, JourneyError, KeyPlaceName, Origin, Password, employee_certificates};
use pki::Certificate;
use pki::container::{self, ContainerError, MAXIMUM_CONTAINER_BYTES};
use serde_json::json;
use std::path::Path;
use uuid::Uuid;

impl Session {
    /// Calls `show` with the outcome, which holds the revocation code.
    pub(crate) async fn import(
        &self,
        arguments: &Import,
        show: impl FnOnce(&Output) -> std::io::Result<()>,
    ) -> Result<ExitStatus, Failure> {
        let (address, anchor) = crate::portal::named(&self.policy()?, &arguments.portal)?;
        let mut secrets = Secrets::from_standard_input()?;
        let file_password = secrets.file_password()?;
        let password = secrets.password()?;
        let bytes = files::read(&arguments.file, MAXIMUM_CONTAINER_BYTES)?;
        let certificates = certificates_in(&bytes, &file_password)?;
        let certificate = the_employee_certificate(&certificates, arguments.serial.as_deref())?;

        let under_way = self.journal.current().await?;
        if under_way.as_ref().is_some_and(|journey| !is_import_of(journey, certificate)) {
            return Err(JourneyError::WrongStep.into());
        }
        let portal = self.chosen_portal(&address, anchor, under_way.as_ref(), false).await?;
        let guide = self.guide(portal, (&KeyPlaceName::default(), TokenKeyKind::Rsa3072))?;
        let progress = self.progress();
        if under_way.is_none() {
            let container = KeyContainer { bytes: &bytes, password: &file_password };
            let serial_number = Some(certificate.serial_number());
            guide.import(&container, &certificates, serial_number, &password, &progress).await?;
        }
        let Enrolled { journey, revocation_code } = guide.enrol(&password, None, &progress).await?;
        drop((password, file_password));
        let output = JourneyReport::new(&journey, revocation_code.as_ref()).output(self.language);
        let output = self.with_file_to_delete(output, &arguments.file);
        self.show_code(&guide, &output, revocation_code.is_some(), show).await
    }

    /// Whoever has the file and its password has the key: this computer's protection is then worth nothing.
    fn with_file_to_delete(&self, mut output: Output, file: &Path) -> Output {
        let mut lines = Lines::new(self.language);
        lines.pair(
            "Slet nu filen og alle kopier af den, for enhver, der har den og dens adgangskode, kan bruge din nøgle",
            "Now delete the file and every copy of it, for whoever has it and its password can use your key",
            &file.display().to_string(),
        );
        output.text.push_str(&lines.text);
        if let Some(object) = output.json.as_object_mut() {
            object.insert("file_to_delete".into(), json!(file.display().to_string()));
        }
        output
    }

    pub(crate) async fn export(&self, arguments: &Export) -> Result<(ExitStatus, Output), Failure> {
        match arguments.exported().ok_or(UsageError::NothingToExport)? {
            Exported::Document(document, file) => self.export_document(document, arguments.declaration, file).await,
            Exported::Certificate(file) => self.export_certificate(file).await,
        }
    }

    async fn export_document(
        &self,
        document: DocumentArgument,
        declaration: Option<Uuid>,
        file: &Path,
    ) -> Result<(ExitStatus, Output), Failure> {
        let kind = match document {
            // Only the evidence is kept of earlier ones.
            DocumentArgument::Declaration | DocumentArgument::Receipt if declaration.is_some() => {
                return Err(UsageError::NoSuchDocument.into());
            }
            DocumentArgument::Declaration => DocumentKind::Declaration,
            DocumentArgument::Receipt => DocumentKind::Receipt,
            DocumentArgument::Evidence => return self.export_evidence(declaration, file).await,
        };
        let journey = self.journal.current().await?.ok_or(UsageError::NoSuchDocument)?;
        // A declaration that the portal refused is kept by the journal, but counts for nothing.
        let counts = journey.step.declaration().is_some();
        let document =
            self.journal.document(journey.id, kind).await?.filter(|_| counts).ok_or(UsageError::NoSuchDocument)?;
        files::write_new(file, &document)?;
        Ok((ExitStatus::Holds, self.saved(file, document.len(), None)))
    }

    async fn export_evidence(&self, declaration: Option<Uuid>, file: &Path) -> Result<(ExitStatus, Output), Failure> {
        let (guide, journey) = self.resume().await?;
        let in_force = journey.step.declaration().map(|entry| entry.id);
        let declaration = declaration.or(in_force).ok_or(UsageError::NoSuchDocument)?;
        // What is missing is fetched first where that can be had; the file is as good as what is here.
        if let Err(error) = guide.preserve_declaration(declaration).await {
            tracing::debug!(%error, "the declaration was not brought to a higher level");
        }
        let evidence = guide.evidence_file(declaration).await?.ok_or(UsageError::NoSuchDocument)?;
        files::write_new(file, &evidence)?;
        Ok((ExitStatus::Holds, self.saved(file, evidence.len(), None)))
    }

    async fn export_certificate(&self, file: &Path) -> Result<(ExitStatus, Output), Failure> {
        let mut secrets = Secrets::from_standard_input()?;
        let (password, file_password) = (secrets.password()?, secrets.password()?);
        let (guide, _) = self.resume().await?;
        // Where it goes comes first: a copy that was made and is kept nowhere would stand in the log.
        let new = NewFile::make(file)?;
        let container = guide.export(&password, &file_password, &self.progress()).await?;
        new.fill(&container)?;
        let note = pick(
            self.language,
            "Filen rummer din nøgle: opbevar den forsvarligt, og slet den, når den er brugt.",
            "The file holds your key: keep it safe, and delete it once it is used.",
        );
        Ok((ExitStatus::Holds, self.saved(file, container.len(), Some(note))))
    }

    fn saved(&self, file: &Path, bytes: usize, note: Option<&str>) -> Output {
        let file = file.display().to_string();
        let mut lines = Lines::new(self.language);
        lines.pair("Gemt", "Saved", &file);
        if let Some(note) = note {
            lines.plain(note);
        }
        Output::new(lines.text, &json!({ "file": file, "bytes": bytes }))
    }
}

fn certificates_in(bytes: &[u8], password: &Password) -> Result<Vec<Certificate>, Failure> {
    // Without a password both empty ones are tried.
    let password = Some(password.expose()).filter(|password| !password.is_empty());
    match container::read(bytes, password) {
        Ok(container) => Ok(container.certificates),
        Err(
            ContainerError::PasswordNeeded | ContainerError::PasswordWrong | ContainerError::PasswordTooLong { .. },
        ) => Err(JourneyError::from(KeyStoreError::ContainerLocked).into()),
        Err(error) => Err(JourneyError::from(KeyStoreError::ContainerDamaged(error.to_string().into())).into()),
    }
}

fn the_employee_certificate<'a>(
    certificates: &'a [Certificate],
    serial_number: Option<&str>,
) -> Result<&'a Certificate, Failure> {
    let employees = employee_certificates(certificates);
    let chosen = match (serial_number, &*employees) {
        (Some(serial_number), all) => all.iter().find(|certificate| certificate.serial_number() == serial_number),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    match chosen {
        Some(certificate) => Ok(certificate),
        None => Err(Failure::CertificateUnclear(employees.into_iter().cloned().collect())),
    }
}

/// Whether the journey began with this certificate from a file.
fn is_import_of(journey: &Journey, certificate: &Certificate) -> bool {
    journey
        .step
        .issued()
        .is_some_and(|issued| matches!(issued.origin, Origin::Import(_)) && issued.held.certificate == *certificate)
}

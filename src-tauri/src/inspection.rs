//! A certificate file that the person gives the window to look at. It is read here and kept nowhere; the private key
//! that it may hold is not decoded.

use crate::composition::Desktop;
use crate::error::DesktopError;
use crate::view::{
    ExaminationView, FileAnswerView, FileFormatView, FileRefusalView, InspectFileRequest, InspectedFileView,
    VerifiedDocumentView,
};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use declaration::SIGNED_PDF_LIMIT;
use pki::container::{self, Container, ContainerError, MAXIMUM_CONTAINER_BYTES};
use zeroize::Zeroizing;

/// How every PDF (`%PDF-`) begins in Base64: the first six of its characters are these for any version.
const PDF_IN_BASE64: &str = "JVBERi";

/// The longest Base64 that is decoded: four characters for every three bytes begun.
const LONGEST_CONTENT: usize = MAXIMUM_CONTAINER_BYTES.div_ceil(3) * 4;

/// Reads the file and examines the certificate that it is about.
///
/// # Errors
/// [`DesktopError::Interrupted`]. A file of which nothing can be shown is an answer, not an error.
pub async fn inspect(desktop: &Desktop, request: InspectFileRequest) -> Result<FileAnswerView, DesktopError> {
    let (content, password) = (Zeroizing::new(request.content), request.password.map(Zeroizing::new));
    // A file under a password is made to take its time.
    if content.starts_with(PDF_IN_BASE64) {
        return verify(desktop, &content).await;
    }
    let reading = tauri::async_runtime::spawn_blocking(move || read(&content, password.as_deref().map(String::as_str)));
    let container = match reading.await.map_err(DesktopError::Interrupted)? {
        Ok(container) => container,
        Err(answer) => return Ok(answer),
    };
    let Some(examination) = desktop.examine(&container.certificates).await else {
        return Ok(refused(FileRefusalView::NoCertificate));
    };
    Ok(FileAnswerView::Inspected(Box::new(InspectedFileView {
        format: FileFormatView::from(container.format),
        certificates: u32::try_from(container.certificates.len()).unwrap_or(u32::MAX),
        holds_private_key: container.holds_private_key,
        examination: ExaminationView::from(&examination),
    })))
}

/// A signed document. It is rendered again for the comparison, which takes a moment.
async fn verify(desktop: &Desktop, content: &str) -> Result<FileAnswerView, DesktopError> {
    if content.len() > SIGNED_PDF_LIMIT.div_ceil(3) * 4 {
        return Ok(refused(FileRefusalView::TooLarge));
    }
    let Ok(pdf) = BASE64_STANDARD.decode(content) else { return Ok(refused(FileRefusalView::NotRecognised)) };
    let composed = desktop.at_hand().await?;
    let examining = tauri::async_runtime::spawn_blocking(move || composed.guide().examine_document(&pdf));
    let examination = examining.await.map_err(DesktopError::Interrupted)?;
    Ok(FileAnswerView::Verified(Box::new(VerifiedDocumentView::from(&examination))))
}

fn read(content: &str, password: Option<&str>) -> Result<Container, FileAnswerView> {
    if content.is_empty() {
        return Err(refused(FileRefusalView::Empty));
    }
    if content.len() > LONGEST_CONTENT {
        return Err(refused(FileRefusalView::TooLarge));
    }
    let bytes = BASE64_STANDARD.decode(content).map_err(|_| refused(FileRefusalView::NotRecognised))?;
    let bytes = Zeroizing::new(bytes);
    container::read(&bytes, password).map_err(|error| match error {
        ContainerError::PasswordNeeded => FileAnswerView::PasswordNeeded,
        ContainerError::PasswordWrong | ContainerError::PasswordTooLong { .. } => FileAnswerView::PasswordWrong,
        ContainerError::TooLarge { .. } | ContainerError::TooMany { .. } => refused(FileRefusalView::TooLarge),
        ContainerError::NotRecognised => refused(FileRefusalView::NotRecognised),
        ContainerError::NoCertificate { holds_private_key: true } => refused(FileRefusalView::KeyOnly),
        ContainerError::NoCertificate { holds_private_key: false } => refused(FileRefusalView::NoCertificate),
        ContainerError::TooManyIterations { .. } | ContainerError::Unsupported { .. } => {
            refused(FileRefusalView::Unsupported)
        }
        // The list of reasons may grow; what cannot be read is damaged to whoever looks at it.
        ContainerError::Damaged { .. } | ContainerError::Certificate { .. } | _ => refused(FileRefusalView::Damaged),
    })
}

fn refused(reason: FileRefusalView) -> FileAnswerView {
    FileAnswerView::Refused { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(bytes: &[u8]) -> Option<FileRefusalView> {
        match read(&BASE64_STANDARD.encode(bytes), None) {
            Err(FileAnswerView::Refused { reason }) => Some(reason),
            Err(
                FileAnswerView::Inspected(_)
                | FileAnswerView::Verified(_)
                | FileAnswerView::PasswordNeeded
                | FileAnswerView::PasswordWrong,
            )
            | Ok(_) => None,
        }
    }

    fn own_certificate() -> (rcgen::KeyPair, rcgen::Certificate) {
        let key = rcgen::KeyPair::generate().expect("a key");
        let parameters = rcgen::CertificateParams::new(vec!["proeve.example".to_owned()]).expect("a name");
        let certificate = parameters.self_signed(&key).expect("a certificate");
        (key, certificate)
    }

    #[test]
    fn what_is_no_certificate_file_is_refused_with_its_reason() {
        let (key, certificate) = own_certificate();
        assert_eq!(refusal(b""), Some(FileRefusalView::Empty));
        assert_eq!(refusal(b"God dag"), Some(FileRefusalView::NotRecognised));
        assert_eq!(refusal(key.serialize_pem().as_bytes()), Some(FileRefusalView::KeyOnly));
        let der: &[u8] = certificate.der();
        assert_eq!(refusal(&der[..der.len() - 1]), Some(FileRefusalView::Damaged));
        assert_eq!(refusal(&vec![b'x'; MAXIMUM_CONTAINER_BYTES + 3]), Some(FileRefusalView::TooLarge));
        assert!(matches!(read("***", None), Err(FileAnswerView::Refused { reason: FileRefusalView::NotRecognised })));
    }

    #[test]
    fn a_key_beside_the_certificate_is_noticed() {
        let (key, certificate) = own_certificate();
        let both = format!("{}{}", key.serialize_pem(), certificate.pem());
        let container = read(&BASE64_STANDARD.encode(both), None).expect("a certificate");
        assert!(container.holds_private_key && container.certificates.len() == 1);
    }

    #[tokio::test]
    async fn a_file_is_examined_before_there_is_a_guide() {
        let data = tempfile::tempdir().expect("a folder");
        let desktop = Desktop::new(data.path().to_owned(), crate::arguments::PortalChoice::OwnPractice, None);
        let (_, certificate) = own_certificate();
        let request = InspectFileRequest { content: BASE64_STANDARD.encode(certificate.der()), password: None };
        let answer = inspect(&desktop, request).await.expect("an answer");
        let FileAnswerView::Inspected(file) = answer else { panic!("a certificate: {answer:?}") };
        assert_eq!(file.examination.verdict, crate::view::VerdictView::Indeterminate, "nobody is trusted yet");
    }
}

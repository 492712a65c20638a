//! The terms in force: those that ship with the program, or later ones from files; signed by the portal's seal.

use crate::certificate_authority::CertificateAuthority;
use crate::error::PortalError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use declaration::terms::{TERMS_LIMIT, TermsDocument, shipped};
use portal_api::{SignedTerms, TermsInForce, TermsReference};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Most languages of one version.
const MOST_LANGUAGES: usize = 2;

/// The terms in the files, or every language of the latest version that ships with the program.
///
/// # Errors
/// [`PortalError::Terms`] where they are not one version of the portal's terms in different languages, one of them
/// binding; [`PortalError::TermsFile`] where a file cannot be read.
pub(crate) fn in_force(files: &[PathBuf]) -> Result<Vec<TermsDocument>, PortalError> {
    let wrong = |why: &str| PortalError::Terms(why.into());
    let known = shipped();
    let Some(latest) = known.iter().map(|document| document.terms().version).max() else {
        return Err(wrong("no terms ship with the program"));
    };
    if files.is_empty() {
        return Ok(known.iter().filter(|document| document.terms().version == latest).cloned().collect());
    }
    if files.len() > MOST_LANGUAGES {
        return Err(wrong("there are more files than languages"));
    }
    let mut documents = files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
    documents.sort_by_key(|document| !document.terms().binding);
    let first = documents[0].terms();
    let together = documents.iter().enumerate().all(|(place, document)| {
        let terms = document.terms();
        terms.id == first.id && terms.version == first.version && terms.binding == (place == 0)
    });
    if !together || documents.windows(2).any(|pair| pair[0].terms().language == pair[1].terms().language) {
        return Err(wrong("the files are not one version in different languages, exactly one of them binding"));
    }
    if known.iter().all(|known| known.terms().id != first.id) {
        return Err(wrong("the files are not of the portal's own terms"));
    }
    Ok(documents)
}

fn read(file: &Path) -> Result<TermsDocument, PortalError> {
    let failed = |source| PortalError::TermsFile { path: file.to_owned(), source };
    let mut bytes = Vec::new();
    // One byte more than is taken, so that a larger file shows.
    let limit = u64::try_from(TERMS_LIMIT).unwrap_or(u64::MAX).saturating_add(1);
    File::open(file).map_err(failed)?.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    TermsDocument::from_bytes(&bytes).map_err(|error| PortalError::Terms(format!("{}: {error}", file.display()).into()))
}

/// The terms with the seal's signature over each.
///
/// # Errors
/// [`PortalError::Terms`].
pub(crate) fn sign(terms: &[TermsDocument], authority: &CertificateAuthority) -> Result<TermsInForce, PortalError> {
    let chain = authority.seal_chain();
    let documents = terms
        .iter()
        .map(|document| {
            let signature = declaration::signed_data::sign_detached(document.bytes(), &authority.seal.key, &chain)
                .map_err(|error| PortalError::Terms(error.to_string().into()))?;
            Ok(SignedTerms {
                language: document.terms().language.clone(),
                content: STANDARD.encode(document.bytes()),
                sha256: document.sha256_hex(),
                signature: STANDARD.encode(signature),
            })
        })
        .collect::<Result<Vec<_>, PortalError>>()?;
    let first = terms.first().ok_or_else(|| PortalError::Terms("there are no terms".into()))?.terms();
    Ok(TermsInForce { terms: TermsReference { id: first.id.clone(), version: first.version }, documents })
}

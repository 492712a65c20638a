//! What the fuzz targets do with foreign bytes, and the smoke test of the declaration with the seeds and changed copies.

use chrono::{DateTime, Utc};
use declaration::terms::shipped;
use declaration::time_stamp::{self, PRACTICE_TIME_STAMP_POLICY, TimeStampAuthority, TimeStampRequest};
use declaration::{
    Indication, ValidationEvidence, add_evidence, signed_data, time_stamp_request_for, verify, verify_declaration,
};
use pki::{Profile, SignatureAlgorithm, SigningError, SigningKey, TrustAnchor};

/// An hour after the seeds were made.
pub fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_523_700, 0).expect("a date of 2026")
}

/// A document: verified as any and as a declaration, and brought to a higher level where it can be.
pub fn document(bytes: &[u8], anchors: &[TrustAnchor]) {
    let report = verify(bytes, anchors, Profile::PracticeEmployee, at());
    let passed = report.indication == Indication::TotalPassed;
    assert_eq!(report.findings.is_empty(), passed);
    assert_eq!(report.sub_indication.is_none(), passed);
    assert_eq!(report.level.is_some(), passed);
    assert!(report.signed_revision.is_none_or(|range| range.end <= bytes.len()));
    match verify_declaration(bytes, anchors, Profile::PracticeEmployee, at(), shipped()) {
        Ok(verified) => assert!(passed && verified.report().findings.is_empty()),
        Err(report) => assert!(report.indication != Indication::TotalPassed && !report.findings.is_empty()),
    }
    if let Ok(request) = time_stamp_request_for(bytes, [7; time_stamp::NONCE_BYTES]) {
        assert!(!request.der().is_empty());
    }
    if let Ok(longer) = add_evidence(bytes, &ValidationEvidence::default()) {
        let again = add_evidence(&longer, &ValidationEvidence::default()).expect("what was added can be added to");
        assert!(again == longer);
    }
}

/// A detached CMS signature.
pub fn signature(bytes: &[u8], anchors: &[TrustAnchor]) {
    if let Ok(signer) = signed_data::verify_detached(b"content", bytes, anchors, Profile::PracticeSeal, at()) {
        assert_eq!(signer.at(), at());
    }
}

/// A time-stamp response, a token, or a request.
pub fn time_stamp(bytes: &[u8], anchors: &[TrustAnchor]) {
    let request = TimeStampRequest::new([7; 32], [0x80; time_stamp::NONCE_BYTES]);
    let tokens =
        [request.verify_response(bytes, anchors, at()), time_stamp::verify(bytes, &[7; 32], &[], anchors, at())];
    for token in tokens.into_iter().flatten() {
        assert_eq!(token.digest(), &[7; 32]);
    }
    let authority =
        TimeStampAuthority { key: &NoKey, chain: &[], policy: PRACTICE_TIME_STAMP_POLICY, accuracy_seconds: 1 };
    if let Ok(response) = time_stamp::issue(bytes, &authority, &[1], at()) {
        assert!(response.failure.is_some(), "nothing is signed without a key");
    }
}

struct NoKey;

impl SigningKey for NoKey {
    fn subject_public_key_info(&self) -> &[u8] {
        &[]
    }

    fn sign(&self, _algorithm: SignatureAlgorithm, _message: &[u8]) -> Result<Vec<u8>, SigningError> {
        Err(SigningError::Failed("there is no key"))
    }
}

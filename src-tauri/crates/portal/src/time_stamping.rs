//! The time-stamping authority ([RFC 3161]): a key and a certificate of its own from the issuing CA.

use crate::certificate_authority::random_serial_number;
use crate::portal::Portal;
use chrono::{DateTime, Utc};
use declaration::time_stamp::{
    FailureInfo, NONCE_BYTES, PRACTICE_TIME_STAMP_POLICY, TimeStampAuthority, TimeStampResponse, issue, refuse,
};
use pki::Certificate;
use std::error::Error;

/// By how much the portal's clock may be wrong: it is the computer's own, which nobody has calibrated.
const ACCURACY_SECONDS: u32 = 60;

/// Answers a request for a time-stamp, DER, with `certificate` as the authority's: with a time-stamp of `now`, or with the
/// reason why there is none.
pub(crate) fn answer(
    portal: &Portal,
    certificate: &Certificate,
    request: &[u8],
    now: DateTime<Utc>,
) -> TimeStampResponse {
    let authority = TimeStampAuthority {
        key: &portal.authority.time_stamping.key,
        chain: &[certificate.clone(), portal.authority.issuing.certificate.clone()],
        policy: PRACTICE_TIME_STAMP_POLICY,
        accuracy_seconds: ACCURACY_SECONDS,
    };
    // Random, so that none comes twice, whatever happened between two starts ([RFC 3161 §2.4.2]).
    let serial_number = match random_serial_number() {
        Ok(serial_number) => serial_number,
        Err(error) => return failed(&error),
    };
    issue(request, &authority, &serial_number, now).unwrap_or_else(|error| failed(&error))
}

/// A signed document with a time-stamp over its signature (PAdES B-T).
///
/// # Errors
/// Whatever keeps the authority from giving one.
pub(crate) fn stamped(
    portal: &Portal,
    certificate: &Certificate,
    pdf: &[u8],
    now: DateTime<Utc>,
) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    let mut nonce = [0; NONCE_BYTES];
    aws_lc_rs::rand::fill(&mut nonce)?;
    let request = declaration::time_stamp_request_for(pdf, nonce)?;
    let response = answer(portal, certificate, request.der(), now);
    let token = request.verify_response(&response.der, &portal.trust_anchors, now)?;
    Ok(declaration::add_time_stamp(pdf, &token)?)
}

fn failed(error: &dyn Error) -> TimeStampResponse {
    tracing::error!(%error, "no time-stamp could be given");
    refuse(FailureInfo::SystemFailure)
}

//! The messages of the time-stamp protocol ([RFC 3161 §2.4]).

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use const_oid::ObjectIdentifier;
use der::asn1::{BitString, Int, OctetString, Uint};
use der::{Any, Decode, Encode, Sequence, Tag, Tagged};
use spki::AlgorithmIdentifierOwned;
use x509_cert::ext::Extensions;

/// `MessageImprint`.
#[derive(Sequence, Clone, PartialEq, Eq)]
pub(super) struct MessageImprint {
    pub(super) hash_algorithm: AlgorithmIdentifierOwned,
    pub(super) hashed_message: OctetString,
}

/// `TimeStampReq`.
#[derive(Sequence)]
pub(super) struct TimeStampReq {
    pub(super) version: u8,
    pub(super) message_imprint: MessageImprint,
    #[asn1(optional = "true")]
    pub(super) policy: Option<ObjectIdentifier>,
    #[asn1(optional = "true")]
    pub(super) nonce: Option<Int>,
    #[asn1(default = "default_false")]
    pub(super) certificates_wanted: bool,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) extensions: Option<Extensions>,
}

/// `TimeStampResp`.
#[derive(Sequence)]
pub(super) struct TimeStampResp {
    pub(super) status: PkiStatusInfo,
    #[asn1(optional = "true")]
    pub(super) token: Option<Any>,
}

/// `PKIStatusInfo`.
#[derive(Sequence)]
pub(super) struct PkiStatusInfo {
    pub(super) status: u8,
    #[asn1(optional = "true")]
    pub(super) text: Option<Vec<String>>,
    #[asn1(optional = "true")]
    pub(super) failure: Option<BitString>,
}

/// `TSTInfo`.
#[derive(Sequence)]
pub(super) struct TstInfo {
    pub(super) version: u8,
    pub(super) policy: ObjectIdentifier,
    pub(super) message_imprint: MessageImprint,
    pub(super) serial_number: Int,
    /// GeneralizedTime, which may have a fraction of a second; `der` reads none.
    pub(super) time: Any,
    #[asn1(optional = "true")]
    pub(super) accuracy: Option<Accuracy>,
    #[asn1(default = "default_false")]
    pub(super) ordering: bool,
    #[asn1(optional = "true")]
    pub(super) nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) authority: Option<Any>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) extensions: Option<Extensions>,
}

/// `Accuracy`.
#[derive(Sequence)]
pub(super) struct Accuracy {
    #[asn1(optional = "true")]
    pub(super) seconds: Option<u32>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) milliseconds: Option<u16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) microseconds: Option<u16>,
}

impl Accuracy {
    pub(super) fn duration(&self) -> TimeDelta {
        TimeDelta::seconds(self.seconds.unwrap_or(0).into())
            + TimeDelta::milliseconds(self.milliseconds.unwrap_or(0).into())
            + TimeDelta::microseconds(self.microseconds.unwrap_or(0).into())
    }
}

fn default_false() -> bool {
    false
}

/// A positive INTEGER from its big-endian bytes.
pub(super) fn positive(bytes: &[u8]) -> der::Result<Int> {
    Int::from_der(&Uint::new(bytes)?.to_der()?)
}

/// A GeneralizedTime in UTC, its fraction of a second left out ([RFC 3161 §2.4.2]).
pub(super) fn generalized_time(value: &Any) -> Option<DateTime<Utc>> {
    if value.tag() != Tag::GeneralizedTime {
        return None;
    }
    let text = std::str::from_utf8(value.value()).ok()?.strip_suffix('Z')?;
    let (digits, fraction) = match text.split_once('.') {
        None => (text, "1"),
        Some(parts) => parts,
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    // A fraction of nothing, or one that ends in zero, is not DER.
    if digits.len() != 14
        || !all_digits(digits)
        || !all_digits(fraction)
        || fraction.is_empty()
        || fraction.ends_with('0')
    {
        return None;
    }
    let number = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<u32>().ok());
    let year = i32::try_from(number(0, 4)?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, number(4, 6)?, number(6, 8)?)?;
    Some(date.and_hms_opt(number(8, 10)?, number(10, 12)?, number(12, 14)?)?.and_utc())
}

/// A GeneralizedTime to the second.
pub(super) fn to_generalized_time(time: DateTime<Utc>) -> der::Result<Any> {
    Any::new(Tag::GeneralizedTime, time.format("%Y%m%d%H%M%SZ").to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_with_and_without_a_fraction() {
        let read =
            |text: &str| generalized_time(&Any::new(Tag::GeneralizedTime, text.as_bytes().to_vec()).expect("short"));
        let expected: DateTime<Utc> = "2026-11-24T11:34:00Z".parse().expect("a moment");
        assert_eq!(read("20261124113400Z"), Some(expected));
        assert_eq!(read("20261124113400.25Z"), Some(expected));
        for wrong in ["20261124113400", "202611241134Z", "20261124113400.Z", "20261124113400.50Z", "20261324113400Z"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}

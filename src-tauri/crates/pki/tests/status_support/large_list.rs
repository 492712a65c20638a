//! Lists of a million entries, written straight into one buffer: structures for each entry would take a gigabyte.

use der::Encode;
use der::asn1::{GeneralizedTime, UtcTime};
use pki::{SignatureAlgorithm, SigningKey};

use super::{der_time, integer, list, revoked_at};
use crate::support::{AUTHORITIES, ISSUING_KEY, name};

/// The serial number of the entry at this place: 16 bytes, growing with the place. A list in order is the kindest to
/// programs that sort it first.
pub fn serial_number(place: u32) -> Vec<u8> {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &place.to_be_bytes());
    [&(0x4000_0000 + place).to_be_bytes()[..], &digest.as_ref()[..12]].concat()
}

/// A complete list of the issuing authority with so many entries of 35 bytes, in order, without reasons.
///
/// The window is open to 2049, so that other programs, which know the time, take the list today.
pub fn large_list(entries: u32) -> Vec<u8> {
    let algorithm = SignatureAlgorithm::RsaPssSha256;
    let identifier = algorithm.algorithm_identifier().to_der().unwrap();
    let revocation_date = UtcTime::from_date_time(der_time(revoked_at())).unwrap().to_der().unwrap();
    let mut revoked = Vec::with_capacity(entries as usize * 35);
    for place in 0..entries {
        let serial_number = tlv(0x02, &[&serial_number(place)]);
        revoked.extend_from_slice(&tlv(0x30, &[&serial_number, &revocation_date]));
    }
    let this_update = UtcTime::from_date_time(der_time(list(1, vec![]).this_update)).unwrap().to_der().unwrap();
    let next_update = GeneralizedTime::from_date_time(der_time(crate::support::at("2050-01-01T00:00:00Z")));
    let number = [tlv(0x06, &[&[0x55, 0x1D, 0x14]]), tlv(0x04, &[&integer(1)])].concat();
    let to_be_signed = tlv(
        0x30,
        &[
            &integer(1),
            &identifier,
            &name(&AUTHORITIES.issuing_name).to_der().unwrap(),
            &this_update,
            &next_update.to_der().unwrap(),
            &tlv(0x30, &[&revoked]),
            &tlv(0xA0, &[&tlv(0x30, &[&tlv(0x30, &[&number])])]),
        ],
    );
    let signature = ISSUING_KEY.sign(algorithm, &to_be_signed).unwrap();
    tlv(0x30, &[&to_be_signed, &identifier, &tlv(0x03, &[&[0], &signature])])
}

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut bytes = Vec::with_capacity(length + 6);
    bytes.push(tag);
    match length {
        0..=0x7F => bytes.push(length as u8),
        _ => {
            bytes.push(0x84);
            bytes.extend_from_slice(&(length as u32).to_be_bytes());
            // DER wants the shortest form.
            while bytes[2] == 0 {
                bytes.remove(2);
                bytes[1] -= 1;
            }
        }
    }
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes
}

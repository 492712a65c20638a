//! What is wrong with a document is found, and by its own name.

use crate::authority::{AUTHORITY, Holder, TestKey, at, now};
use crate::journey::{acceptance, signed};
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedAttributes, SignedData, SignerInfo, SignerInfos};
use const_oid::ObjectIdentifier;
use declaration::signed_data::{SignedDataError, sign_detached, verify_detached};
use declaration::terms::{TermsDocument, shipped};
use declaration::{
    DraftDeclaration, Indication, SIGNED_PDF_LIMIT, VerificationCode, VerificationReport, verify, verify_declaration,
};
use der::asn1::{OctetString, SetOfVec, UtcTime};
use der::{Any, Decode, Encode};
use pki::{Profile, SignatureAlgorithm, SigningKey};
use std::ops::Range;
use x509_cert::attr::Attribute;

const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

fn report_on(pdf: &[u8]) -> VerificationReport {
    verify(pdf, std::slice::from_ref(&AUTHORITY.anchor), Profile::PracticeEmployee, now())
}

/// What the portal says against the document; nothing where it takes it.
fn codes(pdf: &[u8]) -> Vec<VerificationCode> {
    codes_with(pdf, shipped())
}

fn codes_with(pdf: &[u8], terms: &[TermsDocument]) -> Vec<VerificationCode> {
    let anchors = std::slice::from_ref(&AUTHORITY.anchor);
    match verify_declaration(pdf, anchors, Profile::PracticeEmployee, now(), terms) {
        Ok(_) => Vec::new(),
        Err(report) => {
            assert_eq!(report.indication, Indication::TotalFailed);
            assert_eq!(report.level, None);
            report.findings.into_iter().map(|finding| finding.code).collect()
        }
    }
}

pub fn find(bytes: &[u8], text: &[u8]) -> usize {
    bytes.windows(text.len()).position(|window| window == text).expect("the text is in the document")
}

/// The `Contents` string, delimiters included.
pub fn contents(pdf: &[u8]) -> Range<usize> {
    let start = find(pdf, b"/Contents <") + b"/Contents ".len();
    start..start + find(&pdf[start..], b">") + 1
}

pub fn cms_of(pdf: &[u8]) -> Vec<u8> {
    let contents = contents(pdf);
    let bytes = hex::decode(&pdf[contents.start + 1..contents.end - 1]).expect("hexadecimal");
    let header = der::Header::decode(&mut der::SliceReader::new(&bytes).expect("bytes")).expect("DER");
    let length = u32::from(header.encoded_len().expect("short")) + u32::from(header.length);
    bytes[..length as usize].to_vec()
}

pub fn with_cms(pdf: &[u8], cms: &[u8]) -> Vec<u8> {
    let contents = contents(pdf);
    let mut value = hex::encode(cms).into_bytes();
    value.resize(contents.len() - 2, b'0');
    let mut pdf = pdf.to_vec();
    pdf[contents.start + 1..contents.end - 1].copy_from_slice(&value);
    pdf
}

/// Signs what `pdf` has become, as an attacker with a valid certificate would; `change` works on the signed attributes
/// before the signature and on the signer's entry after it.
pub fn sign_again(
    pdf: &[u8],
    holder: &Holder,
    change_attributes: impl FnOnce(&mut Vec<Attribute>),
    change_signer: impl FnOnce(&mut SignerInfo),
) -> Vec<u8> {
    let gap = contents(pdf);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &[&pdf[..gap.start], &pdf[gap.end..]].concat());
    let outer = ContentInfo::from_der(&cms_of(pdf)).expect("CMS");
    let mut signed_data: SignedData = outer.content.decode_as().expect("SignedData");
    let mut signer = signed_data.signer_infos.0.as_slice()[0].clone();
    let mut attributes: Vec<Attribute> = signer.signed_attrs.take().expect("attributes").into_vec();
    for attribute in &mut attributes {
        if attribute.oid == MESSAGE_DIGEST {
            *attribute = attribute_of(MESSAGE_DIGEST, &OctetString::new(digest.as_ref()).expect("32 bytes"));
        }
    }
    change_attributes(&mut attributes);
    let attributes: SignedAttributes = SetOfVec::try_from(attributes).expect("a set");
    let algorithm = match holder.key {
        TestKey::Rsa(..) => SignatureAlgorithm::RsaPssSha256,
        TestKey::P256(..) => SignatureAlgorithm::EcdsaP256Sha256,
    };
    let signature = holder.key.sign(algorithm, &attributes.to_der().expect("DER")).expect("signed");
    signer.signed_attrs = Some(attributes);
    signer.signature = OctetString::new(signature).expect("short");
    change_signer(&mut signer);
    signed_data.signer_infos = SignerInfos::try_from(vec![signer]).expect("one signer");
    let outer = ContentInfo { content_type: outer.content_type, content: Any::encode_from(&signed_data).expect("DER") };
    with_cms(pdf, &outer.to_der().expect("DER"))
}

pub fn attribute_of(oid: ObjectIdentifier, value: &impl EncodeValueAsAny) -> Attribute {
    Attribute { oid, values: SetOfVec::try_from(vec![value.as_any()]).expect("one value") }
}

pub trait EncodeValueAsAny {
    fn as_any(&self) -> Any;
}

impl<T: der::Tagged + der::EncodeValue> EncodeValueAsAny for T {
    fn as_any(&self) -> Any {
        Any::encode_from(self).expect("DER")
    }
}

fn holder() -> &'static Holder {
    &AUTHORITY.employee_p256
}

pub fn replaced(pdf: &[u8], old: &str, new: &str) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let mut pdf = pdf.to_vec();
    let place = find(&pdf, old.as_bytes());
    pdf[place..place + new.len()].copy_from_slice(new.as_bytes());
    pdf
}

/// The attached JSON, changed without moving anything else in the file.
pub fn with_attachment(pdf: &[u8], change: impl FnOnce(String) -> String) -> Vec<u8> {
    let mut place = 0;
    loop {
        place += find(&pdf[place..], b"stream\n") + b"stream\n".len();
        let end = place + find(&pdf[place..], b"endstream");
        let decoded = miniz_oxide::inflate::decompress_to_vec_zlib(&pdf[place..end]);
        let Some(text) = decoded.ok().and_then(|json| String::from_utf8(json).ok()).filter(|t| t.starts_with("{\n"))
        else {
            place = end + b"endstream".len();
            continue;
        };
        let mut encoded = miniz_oxide::deflate::compress_to_vec_zlib(change(text).as_bytes(), 10);
        let room = pdf[place..end].trim_ascii_end().len();
        assert!(encoded.len() <= room, "the changed attachment has no room");
        encoded.resize(room, 0);
        let mut pdf = pdf.to_vec();
        pdf[place..place + room].copy_from_slice(&encoded);
        return pdf;
    }
}

#[test]
fn signing_again_changes_nothing_by_itself() {
    let pdf = signed(holder()).pdf().to_vec();
    assert_eq!(codes(&sign_again(&pdf, holder(), |_| {}, |_| {})), []);
}

#[test]
fn a_changed_byte_is_found() {
    let mut pdf = signed(holder()).pdf().to_vec();
    // A byte of the title in the metadata: the file is as sound as before.
    let place = find(&pdf, b"<dc:title>") + b"<dc:title>".len() + 60;
    pdf[place] ^= 1;
    assert!(report_on(&pdf).has(VerificationCode::DigestMismatch));
}

#[test]
fn bytes_after_the_end_are_found() {
    let pdf = signed(holder()).pdf().to_vec();
    for junk in [b"%".as_slice(), b"\n", b"\0", b"\n%%EOF\n", b"1 0 obj null endobj"] {
        let mut longer = pdf.clone();
        longer.extend_from_slice(junk);
        let codes = codes(&longer);
        assert!(!codes.is_empty(), "{junk:?} was not found");
    }
    let mut longer = pdf.clone();
    longer.extend_from_slice(b"junk");
    assert_eq!(report_on(&longer).findings[0].code, VerificationCode::TrailingBytes);
}

#[test]
fn a_byte_range_that_leaves_something_out_is_found_even_when_its_signature_is_right() {
    let pdf = signed(holder()).pdf().to_vec();
    let place = find(&pdf, b"/ByteRange [") + b"/ByteRange [".len();
    let end = place + find(&pdf[place..], b"]");
    let text = String::from_utf8(pdf[place..end].to_vec()).expect("numbers");
    let numbers: Vec<usize> = text.split_whitespace().map(|number| number.parse().expect("a number")).collect();
    let [zero, first, second, rest] = numbers[..] else { panic!("four numbers") };
    for forged in [
        [zero + 1, first - 1, second, rest],
        [zero, first - 1, second, rest],
        [zero, first, second + 1, rest - 1],
        [zero, first, second, rest - 1],
        [zero, first + 1, second, rest],
    ] {
        let forged = forged.map(|number| number.to_string()).join(" ");
        let forged = format!("{forged:<width$}", width = text.len());
        let forged = replaced(&pdf, &text, &forged[..text.len()]);
        let forged = sign_again(&forged, holder(), |_| {}, |_| {});
        let report = report_on(&forged);
        assert!(report.has(VerificationCode::ByteRange));
        assert_eq!(report.indication, Indication::TotalFailed);
        assert_eq!(report.signed_revision, None);
    }
}

#[test]
fn something_behind_the_signature_value_is_found() {
    let pdf = signed(holder()).pdf().to_vec();
    let end = contents(&pdf).end;
    let mut pdf = pdf;
    pdf[end - 2] = b'1';
    assert_eq!(report_on(&pdf).findings[0].code, VerificationCode::ContentsPadding);
}

#[test]
fn a_second_signature_is_found() {
    let pdf = signed(holder()).pdf().to_vec();
    let size = 9000;
    let previous = find(&pdf, b"startxref") + find(&pdf[find(&pdf, b"startxref") + 9..], b"startxref") + 9;
    let tail = String::from_utf8_lossy(&pdf[previous + 10..]).into_owned();
    let previous: usize = tail.lines().next().and_then(|line| line.parse().ok()).expect("an offset");
    let root = find(&pdf[previous..], b"/Root ") + previous;
    let root = String::from_utf8_lossy(&pdf[root..root + 20]).into_owned();
    let root = root.split('R').next().map(|_| root.split(" R").next().unwrap_or_default()).expect("a reference");
    let object = pdf.len();
    let mut pdf = pdf;
    pdf.extend_from_slice(format!("{size} 0 obj\n<</Type/Sig/ByteRange[0 1 2 3]/Contents<00>>>\nendobj\n").as_bytes());
    let table = pdf.len();
    let trailer = format!(
        "xref\n{size} 1\n{object:010} 00000 n \ntrailer\n<</Size {}{root} R/Prev {previous}>>\nstartxref\n{table}\n%%EOF\n",
        size + 1,
    );
    pdf.extend_from_slice(trailer.as_bytes());
    assert_eq!(report_on(&pdf).findings[0].code, VerificationCode::SeveralSignatures);
}

#[test]
fn a_wrong_message_digest_is_found() {
    let pdf = signed(holder()).pdf().to_vec();
    let wrong = |attributes: &mut Vec<Attribute>| {
        attributes.retain(|attribute| attribute.oid != MESSAGE_DIGEST);
        attributes.push(attribute_of(MESSAGE_DIGEST, &OctetString::new([0; 32]).expect("32 bytes")));
    };
    assert_eq!(codes(&sign_again(&pdf, holder(), wrong, |_| {})), [VerificationCode::DigestMismatch]);
    let none = |attributes: &mut Vec<Attribute>| attributes.retain(|attribute| attribute.oid != MESSAGE_DIGEST);
    assert_eq!(codes(&sign_again(&pdf, holder(), none, |_| {})), [VerificationCode::CmsStructure]);
}

#[test]
fn the_signing_certificate_must_be_named_and_be_the_signers() {
    let pdf = signed(holder()).pdf().to_vec();
    let colleagues = cms_attribute(signed(&AUTHORITY.colleague).pdf(), SIGNING_CERTIFICATE_V2);
    let none = |attributes: &mut Vec<Attribute>| attributes.retain(|attribute| attribute.oid != SIGNING_CERTIFICATE_V2);
    let other = |attributes: &mut Vec<Attribute>| {
        attributes.retain(|attribute| attribute.oid != SIGNING_CERTIFICATE_V2);
        attributes.push(colleagues);
    };
    assert_eq!(codes(&sign_again(&pdf, holder(), none, |_| {})), [VerificationCode::SigningCertificateMissing]);
    assert_eq!(codes(&sign_again(&pdf, holder(), other, |_| {})), [VerificationCode::SigningCertificateMismatch]);
}

fn cms_attribute(pdf: &[u8], oid: ObjectIdentifier) -> Attribute {
    let outer = ContentInfo::from_der(&cms_of(pdf)).expect("CMS");
    let signed_data: SignedData = outer.content.decode_as().expect("SignedData");
    let signer = &signed_data.signer_infos.0.as_slice()[0];
    let attributes = signer.signed_attrs.as_ref().expect("attributes");
    attributes.iter().find(|attribute| attribute.oid == oid).expect("the attribute").clone()
}

#[test]
fn attributes_that_have_no_place_in_the_signature_are_found() {
    let pdf = signed(holder()).pdf().to_vec();
    let time = UtcTime::from_unix_duration(std::time::Duration::from_secs(1_795_520_000)).expect("before 2050");
    let signing_time = |attributes: &mut Vec<Attribute>| attributes.push(attribute_of(SIGNING_TIME, &time));
    assert_eq!(codes(&sign_again(&pdf, holder(), signing_time, |_| {})), [VerificationCode::SigningTimeAttribute]);
    let unsigned = |signer: &mut SignerInfo| {
        let attribute = attribute_of(MESSAGE_DIGEST, &OctetString::new([0; 32]).expect("32 bytes"));
        signer.unsigned_attrs = Some(SetOfVec::try_from(vec![attribute]).expect("a set"));
    };
    assert_eq!(codes(&sign_again(&pdf, holder(), |_| {}, unsigned)), [VerificationCode::UnsignedAttribute]);
}

#[test]
fn a_signature_by_another_key_is_found() {
    let pdf = signed(holder()).pdf().to_vec();
    let forger = Holder { key: TestKey::p256(), chain: holder().chain.clone() };
    assert_eq!(codes(&sign_again(&pdf, &forger, |_| {}, |_| {})), [VerificationCode::SignatureInvalid]);
}

#[test]
fn pkcs1_signatures_are_accepted_too() {
    let holder = &AUTHORITY.employee;
    let pdf = signed(holder).pdf().to_vec();
    let pkcs1 = |signer: &mut SignerInfo| {
        let attributes = signer.signed_attrs.as_ref().expect("attributes").to_der().expect("DER");
        let signature = holder.key.sign(SignatureAlgorithm::RsaPkcs1Sha256, &attributes).expect("signed");
        signer.signature = OctetString::new(signature).expect("short");
        signer.signature_algorithm = SignatureAlgorithm::RsaPkcs1Sha256.algorithm_identifier();
    };
    assert_eq!(codes(&sign_again(&pdf, holder, |_| {}, pkcs1)), []);
}

#[test]
fn a_certificate_that_does_not_hold_is_found() {
    let anchors = std::slice::from_ref(&AUTHORITY.anchor);
    let pdf = signed(holder()).pdf().to_vec();
    let refused = |pdf: &[u8], anchors: &[pki::TrustAnchor], profile, when| {
        let report = verify(pdf, anchors, profile, when);
        assert_ne!(report.indication, Indication::TotalPassed);
        assert_eq!(report.level, None);
        assert!(report.has(VerificationCode::Certificate), "{:?}", report.findings);
        assert!(verify_declaration(pdf, anchors, profile, when, shipped()).is_err());
    };
    refused(&pdf, &[], Profile::PracticeEmployee, now());
    refused(&pdf, anchors, Profile::OcesEmployee, now());
    refused(&pdf, anchors, Profile::PracticeSeal, now());
    refused(&pdf, anchors, Profile::PracticeEmployee, at("2029-11-24T11:00:01Z"));
    let strangers = signed(&AUTHORITY.stranger).pdf().to_vec();
    refused(&strangers, anchors, Profile::PracticeEmployee, now());
}

#[test]
fn a_signing_time_in_the_future_or_before_the_certificate_is_found() {
    let pdf = signed(holder()).pdf().to_vec();
    let anchors = std::slice::from_ref(&AUTHORITY.anchor);
    let at_signing = |when| verify(&pdf, anchors, Profile::PracticeEmployee, when);
    assert_eq!(at_signing(at("2026-11-24T11:29:00Z")).indication, Indication::TotalPassed);
    assert!(at_signing(at("2026-11-24T11:28:59Z")).has(VerificationCode::SigningTimeImplausible));
    let early = replaced(&pdf, "/M (D:20261124113400Z", "/M (D:20261124105459Z");
    let early = sign_again(&early, holder(), |_| {}, |_| {});
    assert!(report_on(&early).has(VerificationCode::SigningTimeImplausible));
    assert!(codes(&early).contains(&VerificationCode::AcceptanceMismatch));
    let unreadable =
        sign_again(&replaced(&pdf, "/M (D:20261124113400Z", "/M (D:20261324113400Z"), holder(), |_| {}, |_| {});
    assert!(report_on(&unreadable).has(VerificationCode::SigningTimeMissing));
}

#[test]
fn an_attachment_that_was_swapped_is_found_even_when_the_signature_is_right() {
    let pdf = signed(holder()).pdf().to_vec();
    let swap = |change: fn(String) -> String| {
        let pdf = sign_again(&with_attachment(&pdf, change), holder(), |_| {}, |_| {});
        assert_eq!(report_on(&pdf).indication, Indication::TotalPassed);
        codes(&pdf)
    };
    assert_eq!(swap(|json| json), [VerificationCode::RenderingDiffers]);
    assert_eq!(swap(|json| json.replace("0.1.0", "0.1.1")), [VerificationCode::RenderingDiffers]);
    assert_eq!(swap(|json| json.replace("Eksempel", "Eksempe1")), [VerificationCode::AcceptanceMismatch]);
    assert_eq!(swap(|json| json.replace("\"publication\",", "")), [VerificationCode::AcceptanceMismatch]);
    assert_eq!(
        swap(|json| json.replace("\"practice\": true", "\"practice\": false")),
        [VerificationCode::PracticeMismatch]
    );
    assert_eq!(
        swap(|json| json.replace("\"template_version\": 1", "\"template_version\": 2")),
        [VerificationCode::TemplateUnknown]
    );
    assert_eq!(swap(|json| json.replace("\"format\"", "\"form\"")), [VerificationCode::AcceptanceUnreadable]);
    assert_eq!(swap(|json| json.replacen('{', "[", 1)), [VerificationCode::AcceptanceUnreadable]);
}

#[test]
fn an_acceptance_for_another_certificate_is_found() {
    let pdf = signed(holder()).pdf().to_vec();
    let own = hex::encode(holder().certificate().sha256());
    let others = hex::encode(AUTHORITY.colleague.certificate().sha256());
    let pdf = sign_again(&with_attachment(&pdf, |json| json.replace(&own, &others)), holder(), |_| {}, |_| {});
    assert_eq!(codes(&pdf), [VerificationCode::SignerMismatch]);
}

#[test]
fn a_document_that_shows_something_else_is_found_even_when_the_signature_is_right() {
    let pdf = signed(holder()).pdf().to_vec();
    let other_page = sign_again(&replaced(&pdf, "/Type/Page/", "/Type/Pagf/"), holder(), |_| {}, |_| {});
    assert_eq!(codes(&other_page), [VerificationCode::RenderingDiffers]);
    let other_update = sign_again(&replaced(&pdf, "/F 132", "/F 128"), holder(), |_| {}, |_| {});
    assert_eq!(report_on(&other_update).indication, Indication::TotalPassed);
    assert_eq!(codes(&other_update), [VerificationCode::SignatureRevisionDiffers]);
    let upper_case = {
        let mut pdf = pdf.clone();
        let value = contents(&pdf);
        pdf[value].make_ascii_uppercase();
        pdf
    };
    assert_eq!(codes(&upper_case), [VerificationCode::SignatureRevisionDiffers]);
}

#[test]
fn terms_that_are_not_known_are_found() {
    let pdf = signed(holder()).pdf().to_vec();
    assert_eq!(codes_with(&pdf, &[]), [VerificationCode::TermsUnknown]);
    assert_eq!(codes_with(&pdf, &shipped()[1..]), [VerificationCode::TermsUnknown]);
}

#[test]
fn terms_of_another_text_can_be_signed_but_are_known_only_where_they_are_given() {
    let text = String::from_utf8(shipped()[0].bytes().to_vec()).expect("UTF-8").replace("6 år", "7 år");
    let terms = TermsDocument::from_bytes(text.as_bytes()).expect("terms");
    let draft =
        DraftDeclaration::render(acceptance(holder(), &terms), &terms, holder().certificate()).expect("rendered");
    let pdf = draft.sign(&holder().key, &holder().chain).expect("signed");
    assert_eq!(codes(pdf.pdf()), [VerificationCode::TermsUnknown]);
    assert_eq!(codes_with(pdf.pdf(), &[terms]), []);
}

#[test]
fn what_is_not_a_signed_document_of_ours_is_told_apart() {
    assert_eq!(report_on(b"").findings[0].code, VerificationCode::NotPdf);
    assert_eq!(report_on(b"%PDF-1.7\n").findings[0].code, VerificationCode::Structure);
    assert_eq!(report_on(&vec![b'%'; SIGNED_PDF_LIMIT + 1]).findings[0].code, VerificationCode::TooLarge);
}

#[test]
fn a_detached_signature_holds_for_exactly_its_content() {
    let anchors = std::slice::from_ref(&AUTHORITY.anchor);
    let content = shipped()[0].bytes();
    let seal = &AUTHORITY.seal;
    let cms = sign_detached(content, &seal.key, &seal.chain[..2]).expect("signed");
    let verify = |content: &[u8], cms: &[u8], profile| verify_detached(content, cms, anchors, profile, now());
    let signer = verify(content, &cms, Profile::PracticeSeal).expect("holds");
    assert_eq!(signer.certificate(), seal.certificate());
    assert!(matches!(
        verify(shipped()[1].bytes(), &cms, Profile::PracticeSeal),
        Err(SignedDataError::Signature { code: VerificationCode::DigestMismatch, .. })
    ));
    assert!(matches!(verify(content, &cms, Profile::PracticeEmployee), Err(SignedDataError::Certificate(_))));
    let mut longer = cms.clone();
    longer.push(0);
    assert!(matches!(
        verify(content, &longer, Profile::PracticeSeal),
        Err(SignedDataError::Signature { code: VerificationCode::CmsStructure, .. })
    ));
    assert!(matches!(
        verify(content, &vec![0x30; 70_000], Profile::PracticeSeal),
        Err(SignedDataError::Signature { code: VerificationCode::TooLarge, .. })
    ));
}

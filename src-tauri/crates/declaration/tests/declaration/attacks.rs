//! Known attacks on signed PDF documents: each is refused by us, and what other programs say of it is printed.
//!
//! The first group are Mladenov, Mainka and others, *1 Trillion Dollar Refund* (2019: universal forgery, incremental saving,
//! signature wrapping), and *Shadow Attacks* (2021: hide, replace, hide and replace).

use crate::authority::{AUTHORITY, Holder};
use crate::evidence_interop::judged_by_pyhanko;
use crate::interop::{folder_with, run, say, text};
use crate::journey::signed;
use crate::long_term::long_term;
use crate::signatures::{cms_of, contents, find, sign_again, with_attachment, with_cms};
use crate::statuses::{evidence_of, gathered_at};
use crate::time_stamps::{anchors, stamped, stamped_at, with_token};
use declaration::terms::shipped;
use declaration::{Indication, UpgradeError, VerificationCode, add_evidence, verify, verify_declaration};
use pki::Profile;

fn holder() -> &'static Holder {
    &AUTHORITY.employee_p256
}

/// Where the newest cross-reference table begins, the number after the highest object, and the catalog's number.
fn ends(pdf: &[u8]) -> (usize, usize, usize) {
    let tail = String::from_utf8_lossy(&pdf[pdf.len() - 600..]).into_owned();
    let number_after = |key: &str| -> usize {
        let place = tail.rfind(key).expect("in the trailer") + key.len();
        let digits: String = tail[place..].trim_start().chars().take_while(char::is_ascii_digit).collect();
        digits.parse().expect("a number")
    };
    (number_after("startxref"), number_after("/Size"), number_after("/Root"))
}

/// `pdf` with an update of these objects, by number.
fn updated(pdf: &[u8], objects: &[(usize, String)]) -> Vec<u8> {
    let (previous, size, root) = ends(pdf);
    let mut bytes = pdf.to_vec();
    let mut table = String::new();
    for (number, body) in objects {
        table.push_str(&format!("{number} 1\n{:010} 00000 n \n", bytes.len()));
        bytes.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    }
    let start = bytes.len();
    let size = objects.iter().map(|(number, _)| number + 1).chain([size]).max().expect("a number");
    let trailer = trailer_of(pdf);
    let trailer = format!("<</Size {size}/Root {root} 0 R{trailer}/Prev {previous}>>");
    bytes.extend_from_slice(format!("xref\n{table}trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n").as_bytes());
    bytes
}

/// `/Info` and `/ID` of the newest trailer.
fn trailer_of(pdf: &[u8]) -> String {
    let tail = String::from_utf8_lossy(&pdf[pdf.len() - 600..]).into_owned();
    let from = tail.rfind("/Info").expect("the information dictionary");
    let to = tail[from..].find("/Prev").expect("an update") + from;
    tail[from..to].to_owned()
}

/// An object's body as it stands in its newest place.
fn body(pdf: &[u8], number: usize) -> String {
    let head = format!("\n{number} 0 obj\n");
    let place = pdf.windows(head.len()).rposition(|window| window == head.as_bytes()).expect("the object") + head.len();
    let end = place + find(&pdf[place..], b"endobj");
    String::from_utf8_lossy(&pdf[place..end]).into_owned()
}

/// The number of the object in whose dictionary this text stands.
fn object_with(pdf: &[u8], text: &str) -> usize {
    let place = pdf.windows(text.len()).rposition(|window| window == text.as_bytes()).expect("the text");
    let before = String::from_utf8_lossy(&pdf[..place]).into_owned();
    let head = before.rfind(" 0 obj").expect("an object");
    let digits: String = before[..head].chars().rev().take_while(char::is_ascii_digit).collect();
    digits.chars().rev().collect::<String>().parse().expect("a number")
}

struct Attack {
    name: &'static str,
    pdf: Vec<u8>,
    /// What we find.
    code: VerificationCode,
}

fn attacks() -> Vec<Attack> {
    let b_b = signed(holder()).pdf().to_vec();
    let b_t = stamped(&b_b, stamped_at());
    let b_lt = long_term(holder());
    let (_, size, root) = ends(&b_b);
    let page = object_with(&b_b, "/Type /Page");
    let overlay = "<</Length 44>>\nstream\nBT /F1 48 Tf 100 400 Td (FREE MONEY FOR ALL) Tj\nendstream".to_owned();
    let catalog = body(&b_b, root);
    let later = VerificationCode::LaterRevision;
    let mut attacks = Vec::new();
    let mut add = |name, pdf, code| attacks.push(Attack { name, pdf, code });

    let gap = contents(&b_b);
    add("universal forgery: ByteRange removed", without(&b_b, "/ByteRange", "/ByteRangf"), VerificationCode::ByteRange);
    add(
        "universal forgery: Contents removed",
        without(&b_b, "/Contents <", "/Contentt <"),
        VerificationCode::ByteRange,
    );
    add("universal forgery: Contents of zeros", with_cms(&b_b, &[0]), VerificationCode::CmsStructure);

    let page_body = body(&b_b, page).trim_end().strip_suffix(">>").expect("a dictionary").to_owned();
    let page_now = format!("{}/Contents {size} 0 R>>", page_body.replacen("/Contents", "/Kontents", 1));
    let replaced = updated(&b_b, &[(page, page_now.clone()), (size, overlay.clone())]);
    add("incremental saving: a visible page changed", replaced, later);
    let unlisted = [b_b.as_slice(), format!("{page} 0 obj\n{page_now}\nendobj\n").as_bytes()].concat();
    add("incremental saving: objects without table and trailer", unlisted, VerificationCode::TrailingBytes);
    let by_catalog = updated(&b_b, &[(root, catalog.replacen("/Pages", "/OldPages", 1))]);
    add("incremental saving: the catalog's pages changed", by_catalog, later);

    let moved = {
        // The signed middle is moved behind, and something else stands where it was; the range still names it.
        let mut pdf = b_b[..gap.end].to_vec();
        pdf.extend_from_slice(b"\n% other content\n");
        pdf.extend_from_slice(&b_b[gap.end..]);
        pdf
    };
    add("signature wrapping: the second part moved", moved, VerificationCode::Structure);

    // Shadow attacks: prepared by whoever makes the document, carried out after it is signed.
    let awaiting = b_b.clone();
    add(
        "shadow, hide: an annotation laid over the page",
        {
            let annotation = "<</Type/Annot/Subtype/Square/Rect[0 0 600 850]/IC[1 1 1]/F 4>>".to_owned();
            let annotated = body(&awaiting, page).replacen("/Annots [", &format!("/Annots [{size} 0 R "), 1);
            updated(&awaiting, &[(page, annotated), (size, annotation)])
        },
        later,
    );
    add(
        "shadow, replace: a font's or form's object replaced",
        {
            let form = object_with(&awaiting, "/Type /Annot");
            updated(&awaiting, &[(form, body(&awaiting, form).replacen("/Rect [0 0 0 0]", "/Rect [0 0 600 850]", 1))])
        },
        later,
    );
    add(
        "shadow, hide and replace: an object that the page awaits is added as evidence",
        {
            // A store with an object that is no certificate.
            let store = format!("<</Type/DSS/Certs[{size} 0 R]>>");
            let catalog =
                format!("{}/DSS {} 0 R>>", catalog.trim_end().strip_suffix(">>").expect("a dictionary"), size + 1);
            updated(&awaiting, &[(root, catalog), (size, overlay.clone()), (size + 1, store)])
        },
        VerificationCode::EvidenceUnreadable,
    );
    add("shadow: the table leads an object into what was signed", redirected(&b_b, page), later);

    add(
        "an attachment swapped",
        with_attachment(&b_b, |json| json.replace("0.1.0", "0.1.1")),
        VerificationCode::DigestMismatch,
    );
    add(
        "an attachment swapped and signed again",
        sign_again(&with_attachment(&b_b, |json| json.replace("0.1.0", "0.1.1")), holder(), |_| {}, |_| {}),
        VerificationCode::RenderingDiffers,
    );
    add(
        "MDP: permissions added later",
        {
            let catalog = format!(
                "{}/Perms<</DocMDP {size} 0 R>>>>",
                catalog.trim_end().strip_suffix(">>").expect("a dictionary")
            );
            updated(&b_b, &[(root, catalog), (size, "<</Type/SigRef/TransformMethod/DocMDP>>".to_owned())])
        },
        later,
    );
    add(
        "MDP: a form filled in later",
        {
            let field = "<</FT/Tx/T(amount)/V(1000000)>>".to_owned();
            updated(&b_b, &[(root, catalog.replacen("/Fields [", &format!("/Fields [{size} 0 R "), 1)), (size, field)])
        },
        VerificationCode::Structure,
    );
    add(
        "a second signature",
        updated(&b_b, &[(size, "<</Type/Sig/Filter/Adobe.PPKLite/ByteRange[0 1 2 3]/Contents<00>>>".to_owned())]),
        VerificationCode::SeveralSignatures,
    );
    add("junk after the end", [b_b.as_slice(), b"junk"].concat(), VerificationCode::TrailingBytes);
    add(
        "bytes in the hole behind the signature",
        {
            let mut pdf = b_b.clone();
            pdf[gap.end - 2] = b'1';
            pdf
        },
        VerificationCode::ContentsPadding,
    );
    add(
        "ByteRange: the gap is larger than the value",
        {
            let range = find(&b_b, b"/ByteRange [0 ") + b"/ByteRange [0 ".len();
            let mut pdf = b_b.clone();
            let digit = pdf[range + 1];
            pdf[range + 1] = if digit == b'9' { b'8' } else { digit + 1 };
            pdf
        },
        VerificationCode::ByteRange,
    );

    let other = signed(&AUTHORITY.colleague).pdf().to_vec();
    let others_token = token_in(&stamped(&other, stamped_at()));
    add(
        "the time-stamp of another signature",
        with_token(&b_b, &others_token),
        VerificationCode::TimeStampOfOtherSignature,
    );
    add(
        "a time-stamp changed",
        {
            let mut token = token_in(&b_t);
            let last = token.len() - 1;
            token[last] ^= 1;
            with_token(&b_b, &token)
        },
        VerificationCode::TimeStampInvalid,
    );
    add("the signature of another document", with_cms(&b_b, &cms_of(&other)), VerificationCode::DigestMismatch);

    add(
        "evidence: a byte of a certificate changed",
        {
            let mut pdf = b_lt.clone();
            let certificate = b_t.len() + find(&pdf[b_t.len()..], b"stream\n") + b"stream\n".len();
            pdf[certificate] ^= 0x01;
            pdf
        },
        VerificationCode::EvidenceUnreadable,
    );
    add("evidence: a stream without a name added", with_stray(&b_lt, &b_t), later);
    add(
        "evidence: a page changed in the same update",
        {
            let evidence = add_evidence(&b_b, &evidence_of(&[holder().certificate()])).expect("added");
            let (_, size, _) = ends(&evidence);
            updated(&evidence, &[(page, page_now.replace(&format!("{size} 0 R"), "9999 0 R")), (size, overlay.clone())])
        },
        later,
    );
    add(
        "evidence: catalog's language changed with it",
        {
            let mut pdf = b_lt.clone();
            let place = b_t.len() + find(&pdf[b_t.len()..], b"/Lang (da");
            pdf[place + 7] = b'e';
            pdf
        },
        later,
    );
    add(
        "shadow: a table that names an object twice, for two kinds of readers",
        {
            let later = updated(&b_b, &[(root, catalog.clone())]);
            let (table, _, _) = ends(&later);
            let tail = String::from_utf8_lossy(&later[table..]).into_owned();
            let offset = find(&b_b, format!("\n{page} 0 obj\n").as_bytes()) + 1;
            let unchanged = b_b.windows(8).rposition(|window| window == b"/Tabs /S").expect("the page");
            assert!(unchanged > offset);
            let twice = format!("{page} 1\n{offset:010} 00000 n \n{page} 1\n{unchanged:010} 00000 n \ntrailer");
            [&later[..table], tail.replacen("trailer", &twice, 1).as_bytes()].concat()
        },
        VerificationCode::Structure,
    );
    add(
        "incremental saving: another title in the window's bar",
        {
            let info = object_with(&b_b, "/Creator");
            updated(&b_b, &[(info, "<</Title(You have won)>>".to_owned())])
        },
        later,
    );
    add(
        "evidence: the signature of a response or list changed",
        {
            let mut pdf = b_lt.clone();
            let end = pdf.windows(10).rposition(|window| window == b"\nendstream").expect("a stream");
            pdf[end - 8] ^= 0x10;
            pdf
        },
        VerificationCode::EvidenceInvalid,
    );
    add(
        "shadow: what was signed refers to an object that is added as evidence",
        {
            let label = find(&b_b, b"/TU ");
            let length = find(&b_b[label..], b"/Rect");
            let mut pdf = b_b.clone();
            let awaited = format!("/TU {} 0 R", size + 1);
            pdf[label..label + length].fill(b' ');
            pdf[label..label + awaited.len()].copy_from_slice(awaited.as_bytes());
            let pdf = sign_again(&pdf, holder(), |_| {}, |_| {});
            add_evidence(&pdf, &evidence_of(&[holder().certificate()])).expect("added")
        },
        later,
    );
    attacks
}

fn without(pdf: &[u8], old: &str, new: &str) -> Vec<u8> {
    let mut pdf = pdf.to_vec();
    let place = find(&pdf, old.as_bytes());
    pdf[place..place + new.len()].copy_from_slice(new.as_bytes());
    pdf
}

/// An update whose table leads back to the page as it was before the signature.
fn redirected(pdf: &[u8], page: usize) -> Vec<u8> {
    let (previous, size, root) = ends(pdf);
    let offset = find(pdf, format!("\n{page} 0 obj\n").as_bytes()) + 1;
    let start = pdf.len();
    let trailer = format!("<</Size {size}/Root {root} 0 R{}/Prev {previous}>>", trailer_of(pdf));
    let update = format!("xref\n{page} 1\n{offset:010} 00000 n \ntrailer\n{trailer}\nstartxref\n{start}\n%%EOF\n");
    [pdf, update.as_bytes()].concat()
}

/// A comment between the objects of the evidence, its table moved accordingly.
fn with_stray(pdf: &[u8], signed: &[u8]) -> Vec<u8> {
    let (table, _, _) = ends(pdf);
    let stray = b"7 0 obj\n<</Type/Page>>\nendobj\n";
    let tail = String::from_utf8_lossy(&pdf[table..]).into_owned();
    let tail = tail.replace(&format!("startxref\n{table}"), &format!("startxref\n{}", table + stray.len()));
    assert!(table > signed.len());
    [&pdf[..table], stray, tail.as_bytes()].concat()
}

/// The time-stamp token in a document's signature.
fn token_in(pdf: &[u8]) -> Vec<u8> {
    use der::{Decode, Encode};
    let outer = cms::content_info::ContentInfo::from_der(&cms_of(pdf)).expect("CMS");
    let signed_data: cms::signed_data::SignedData = outer.content.decode_as().expect("SignedData");
    let signer = signed_data.signer_infos.0.as_slice()[0].clone();
    let attributes = signer.unsigned_attrs.expect("a time-stamp");
    attributes.as_slice()[0].values.as_slice()[0].to_der().expect("DER")
}

#[test]
fn every_known_attack_is_refused_and_by_its_own_name() {
    let attacks = attacks();
    assert!(attacks.len() >= 25);
    for attack in &attacks {
        let declared = verify_declaration(&attack.pdf, anchors(), Profile::PracticeEmployee, gathered_at(), shipped());
        let Err(declared) = declared else { panic!("{} is accepted", attack.name) };
        assert_ne!(declared.indication, Indication::TotalPassed, "{}", attack.name);
        assert!(declared.has(attack.code), "{}: {:?}", attack.name, declared.findings);
        assert_eq!(declared.level, None);
        let report = verify(&attack.pdf, anchors(), Profile::PracticeEmployee, gathered_at());
        // Whoever has a certificate may sign what they like; that it is no declaration is told by rendering it.
        let signed_anew = attack.code == VerificationCode::RenderingDiffers;
        assert_eq!(report.indication == Indication::TotalPassed, signed_anew, "{}", attack.name);
    }
}

#[test]
fn what_other_programs_say_of_the_attacks_is_told() {
    let attacks = attacks();
    let names: Vec<String> = (0..attacks.len()).map(|index| format!("{index:02}.pdf")).collect();
    let files: Vec<(&str, &[u8])> =
        names.iter().zip(&attacks).map(|(name, attack)| (name.as_str(), attack.pdf.as_slice())).collect();
    let folder = folder_with(&files);
    let documents: Vec<&str> = names.iter().map(String::as_str).collect();
    let Some(reports) = judged_by_pyhanko(&folder, "2026-11-24T11:50:00Z", false, &documents) else { return };
    let mut both = 0;
    for ((name, attack), report) in documents.iter().zip(&attacks).zip(&reports) {
        let Some(output) = run("pdfsig", &["-nocert", name], folder.path()) else { return };
        let said = text(&output);
        let valid = said.contains("Signature is Valid");
        let by_pdfsig = valid && said.contains("Total document signed");
        let by_pyhanko = report["valid"] == true;
        both += usize::from(!by_pdfsig && !by_pyhanko);
        let word = |accepts: bool| if accepts { "accepts" } else { "refuses" };
        let of_pdfsig = if valid && !by_pdfsig { "finds it valid for a part of the file" } else { word(by_pdfsig) };
        say(&format!("{}: we refuse, pyHanko {}, pdfsig {of_pdfsig}", attack.name, word(by_pyhanko)));
    }
    say(&format!("{} attacks; refused by us {}, by both others {both}", attacks.len(), attacks.len()));
    assert!(both > attacks.len() / 2, "the attacks are no attacks");
}

#[test]
fn evidence_of_other_programs_is_accepted_in_a_document_and_not_in_a_declaration() {
    let pdf = signed(holder()).pdf().to_vec();
    let (_, size, root) = ends(&pdf);
    let catalog = body(&pdf, root);
    let catalog = format!("{}/DSS {size} 0 R>>", catalog.trim_end().strip_suffix(">>").expect("a dictionary"));
    let foreign = updated(&pdf, &[(root, catalog), (size, "<</Type/DSS /Certs[]>>".to_owned())]);
    let report = verify(&foreign, anchors(), Profile::PracticeEmployee, gathered_at());
    assert_eq!(report.indication, Indication::TotalPassed, "{:?}", report.findings);
    assert_eq!(report.signed_revision, Some(0..pdf.len()));
    let declared = verify_declaration(&foreign, anchors(), Profile::PracticeEmployee, gathered_at(), shipped());
    assert!(declared.is_err_and(|report| report.has(VerificationCode::LaterRevision)));
    let evidence = evidence_of(&[holder().certificate()]);
    assert!(matches!(add_evidence(&foreign, &evidence), Err(UpgradeError::ForeignEvidence)));
}

//! Enrolment as [RFC 7030] and [RFC 8951] have it, by nothing but curl and OpenSSL: whoever has another EST client than ours gets
//! a certificate as well.

use crate::client::signed_declaration;
use crate::support::database::store;
use crate::support::program::{RunningProgram, done, is_installed, with_input};
use crate::support::{folder_with_keys, order};
use pki::{Certificate, SignatureAlgorithm, SigningError, SigningKey};
use portal::SystemClock;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A folder with the files that curl and OpenSSL read and write, and a portal.
struct Workbench {
    program: RunningProgram,
    data: TempDir,
    files: TempDir,
}

/// What came back.
struct Answer {
    status: u16,
    /// Names in small letters.
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Workbench {
    fn new() -> Self {
        let data = folder_with_keys();
        let program = RunningProgram::start(store(data.path()));
        Self { program, data, files: tempfile::tempdir().expect("a folder") }
    }

    async fn invite(&self) -> portal::Invited {
        let database = crate::support::database::database_of(self.data.path());
        portal::invite(self.data.path(), database.as_deref(), &SystemClock, &order()).await.expect("invited")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    /// OpenSSL in the folder; what it says on standard output.
    fn openssl(&self, arguments: &str, input: &[u8]) -> Vec<u8> {
        done(Command::new("openssl").args(arguments.split(' ')).current_dir(self.files.path()), input)
    }

    fn openssl_says(&self, arguments: &str) -> String {
        String::from_utf8(self.openssl(arguments, b"")).expect("UTF-8")
    }

    /// An RSA key of 3072 bits, and the body of a certification request for it: Base64 of the DER.
    fn key_and_request(&self, name: &str) {
        self.openssl(&format!("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out {name}.key"), b"");
        self.openssl(&format!("req -new -key {name}.key -subj /CN=By-hand -outform DER -out {name}.p10"), b"");
        self.openssl(&format!("base64 -in {name}.p10 -out {name}.b64"), b"");
    }

    /// curl in the folder. `secret` is more of its configuration, and like the rest of it in no command line.
    fn curl(&self, path: &str, arguments: &str, secret: &str) -> Answer {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--config", "-", "--dump-header", "headers", "--output", "body", "--cacert"]);
        curl.arg(&self.program.ready.trust_anchor).args(arguments.split(' ').filter(|one| !one.is_empty()));
        // An answer without a body leaves the file of the one before.
        fs::write(self.file("body"), b"").expect("a file");
        let url = self.program.url(path);
        done(curl.current_dir(self.files.path()), format!("url = \"{url}\"\n{secret}").as_bytes());
        let head = fs::read_to_string(self.file("headers")).expect("headers");
        let mut lines = head.trim().lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status").parse().expect("a number");
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
        Answer { status, headers, body: fs::read(self.file("body")).expect("a body") }
    }

    fn enrol(&self, request: &str, invited: &portal::Invited, code: &str) -> Answer {
        let upload = format!("--header Content-Type:application/pkcs10 --data-binary @{request}");
        let pair = format!("user = \"{}:{code}\"\n", invited.reference);
        self.curl("/.well-known/est/simpleenroll", &upload, &pair)
    }

    /// The certificates of an answer as PEM in a file, and how many there are ([RFC 7030 §4.1.3, §4.2.3]).
    fn certificates(&self, answer: &Answer, file: &str) -> usize {
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let media_type = answer.header("content-type").expect("a content type");
        assert_eq!(media_type.split(';').next(), Some("application/pkcs7-mime"), "{media_type}");
        assert!(media_type.contains("smime-type=certs-only"), "{media_type}");
        assert!(answer.header("content-transfer-encoding").is_none_or(|encoding| encoding == "base64"));
        let der = self.openssl("base64 -d -A", &answer.body);
        let pem = self.openssl("pkcs7 -inform DER -print_certs", &der);
        fs::write(self.file(file), &pem).expect("a file");
        String::from_utf8(pem).expect("PEM").matches("BEGIN CERTIFICATE").count()
    }

    /// Asserts that a certificate is of a key and leads to the trust anchor by what `cacerts` told.
    fn is_certified(&self, name: &str) {
        let anchor = &self.program.ready.trust_anchor;
        let verified = self.openssl_says(&format!("verify -CAfile {anchor} -untrusted cas.pem -x509_strict {name}.pem"));
        assert_eq!(verified.trim(), format!("{name}.pem: OK"));
        let of_certificate = self.openssl_says(&format!("x509 -in {name}.pem -noout -pubkey"));
        assert_eq!(of_certificate, self.openssl_says(&format!("pkey -in {name}.key -pubout")));
    }
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    /// Asserts a refusal with this status and this kind of problem ([RFC 9457]).
    fn is_refused(&self, status: u16, kind: &str) {
        let said = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{said}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert!(said.contains(&format!("\"kind\":\"{kind}\"")), "{said}");
    }
}

/// A key that OpenSSL signs with.
struct KeyFile {
    file: PathBuf,
    subject_public_key_info: Vec<u8>,
}

impl SigningKey for KeyFile {
    fn subject_public_key_info(&self) -> &[u8] {
        &self.subject_public_key_info
    }

    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let mut openssl = Command::new("openssl");
        openssl.args(["dgst", "-sha256", "-sign"]).arg(&self.file);
        match algorithm {
            SignatureAlgorithm::RsaPkcs1Sha256 => {}
            SignatureAlgorithm::RsaPssSha256 => {
                openssl.args(["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]);
            }
            other => return Err(SigningError::Unsupported(other)),
        }
        Ok(done(&mut openssl, message))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_and_openssl_enrol_and_renew_as_the_standard_says() {
    if !is_installed("curl") {
        return;
    }
    let bench = Workbench::new();
    let invited = bench.invite().await;

    // [RFC 7030 §4.1]: nobody need say who it is.
    let told = bench.curl("/.well-known/est/cacerts", "", "");
    assert_eq!(bench.certificates(&told, "cas.pem"), 2, "the root, and what leads to it (§4.1.3)");
    let anchor = fs::read(&bench.program.ready.trust_anchor).expect("the trust anchor");
    let anchor = String::from_utf8(bench.openssl("x509", &anchor)).expect("PEM");
    assert!(fs::read_to_string(bench.file("cas.pem")).expect("PEM").contains(anchor.trim()));

    // [RFC 7030 §4.5]: what a request should be like.
    let asked = bench.curl("/.well-known/est/csrattrs", "", "");
    assert_eq!((asked.status, asked.header("content-type")), (200, Some("application/csrattrs")));
    let attributes = bench.openssl("base64 -d -A", &asked.body);
    let attributes = String::from_utf8(bench.openssl("asn1parse -inform DER", &attributes)).expect("text");
    assert!(attributes.contains(":rsaEncryption") && attributes.contains(":0C00"), "{attributes}");

    // [RFC 7030 §4.2].
    bench.key_and_request("first");
    let given = bench.enrol("first.b64", &invited, invited.code.as_str());
    assert_eq!(bench.certificates(&given, "first.pem"), 1, "only the certificate that was issued (§4.2.3)");
    bench.is_certified("first");
    let subject = bench.openssl_says("x509 -in first.pem -noout -subject -nameopt utf8,sep_multiline");
    assert!(subject.contains("CN=Øvebruger Eksempel") && subject.contains("O=Øvelseskommune Å"), "{subject}");
    let again = bench.enrol("first.b64", &invited, invited.code.as_str());
    assert_eq!(again.body, given.body, "an answer that got lost is given again");

    // [RFC 7030 §4.2.2]: with the certificate, alone, over TLS; once it is in use.
    bench.key_and_request("second");
    let renew = "--header Content-Type:application/pkcs10 --data-binary @second.b64 --cert first.pem --key first.key";
    bench.curl("/.well-known/est/simplereenroll", renew, "").is_refused(403, "not-permitted");
    declare_by_hand(&bench);
    let given = bench.curl("/.well-known/est/simplereenroll", renew, "");
    assert_eq!(bench.certificates(&given, "second.pem"), 1);
    bench.is_certified("second");
    let named = |file: &str| bench.openssl_says(&format!("x509 -in {file} -noout -subject -ext subjectAltName"));
    assert_eq!(named("second.pem"), named("first.pem"), "the same subject (§4.2.2)");
    let number = |file: &str| bench.openssl_says(&format!("x509 -in {file} -noout -serial"));
    assert_ne!(number("second.pem"), number("first.pem"));
    bench.program.end();
}

/// Submits a declaration, signed and sent with the first key.
fn declare_by_hand(bench: &Workbench) {
    let read = |path: &Path| Certificate::from_pem(&fs::read(path).expect("a file")).expect("a certificate");
    let chain = [read(&bench.file("first.pem")), read(&bench.data.path().join("issuing-ca.pem"))];
    let subject_public_key_info = bench.openssl("pkey -in first.key -pubout -outform DER", b"");
    let (id, pdf) = signed_declaration(&KeyFile { file: bench.file("first.key"), subject_public_key_info }, &chain);
    fs::write(bench.file("declaration.pdf"), pdf).expect("a file");
    let send = format!(
        "--header Content-Type:application/pdf --header Idempotency-Key:{id} --data-binary @declaration.pdf \
         --cert first.pem --key first.key"
    );
    let answer = bench.curl("/v1/declarations", &send, "");
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_enrolment_is_refused_and_costs_no_more_than_it_must() {
    if !is_installed("curl") {
        return;
    }
    let bench = Workbench::new();
    let invited = bench.invite().await;
    bench.key_and_request("own");

    // [RFC 7030 §3.2.3, §4.2.3]: whoever is not known is told how to say who it is.
    let nobody = bench.curl("/.well-known/est/simpleenroll", "--header Content-Type:application/pkcs10 --data-binary @own.b64", "");
    let wrong = bench.enrol("own.b64", &invited, "0000-0000-0000");
    for answer in [nobody, wrong] {
        answer.is_refused(401, "code-wrong");
        let challenge = answer.header("www-authenticate").expect("a challenge");
        assert!(challenge.starts_with("Basic realm="), "{challenge}");
    }
    let renewal = "--header Content-Type:application/pkcs10 --data-binary @own.b64";
    bench.curl("/.well-known/est/simplereenroll", renewal, "").is_refused(401, "certificate-required");

    // What is no request, was cut off, is of somebody else's key, or is too weak.
    fs::write(bench.file("garbage.b64"), "not a request").expect("a file");
    fs::write(bench.file("empty.b64"), "").expect("a file");
    let der = fs::read(bench.file("own.p10")).expect("a request");
    fs::write(bench.file("short.b64"), bench.openssl("base64", &der[..der.len() / 2])).expect("a file");
    let mut other = der;
    let last = other.len() - 1;
    other[last] ^= 1;
    fs::write(bench.file("unsigned.b64"), bench.openssl("base64", &other)).expect("a file");
    let weak = "req -new -newkey rsa:1024 -nodes -keyout weak.key -subj /CN=By-hand -outform DER -out weak.p10";
    let mut openssl = Command::new("openssl");
    assert!(with_input(openssl.args(weak.split(' ')).current_dir(bench.files.path()), b"").status.success());
    bench.openssl("base64 -in weak.p10 -out weak.b64", b"");
    for request in ["garbage.b64", "empty.b64", "short.b64", "unsigned.b64", "weak.b64"] {
        bench.enrol(request, &invited, invited.code.as_str()).is_refused(400, "certification-request-invalid");
    }
    let as_form = format!("user = \"{}:{}\"\n", invited.reference, invited.code.as_str());
    bench.curl("/.well-known/est/simpleenroll", "--data-binary @own.b64", &as_form).is_refused(400, "request-invalid");
    let read = bench.curl("/.well-known/est/simpleenroll", "", &as_form);
    read.is_refused(405, "method-not-allowed");
    assert_eq!(read.header("allow"), Some("POST"));

    // None of it has used the invitation up.
    let given = bench.enrol("own.b64", &invited, invited.code.as_str());
    assert_eq!(bench.certificates(&given, "own.pem"), 1);
    bench.program.end();
}

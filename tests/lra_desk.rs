//! The desk of the local registration authority in a real Chromium, which shows an LRA certificate over mutual TLS and
//! trusts the portal's trust anchor: the whole of an authority's day, with a user who enrols by the real client.
//!
//! Leaves screenshots in `target/lra-desk/`. Needs the packages `chromium`, `chromium-driver` and `libnss3-tools`.
#![cfg(unix)]

#[path = "lra_desk/browser.rs"]
mod browser;

use browser::{Browser, BrowserError, Identity, Look};
use certifikatguide_tests::doubles::{MemoryKeyStore, StandingClock};
use certifikatguide_tests::workplace;
use chrono::Utc;
use declaration::DetailField;
use lifecycle::{AcceptedTerms, Answer, DetailAnswer, Guide, OneTimeCode, Password, ReferenceNumber};
use local_store::SqliteJournal;
use pki::TrustAnchor;
use portal::{AuthorityOrder, IssuedToAuthority, PortalServer, RunningPortal, Settings, SystemClock};
use portal_client::PortalClient;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

type Outcome = Result<(), BrowserError>;

const PASSWORD: &str = "øvelse gør mester";
const DESKTOP: Look = Look { width: 1100, dark: false };
const DARK: Look = Look { width: 1100, dark: true };
const PHONE: Look = Look { width: 360, dark: false };
const DARK_PHONE: Look = Look { width: 360, dark: true };

const NEW_USER: [(&str, &str); 6] = [
    ("given-name", "Øvebruger"),
    ("surname", "Eksempel"),
    ("email", "oevebruger@example.org"),
    ("place-of-work", "Øvejobcenter Å"),
    ("cpr", "610101-0000"),
    ("phone", "00 00 00 00"),
];

/// A portal on this computer, by this computer's clock, as a browser lives by it too.
struct Portal {
    running: RunningPortal,
    data: TempDir,
}

impl Portal {
    async fn start() -> Self {
        let data = TempDir::new().expect("a folder");
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let settings = Settings {
            listen: anywhere,
            status_listen: anywhere,
            data: data.path().to_owned(),
            database: None,
            practice: true,
            suspension: true,
            employee_validity: None,
            terms: Vec::new(),
            clock: Arc::new(SystemClock),
        };
        let running = PortalServer::start(settings).await.expect("the portal starts");
        Self { running, data }
    }

    fn trust_anchor(&self) -> &Path {
        Path::new(&self.running.ready.trust_anchor)
    }

    async fn browser(&self, identity: Option<&IssuedToAuthority>) -> Result<Browser, BrowserError> {
        let identity =
            identity.map(|issued| Identity { certificate: &issued.certificate, key: &issued.key, password: PASSWORD });
        Browser::open(&self.running.ready.portal, self.trust_anchor(), identity.as_ref()).await
    }

    async fn authority(&self, organisation: &str, cvr: &str) -> IssuedToAuthority {
        let order = AuthorityOrder {
            organisation: organisation.into(),
            cvr: cvr.into(),
            name: "Øvebruger Eksempel".into(),
            email: "lra@example.org".into(),
        };
        let out = self.data.path().join(cvr);
        portal::issue_to_authority(self.data.path(), None, &SystemClock, &order, PASSWORD, &out).await.expect("issued")
    }
}

/// The employee's app, with what the employee was sent.
struct Employee {
    guide: Guide<MemoryKeyStore, PortalClient, SqliteJournal, StandingClock>,
    details: Vec<DetailField>,
    _folder: TempDir,
}

impl Employee {
    /// Enrols.
    async fn enrol(portal: &Portal, reference: &str, code: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        let anchor = TrustAnchor::from_pem(&fs::read(portal.trust_anchor()).expect("a file")).expect("an anchor");
        let client = PortalClient::new(&portal.running.ready.portal, std::slice::from_ref(&anchor)).expect("a client");
        let journal = SqliteJournal::open(&folder.path().join("journal.sqlite")).await.expect("a journal");
        let settings = workplace::settings(true, vec![anchor]);
        let guide = Guide::new(MemoryKeyStore::default(), client, journal, StandingClock::at(Utc::now()), settings);
        let reference = ReferenceNumber::parse(reference).expect("a reference number");
        let code = OneTimeCode::parse(code).expect("a code");
        guide.open_invitation(&reference, code).await.expect("the e-mail and the letter go together");
        let enrolled = guide.enrol(&Password::typed(workplace::PASSWORD.into()), None, &|_| {}).await;
        let enrolled = enrolled.expect("the certificate comes");
        let chain = enrolled.journey.step.issued().expect("a certificate").held.chain();
        let details = declaration::details(&chain[0]).iter().map(|detail| detail.field).collect();
        guide.confirm_revocation_code().await.expect("the code is kept");
        Self { guide, details, _folder: folder }
    }

    async fn answer(&self, wrong: &[DetailField]) {
        let answer = |field: &DetailField| if wrong.contains(field) { Answer::Wrong } else { Answer::Correct };
        let answers: Vec<DetailAnswer> =
            self.details.iter().map(|field| DetailAnswer { field: *field, answer: answer(field) }).collect();
        self.guide.review(&answers).await.expect("the portal is told");
    }

    async fn declare(&self) {
        self.answer(&[]).await;
        let binding = self.guide.terms().await.expect("the terms").swap_remove(0);
        let accepted = AcceptedTerms {
            sha256: binding.sha256_hex(),
            consents: binding.terms().consents().map(|clause| clause.id.clone()).collect(),
        };
        let password = Password::typed(workplace::PASSWORD.into());
        self.guide.sign(&accepted, &password, &|_| {}).await.expect("signed and delivered");
    }
}

/// Takes pictures of the page in both languages, light and dark, wide and narrow; it must fit all of them.
async fn pictures(browser: &Browser, name: &str) -> Outcome {
    let danish = browser.path().await?;
    let english = danish.replacen("/lra", "/lra/en", 1);
    let looks = [[(DESKTOP, "light"), (DARK_PHONE, "360-dark")], [(DARK, "dark"), (PHONE, "360-light")]];
    for ((page, language), looks) in [(&danish, "da"), (&english, "en")].into_iter().zip(looks) {
        browser.go(page).await?;
        let tag = browser.find("html").await?.attr("lang").await?;
        assert_eq!(tag.as_deref(), Some(language), "{page}");
        for (look, words) in looks {
            browser.look(look).await?;
            let file = pictures_folder().join(format!("{name}-{language}-{words}.png"));
            assert!(browser.picture(&file).await?, "{name} {look:?}");
        }
    }
    browser.look(DESKTOP).await?;
    browser.go(&danish).await
}

async fn picture(browser: &Browser, name: &str) -> Outcome {
    for (look, words) in [(DESKTOP, "light"), (DARK_PHONE, "360-dark")] {
        browser.look(look).await?;
        let file = pictures_folder().join(format!("{name}-{words}.png"));
        assert!(browser.picture(&file).await?, "{name} {look:?}");
    }
    browser.look(DESKTOP).await
}

fn pictures_folder() -> PathBuf {
    let folder = Path::new(certifikatguide_tests::TESTS).join("../target/lra-desk");
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

async fn shows(browser: &Browser, words: &str) -> Outcome {
    let text = match browser.see(words).await? {
        Ok(text) => text,
        Err(text) => panic!("»{words}« is not on {}:\n{text}", browser.path().await?),
    };
    assert!(!text.contains("6101010000") && !text.contains("610101-"), "a CPR number:\n{text}");
    Ok(())
}

/// Reference number and code of the user whose page is open.
async fn sent(browser: &Browser, user: &str) -> Result<(String, String), BrowserError> {
    browser.press("form[action$='/letter'] button").await?;
    shows(browser, "Koden vises kun denne ene gang").await?;
    let code = browser.find(".letter .code").await?.text().await?;
    picture(browser, "letter").await?;
    browser.go(&format!("{user}/email")).await?;
    pictures(browser, "email").await?;
    let text = browser.find("textarea").await?.prop("value").await?.expect("a text");
    assert!(!text.contains(&code), "never both on one page");
    let at = text.find("AMP-").expect("a reference number");
    Ok((text[at..at + "AMP-XXXX-XXXX".len()].to_owned(), code))
}

/// Creates the user; returns the address of its page.
async fn create(browser: &Browser) -> Result<String, BrowserError> {
    browser.go("/lra/users").await?;
    browser.press("a.button[href$='/users/new']").await?;
    browser.fill_in(&NEW_USER).await?;
    browser.press("form.fields button").await?;
    shows(browser, "Brugeren er oprettet").await?;
    let path = browser.path().await?;
    Ok(path.split('?').next().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authoritys_day_in_a_real_browser_from_the_order_to_the_report_of_wrong_details() -> Outcome {
    let portal = Portal::start().await;
    let (own, other) = (
        portal.authority("Øvelseskommune Å", "12345678").await,
        portal.authority("Øvelseskommune Ø", "87654321").await,
    );
    let browser = portal.browser(Some(&own)).await?;
    browser.look(DESKTOP).await?;
    browser.go("/lra").await?;
    shows(&browser, "logget ind som Øvebruger Eksempel").await?;
    shows(&browser, "Der er ingen brugere endnu").await?;
    browser.press("a.button[href$='/users/new']").await?;
    pictures(&browser, "new-user").await?;

    // What is wrong is said where the keyboard is, and the CPR number is gone.
    browser.fill_in(&[("given-name", "Øvebruger"), ("email", "ingen"), ("cpr", "610101-0000")]).await?;
    browser.press("form.fields button").await?;
    // The browser moves the keyboard there a moment after the page is complete.
    let summary = browser.find(".notice-error:focus").await?;
    assert!(summary.text().await?.contains("Skriv efternavn"), "the keyboard is at the summary of errors");
    let cpr = browser.find("#cpr").await?.prop("value").await?;
    assert_eq!(cpr.as_deref(), Some(""));
    picture(&browser, "new-user-errors").await?;

    let user = create(&browser).await?;
    pictures(&browser, "created").await?;
    browser.go(&user).await?;
    let (reference, code) = sent(&browser, &user).await?;
    let employee = Employee::enrol(&portal, &reference, &code).await;
    employee.declare().await;
    browser.go(&user).await?;
    shows(&browser, "I brug").await?;
    pictures(&browser, "in-use").await?;

    browser.press("form[action$='/suspension'] button").await?;
    shows(&browser, "Certifikatet er suspenderet").await?;
    browser.press("a[href$='/reinstatement']").await?;
    pictures(&browser, "reinstatement").await?;
    browser.press("#sure").await?;
    browser.press("form.fields button").await?;
    shows(&browser, "Suspenderingen er ophævet").await?;
    browser.press("a[href$='/revocation']").await?;
    browser.press("form.fields button").await?;
    shows(&browser, "Vælg en grund").await?;
    picture(&browser, "revocation-errors").await?;
    browser.press("#reason-cessation-of-operation").await?;
    browser.press("#sure").await?;
    browser.press("form.fields button").await?;
    shows(&browser, "Certifikatet er spærret for altid").await?;

    // Another one, whose user says that the name is wrong.
    let user = create(&browser).await?;
    let (reference, code) = sent(&browser, &user).await?;
    Employee::enrol(&portal, &reference, &code).await.answer(&[DetailField::Name]).await;
    browser.go("/lra/users?state=wrong-details").await?;
    browser.press("tbody a").await?;
    assert_eq!(browser.path().await?, user);
    shows(&browser, "Der er meldt forkerte oplysninger").await?;
    pictures(&browser, "wrong-details").await?;
    browser.press("a[href*='corrects=']").await?;
    pictures(&browser, "correct").await?;
    browser.fill_in(&[("given-name", "Øvebrugerine"), ("cpr", "6101010000")]).await?;
    browser.press("form.fields button").await?;
    shows(&browser, "Øvebrugerine Eksempel").await?;
    browser.go("/lra/users").await?;
    browser.fill_in(&[("search", "ØVE")]).await?;
    browser.press("form.search button").await?;
    shows(&browser, "Øvebrugerine Eksempel").await?;
    pictures(&browser, "users").await?;
    browser.close().await?;

    // Another organisation's authority sees nobody, and the address of a user leads nowhere.
    let browser = portal.browser(Some(&other)).await?;
    browser.go("/lra/users").await?;
    shows(&browser, "Der er ingen brugere endnu").await?;
    browser.go(&user).await?;
    shows(&browser, "Siden findes ikke").await?;
    picture(&browser, "another-organisation").await?;
    browser.close().await?;

    // Without a certificate it is said what is missing.
    let browser = portal.browser(None).await?;
    browser.go(&user).await?;
    shows(&browser, "Du skal bruge et LRA-certifikat").await?;
    pictures(&browser, "no-certificate").await?;
    browser.close().await?;
    portal.running.shutdown().await;
    Ok(())
}

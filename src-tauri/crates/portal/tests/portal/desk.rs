//! The desk of the local registration authority, as a browser meets it: pages and forms over mutual TLS.

use super::lra::Lra;
use crate::support::{Employee, EmployeeKey, Invited, PERSONAL_NUMBER, TestPortal, certificates, with_issuing_ca};
use chrono::TimeDelta;
use portal_api::{CertificateState, ProblemKind};
use reqwest::{Client, Response, StatusCode};

/// What a browser says that sends a form from the page's own site.
const OUR_PAGE: (&str, &str) = ("sec-fetch-site", "same-origin");

/// A page that was asked for or came of a form.
pub(super) struct Page {
    pub(super) status: StatusCode,
    /// Path and query in the end.
    address: String,
    pub(super) text: String,
}

impl Page {
    async fn of(response: Response) -> Self {
        let (status, url) = (response.status(), response.url().clone());
        let address = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        for (name, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
        ] {
            assert_eq!(response.headers()[name], value, "{address}");
        }
        let policy = response.headers()["content-security-policy"].to_str().expect("text").to_owned();
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; form-action 'self'"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
        let text = response.text().await.expect("a page");
        for forbidden in ["<script", "<style", " style=", " onclick", "http://", "//cdn"] {
            assert!(!text.contains(forbidden), "{forbidden} in {address}");
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        assert!(!digits.contains(PERSONAL_NUMBER) && !address.contains("610101"), "a CPR number: {address}");
        assert_eq!(text.matches("<main").count() + text.matches("<h1").count(), 2, "{text}");
        Self { status, address, text }
    }

    pub(super) fn shows(&self, words: &str) -> &Self {
        assert!(self.text.contains(words), "»{words}« is not on {}:\n{}", self.address, self.text);
        self
    }

    pub(super) fn hides(&self, words: &str) -> &Self {
        assert!(!self.text.contains(words), "»{words}« is on {}", self.address);
        self
    }

    /// The value of the first hidden field of this name.
    fn hidden(&self, name: &str) -> String {
        let field = format!("name=\"{name}\" value=\"");
        let from = self.text.find(&field).unwrap_or_else(|| panic!("no {name} on {}", self.address)) + field.len();
        self.text[from..].split('"').next().expect("a value").to_owned()
    }

    /// The one-time code of a letter.
    fn code(&self) -> String {
        let after = self.text.split("class=\"code\">").nth(1).expect("a code");
        after.split('<').next().expect("a code").to_owned()
    }
}

impl Lra<'_> {
    pub(super) async fn page(&self, path: &str) -> Page {
        Page::of(self.client.get(self.portal.url(path)).send().await.expect("an answer")).await
    }

    async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        Page::of(post(&self.client, &self.portal.url(path), &[OUR_PAGE], fields).await).await
    }

    /// The form of a page is sent with these fields and what is hidden in it.
    pub(super) async fn fill_in(&self, from: &Page, to: &str, fields: &[(&str, &str)]) -> Page {
        let mut all = vec![("token", from.hidden("token"))];
        if from.text.contains("name=\"form\"") {
            all.push(("form", from.hidden("form")));
        }
        all.extend(fields.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.send(to, &all).await
    }

    pub(super) async fn create(&self, given_name: &str) -> Page {
        let form = self.page("/lra/users/new").await;
        let mut fields = NEW_USER;
        fields[0].1 = given_name;
        let page = self.fill_in(&form, "/lra/users", &fields).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        page
    }

    /// The letter of the user of this page.
    async fn letter(&self, user: &Page) -> Page {
        self.fill_in(user, &format!("{}/letter", path_of(user)), &[]).await
    }

    /// Enrols with what the user was sent.
    async fn enrolled(&self, user: &Page) -> Employee {
        let letter = self.letter(user).await;
        let invited = Invited { reference: reference(self, user).await, code: letter.code() };
        let key = EmployeeKey::generate();
        let response = self.portal.enrol(&invited, key.request()).await;
        assert_eq!(response.status(), StatusCode::OK, "both together are an invitation");
        let chain = with_issuing_ca(certificates(response).await, self.portal.data.path());
        Employee { invited, key, chain }
    }
}

const NEW_USER: [(&str, &str); 5] = [
    ("given-name", "Øvebruger"),
    ("surname", "Eksempel"),
    ("email", "øvebruger@example.org"),
    ("place-of-work", "Øvejobcenter Å"),
    ("cpr", "610101-0000"),
];

async fn post(client: &Client, url: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Response {
    let mut request = client.post(url).header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    request.body(body.join("&")).send().await.expect("an answer")
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn path_of(page: &Page) -> &str {
    page.address.split('?').next().expect("a path")
}

/// The path of the first user in a list.
fn first_user(list: &Page) -> String {
    let user = list.text.split("/lra/users/").find(|part| part.len() > 36 && part.as_bytes()[8] == b'-');
    format!("/lra/users/{}", &user.expect("a user")[..36])
}

async fn reference(lra: &Lra<'_>, user: &Page) -> String {
    let email = lra.page(&format!("{}/email", path_of(user))).await;
    let at = email.text.find("AMP-").expect("a reference number");
    email.text[at..at + "AMP-XXXX-XXXX".len()].to_owned()
}

async fn events(portal: &TestPortal) -> Vec<(String, String, Option<String>)> {
    let events = "SELECT kind, actor, authority_serial_number FROM event WHERE kind IN \
         ('invited', 'code-issued', 'suspended', 'reinstated', 'revoked') AND 'x' = $1 ORDER BY id";
    portal.database().await.told(events, &["x"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_comes_to_the_desk_but_a_local_registration_authority_and_everybody_is_told_why() {
    let portal = TestPortal::practice().await;
    let lra = Lra::municipality(&portal).await;
    let (employee, _) = portal.declared().await;
    for path in ["/lra/users", "/lra/users/new", "/lra/users/00000000-0000-4000-8000-000000000001", "/lra"] {
        let nobody = Page::of(portal.anonymous().get(portal.url(path)).send().await.expect("an answer")).await;
        assert_eq!(nobody.status, StatusCode::FORBIDDEN);
        nobody.shows("Du skal bruge et LRA-certifikat").shows("Installér dit LRA-certifikat").hides("Øvebruger");
        let colleague = portal.client(Some(&employee)).get(portal.url(path)).send().await.expect("an answer");
        let colleague = Page::of(colleague).await;
        assert_eq!(colleague.status, StatusCode::FORBIDDEN);
        colleague.shows("Dette er ikke et LRA-certifikat");
    }
    let english = portal.anonymous().get(portal.url("/lra/en/users")).send().await.expect("an answer");
    Page::of(english).await.shows("You need an LRA certificate").shows("lang=\"en\"");
    let posted = post(&portal.anonymous(), &portal.url("/lra/users"), &[OUR_PAGE], &NEW_USER).await;
    assert_eq!(posted.status(), StatusCode::FORBIDDEN);

    assert_eq!(lra.page("/lra").await.address, "/lra/users");
    lra.page("/lra/users").await.shows("Øvelseskommune Å").shows("Øvebruger Eksempel").shows("I brug");
    lra.withdraw().await;
    let withdrawn = lra.page("/lra/users").await;
    assert_eq!(withdrawn.status, StatusCode::FORBIDDEN);
    withdrawn.shows("Dit LRA-certifikat kan ikke længere bruges").hides("Øvebruger");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_creates_one_user_however_often_it_is_sent_and_the_log_names_the_certificate() {
    let portal = TestPortal::practice().await;
    let lra = Lra::municipality(&portal).await;
    let form = lra.page("/lra/users/new").await;
    let send = || lra.fill_in(&form, "/lra/users", &NEW_USER);
    let (one, two, three) = tokio::join!(send(), send(), send());
    assert_eq!((&one.address, &one.address), (&two.address, &three.address), "each leads to the same user");
    one.shows("Brugeren er oprettet").shows("Øvejobcenter Å").shows("Inviteret").shows("••••••-••••");
    assert_eq!(portal::users(portal.data.path(), portal.url_of_database().as_deref()).await.expect("users").len(), 1);
    let mut other = NEW_USER;
    other[1].1 = "Andersen";
    lra.fill_in(&form, "/lra/users", &other).await.shows("allerede brugt").hides("Andersen");
    assert_eq!(events(&portal).await, [("invited".to_owned(), "authority".to_owned(), Some(lra.serial.clone()))]);

    // The same person again is asked about, and only made when that is meant.
    let form = lra.page("/lra/users/new").await;
    let asked = lra.fill_in(&form, "/lra/users", &NEW_USER).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    asked.shows("CPR-nummeret har allerede en bruger").shows("value=\"Øvebruger\"");
    let meant: Vec<_> = NEW_USER.into_iter().chain([("same-person", "yes")]).collect();
    let second = lra.fill_in(&asked, "/lra/users", &meant).await;
    assert_ne!(path_of(&second), path_of(&one));
    assert_eq!(portal::users(portal.data.path(), portal.url_of_database().as_deref()).await.expect("users").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_form_is_told_at_the_field_and_what_was_typed_stays_but_the_cpr_number() {
    let portal = TestPortal::practice().await;
    let lra = Lra::municipality(&portal).await;
    let form = lra.page("/lra/users/new").await;
    let wrong = [
        ("given-name", "\"><b>Øve</b>"),
        ("surname", " "),
        ("email", "øvebruger@kommuneå.dk"),
        ("place-of-work", "Her\u{202E}"),
        ("cpr", PERSONAL_NUMBER),
        ("phone", "ring bare"),
    ];
    let again = lra.fill_in(&form, "/lra/users", &wrong).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    again.shows("<title>Fejl: Opret bruger").shows("role=\"alert\"").shows("&quot;&gt;&lt;b&gt;Øve").hides("<b>Øve");
    for field in ["surname", "email", "place-of-work", "phone"] {
        again.shows(&format!("href=\"#{field}\"")).shows(&format!("id=\"{field}-error\""));
    }
    again.hides("id=\"given-name-error\"").hides("id=\"cpr-error\"");
    let mut misplaced = NEW_USER;
    (misplaced[0].1, misplaced[3].1) = (PERSONAL_NUMBER, "Øvejobcenter 610101-0000");
    let misplaced = lra.fill_in(&form, "/lra/users", &misplaced).await;
    misplaced.shows("id=\"given-name-error\"").shows("id=\"place-of-work-error\"");
    for email in ["ob6101010000@example.org", "øb.610101-0000@example.org"] {
        let mut fields = NEW_USER;
        fields[2].1 = email;
        lra.fill_in(&form, "/lra/users", &fields).await.shows("id=\"email-error\"").shows("en e-mailadresse uden CPR-nummer");
    }
    let mut halves = NEW_USER;
    (halves[0].1, halves[1].1, halves[3].1) = ("610101", "0000", "610101  0000");
    let halves = lra.fill_in(&form, "/lra/users", &halves).await;
    halves.shows("id=\"surname-error\"").shows("id=\"place-of-work-error\"");
    for cpr in ["", "3002000000", "61010100001"] {
        let mut fields = NEW_USER;
        fields[4].1 = cpr;
        lra.fill_in(&form, "/lra/users", &fields).await.shows("id=\"cpr-error\"").hides("id=\"email-error\"");
    }
    assert!(portal::users(portal.data.path(), portal.url_of_database().as_deref()).await.expect("users").is_empty());
    let large = "Å".repeat(20_000);
    let large = lra.fill_in(&form, "/lra/users", &[("surname", &large)]).await;
    assert_eq!(large.status, StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_stands_in_one_letter_once_and_the_reference_number_in_the_e_mail() {
    let portal = TestPortal::practice().await;
    let lra = Lra::municipality(&portal).await;
    let user = lra.create("Øvebruger").await;
    let reference = reference(&lra, &user).await;
    let letter = lra.letter(&user).await;
    let code = letter.code();
    assert_eq!(code.len(), "XXXX-XXXX-XXXX".len());
    letter.hides(&reference).shows("Øvejobcenter Å");
    for path in [path_of(&user).to_owned(), format!("{}/email", path_of(&user)), "/lra/users".to_owned()] {
        lra.page(&path).await.hides(&code);
    }
    lra.page(&format!("{}/email", path_of(&user))).await.shows("mailto:").shows("https://127.0.0.1:");

    let second_click = lra.letter(&user).await;
    assert_eq!((second_click.status, second_click.code()), (StatusCode::OK, code.clone()), "the same letter");
    portal.clock.advance(TimeDelta::seconds(11));
    let again = lra.letter(&user).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "the same form again");
    again.shows("Brevet er allerede lavet").hides("class=\"code\"");
    assert_eq!(portal.open(&reference, &code).await.status(), StatusCode::OK, "the code in the letter still works");

    // Of two letters, an older form is never answered with the newer one's code, nor with the one that no longer works.
    let newer = lra.page(path_of(&user)).await;
    let first = lra.letter(&newer).await.code();
    let code = lra.letter(&lra.page(path_of(&user)).await).await.code();
    assert_ne!(first, code);
    lra.letter(&newer).await.shows("Brevet er allerede lavet").hides("class=\"code\"");

    // Lost: a new letter. Then the old code is nobody's, and wrong tries no longer count.
    for _ in 0..5 {
        portal.open(&reference, "AAAA-AAAA-AAAA").await;
    }
    let locked = lra.page(path_of(&user)).await;
    locked.shows("Koden er låst").shows("Kode låst efter fem forkerte forsøg");
    let new = lra.letter(&locked).await.code();
    assert_ne!(new, code);
    crate::support::refused(portal.open(&reference, &code).await, ProblemKind::CodeWrong).await;
    assert_eq!(portal.open(&reference, &new).await.status(), StatusCode::OK);
    portal.clock.advance(TimeDelta::days(14));
    let expired = Lra::municipality(&portal).await;
    let page = expired.page(path_of(&user)).await;
    page.shows("Invitationen er udløbet");
    let user = expired.page(path_of(&user)).await;
    expired.enrolled(&user).await;
    let enrolled = expired.page(path_of(&user)).await;
    enrolled.shows("Mangler sikkerhedserklæring").hides("/letter").hides("/email");
    let too_late = expired.fill_in(&page, &format!("{}/letter", path_of(&user)), &[]).await;
    too_late.hides("class=\"code\"").shows("Mangler sikkerhedserklæring");
}

#[tokio::test(flavor = "multi_thread")]
async fn cpr_numbers_are_not_to_be_guessed_at_the_desk_and_every_answer_about_one_is_in_the_log() {
    let portal = TestPortal::practice().await;
    let lra = Lra::municipality(&portal).await;
    let colleague = Lra::municipality(&portal).await;
    let user = lra.create("Øvebruger").await;
    let id = &path_of(&user)["/lra/users/".len()..];
    let canonical = reference(&lra, &user).await.replace('-', "");
    let form = lra.page("/lra/users/new").await;
    let guess = async |form: &Page, lra: &Lra<'_>, path: &str, cpr: &str| {
        let mut fields = NEW_USER;
        fields[4].1 = cpr;
        let fields: Vec<_> = fields.into_iter().chain([("corrects", id)]).collect();
        lra.fill_in(form, path, &fields).await
    };
    let wrong = ["610102-0000", "610103-0000", "610104-0000", "610105-0000", "610106-0000"];
    for cpr in wrong {
        guess(&form, &lra, "/lra/users", cpr).await.shows("CPR-nummeret er ikke det, som brugeren blev oprettet med");
    }
    // The right number, one more that is wrong, and a colleague's are answered alike.
    let others = colleague.page("/lra/users/new").await;
    for cpr in ["610101-0000", "610107-0000"] {
        for (form, lra) in [(&form, &lra), (&others, &colleague)] {
            let refused = guess(form, lra, "/lra/users", cpr).await;
            assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
            refused.shows("For mange forkerte CPR-numre").shows("prøv igen om 24 timer").hides("Øvebruger");
        }
    }
    guess(&form, &lra, "/lra/en/users", "610101-0000").await.shows("Too many wrong CPR numbers");
    let told = "SELECT reference, authority_serial_number, detail FROM event WHERE kind = $1 ORDER BY id";
    let mismatches = portal.database().await.told(told, &["personal-number-mismatch"]).await;
    assert_eq!(mismatches, vec![(canonical.clone(), lra.serial.clone(), None); 5]);
    lra.page(path_of(&user)).await.shows("Et CPR-nummer, der ikke er brugerens, blev prøvet");

    // Who has a number already is told until the certificate has had 20 answers; then a number of nobody is refused too.
    for _ in 0..15 {
        lra.fill_in(&form, "/lra/users", &NEW_USER).await.shows("CPR-nummeret har allerede en bruger");
    }
    for cpr in ["610101-0000", "610108-0000"] {
        let mut fields = NEW_USER;
        fields[4].1 = cpr;
        let refused = lra.fill_in(&form, "/lra/users", &fields).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        refused.shows("For mange svar om CPR-numre").hides("har allerede en bruger");
    }
    colleague.fill_in(&others, "/lra/users", &NEW_USER).await.shows("CPR-nummeret har allerede en bruger");
    let found = portal.database().await.told(told, &["personal-number-found"]).await;
    assert_eq!(found.len(), 16);
    assert_eq!(found.last(), Some(&(canonical, colleague.serial.clone(), None)));

    portal.clock.advance(TimeDelta::hours(24));
    let form = lra.page("/lra/users/new").await;
    guess(&form, &lra, "/lra/users", "610101-0000").await.shows("CPR-nummeret har allerede en bruger");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_letter_warns_that_the_code_of_an_invitation_by_the_staff_stops_working() {
    let portal = TestPortal::practice().await;
    let lra = Lra::municipality(&portal).await;
    let own = lra.create("Øvebruger").await;
    own.shows("Lav brevet med engangskoden").hides("virker den gamle kode ikke mere");
    portal.clock.advance(TimeDelta::minutes(1));
    portal.invite().await;
    let user = first_user(&lra.page("/lra/users").await);
    lra.page(&user).await.shows("Lav et nyt brev med en ny kode").shows("virker den gamle kode ikke mere");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_another_site_or_another_certificate_sends_changes_nothing() {
    let portal = TestPortal::practice().await;
    let (employee, device) = portal.declared().await;
    let lra = Lra::municipality(&portal).await;
    let colleague = Lra::of(&portal, "Øvelseskommune Å", "12345678").await;
    let list = lra.page("/lra/users").await;
    let user = first_user(&list);
    let url = portal.url(&format!("{user}/certificates/{}/suspension", employee.serial()));
    let (own, others) = (list.hidden("token"), colleague.page("/lra/users").await.hidden("token"));
    let origin = portal.running.ready.portal.clone();
    for (headers, token) in [
        (vec![OUR_PAGE], ""),
        (vec![OUR_PAGE], others.as_str()),
        (vec![], own.as_str()),
        (vec![("sec-fetch-site", "cross-site")], own.as_str()),
        (vec![("sec-fetch-site", "same-site"), ("origin", &origin)], own.as_str()),
        (vec![OUR_PAGE, ("origin", "https://evil.example")], own.as_str()),
        (vec![("origin", "null")], own.as_str()),
    ] {
        let page = Page::of(post(&lra.client, &url, &headers, &[("token", token)]).await).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{headers:?}");
    }
    let asked = lra.client.get(&url).header("sec-fetch-site", "same-origin").send().await.expect("an answer");
    assert_eq!(Page::of(asked).await.status, StatusCode::METHOD_NOT_ALLOWED, "nothing is done by GET");
    let json = lra.client.post(&url).header("sec-fetch-site", "same-origin").json(&serde_json::json!({ "token": own }));
    assert_eq!(Page::of(json.send().await.expect("an answer")).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(portal.state(&device).await, CertificateState::Active);
    portal.clock.advance(TimeDelta::hours(13));
    let old = Page::of(post(&lra.client, &url, &[OUR_PAGE], &[("token", &own)]).await).await;
    old.shows("Formularen er for gammel");
    assert_eq!(portal.state(&device).await, CertificateState::Active);
    let own = lra.page("/lra/users").await.hidden("token");
    let meant = post(&lra.client, &url, &[("origin", &origin)], &[("token", &own)]).await;
    assert_eq!(Page::of(meant).await.status, StatusCode::OK);
    assert_eq!(portal.state(&device).await, CertificateState::Suspended);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organisations_users_are_answered_as_none() {
    let portal = TestPortal::practice().await;
    let lra = Lra::municipality(&portal).await;
    let user = lra.create("Øvebruger").await;
    let employee = lra.enrolled(&user).await;
    let stranger = Lra::of(&portal, "Øvelseskommune Ø", "87654321").await;
    let form = stranger.page("/lra/users").await;
    form.shows("Der er ingen brugere endnu").hides("Øvejobcenter");
    let foreign = path_of(&user).to_owned();
    let unknown = "/lra/users/00000000-0000-4000-8000-000000000001".to_owned();
    let serial = employee.serial();
    for act in
        ["", "/email", "/letter", "/certificates/4f/revocation", &format!("/certificates/{serial}/reinstatement")]
    {
        let (one, other) =
            (stranger.page(&(foreign.clone() + act)).await, stranger.page(&(unknown.clone() + act)).await);
        assert_eq!((one.status, &one.text), (StatusCode::NOT_FOUND, &other.text), "{act}");
    }
    for (act, fields) in [
        ("/letter".to_owned(), vec![("form", "00000000-0000-4000-8000-000000000009")]),
        (format!("/certificates/{serial}/suspension"), vec![]),
        (format!("/certificates/{serial}/revocation"), vec![("reason", "key-compromise"), ("sure", "yes")]),
    ] {
        let one = stranger.fill_in(&form, &(foreign.clone() + &act), &fields).await;
        let other = stranger.fill_in(&form, &(unknown.clone() + &act), &fields).await;
        assert_eq!((one.status, &one.text), (StatusCode::NOT_FOUND, &other.text), "{act}");
    }
    let corrects = stranger.page(&format!("/lra/users/new?corrects={}", &foreign["/lra/users/".len()..])).await;
    assert_eq!(corrects.status, StatusCode::NOT_FOUND);
    assert_eq!(lra.page(&(foreign + "?done=revoked")).await.hides("spærret for altid").status, StatusCode::OK);
    // Nor does the form tell that the CPR number has a user elsewhere: it creates one, as for a number that nobody has.
    let own = stranger.create("Øvebruger").await;
    let found = "SELECT COUNT(*) FROM event WHERE kind = 'personal-number-found'";
    own.shows("Øvebruger").hides("har allerede en bruger");
    assert_eq!(portal.database().await.number(found, &[]).await, 0, "nothing was told of the number");
    // And no user of one's own lends its address to another's certificate.
    let borrowed = format!("{}/certificates/{serial}/suspension", path_of(&own));
    assert_eq!(stranger.fill_in(&own, &borrowed, &[]).await.status, StatusCode::NOT_FOUND);
    lra.page(path_of(&user)).await.shows("Mangler sikkerhedserklæring");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_suspended_reinstated_and_revoked_and_a_later_alarm_is_not_taken_back() {
    let portal = TestPortal::practice().await;
    let lra = Lra::municipality(&portal).await;
    let user = lra.create("Øvebruger").await;
    let employee = lra.enrolled(&user).await;
    let device = portal.register_device(&employee).await;
    portal.declare(&employee).await;
    let user = lra.page(path_of(&user)).await;
    user.shows("Suspendér nu").shows(crate::support::DEVICE_NAME);
    let act = |act: &str| format!("{}/certificates/{}/{act}", path_of(&user), employee.serial());
    lra.fill_in(&user, &act("suspension"), &[]).await.shows("Certifikatet er suspenderet").shows("(LRA)");
    assert_eq!(portal.state(&device).await, CertificateState::Suspended);

    let asked = lra.page(&act("reinstatement")).await;
    let since = asked.hidden("suspended-since");
    let judged = [("suspended-since", since.as_str()), ("sure", "yes")];
    let unsure = lra.fill_in(&asked, &act("reinstatement"), &judged[..1]).await;
    unsure.shows("id=\"sure-error\"");
    assert_eq!(portal.state(&device).await, CertificateState::Suspended);
    lra.fill_in(&asked, &act("reinstatement"), &judged).await.shows("Suspenderingen er ophævet");
    portal.clock.advance(TimeDelta::minutes(1));
    portal.suspend(&employee, &device).await;
    lra.fill_in(&asked, &act("reinstatement"), &judged).await.shows("suspenderet igen, siden du åbnede");
    assert_eq!(portal.state(&device).await, CertificateState::Suspended);

    let asked = lra.page(&act("revocation")).await;
    let none = lra.fill_in(&asked, &act("revocation"), &[]).await;
    none.shows("Vælg en grund").shows("id=\"sure-error\"");
    let vague = lra.fill_in(&asked, &act("revocation"), &[("reason", "wrong-details"), ("sure", "yes")]).await;
    vague.shows("Vælg, hvilke oplysninger der er forkerte");
    let compromised = [("reason", "key-compromise"), ("sure", "yes")];
    lra.fill_in(&asked, &act("revocation"), &compromised).await.shows("Certifikatet er spærret for altid");
    assert_eq!(portal.state(&device).await, CertificateState::Revoked);
    let late = lra.fill_in(&asked, &act("reinstatement"), &judged).await;
    late.shows("allerede spærret");
    let by = |kind: &str| (kind.to_owned(), "authority".to_owned(), Some(lra.serial.clone()));
    let told = events(&portal).await;
    let by_token = ("suspended".to_owned(), "device-token".to_owned(), None);
    let expected = [by("invited"), by("code-issued"), by("suspended"), by("reinstated"), by_token, by("revoked")];
    assert_eq!(told, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn details_that_a_user_reports_as_wrong_are_shown_and_corrected_by_a_new_invitation_of_the_same_person() {
    let portal = TestPortal::practice().await;
    let lra = Lra::municipality(&portal).await;
    let user = lra.create("Øvebruker").await;
    let employee = lra.enrolled(&user).await;
    let device = portal.register_device(&employee).await;
    let report = r#"{"reason":"wrong-details","wrong_details":["name","email"]}"#;
    assert_eq!(portal.revoke_with_token(&employee, &device, report).await.status(), StatusCode::OK);
    lra.page("/lra/users?state=wrong-details").await.shows("Øvebruker Eksempel");
    let reported = lra.page(path_of(&user)).await;
    reported.shows("Der er meldt forkerte oplysninger").shows("<strong>Navn</strong>").shows("<strong>E-mail</strong>");

    let id = &path_of(&user)["/lra/users/".len()..];
    let form = lra.page(&format!("/lra/users/new?corrects={id}")).await;
    form.shows("value=\"Øvebruker\"").shows("Meldt forkert.");
    let corrected: Vec<_> = NEW_USER.into_iter().chain([("corrects", id)]).collect();
    let mut stranger = corrected.clone();
    stranger[4].1 = "610102-0000";
    let refused = lra.fill_in(&form, "/lra/users", &stranger).await;
    refused.shows("CPR-nummeret er ikke det, som brugeren blev oprettet med");
    portal.clock.advance(TimeDelta::minutes(1));
    let next = lra.fill_in(&refused, "/lra/users", &corrected).await;
    next.shows("<h1>Øvebruger Eksempel</h1>").shows("Inviteret");
    lra.page(path_of(&user)).await.shows("Brugeren er inviteret igen").shows(path_of(&next));
    lra.page("/lra/users?state=wrong-details").await.hides("Øvebruker Eksempel");
    lra.enrolled(&next).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_found_in_both_languages_and_what_is_searched_for_does_not_stand_in_the_address() {
    let portal = TestPortal::practice().await;
    let lra = Lra::municipality(&portal).await;
    lra.create("Øvebruger").await;
    let list = lra.page("/lra/en/users").await;
    list.shows("Invited").shows("lang=\"en\"").shows("href=\"/lra/users\"");
    let search = async |typed: &str| lra.fill_in(&list, "/lra/en/users/search", &[("search", typed)]).await;
    for typed in ["øveBRUGER eksempel", "EXAMPLE.org", "øvejob", "amp-"] {
        let found = search(typed).await;
        found.shows("Øvebruger Eksempel").shows(&format!("value=\"{typed}\""));
        let typed = encoded(typed.split(' ').next().expect("a word"));
        assert!(
            !found.address.to_uppercase().contains(&typed) && !found.address.contains("EXAMPLE"),
            "{}",
            found.address
        );
    }
    search("findes ikke").await.shows("No users match").hides("Øvejobcenter Å");
    for typed in [PERSONAL_NUMBER, "øve 610101-0000"] {
        assert_eq!(search(typed).await.address, "/lra/en/users", "a CPR number goes nowhere");
    }
    lra.page("/lra/users?state=invited&page=9").await.shows("Øvebruger Eksempel");
    lra.page("/lra/users?state=revoked&search=AAAA").await.shows("Ingen brugere passer");

    let style = list.text.split("rel=\"stylesheet\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
    let style = portal.anonymous().get(portal.url(style.expect("a style sheet"))).send().await.expect("an answer");
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
    assert!(style.headers()["cache-control"].to_str().expect("text").contains("immutable"));
    let nowhere = lra.page("/lra/en/nowhere").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    nowhere.shows("There is no such page");
}

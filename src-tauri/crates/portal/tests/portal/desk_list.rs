//! The desk's list of users: pages, search and choices, however many users an organisation has.

use super::desk::Page;
use super::lra::Lra;
use crate::support::TestPortal;
use portal_api::{DetailField, RevocationReason};
use std::collections::BTreeSet;
use uuid::Uuid;

/// As many users again as this, each a second later than the one before, every second one with the surname »Ulige«.
const MORE_USERS: [&str; 2] = [
    "INSERT INTO employee (id, given_name, surname, common_name, email, organisation, cvr, place_of_work, authority_name, \
        personal_number_sealed, personal_number_hash, created_at) \
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120) \
        SELECT '00000000-0000-4000-8000-' || CAST(100000000000 + n.i AS TEXT), e.given_name, 'Lige', \
        CASE WHEN n.i % 2 = 0 THEN 'Øvebruger Lige' ELSE 'Øvebruger Ulige' END, e.email, e.organisation, e.cvr, \
        e.place_of_work, e.authority_name, e.personal_number_sealed, e.personal_number_hash, e.created_at + n.i \
        FROM employee e, n WHERE e.surname = 'Eksempel'",
    "INSERT INTO invitation (reference, employee_id, practice, code_salt, code_hash, created_at, expires_at) \
        SELECT 'AMP' || SUBSTR(e.id, 29), e.id, i.practice, i.code_salt, i.code_hash, i.created_at, i.expires_at \
        FROM employee e, invitation i WHERE e.surname = 'Lige'",
];

fn users(page: &Page) -> Vec<Uuid> {
    let rows = page.text.split("role=\"rowheader\"").skip(1);
    let ids = rows.map(|row| row.split("/users/").nth(1).and_then(|rest| rest.split('"').next()).expect("a link"));
    ids.map(|id| id.parse().expect("an id")).collect()
}

/// Where the link to another page leads.
fn to(page: &Page, relation: &str) -> Option<String> {
    let href = page.text.split(&format!("rel=\"{relation}\" href=\"")).nth(1)?.split('"').next()?;
    Some(href.replace("&amp;", "&"))
}

/// The pages from this one on, in the order of their links.
async fn all_from(lra: &Lra<'_>, first: Page) -> Vec<Page> {
    let mut pages = vec![first];
    while let Some(next) = pages.last().and_then(|page| to(page, "next")) {
        pages.push(lra.page(&next).await);
    }
    pages
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_and_twenty_users_are_listed_in_pages_of_fifty_and_a_search_goes_with_its_pages() {
    let portal = TestPortal::practice().await;
    let lra = Lra::municipality(&portal).await;
    lra.create("Øvebruger").await;
    let mut database = portal.database().await;
    for sql in MORE_USERS {
        assert_eq!(database.execute(sql, &[]).await.expect("done"), 120);
    }
    let stranger = Lra::of(&portal, "Øvelseskommune Ø", "87654321").await;
    stranger.page("/lra/users").await.shows("Der er ingen brugere endnu");

    let pages = all_from(&lra, lra.page("/lra/users").await).await;
    let listed: Vec<Vec<Uuid>> = pages.iter().map(users).collect();
    assert_eq!(listed.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 21]);
    let listed = listed.concat();
    assert_eq!(listed.iter().collect::<BTreeSet<_>>().len(), 121, "nobody twice");
    assert!(listed[..120].is_sorted_by(|one, next| one > next), "the latest first");
    assert_eq!((to(&pages[0], "prev"), to(&pages[2], "next")), (None, None));
    assert_eq!(users(&lra.page(&to(&pages[2], "prev").expect("a link")).await), users(&pages[1]));
    pages[1].shows("Side 2 af 3").shows("Alle <span class=\"count\">121</span>");
    assert_eq!(users(&lra.page("/lra/users?page=99999999999").await), users(&pages[2]), "beyond the last, the last");
    assert_eq!(users(&lra.page("/lra/users?page=-1").await), users(&pages[0]));

    let search = async |typed: &str| {
        let first = lra.fill_in(&pages[0], "/lra/users/search", &[("search", typed), ("state", "invited")]).await;
        all_from(&lra, first).await
    };
    let found = search("ulige ØVE").await;
    assert_eq!(found.iter().map(|page| users(page).len()).collect::<Vec<_>>(), [50, 10]);
    for page in &found {
        page.shows("value=\"ulige ØVE\"").shows("Inviteret <span class=\"count\">60</span>").hides("Øvebruger Lige");
    }
    let odd = "UPDATE employee SET place_of_work = '100%_!', common_name = 'Élise Üb' WHERE id LIKE '%000007'";
    assert_eq!(database.execute(odd, &[]).await.expect("done"), 1);
    for typed in ["100%", "%_!", "amp-0000-0007", "AMP00000007", "élise", "ÉLISE üb"] {
        let found = search(typed).await;
        assert_eq!(users(&found[0]).len(), 1, "{typed}");
        found[0].shows("Élise Üb");
    }
    assert_eq!(users(&search("_").await[0]).len(), 1, "what is typed is what is searched for");
    search("' OR 1=1").await[0].shows("Ingen brugere passer");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_choice_counts_and_lists_those_whom_the_list_itself_names_so() {
    let portal = TestPortal::practice().await;
    let lra = Lra::municipality(&portal).await;
    let (locked, late) = (portal.invite().await, portal.invite().await);
    portal.invite().await;
    portal.employee().await;
    portal.declared().await;
    let (suspended, device) = portal.declared().await;
    portal.suspend(&suspended, &device).await;
    let (revoked, expired) = (portal.employee().await, portal.employee().await);
    let reason = RevocationReason::WrongDetails;
    portal.revoke(revoked.serial(), reason, &[DetailField::Name]).await.expect("revoked");
    let mut database = portal.database().await;
    for (sql, of) in [
        ("UPDATE invitation SET tries = 5 WHERE reference = $1", locked.reference.replace('-', "")),
        ("UPDATE invitation SET expires_at = 1 WHERE reference = $1", late.reference.replace('-', "")),
        ("UPDATE certificate SET not_after = 1 WHERE serial_number = $1", expired.serial().to_owned()),
        // Whoever was revoked is another person than the others, who would have followed.
        (
            "UPDATE employee SET personal_number_hash = personal_number_sealed \
             WHERE id = (SELECT employee_id FROM certificate WHERE serial_number = $1)",
            revoked.serial().to_owned(),
        ),
    ] {
        assert_eq!(database.execute(sql, &[&of]).await.expect("done"), 1, "{sql}");
    }
    for (state, words) in [
        ("invited", "Inviteret"),
        ("code-locked", "Koden er låst"),
        ("invitation-expired", "Invitationen er udløbet"),
        ("awaiting-declaration", "Mangler sikkerhedserklæring"),
        ("active", "I brug"),
        ("suspended", "Suspenderet"),
        ("revoked", "Spærret"),
        ("expired", "Udløbet"),
    ] {
        let page = lra.page(&format!("/lra/users?state={state}")).await;
        page.shows(&format!("{words} <span class=\"count\">1</span>"));
        page.shows(&format!("class=\"badge {state}\">{words}"));
        assert_eq!(users(&page).len(), 1, "{state}");
    }
    let wrong = lra.page("/lra/users?state=wrong-details").await;
    wrong.shows("Forkerte oplysninger <span class=\"count\">1</span>").shows("badge wrong");
    assert_eq!(users(&wrong).len(), 1);
    lra.page("/lra/users").await.shows("Alle <span class=\"count\">8</span>");
}

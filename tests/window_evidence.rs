//! The signed declaration in the real window: how long it can be verified, the archive, a document that is dropped, and
//! terms that change while the certificate is in use.
//!
//! Needs what `window.rs` needs.
#![cfg(unix)]

use certifikatguide_tests::computer::{Computer, Keychain, until};
use certifikatguide_tests::distant_portal::DistantPortal;
use certifikatguide_tests::employee::{PASSWORD, accept_terms, answer_details, enrol, sign};
use certifikatguide_tests::practice::later_terms;
use certifikatguide_tests::window_driver::{Window, WindowError};
use std::fs;
use std::io::{Cursor, Read};

type Outcome = Result<(), WindowError>;

fn computer() -> Computer {
    Computer::start(Keychain::Unlocked).expect("Xvfb, dbus-daemon and gnome-keyring start")
}

/// From the welcome screen to a certificate in use.
async fn declare(window: &Window) -> Outcome {
    enrol(window).await?;
    answer_details(window, &[]).await?;
    accept_terms(window).await?;
    sign(window, PASSWORD).await?;
    window.click("go-to-certificate").await?;
    window.see_css("[data-testid='screen-certificate'][data-standing='valid']").await.map(drop)
}

async fn see_verified(window: &Window, kind: &str, indication: &str) -> Outcome {
    let selector = format!("[data-testid='verified-document'][data-kind='{kind}'][data-indication='{indication}']");
    window.see_css(&selector).await.map(drop)
}

#[tokio::test]
async fn a_declaration_comes_to_last_by_itself_leaves_with_its_evidence_and_is_verified_where_it_is_dropped() -> Outcome
{
    let computer = computer();
    let window = Window::open_with(&computer, &["--watch-every", "1"]).await?;
    declare(&window).await?;
    window
        .see_css("[data-testid='screen-certificate'] [data-testid='declaration-level'][data-level='long-term']")
        .await?;

    window.click("open-archive").await?;
    window.see_css("[data-testid='archived-declaration'][data-level='long-term']").await?;
    window.click("save-evidence").await?;
    window.see("evidence-saved").await?;
    let saved = computer.saved().join("sikkerhedserklæring-med-beviser.zip");
    assert!(until(|| saved.is_file()), "the file is saved");
    let mut archive = zip::ZipArchive::new(Cursor::new(fs::read(saved)?)).expect("a ZIP file");
    let mut content = |name: &str| {
        let mut bytes = Vec::new();
        archive.by_name(name).expect(name).read_to_end(&mut bytes).expect(name);
        bytes
    };
    let (declaration, receipt) = (content("declaration.pdf"), content("receipt.pdf"));
    window.click("leave").await?;

    window.click("open-file").await?;
    window.see("screen-file").await?;
    window.drop_file("declaration.pdf", &declaration).await?;
    see_verified(&window, "declaration", "holds").await?;
    window.see_css("[data-testid='verified-level']").await?;
    window.drop_file("receipt.pdf", &receipt).await?;
    see_verified(&window, "receipt", "holds").await?;
    let mut changed = declaration;
    let middle = changed.len() / 3;
    changed[middle] ^= 1;
    window.drop_file("changed.pdf", &changed).await?;
    window.see_css("[data-testid='verified-document'][data-indication='does-not-hold']").await?;
    window.close(&computer).await
}

#[tokio::test]
async fn new_terms_are_read_beside_the_old_ones_and_signed_while_the_certificate_stays_in_use() -> Outcome {
    let computer = computer();
    let mut portal = DistantPortal::start()?;
    let (address, anchor) = (portal.address().to_owned(), portal.trust_anchor().to_owned());
    let towards = ["--portal", &address, "--trust-anchor", &anchor, "--practice", "--watch-every", "1"];
    let window = Window::open_with(&computer, &towards).await?;
    declare(&window).await?;
    assert!(!window.shows("terms-changed").await?);

    portal.put_terms_in_force(&later_terms())?;
    window.see("terms-changed").await?;
    window.see_css("[data-testid='screen-certificate'][data-standing='valid']").await?;
    window.click("open-new-terms").await?;
    window.see("screen-new-terms").await?;
    let changed = window.text("screen-new-terms").await?;
    assert!(changed.contains("En pligt mere."), "{changed}");
    window.click("continue").await?;
    accept_terms(&window).await?;
    sign(&window, PASSWORD).await?;
    window.click("go-to-certificate").await?;
    window.see_css("[data-testid='screen-certificate'][data-standing='valid']").await?;
    assert!(!window.shows("terms-changed").await?);
    window.click("open-archive").await?;
    window.see_css("[data-testid='archived-declaration'][data-in-force='true']").await?;
    window.see_css("[data-testid='archived-declaration'][data-in-force='false']").await?;
    window.close(&computer).await
}

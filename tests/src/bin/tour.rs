//! Plays the whole journey in the real window on a virtual display, and leaves numbered screenshots, the signed
//! declaration and the receipt in `target/tour/`.

use std::process::ExitCode;

#[cfg(unix)]
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match tour::play().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tour::say(&format!("\nThe tour could not be played to its end: {error}"));
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    ExitCode::FAILURE
}

#[cfg(unix)]
mod tour {
    use certifikatguide_tests::computer::{Computer, Keychain};
    use certifikatguide_tests::distant_portal::DistantPortal;
    use certifikatguide_tests::employee::{self, PASSWORD};
    use certifikatguide_tests::window_driver::{Window, WindowError, program};
    use std::fs;
    use std::io::{self, Write};
    use std::path::{Path, PathBuf};
    use std::time::Instant;

    /// Files with a certificate, one of them under a password.
    const EMPLOYEE_FILE: &[u8] = include_bytes!("../../fuzz/seeds/certificate/employee-oces3.der");
    const LOCKED_FILE: &[u8] = include_bytes!("../../fuzz/seeds/container/pkcs12-aes.p12");

    type Outcome = Result<(), WindowError>;

    /// Where the pictures go, numbered as they are taken.
    struct Album {
        folder: PathBuf,
        taken: u32,
    }

    impl Album {
        fn begin(folder: PathBuf) -> io::Result<Self> {
            match fs::remove_dir_all(&folder) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            fs::create_dir_all(&folder)?;
            Ok(Self { folder, taken: 0 })
        }

        async fn take(&mut self, window: &Window, name: &str, what: &str) -> Outcome {
            self.taken += 1;
            let file = format!("{:02}-{name}.png", self.taken);
            fs::write(self.folder.join(&file), window.picture().await?)?;
            say(&format!("  {file:<34} {what}"));
            Ok(())
        }
    }

    /// Plays the tour.
    pub async fn play() -> Outcome {
        let build = program("certifikatguide")?;
        let target = build.ancestors().nth(2).unwrap_or(Path::new("target"));
        let mut album = Album::begin(target.join("tour"))?;
        say("The journey of one employee, in Danish:");
        journey(&mut album).await?;
        say("What goes wrong, and the same window in English:");
        trouble(&mut album).await?;
        say("A detail that is wrong:");
        wrong_detail(&mut album).await?;
        say("A computer without a keychain:");
        no_keychain(&mut album).await?;
        say("Looks aside: the chain, a file, and why one cannot sign:");
        looks_aside(&mut album).await?;
        say("What comes after: the alarm, the next certificate, another computer, misuse:");
        standing_by(&mut album).await?;
        say(&format!("\nAll of it is in {}", album.folder.display()));
        Ok(())
    }

    /// Tells whoever watches; nobody need be there.
    pub fn say(line: &str) {
        let _ = writeln!(io::stdout(), "{line}");
    }

    async fn journey(album: &mut Album) -> Outcome {
        let computer = Computer::start(Keychain::Unlocked)?;
        let window = Window::open(&computer).await?;
        window.see("screen-welcome").await?;
        album.take(&window, "velkommen", "The welcome, with the badge of practice mode").await?;
        employee::take_practice_invitation(&window).await?;
        window.scroll_to("continue").await?;
        album.take(&window, "invitation", "Reference number and one-time code").await?;
        window.click("continue").await?;
        window.see("subject-name").await?;
        album.take(&window, "hvem", "Whom the invitation is for").await?;
        window.type_into("password", PASSWORD).await?;
        window.type_into("password-again", PASSWORD).await?;
        window.click("make-key").await?;
        window.see_css("[data-testid^='stage-']").await?;
        window.scroll_to("make-key").await?;
        album.take(&window, "noeglen-laves", "The key is made and the certificate is fetched").await?;
        window.see("revocation-code").await?;
        album.take(&window, "spaerrekode", "The revocation code, shown once").await?;
        employee::keep_revocation_code(&window).await?;
        window.see("screen-details").await?;
        album.take(&window, "oplysninger", "Each detail of the certificate, to be answered").await?;
        for field in employee::DETAILS {
            window.choose(&format!("detail-{field}-correct")).await?;
        }
        window.scroll_to("detail-cvr").await?;
        album.take(&window, "oplysninger-besvaret", "Each detail answered").await?;
        window.click("continue").await?;
        window.see("terms").await?;
        album.take(&window, "vilkaar", "The terms in full").await?;
        window.click("save-terms").await?;
        window.see_css("[data-testid='saved'] .saved").await?;
        for consent in employee::CONSENTS {
            window.choose(&format!("consent-{consent}")).await?;
        }
        window.choose("accept-terms").await?;
        window.scroll_to("consent-cpr-registration").await?;
        album.take(&window, "samtykker", "The employee's own consents").await?;
        window.click("continue").await?;
        window.see("screen-sign").await?;
        album.take(&window, "underskriv", "What is signed, by whom, on behalf of whom").await?;
        window.type_into("password", PASSWORD).await?;
        window.click("sign").await?;
        window.see("screen-receipt").await?;
        album.take(&window, "kvittering", "The portal's verified receipt").await?;
        for document in ["declaration", "receipt"] {
            window.click(&format!("save-{document}")).await?;
            window.see_css("[data-testid='saved'] .saved").await?;
        }
        keep(&computer, album, "sikkerhedserklæring.pdf", "declaration.pdf").await?;
        keep(&computer, album, "kvittering.pdf", "receipt.pdf").await?;
        keep(&computer, album, "vilkår.pdf", "terms.pdf").await?;
        window.click("go-to-certificate").await?;
        window.see("standing").await?;
        album.take(&window, "mit-certifikat", "My certificate, in use").await?;
        window.click("language-en").await?;
        window.see_text("My certificate").await?;
        album.take(&window, "my-certificate", "The same in English").await?;
        window.click("language-da").await?;
        window.see_text("Mit certifikat").await?;
        window.close(&computer).await?;

        let window = Window::open(&computer).await?;
        window.see("standing").await?;
        album.take(&window, "genaabnet", "Closed and opened again: here from the start").await?;
        window.click("suspend").await?;
        window.see("confirm-suspend-dialog").await?;
        album.take(&window, "suspender", "One question before suspension").await?;
        window.click("confirm-suspend").await?;
        window.see_css("[data-testid='screen-certificate'][data-portal-state='suspended']").await?;
        album.take(&window, "suspenderet", "Suspended, as read back from the portal").await?;
        window.resize(380, 760).await?;
        album.take(&window, "smalt-vindue", "The same in a narrow window").await?;
        window.close(&computer).await?;
        fs::copy(trust_anchor(&computer.data().join("practice"))?, album.folder.join("trust-anchor.pem"))?;
        Ok(())
    }

    async fn trouble(album: &mut Album) -> Outcome {
        let computer = Computer::start(Keychain::Unlocked)?;
        let window = Window::open(&computer).await?;
        let (reference, code) = employee::take_practice_invitation(&window).await?;
        window.type_into("code", "AAAA-AAAA-AAAA").await?;
        window.click("continue").await?;
        window.see("problem").await?;
        album.take(&window, "forkert-kode", "A wrong code says how many tries are left").await?;
        window.click("language-en").await?;
        window.see_text("Welcome").await?;
        window.scroll_to("problem").await?;
        album.take(&window, "wrong-code", "The same in English").await?;
        employee::open_invitation(&window, &reference, &code).await?;
        employee::make_key(&window, PASSWORD).await?;
        employee::keep_revocation_code(&window).await?;
        window.see("screen-details").await?;
        album.take(&window, "details", "The certificate's details in English").await?;
        employee::answer_details(&window, &[]).await?;
        window.see("terms").await?;
        album.take(&window, "terms", "The terms in English, beside the binding Danish").await?;
        employee::accept_terms(&window).await?;
        employee::sign(&window, "another sentence altogether").await?;
        window.see("problem").await?;
        album.take(&window, "wrong-password", "A wrong password signs nothing").await?;
        window.kill(&computer).await?;

        let window = Window::open(&computer).await?;
        window.see("terms").await?;
        album.take(&window, "resumed", "Killed and opened again: at the same step").await?;
        employee::accept_terms(&window).await?;
        employee::sign(&window, PASSWORD).await?;
        window.click("go-to-certificate").await?;
        window.click("revoke").await?;
        window.see("screen-revoke").await?;
        window.choose("revoke-reason-cessation-of-operation").await?;
        window.type_into("revoke-password", PASSWORD).await?;
        album.take(&window, "revoke", "Revoked for good: why, and what follows").await?;
        window.click("confirm-revoke").await?;
        window.see_css("[data-testid='screen-certificate'][data-portal-state='revoked']").await?;
        window.scroll_to("raise-alarm").await?;
        album.take(&window, "revoked", "Revoked; the alarm is there all the same").await?;
        window.click("raise-alarm").await?;
        window.see("confirm-suspend-dialog").await?;
        album.take(&window, "alarm-after-revocation", "The alarm about a revoked certificate: one question").await?;
        window.click("confirm-suspend").await?;
        window.see("alarm-told").await?;
        window.scroll_to("alarm-told").await?;
        album.take(&window, "alarm-told", "The portal has been told of it").await?;
        window.close(&computer).await
    }

    async fn wrong_detail(album: &mut Album) -> Outcome {
        let computer = Computer::start(Keychain::Unlocked)?;
        let window = Window::open(&computer).await?;
        employee::enrol(&window).await?;
        employee::answer_details(&window, &["email"]).await?;
        window.see("confirm-wrong-dialog").await?;
        album.take(&window, "forkert-oplysning", "One detail is wrong: one question first").await?;
        window.click("confirm-wrong").await?;
        window.see_css("[data-testid='screen-stopped'][data-portal-state='revoked']").await?;
        album.take(&window, "stoppet", "Stopped and revoked, and whom to call").await?;
        window.close(&computer).await
    }

    async fn no_keychain(album: &mut Album) -> Outcome {
        let computer = Computer::start(Keychain::Absent)?;
        let window = Window::open(&computer).await?;
        employee::take_practice_invitation(&window).await?;
        window.click("continue").await?;
        employee::make_key(&window, PASSWORD).await?;
        window.see("problem").await?;
        window.scroll_to("problem").await?;
        album.take(&window, "ingen-noeglering", "No keychain: no key is made, and why").await?;
        window.close(&computer).await
    }

    /// What one can look at from any screen.
    async fn looks_aside(album: &mut Album) -> Outcome {
        let computer = Computer::start(Keychain::Unlocked)?;
        let mut portal = DistantPortal::start()?;
        let (address, trust_anchor) = (portal.address().to_owned(), portal.trust_anchor().to_owned());
        let window =
            Window::open_with(&computer, &["--portal", &address, "--trust-anchor", &trust_anchor, "--practice"])
                .await?;
        employee::enrol(&window).await?;
        employee::answer_details(&window, &[]).await?;
        employee::accept_terms(&window).await?;
        employee::sign(&window, PASSWORD).await?;
        window.click("go-to-certificate").await?;
        window.see("chain").await?;
        window.scroll_to("timeline").await?;
        album.take(&window, "gyldighed", "The validity, and what the issuer said").await?;
        window.scroll_to("chain-authority").await?;
        album.take(&window, "kaeden", "The chain from the certificate to the root").await?;
        window.click("open-uses").await?;
        window.see("use-calendar").await?;
        album.take(&window, "brug-af-noeglen", "How the key was used: nothing that one does not know").await?;
        window.scroll_to("uses-of-a-day").await?;
        album.take(&window, "linje-for-linje", "Each use: what for, where, which document").await?;
        window.click("leave").await?;
        window.click("open-file").await?;
        window.see("screen-file").await?;
        album.take(&window, "certifikatfil", "A certificate file can be chosen, or dropped anywhere").await?;
        window.drop_file("kollega.cer", EMPLOYEE_FILE).await?;
        window.see("verdict").await?;
        album.take(&window, "certifikatfil-laest", "A file: not my certificate, and whether it is in order").await?;
        window.scroll_to("findings").await?;
        album.take(&window, "certifikatfil-fund", "What was found about it, and what to do").await?;
        window.drop_file("kollega.p12", LOCKED_FILE).await?;
        window.see("file-locked").await?;
        album.take(&window, "certifikatfil-laast", "A file under a password").await?;
        window.click("leave").await?;
        window.click("open-doctor").await?;
        window.see("doctor-summary").await?;
        album.take(&window, "alt-virker", "Why can't I sign: everything works").await?;
        portal.stop();
        window.click("diagnose-again").await?;
        window.see("failing-portal").await?;
        album.take(&window, "portalen-svarer-ikke", "The portal does not answer, and is named").await?;
        window.scroll_to("doctor-certificates").await?;
        album.take(&window, "hvert-certifikat", "Each certificate and what stands in its way").await?;
        window.close(&computer).await
    }

    /// What an employee meets later: on the first computer, and on a second one.
    async fn standing_by(album: &mut Album) -> Outcome {
        let (first, second) = (Computer::start(Keychain::Unlocked)?, Computer::start(Keychain::Unlocked)?);
        let portal = DistantPortal::start_with(&["--employee-validity", "2592000"])?;
        let policy = first.home().join("policy.toml");
        fs::write(&policy, "export = true\n")?;
        let policy = policy.display().to_string();
        let towards = ["--portal", portal.address(), "--trust-anchor", portal.trust_anchor(), "--practice"];
        let watching = [&towards[..], &["--watch-every", "1", "--policy", &policy]].concat();
        let window = Window::open_with(&first, &watching).await?;
        employee::enrol(&window).await?;
        employee::answer_details(&window, &[]).await?;
        employee::accept_terms(&window).await?;
        employee::sign(&window, PASSWORD).await?;
        window.click("go-to-certificate").await?;
        window.see("reminder").await?;
        album.take(&window, "udloeber-snart", "A reminder that the certificate ends, and what to do").await?;
        window.scroll_to("revoke").await?;
        album.take(&window, "andet-du-kan-goere", "What else can be done, each with its consequence").await?;
        window.click("change-password").await?;
        window.see("screen-change-password").await?;
        album.take(&window, "skift-adgangskode", "Another password for the key").await?;
        window.click("leave-task").await?;
        window.click("export").await?;
        window.see("screen-export").await?;
        window.type_into("export-password", PASSWORD).await?;
        window.type_into("container-password", "lygte hjul kaffe torsk").await?;
        window.type_into("container-password-again", "lygte hjul kaffe torsk").await?;
        album.take(&window, "kopi-i-en-fil", "A copy in a file, where the organisation allows it").await?;
        window.click("confirm-export").await?;
        window.see("exported").await?;
        window.click("leave-task").await?;
        window.click("renew").await?;
        window.see("screen-renew").await?;
        window.type_into("renew-password", PASSWORD).await?;
        album.take(&window, "forny", "The next certificate, by one button").await?;
        window.click("confirm-renew").await?;
        employee::keep_revocation_code(&window).await?;
        window.see("check-details").await?;
        album.take(&window, "fornyet", "Renewed: its details are checked again").await?;
        window.click("check-details").await?;
        employee::answer_details(&window, &[]).await?;
        window.click("open-activities").await?;
        window.see("screen-activities").await?;
        album.take(&window, "brug-paa-portalen", "What was done with the certificate at the portal").await?;

        let other = Window::open_with(&second, &towards).await?;
        other.click("import").await?;
        other.see("screen-import").await?;
        album.take(&other, "certifikat-fra-fil", "A certificate with its key from a file").await?;
        other.click("leave-task").await?;
        let (reference, _) = employee::take_practice_invitation(&other).await?;
        other.click("continue").await?;
        other.see("screen-earlier").await?;
        album.take(&other, "andet-certifikat", "A second computer: what happens to the first").await?;
        other.click("open-by-code").await?;
        other.see("screen-by-code").await?;
        other.type_into("by-code-reference", &reference).await?;
        other.type_into("by-code-code", "2222-3333-4444").await?;
        other.click("by-code-suspend").await?;
        other.see("by-code-problem").await?;
        album.take(&other, "uden-noeglen", "Suspension with what is on paper, and a wrong code").await?;
        other.close(&second).await?;

        window.click("header-suspend").await?;
        window.see("confirm-suspend-dialog").await?;
        album.take(&window, "alarm", "The alarm, from any screen").await?;
        let clicked = Instant::now();
        window.click("confirm-suspend").await?;
        window
            .see_css(
                "[data-testid='read-back'][data-portal='suspended'][data-ocsp='suspended']\
                 [data-revocation-list='suspended']",
            )
            .await?;
        say(&format!("  from the click to the status that is proven three ways: {} ms", clicked.elapsed().as_millis()));
        window.scroll_to("read-back").await?;
        album.take(&window, "laest-tilbage", "Suspended, as read back three ways").await?;
        window.close(&first).await
    }

    async fn keep(computer: &Computer, album: &Album, saved: &str, name: &str) -> Outcome {
        // The window says that it is saved after it is; but a document may still be the one before on the screen.
        let saved = computer.saved().join(saved);
        if !certifikatguide_tests::computer::until(|| saved.is_file()) {
            return Err(io::Error::new(io::ErrorKind::NotFound, saved.display().to_string()).into());
        }
        fs::copy(&saved, album.folder.join(name))?;
        say(&format!("  {name}"));
        Ok(())
    }

    /// The trust anchor among the practice portal's files.
    fn trust_anchor(data: &Path) -> io::Result<PathBuf> {
        let files = fs::read_dir(data)?.filter_map(|entry| Some(entry.ok()?.path()));
        let mut anchors = files.filter(|path| {
            path.file_name().is_some_and(|name| {
                let name = name.to_string_lossy();
                name.contains("anchor") && name.ends_with(".pem")
            })
        });
        anchors.next().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the trust anchor"))
    }
}

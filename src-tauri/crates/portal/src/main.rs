//! The portal's command line.

mod set_up;
mod upkeep;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use portal::{
    AuthorityOrder, Clock as _, Configuration, Deployment, HostName, INVITATION_VALIDITY, InvitationOrder,
    OrderRejected, PersonalNumber, PolicyArc, PortalServer, Rates, Settings, SystemClock,
};
use portal_api::{DetailField, LocalRegistrationAuthority, OrderedSubject, RevocationReason};
use std::error::Error;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

/// How long a practice portal waits at its end for requests under way.
const PRACTICE_GRACE: Duration = Duration::from_secs(10);

/// The reference portal for employee certificates.
#[derive(Parser)]
#[command(name = "portal", version)]
struct CommandLine {
    /// The file of settings; without it the environment's PORTAL_CONFIG, or /etc/certifikatguide-portal/portal.toml where that
    /// is there
    ///
    /// What it sets are the defaults of the flags here; environment variables PORTAL_… stand between. A practice portal takes
    /// only a file that is named with this.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the portal. Prints one line of JSON with its addresses and its trust anchor's path when it is ready.
    Serve(Serve),
    /// Invites an employee on behalf of the local registration authority.
    Invite(Invite),
    /// Lists everyone for whom a certificate was ordered, with its state and the details that were reported as wrong.
    Users(Users),
    /// Suspends a certificate on the word of the local registration authority.
    Suspend(Suspend),
    /// Lifts a suspension on the word of the local registration authority.
    Reinstate(Reinstate),
    /// Revokes a certificate for good, for an employee who has lost the key or the password.
    Revoke(Revoke),
    /// Issues, withdraws and lists the certificates that local registration authorities call the portal with.
    Lra(Lra),
    /// Counts or erases what was kept for six years after the issue of its certificate. `serve` does so at its start and daily.
    Retention(upkeep::Retention),
    /// Verifies the event log's chain: fails where an event was changed, left out or put in.
    Audit(upkeep::Audit),
    /// Changes the key that CPR numbers are kept under.
    RotatePersonalNumberKey(upkeep::RotatePersonalNumberKey),
    /// Brings the database's tables up to date, and gives a role what `serve` needs, and no more.
    Migrate(upkeep::Migrate),
    /// Copies the SQLite database into a new file, while the portal runs or not. The keys in the data folder are not in it.
    Backup(Backup),
    /// Prints the description of the API (OpenAPI).
    Openapi,
}

#[derive(Args)]
struct Store {
    /// Folder of keys, certificates and database.
    #[arg(long, default_value = "portal-data")]
    data: PathBuf,
    /// The database's URL; the default is portal.sqlite in the data folder
    ///
    /// sqlite:FILE, or postgres://USER@HOST/NAME?sslmode=verify-full for one that several instances share. All of them have
    /// the same data folder, or a copy of it. The password is best left out and given in the file that the configuration names
    /// (database_password_file) or that PGPASSFILE names: others can read a command line.
    #[arg(long)]
    database: Option<String>,
}

#[derive(Args)]
struct Serve {
    #[command(flatten)]
    store: Store,
    /// Hands out made-up invitations; its certificates give access to nothing.
    #[arg(long)]
    practice: bool,
    /// Which policies the certificates name.
    ///
    /// Outside practice the app and `certifikat` take certificates under the OCES policies only, so that a portal in
    /// earnest needs `--policy-arc oces`, which its operator must be entitled to. Without it the portal is good for
    /// trying the server out. A data folder keeps the arc that it was begun with.
    #[arg(long, value_enum, default_value_t = PolicyArcArgument::Documentation, conflicts_with = "practice")]
    policy_arc: PolicyArcArgument,
    /// Offers no suspension: who suspects misuse has to revoke.
    #[arg(long)]
    no_suspension: bool,
    /// How long employee certificates are valid (for trying out what happens at their end)
    #[arg(long, value_name = "SECONDS", hide = true, requires = "practice", value_parser = clap::value_parser!(u32).range(1..))]
    employee_validity: Option<u32>,
    /// The terms in force, in place of those that ship with the program (JSON, one file a language)
    ///
    /// Of a later version than any that was in force before, or the same to the letter. Whoever has declared an earlier
    /// version is asked for a new declaration.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    terms: Vec<PathBuf>,
    /// Address of the portal (TLS). Port 0: the one of the last time, or any.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Address of status and CA certificates (plain HTTP); certificates name it.
    #[arg(long, default_value = "127.0.0.1:0")]
    status_listen: SocketAddr,
    /// Where certificates say that status is published, http://HOST[:PORT], where that is another address than
    /// --status-listen: behind a load balancer.
    #[arg(long, value_name = "URL")]
    status_url: Option<String>,
    /// A name that the portal is called by: it stands in the TLS certificate, which always has localhost and the address of
    /// --listen. May be given several times.
    #[arg(long = "name", value_name = "NAME")]
    names: Vec<HostName>,
    /// Address of figures for Prometheus (/metrics), /healthz and /readyz, plain HTTP; not for the public.
    #[arg(long, value_name = "ADDRESS")]
    metrics_listen: Option<SocketAddr>,
    /// Stops at the end of standard input: for a parent that keeps the portal as its child.
    #[arg(long)]
    exit_with_stdin: bool,
}

#[derive(Args)]
struct Backup {
    /// The new file.
    file: PathBuf,
    #[command(flatten)]
    store: Store,
}

/// Which policies the certificates name.
#[derive(Clone, Copy, ValueEnum)]
enum PolicyArcArgument {
    /// Those of the arc that is reserved for documentation: the certificates claim nothing
    Documentation,
    /// Those of OCES, and the Normalised Certificate Policy
    Oces,
}

impl From<PolicyArcArgument> for PolicyArc {
    fn from(value: PolicyArcArgument) -> Self {
        match value {
            PolicyArcArgument::Documentation => Self::Documentation,
            PolicyArcArgument::Oces => Self::Oces,
        }
    }
}

#[derive(Args)]
struct Invite {
    #[command(flatten)]
    store: Store,
    /// The employer's CVR number.
    #[arg(long)]
    cvr: String,
    /// The employer's name.
    #[arg(long)]
    organisation: String,
    /// The employee's name in full; its last word is taken for the surname.
    #[arg(long, required_unless_present_all = ["given_name", "surname"])]
    name: Option<String>,
    /// The employee's given name or names.
    #[arg(long, requires = "surname")]
    given_name: Option<String>,
    /// The employee's surname.
    #[arg(long, requires = "given_name")]
    surname: Option<String>,
    /// The employee's e-mail address at work.
    #[arg(long)]
    email: String,
    /// Reads the employee's CPR number from standard input.
    #[arg(long, required = true)]
    cpr_stdin: bool,
    /// Name of the local registration authority; the default is the employer's name.
    #[arg(long)]
    authority_name: Option<String>,
    /// Telephone number of the local registration authority.
    #[arg(long)]
    authority_phone: Option<String>,
    /// E-mail address of the local registration authority.
    #[arg(long)]
    authority_email: Option<String>,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Users {
    #[command(flatten)]
    store: Store,
    /// Prints one JSON array.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Suspend {
    /// The certificate's serial number, hexadecimal.
    serial: String,
    #[command(flatten)]
    store: Store,
}

#[derive(Args)]
struct Reinstate {
    /// The certificate's serial number, hexadecimal.
    serial: String,
    #[command(flatten)]
    store: Store,
}

#[derive(Args)]
struct Revoke {
    /// The certificate's serial number, hexadecimal.
    serial: String,
    /// Why.
    #[arg(long, value_enum)]
    reason: ReasonArgument,
    /// A detail that is wrong, with the reason wrong-details.
    #[arg(long, value_enum, value_name = "FIELD", required_if_eq("reason", "wrong-details"))]
    wrong_detail: Vec<FieldArgument>,
    #[command(flatten)]
    store: Store,
}

#[derive(Args)]
struct Lra {
    #[command(subcommand)]
    command: LraCommand,
}

#[derive(Subcommand)]
enum LraCommand {
    /// Issues a certificate for one person of an organisation. Reads the password for its key from standard input.
    Issue(LraIssue),
    /// Withdraws a certificate for good: whoever has it can do nothing more with it.
    Withdraw(LraWithdraw),
    /// Lists the certificates, one JSON object a line.
    List(LraList),
}

#[derive(Args)]
struct LraIssue {
    #[command(flatten)]
    store: Store,
    /// Name of the organisation that it acts for.
    #[arg(long)]
    organisation: String,
    /// The organisation's CVR number: it acts on certificates under this number alone.
    #[arg(long)]
    cvr: String,
    /// Name of the person who acts with it.
    #[arg(long)]
    name: String,
    /// E-mail address of that person.
    #[arg(long)]
    email: String,
    /// Folder for lra.pem (the certificate with the issuing CA's) and lra.key (the encrypted key).
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

#[derive(Args)]
struct LraWithdraw {
    /// The certificate's serial number, hexadecimal.
    serial: String,
    #[command(flatten)]
    store: Store,
}

#[derive(Args)]
struct LraList {
    #[command(flatten)]
    store: Store,
}

/// Why a certificate is revoked.
#[derive(Clone, Copy, ValueEnum)]
enum ReasonArgument {
    /// A detail in the certificate is wrong
    WrongDetails,
    /// The key is or may be in other hands
    KeyCompromise,
    /// Name, e-mail address or employer has changed
    AffiliationChanged,
    /// A new certificate takes its place, e.g. since key or password is lost
    Superseded,
    /// The employee no longer needs it
    CessationOfOperation,
}

impl From<ReasonArgument> for RevocationReason {
    fn from(value: ReasonArgument) -> Self {
        match value {
            ReasonArgument::WrongDetails => Self::WrongDetails,
            ReasonArgument::KeyCompromise => Self::KeyCompromise,
            ReasonArgument::AffiliationChanged => Self::AffiliationChanged,
            ReasonArgument::Superseded => Self::Superseded,
            ReasonArgument::CessationOfOperation => Self::CessationOfOperation,
        }
    }
}

/// A detail of the certificate, by the name that it has everywhere.
#[derive(Clone, Copy, ValueEnum)]
enum FieldArgument {
    /// The employee's name
    Name,
    /// The employer's name
    Organisation,
    /// The employer's CVR number
    Cvr,
    /// The employee id
    EmployeeId,
    /// The e-mail address
    Email,
    /// Who issued the certificate
    Issuer,
    /// From when and until when it is valid
    Validity,
    /// What it is for
    Purpose,
}

impl From<FieldArgument> for DetailField {
    fn from(value: FieldArgument) -> Self {
        match value {
            FieldArgument::Name => Self::Name,
            FieldArgument::Organisation => Self::Organisation,
            FieldArgument::Cvr => Self::Cvr,
            FieldArgument::EmployeeId => Self::EmployeeId,
            FieldArgument::Email => Self::Email,
            FieldArgument::Issuer => Self::Issuer,
            FieldArgument::Validity => Self::Validity,
            FieldArgument::Purpose => Self::Purpose,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut cause = Some(error.as_ref() as &dyn Error);
            let mut chain = Vec::new();
            while let Some(error) = cause {
                chain.push(error.to_string());
                cause = error.source();
            }
            // Where standard error is gone there is nobody left to tell.
            let _ = writeln!(io::stderr(), "portal: {}", chain.join(": "));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let set = match set_up::configuration() {
        Ok(set) => set,
        Err(error) => {
            // Help and version are for everybody, also for who may not read the file.
            if let Err(told) = CommandLine::try_parse()
                && matches!(told.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion)
            {
                told.exit();
            }
            return Err(error.into());
        }
    };
    let database = set.database_url()?;
    let command_line = set_up::with_defaults(CommandLine::command(), &set, database.as_deref());
    let command_line = CommandLine::from_arg_matches(&command_line.get_matches())?;
    set_up::log(&set.log)?;
    match command_line.command {
        Command::Serve(arguments) => serve(arguments, &set).await,
        Command::Invite(arguments) => invite(arguments).await,
        Command::Users(arguments) => users(arguments).await,
        Command::Suspend(arguments) => suspend(arguments).await,
        Command::Reinstate(arguments) => reinstate(arguments).await,
        Command::Revoke(arguments) => revoke(arguments).await,
        Command::Lra(arguments) => lra(arguments).await,
        Command::Retention(arguments) => upkeep::retention(arguments).await,
        Command::Audit(arguments) => upkeep::audit(arguments).await,
        Command::RotatePersonalNumberKey(arguments) => upkeep::rotate_personal_number_key(arguments).await,
        Command::Migrate(arguments) => upkeep::migrate(arguments).await,
        Command::Backup(arguments) => backup(arguments).await,
        Command::Openapi => openapi(),
    }
}

async fn serve(arguments: Serve, set: &Configuration) -> Result<(), Box<dyn Error>> {
    // Watched from the start, so that a parent that dies meanwhile is noticed.
    let stop = stop_signal(arguments.exit_with_stdin)?;
    let settings = Settings {
        listen: arguments.listen,
        status_listen: arguments.status_listen,
        data: arguments.store.data,
        database: arguments.store.database,
        practice: arguments.practice,
        suspension: set.suspension && !arguments.no_suspension,
        employee_validity: arguments.employee_validity.map(|seconds| chrono::TimeDelta::seconds(seconds.into())),
        terms: arguments.terms,
        clock: Arc::new(SystemClock),
    };
    let mut limits = set.limits();
    if arguments.practice {
        // It listens on this computer alone, and its one caller must not be kept waiting.
        limits.rates = Rates::default();
        limits.connections_per_source = None;
        // Who started it starts the next one on the same data, and that one waits.
        limits.grace = limits.grace.min(PRACTICE_GRACE);
    }
    let deployment = Deployment {
        policies: arguments.policy_arc.into(),
        status_url: arguments.status_url,
        names: arguments.names,
        metrics_listen: arguments.metrics_listen,
        limits,
    };
    let running = PortalServer::start_as(settings, deployment).await?;
    print_line(&serde_json::to_string(&running.ready)?)?;
    stop.await;
    if set.shutdown_delay_seconds > 0 {
        running.announce_stop();
        // Whoever asks a second time does not want to wait.
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(set.shutdown_delay_seconds.into())) => {}
            () = stop_signal(false)? => {}
        }
    }
    running.shutdown().await;
    Ok(())
}

/// Completes at SIGTERM, SIGINT, or the end of standard input where that is to be watched.
fn stop_signal(exit_with_stdin: bool) -> io::Result<impl Future<Output = ()>> {
    let (ended, input) = oneshot::channel::<()>();
    let unwatched = if exit_with_stdin {
        // A thread of its own: a read from standard input cannot be broken off, and must not keep the runtime waiting.
        std::thread::Builder::new().name("stdin".into()).spawn(move || {
            let mut buffer = [0; 512];
            let mut input = io::stdin().lock();
            loop {
                match input.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => break,
                }
            }
            drop(ended);
        })?;
        None
    } else {
        Some(ended)
    };
    #[cfg(unix)]
    let terminated = {
        let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        async move {
            terminated.recv().await;
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    Ok(async move {
        // As long as this end is held, the other one waits.
        let _unwatched = unwatched;
        tokio::select! {
            () = terminated => {}
            _ = tokio::signal::ctrl_c() => {}
            _ = input => {}
        }
    })
}

async fn invite(arguments: Invite) -> Result<(), Box<dyn Error>> {
    let mut typed = Zeroizing::new(String::new());
    io::stdin().take(64).read_to_string(&mut typed)?;
    let personal_number = PersonalNumber::parse(&typed)?;
    let (given_name, surname, common_name) = match (arguments.name, arguments.given_name, arguments.surname) {
        (name, Some(given_name), Some(surname)) => {
            let common_name = name.unwrap_or_else(|| format!("{given_name} {surname}"));
            (given_name, surname, common_name)
        }
        (Some(name), None, None) => {
            let (given_name, surname) =
                name.trim().rsplit_once(char::is_whitespace).ok_or(OrderRejected::Name("surname"))?;
            (given_name.trim_end().to_owned(), surname.to_owned(), name.trim().to_owned())
        }
        (_, _, _) => return Err(OrderRejected::Name("name").into()),
    };
    let order = InvitationOrder {
        authority: LocalRegistrationAuthority {
            name: arguments.authority_name.unwrap_or_else(|| arguments.organisation.clone()),
            phone: arguments.authority_phone,
            email: arguments.authority_email,
        },
        subject: OrderedSubject {
            given_name,
            surname,
            common_name,
            email: arguments.email,
            organisation: arguments.organisation,
            cvr: arguments.cvr,
        },
        personal_number,
        validity: INVITATION_VALIDITY,
    };
    let store = arguments.store;
    let invited = portal::invite(&store.data, store.database.as_deref(), &SystemClock, &order).await?;
    if arguments.json {
        let json = serde_json::json!({
            "reference": invited.reference,
            "code": invited.code.as_str(),
            "expires_at": invited.expires_at,
        });
        print_line(&json.to_string())
    } else {
        print_line(&format!("Reference number: {}", invited.reference))?;
        print_line(&format!("One-time code:    {}   (send it by another channel)", invited.code.as_str()))?;
        print_line(&format!("Works until:      {}", invited.expires_at.to_rfc3339()))
    }
}

async fn users(arguments: Users) -> Result<(), Box<dyn Error>> {
    let users = portal::users(&arguments.store.data, arguments.store.database.as_deref()).await?;
    if arguments.json {
        return print_line(&serde_json::to_string_pretty(&users)?);
    }
    for user in users {
        let mut state = match &user.certificate {
            Some(certificate) => format!("{} {}", name(&certificate.state), certificate.serial_number),
            None => "invited".to_owned(),
        };
        if let Some(reason) = user.certificate.as_ref().and_then(|certificate| certificate.reason) {
            state.push_str(&format!(" {}", name(&reason)));
        }
        if !user.wrong_details.is_empty() {
            let wrong: Vec<String> = user.wrong_details.iter().map(name).collect();
            state.push_str(&format!(": {}", wrong.join(", ")));
        }
        if let Some(at) = user.last_unregistered_use {
            state.push_str(&format!(" (used on an unregistered computer, last at {})", at.to_rfc3339()));
        }
        print_line(&format!("{}\t{}\t{}\t{}\t{state}", user.organisation, user.cvr, user.common_name, user.email))?;
    }
    Ok(())
}

async fn suspend(arguments: Suspend) -> Result<(), Box<dyn Error>> {
    let store = arguments.store;
    let status = portal::suspend(&store.data, store.database.as_deref(), &SystemClock, &arguments.serial).await?;
    tracing::info!(serial = status.certificate.serial_number, at = %SystemClock.now(), "suspended");
    print_line(&serde_json::to_string(&status)?)
}

async fn reinstate(arguments: Reinstate) -> Result<(), Box<dyn Error>> {
    let store = arguments.store;
    let status = portal::reinstate(&store.data, store.database.as_deref(), &SystemClock, &arguments.serial).await?;
    tracing::info!(serial = status.certificate.serial_number, at = %SystemClock.now(), "reinstated");
    print_line(&serde_json::to_string(&status)?)
}

async fn revoke(arguments: Revoke) -> Result<(), Box<dyn Error>> {
    let (store, reason) = (arguments.store, arguments.reason.into());
    let wrong: Vec<DetailField> = arguments.wrong_detail.into_iter().map(DetailField::from).collect();
    let database = store.database.as_deref();
    let status = portal::revoke(&store.data, database, &SystemClock, &arguments.serial, reason, &wrong).await?;
    tracing::info!(serial = status.certificate.serial_number, at = %SystemClock.now(), "revoked");
    print_line(&serde_json::to_string(&status)?)
}

async fn lra(arguments: Lra) -> Result<(), Box<dyn Error>> {
    match arguments.command {
        LraCommand::Issue(arguments) => lra_issue(arguments).await,
        LraCommand::Withdraw(LraWithdraw { serial, store }) => {
            let database = store.database.as_deref();
            let withdrawn = portal::withdraw_authority(&store.data, database, &SystemClock, &serial).await?;
            tracing::info!(serial = withdrawn.serial_number, at = %SystemClock.now(), "withdrawn");
            print_line(&serde_json::to_string(&withdrawn)?)
        }
        LraCommand::List(LraList { store }) => {
            for authority in portal::authorities(&store.data, store.database.as_deref()).await? {
                print_line(&serde_json::to_string(&authority)?)?;
            }
            Ok(())
        }
    }
}

async fn lra_issue(arguments: LraIssue) -> Result<(), Box<dyn Error>> {
    let mut typed = Zeroizing::new(String::new());
    io::stdin().take(1024).read_to_string(&mut typed)?;
    // The end of the line is not part of the password.
    let password = typed.strip_suffix('\n').unwrap_or(&typed);
    let password = password.strip_suffix('\r').unwrap_or(password);
    let order = AuthorityOrder {
        organisation: arguments.organisation,
        cvr: arguments.cvr,
        name: arguments.name,
        email: arguments.email,
    };
    let (store, out) = (arguments.store, arguments.out);
    let database = store.database.as_deref();
    let issued = portal::issue_to_authority(&store.data, database, &SystemClock, &order, password, &out).await?;
    tracing::info!(serial = issued.serial_number, at = %SystemClock.now(), "issued to a local registration authority");
    print_line(&serde_json::to_string(&issued)?)
}

/// The name that a value has on the wire.
fn name(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

async fn backup(Backup { file, store }: Backup) -> Result<(), Box<dyn Error>> {
    portal::back_up(&store.data, store.database.as_deref(), &file).await?;
    tracing::info!(file = %file.display(), at = %SystemClock.now(), "backed up");
    Ok(())
}

fn openapi() -> Result<(), Box<dyn Error>> {
    io::stdout().write_all(portal::openapi_json()?.as_bytes())?;
    Ok(())
}

fn print_line(line: &str) -> Result<(), Box<dyn Error>> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()?;
    Ok(())
}

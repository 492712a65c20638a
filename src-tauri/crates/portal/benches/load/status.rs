//! OCSP beside `openssl ocsp` as a responder: the same request, the same size of key, as many processes as there are
//! processors, one connection a request as its HTTP has it; and with connections that stay, as ours has it.

use crate::Failure;
use crate::people::{Key, Person};
use crate::process::Process;
use crate::rows::{Row, median};
use pki::Certificate;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Clients that ask at the same time.
const AT_ONCE: usize = 8;
/// How long each turn lasts, and how many there are.
const TURN: Duration = Duration::from_secs(3);
const TURNS: usize = 3;

/// OpenSSL's responder, which ends with this value.
struct OpenSsl {
    address: SocketAddr,
    child: Child,
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        // It makes its processes a group of their own.
        let _ = Command::new("kill").args(["-s", "KILL", "--", &format!("-{}", self.child.id())]).status();
        let _ = self.child.wait();
    }
}

impl OpenSsl {
    fn start(folder: &Path, person: &Person) -> Result<Self, Failure> {
        let files = ["index.txt", "ca.pem", "responder.pem", "responder.key"].map(|name| folder.join(name));
        let [index, issuer, responder, key] = &files;
        fs::write(issuer, person.chain[1].to_pem())?;
        let until = person.chain[0].not_after().format("%y%m%d%H%M%SZ");
        fs::write(index, format!("V\t{until}\t\t{}\tunknown\t/CN=x\n", person.serial_number().to_uppercase()))?;
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:3072", "-nodes", "-subj", "/CN=responder", "-days", "2", "-keyout"])
            .arg(key)
            .arg("-out")
            .arg(responder)
            .stderr(Stdio::null())
            .status()?;
        if !made.success() {
            return Err("openssl makes no key".into());
        }
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let processes = std::thread::available_parallelism().map_or(1, usize::from);
        let mut command = Command::new("openssl");
        command.args(["ocsp", "-ndays", "1", "-port", &port.to_string(), "-multi", &processes.to_string()]);
        for (option, file) in [("-index", index), ("-CA", issuer), ("-rsigner", responder), ("-rkey", key)] {
            command.arg(option).arg(file);
        }
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let deadline = Instant::now() + Duration::from_secs(10);
        while std::net::TcpStream::connect(address).is_err() {
            if Instant::now() > deadline {
                return Err("openssl ocsp does not answer".into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(Self { address, child })
    }
}

pub async fn measure() -> Result<Vec<Row>, Failure> {
    let portal = Process::start(None)?;
    let person = Person::enrol(&portal, Key::generate()?).await?;
    let folder = tempfile::tempdir()?;
    let request = Arc::new(request(folder.path(), &person.chain[1], person.serial_number())?);
    let peer = OpenSsl::start(folder.path(), &person)?;
    let own = address_of(&portal)?;
    let [mut theirs, mut ours, mut staying] = [const { Vec::new() }; 3];
    for _ in 0..TURNS {
        theirs.push(microseconds_each(peer.address, "/", &request, false).await?);
        ours.push(microseconds_each(own, "/ocsp", &request, false).await?);
        staying.push(microseconds_each(own, "/ocsp", &request, true).await?);
    }
    let theirs = median(&mut theirs);
    let row = |what: &str, ours, ratio_limit| Row {
        what: what.into(),
        unit: "µs",
        ours,
        peer: Some(theirs),
        peer_name: Some("openssl ocsp -multi, a connection a request".into()),
        ratio_limit,
        ..Row::default()
    };
    Ok(vec![
        row("OCSP answer that is signed already, connections that stay", median(&mut staying), Some(0.1)),
        row("OCSP answer that is signed already, a connection a request", median(&mut ours), None),
    ])
}

/// A request without a nonce, made by OpenSSL, DER.
pub fn request(folder: &Path, issuer: &Certificate, serial_number: &str) -> Result<Vec<u8>, Failure> {
    let (issuer_file, file) = (folder.join("issuer.pem"), folder.join("request.der"));
    fs::write(&issuer_file, issuer.to_pem())?;
    let mut command = Command::new("openssl");
    // The issuer comes before the number.
    command.args(["ocsp", "-no_nonce", "-issuer"]).arg(&issuer_file).args(["-serial", &format!("0x{serial_number}")]);
    let made = command.arg("-reqout").arg(&file).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if made.success() { Ok(fs::read(file)?) } else { Err("openssl makes no request".into()) }
}

pub fn address_of(portal: &Process) -> Result<SocketAddr, Failure> {
    Ok(portal.ready.status.trim_start_matches("http://").parse()?)
}

/// How long an answer takes on the average of all clients together: the turn divided by the answers.
async fn microseconds_each(at: SocketAddr, path: &str, body: &[u8], staying: bool) -> Result<f64, Failure> {
    let ending = if staying { "" } else { "connection: close\r\n" };
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {at}\r\ncontent-type: application/ocsp-request\r\n{ending}content-length: {}\r\n\r\n",
        body.len()
    );
    let request = Arc::new([head.as_bytes(), body].concat());
    let answers = Arc::new(AtomicU32::new(0));
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (request, answers) = (Arc::clone(&request), Arc::clone(&answers));
        clients.spawn(async move {
            let mut connection: Option<BufReader<TcpStream>> = None;
            while began.elapsed() < TURN {
                let mut stream = match connection.take() {
                    Some(stream) => stream,
                    None => BufReader::new(TcpStream::connect(at).await?),
                };
                stream.get_mut().write_all(&request).await?;
                read_answer(&mut stream, staying).await?;
                answers.fetch_add(1, Ordering::Relaxed);
                if staying {
                    connection = Some(stream);
                }
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(client) = clients.join_next().await {
        client??;
    }
    Ok(began.elapsed().as_secs_f64() * 1e6 / f64::from(answers.load(Ordering::Relaxed)))
}

/// Reads one answer: by its length where the connection stays, else to its end.
pub async fn read_answer(stream: &mut BufReader<TcpStream>, staying: bool) -> Result<(), Failure> {
    use tokio::io::AsyncBufReadExt;
    let mut length = None;
    let mut line = String::new();
    let mut first = true;
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Err("the connection ended in the header".into());
        }
        if std::mem::take(&mut first) && !line.contains(" 200 ") {
            return Err(format!("the answer is {line}").into());
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = Some(value.trim().parse::<usize>()?);
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = Vec::new();
    match length.filter(|_| staying) {
        Some(length) => {
            body.resize(length, 0);
            stream.read_exact(&mut body).await?;
        }
        None => drop(stream.read_to_end(&mut body).await?),
    }
    if body.len() < 500 { Err("the answer is no OCSP response".into()) } else { Ok(()) }
}

//! What callers may ask of the portal: how often, how much, how slowly, over which TLS.

use crate::lra::Lra;
use crate::support::{TestPortal, client_builder, folder_with_keys, problem, refused, settings};
use pki::TrustAnchor;
use portal::{Deployment, Limits, PortalServer, Rates, TrustedProxies};
use portal_api::ProblemKind;
use reqwest::{Response, StatusCode};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName};
use std::num::{NonZeroU32, NonZeroUsize};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A portal with limits; without them a portal under test has none on how often.
pub async fn with(limits: Limits) -> TestPortal {
    let data = folder_with_keys();
    let clock = TestPortal::clock_at_start();
    let deployment = Deployment { limits, metrics_listen: Some(([127, 0, 0, 1], 0).into()), ..Deployment::default() };
    let running = PortalServer::start_as(settings(data.path(), true, clock.clone()), deployment).await;
    TestPortal { running: running.expect("the portal starts"), data, clock }
}

fn address(url: &str) -> &str {
    url.split_once("//").expect("a URL").1
}

#[tokio::test(flavor = "multi_thread")]
async fn who_tries_codes_too_often_is_told_when_to_come_back_and_others_are_not() {
    let rates =
        Rates { codes_per_source: NonZeroU32::new(4), codes_per_reference: NonZeroU32::new(2), ..Rates::default() };
    let portal = with(Limits { rates, ..Limits::default() }).await;
    let invited = portal.invite().await;
    for _ in 0..2 {
        refused(portal.open(&invited.reference, "0000-0000-0000").await, ProblemKind::CodeWrong).await;
    }
    // However the number is written, and with the right code too: the try is not counted against the invitation.
    let again = portal.open(&invited.reference.to_lowercase().replace('-', " "), &invited.code).await;
    assert_eq!(again.headers()["cache-control"], "no-store");
    let wait: u64 = again.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(problem(again).await.kind, ProblemKind::TooManyRequests);

    refused(portal.open("AMP-0000-0000", "0000-0000-0000").await, ProblemKind::CodeWrong).await;
    refused(portal.open("AMP-1111-1111", "0000-0000-0000").await, ProblemKind::TooManyRequests).await;
    let other = portal.anonymous().get(portal.url("/v1/capabilities")).send().await.expect("an answer");
    assert_eq!(other.status(), StatusCode::OK, "what asks for no code goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_asks_for_too_many_pages_of_the_desk_is_told_so_in_both_languages_and_others_go_on() {
    let rates = Rates { desk_per_certificate: NonZeroU32::new(2), ..Rates::default() };
    let portal = with(Limits { rates, ..Limits::default() }).await;
    let lra = Lra::municipality(&portal).await;
    for path in ["/lra/users", "/lra/en/users"] {
        assert_eq!(lra.page(path).await.status, StatusCode::OK);
    }
    for (path, words) in [
        ("/lra/users", "For mange sider på kort tid"),
        ("/lra/en/users/new", "Too many pages within a short time"),
        ("/lra/nowhere", "For mange sider på kort tid"),
    ] {
        let page = lra.page(path).await;
        assert_eq!(page.shows(words).status, StatusCode::TOO_MANY_REQUESTS);
    }
    let again = lra.client.get(portal.url("/lra/users")).send().await.expect("an answer");
    let wait: u64 = again.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((1..=30).contains(&wait), "{wait}");
    // Reading on costs another certificate of the same organisation nothing, and there is style on the page that says so.
    assert_eq!(Lra::municipality(&portal).await.page("/lra/users").await.status, StatusCode::OK);
    let text = again.text().await.expect("a page");
    let style = text.split("rel=\"stylesheet\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
    let style = lra.client.get(portal.url(style.expect("a style sheet"))).send().await.expect("an answer");
    assert_eq!(style.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_trusted_proxy_each_caller_is_counted_and_nobody_else_can_pretend_to_be_behind_it() {
    let rates = Rates { work_per_source: NonZeroU32::new(1), ..Rates::default() };
    let proxy = TrustedProxies { networks: vec!["127.0.0.0/8".parse().expect("a network")], ..Default::default() };
    for (proxies, expected) in [(proxy, StatusCode::OK), (TrustedProxies::default(), StatusCode::TOO_MANY_REQUESTS)] {
        let portal = with(Limits { rates, proxies, ..Limits::default() }).await;
        let ask = async |caller: &str| -> Response {
            let request = portal.anonymous().post(portal.status_url("/tsa")).body("no query");
            let request = request.header("content-type", "application/timestamp-query");
            request.header("x-forwarded-for", caller).send().await.expect("an answer")
        };
        assert_eq!(ask("192.0.2.1").await.status(), StatusCode::OK, "the time-stamping authority's own refusal");
        assert_eq!(ask("192.0.2.2").await.status(), expected);
        assert_eq!(ask("192.0.2.1").await.status(), StatusCode::TOO_MANY_REQUESTS);
    }
}

/// Begins TLS with the portal; None where it does not want to.
async fn handshake(portal: &TestPortal, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(portal.trust_anchor().certificate().der().to_vec())).expect("a root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let settings = ClientConfig::builder_with_details(provider, TestPortal::clock_at_start());
    let settings = settings.with_safe_default_protocol_versions().expect("TLS 1.2 and 1.3");
    let settings = settings.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::from(std::net::Ipv4Addr::LOCALHOST);
    TlsConnector::from(Arc::new(settings)).connect(name, stream).await.ok()
}

/// Asks for a time-stamp through a balancer that passes TLS through, and returns the first line of the answer.
async fn ask_through(portal: &TestPortal, header: &[u8]) -> Option<String> {
    let mut stream = TcpStream::connect(address(&portal.running.ready.portal)).await.expect("connected");
    stream.write_all(header).await.expect("sent");
    let mut stream = handshake(portal, stream).await?;
    let request = b"POST /tsa HTTP/1.1\r\nhost: portal\r\ncontent-type: application/timestamp-query\r\n\
                    content-length: 1\r\nconnection: close\r\n\r\nx";
    stream.write_all(request).await.expect("sent");
    let mut answer = Vec::new();
    // A connection may end without TLS's own farewell.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).lines().next().map(ToOwned::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_balancer_that_passes_tls_through_names_the_caller_in_front_of_it() {
    let rates = Rates { work_per_source: NonZeroU32::new(1), ..Rates::default() };
    let networks = vec!["127.0.0.0/8".parse().expect("a network")];
    let proxies = TrustedProxies { networks, protocol: true, ..Default::default() };
    let portal = with(Limits { rates, proxies, ..Limits::default() }).await;
    let caller = |address: &str| format!("PROXY TCP4 {address} 127.0.0.1 4711 443\r\n").into_bytes();
    let served = Some("HTTP/1.1 200 OK".to_owned());
    assert_eq!(ask_through(&portal, &caller("192.0.2.1")).await, served);
    assert_eq!(ask_through(&portal, &caller("192.0.2.2")).await, served);
    let refused = ask_through(&portal, &caller("192.0.2.1")).await;
    assert_eq!(refused.as_deref(), Some("HTTP/1.1 429 Too Many Requests"));
    assert_eq!(ask_through(&portal, b"").await, None, "nobody is served without it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_balancer_passes_through_is_nobodys_word_but_the_callers() {
    let rates = Rates { work_per_source: NonZeroU32::new(1), ..Rates::default() };
    let networks = vec!["127.0.0.0/8".parse().expect("a network")];
    let proxies = TrustedProxies { networks, ..Default::default() };
    let portal = with(Limits { rates, proxies, ..Limits::default() }).await;
    let ask = async |claimed: &str| {
        let request = portal.anonymous().post(portal.url("/tsa")).body("no query");
        let request = request.header("content-type", "application/timestamp-query");
        request.header("x-forwarded-for", claimed).send().await.expect("an answer").status()
    };
    assert_eq!(ask("192.0.2.1").await, StatusCode::OK);
    assert_eq!(ask("192.0.2.2").await, StatusCode::TOO_MANY_REQUESTS, "no proxy writes into TLS that ends here");
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_balancer_each_caller_gets_no_more_connections_than_its_share() {
    let networks = vec!["127.0.0.0/8".parse().expect("a network")];
    let proxies = TrustedProxies { networks, protocol: true, ..Default::default() };
    let limits = Limits { connections_per_source: NonZeroUsize::new(1), proxies, ..Limits::default() };
    let portal = with(limits).await;
    let connect = async |caller: &str| {
        let mut stream = TcpStream::connect(address(&portal.running.ready.portal)).await.expect("connected");
        let header = format!("PROXY TCP4 {caller} 127.0.0.1 4711 443\r\n");
        stream.write_all(header.as_bytes()).await.expect("sent");
        handshake(&portal, stream).await
    };
    let first = connect("192.0.2.1").await.expect("a place");
    assert!(connect("192.0.2.1").await.is_none(), "it has its share");
    assert!(connect("192.0.2.2").await.is_some(), "another one has its own");
    drop(first);
    let again = async {
        while connect("192.0.2.1").await.is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), again).await.expect("a place that was left can be taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_gets_in_by_the_name_that_was_set_and_by_no_other() {
    let (data, clock) = (folder_with_keys(), TestPortal::clock_at_start());
    for names in [vec![], vec!["portal.example.org".parse().expect("a name")]] {
        let deployment = Deployment { names: names.clone(), ..Deployment::default() };
        let running = PortalServer::start_as(settings(data.path(), true, clock.clone()), deployment).await;
        let running = running.expect("the portal starts");
        let anchor = std::fs::read(&running.ready.trust_anchor).expect("a trust anchor");
        let anchor = TrustAnchor::from_pem(&anchor).expect("a certificate");
        let at = address(&running.ready.portal).parse().expect("an address");
        for (name, known) in [("portal.example.org", !names.is_empty()), ("other.example.org", false)] {
            let client = client_builder(&anchor, clock.clone(), None).resolve(name, at).build().expect("a client");
            let answer = client.get(format!("https://{name}:{}/healthz", at.port())).send().await;
            assert_eq!(answer.map(|answer| answer.status()).ok(), known.then_some(StatusCode::OK), "{name}");
        }
        running.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn openssl_gets_in_over_tls_1_2_and_1_3_and_over_nothing_older() {
    if !Command::new("openssl").arg("version").output().is_ok_and(|output| output.status.success()) {
        // The test harness shows this with --nocapture, and with a failure.
        #[allow(clippy::print_stderr)]
        {
            eprintln!("skipped: the program openssl is not installed");
        }
        return;
    }
    let portal = TestPortal::practice().await;
    let openssl = |version: &str| {
        // Whatever OpenSSL's own settings of this computer forbid, it shall be the portal that refuses.
        Command::new("openssl")
            .args(["s_client", "-connect", address(&portal.running.ready.portal), version])
            .args(["-cipher", "ALL:@SECLEVEL=0", "-CAfile", &portal.running.ready.trust_anchor])
            .env("OPENSSL_CONF", "/dev/null")
            .stdin(Stdio::null())
            .output()
            .map(|output| String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
            .expect("it runs")
    };
    for (version, name) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
        let said = openssl(version);
        assert!(said.contains(&format!("New, {name}")), "{said}");
    }
    for version in ["-tls1", "-tls1_1"] {
        let said = openssl(version);
        assert!(said.contains("SSL alert number") && said.contains("(NONE)"), "{version}: {said}");
    }
}

/// Reads until the other side closes, and says whether it did within a few seconds.
async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut buffer = [0; 1024];
    let closed = async {
        loop {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), closed).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_every_place_and_says_next_to_nothing_is_put_out_and_others_are_served() {
    let short = Duration::from_millis(250);
    let limits = Limits {
        connections: NonZeroUsize::new(4).expect("four"),
        handshake: short,
        idle: short,
        grace: short,
        ..Limits::default()
    };
    let portal = with(limits).await;
    // On the TLS listener: no handshake at all, and one that never ends.
    let mut silent = Vec::new();
    for number in 0..4 {
        let mut stream = TcpStream::connect(address(&portal.running.ready.portal)).await.expect("connected");
        if number % 2 == 1 {
            stream.write_all(&[0x16, 0x03, 0x01, 0x02, 0x00, 0x01]).await.expect("a TLS record that has begun");
        }
        silent.push(stream);
    }
    // On the other one: headers that go on and on, a byte now and then, and an answered request with nothing after it.
    let mut dripping = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(address(&portal.running.ready.status)).await.expect("connected");
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: portal\r\nx-").await.expect("a request that has begun");
        dripping.push(tokio::spawn(async move {
            let mut pause = tokio::time::interval(Duration::from_millis(50));
            while stream.write_all(b"x").await.is_ok() {
                pause.tick().await;
            }
        }));
    }
    let mut idle = TcpStream::connect(address(&portal.running.ready.status)).await.expect("connected");
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: portal\r\n\r\n").await.expect("a request");

    for url in [portal.url("/healthz"), portal.status_url("/healthz")] {
        let answer = portal.anonymous().get(url).timeout(Duration::from_secs(5)).send().await;
        assert_eq!(answer.expect("a place in time").status(), StatusCode::OK);
    }
    for mut stream in silent {
        assert!(is_closed(&mut stream).await);
    }
    assert!(is_closed(&mut idle).await);
    for drip in dripping {
        let ended = tokio::time::timeout(Duration::from_secs(5), drip).await;
        ended.expect("it was put out").expect("and nothing else happened");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_gets_no_more_connections_than_its_share() {
    let limits = Limits { connections_per_source: NonZeroUsize::new(2), ..Limits::default() };
    let portal = with(limits).await;
    let connect = async || TcpStream::connect(address(&portal.running.ready.status)).await.expect("connected");
    let answered = async |stream: &mut TcpStream| {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: portal\r\n\r\n").await.is_ok()
            && stream.read(&mut [0; 1024]).await.is_ok_and(|read| read > 0)
    };
    let (mut first, mut second, mut third) = (connect().await, connect().await, connect().await);
    assert!(answered(&mut first).await && answered(&mut second).await);
    assert!(!answered(&mut third).await);
    drop(first);
    let again = async {
        while !answered(&mut connect().await).await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), again).await.expect("a place that was left can be taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_longer_than_any_of_ours_is_refused() {
    let portal = TestPortal::practice().await;
    let long = "x".repeat(256 * 1024);
    let answer = portal.anonymous().get(portal.status_url("/healthz")).header("x-long", &long).send().await;
    assert_eq!(answer.expect("an answer").status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    // Over HTTP/2 it may be the connection that is ended.
    let answer = portal.anonymous().get(portal.url("/healthz")).header("x-long", &long).send().await;
    assert!(answer.map_or(true, |answer| answer.status() == StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
}

/// Reads an answer with a body of known length.
async fn read_answer(stream: &mut TlsStream<TcpStream>) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("the connection is open"));
    }
    let head = String::from_utf8(head).expect("text").to_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()).expect("a length");
    let mut body = vec![0; length.parse().expect("a number")];
    stream.read_exact(&mut body).await.expect("a body");
    head
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_refused_before_its_body_is_read_costs_the_next_one_nothing() {
    let portal = with(Limits::default()).await;
    let stream = TcpStream::connect(address(&portal.running.ready.portal)).await.expect("connected");
    let mut stream = handshake(&portal, stream).await.expect("TLS");
    let refused = |length: usize| {
        format!("POST /v1/declarations HTTP/1.1\r\nhost: portal\r\ncontent-length: {length}\r\n\r\n").into_bytes()
    };
    // In two parts, as many clients send it: the answer may be there before the body is.
    for _ in 0..3 {
        stream.write_all(&refused(20_000)).await.expect("sent");
        stream.flush().await.expect("sent");
        stream.write_all(&[b'x'; 20_000]).await.expect("sent");
        let answer = read_answer(&mut stream).await;
        assert!(answer.starts_with("http/1.1 401 ") && !answer.contains("connection: close"), "{answer}");
    }
    // Of one that is longer than anybody should send in vain, the portal says that it hears no more.
    stream.write_all(&refused(1 << 30)).await.expect("sent");
    stream.write_all(&vec![b'x'; portal_api::JSON_LIMIT + 1]).await.expect("sent");
    let answer = read_answer(&mut stream).await;
    assert!(answer.starts_with("http/1.1 401 ") && answer.contains("connection: close"), "{answer}");
}

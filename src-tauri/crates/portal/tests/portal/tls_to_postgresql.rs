//! TLS between the portal and PostgreSQL.

use crate::support::database::{Database, Server, unprivileged};
use crate::support::folder_with_keys;
use crate::support::program::{RunningProgram, done};
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

/// A root and a certificate for `localhost` under it: `NAME-root.pem`, `NAME.pem`, `NAME.key`.
fn make_certificate(folder: &Path, name: &str) {
    let openssl = |arguments: String| done(Command::new("openssl").args(arguments.split(' ')).current_dir(folder), b"");
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    openssl(format!("req -x509 {key} -keyout {name}-root.key -out {name}-root.pem -days 30 -subj /CN={name}-root"));
    openssl(format!("req -new {key} -keyout {name}.key -out {name}.csr -subj /CN={name}"));
    fs::write(folder.join("extensions"), "subjectAltName = DNS:localhost\nbasicConstraints = CA:FALSE\n")
        .expect("a file");
    openssl(format!(
        "x509 -req -in {name}.csr -CA {name}-root.pem -CAkey {name}-root.key -CAcreateserial -days 30 -out {name}.pem \
         -extfile extensions"
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_talks_to_a_server_that_proves_who_it_is_and_to_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    make_certificate(folder.path(), "server");
    make_certificate(folder.path(), "other");
    // The server reads a key only where it is its own.
    if let Some(user) = unprivileged(folder.path()) {
        let given = Command::new("chown").args(["-R", &user]).arg(folder.path()).status();
        assert!(given.is_ok_and(|status| status.success()), "{user}");
    }
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    let file = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (port_setting, certificate, key) = (
        format!("port={port}"),
        format!("ssl_cert_file={}", file("server.pem")),
        format!("ssl_key_file={}", file("server.key")),
    );
    let server = Server::start(&["listen_addresses=127.0.0.1", &port_setting, "ssl=on", &certificate, &key]);

    let url = |host: &str, mode: &str, root: &str| {
        format!("postgresql://postgres@{host}:{port}/postgres?sslmode={mode}&sslrootcert={}", file(root))
    };
    let data = folder_with_keys();
    let serve = |url: &str| RunningProgram::try_start(["--database", url, "--data", &data.path().to_string_lossy()]);

    let right = url("localhost", "verify-full", "server-root.pem");
    serve(&right).expect("it serves").end();
    let mut database = Database::at(&right).await;
    let encrypted = "SELECT COUNT(*) FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl AND version = 'TLSv1.3'";
    assert_eq!(database.number(encrypted, &[]).await, 1);

    for (url, why) in [
        (url("localhost", "verify-full", "other-root.pem"), "UnknownIssuer"),
        (url("localhost", "verify-ca", "other-root.pem"), "UnknownIssuer"),
        (url("127.0.0.1", "verify-full", "server-root.pem"), "not valid for name"),
    ] {
        let said = serve(&url).err().expect("it is another server");
        assert!(said.contains("does not prove by TLS") && said.contains(why), "{url}: {said}");
    }
    // A certificate of the right root is enough where the name is not looked at.
    serve(&url("127.0.0.1", "verify-ca", "server-root.pem")).expect("it serves").end();
    drop(server);
}

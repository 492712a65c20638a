//! What the one who runs the portal sets.

use portal::{Configuration, ConfigurationError, LogFormat};
use portal_api::REQUEST_TIMEOUT_SECONDS;
use std::fs;
use std::num::NonZeroU32;
use std::path::Path;

const SERVICE: &str = include_str!("../../packaging/certifikatguide-portal.service");
const EXAMPLE: &str = include_str!("../../packaging/portal.toml");

fn read(text: &str, environment: &[(&str, &str)]) -> Result<Configuration, ConfigurationError> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("portal.toml");
    fs::write(&file, text).expect("written");
    #[cfg(unix)]
    set_mode(&file, 0o600);
    read_file(&file, environment)
}

fn read_file(file: &Path, environment: &[(&str, &str)]) -> Result<Configuration, ConfigurationError> {
    let environment = environment.iter().map(|(name, value)| (name.into(), value.into()));
    Configuration::read(Some(file), environment)
}

#[cfg(unix)]
fn set_mode(file: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).expect("set");
}

fn refused(text: &str, environment: &[(&str, &str)]) -> String {
    read(text, environment).expect_err("refused").to_string()
}

/// The names that there are in a table: an unknown one is refused with them.
fn names(table: &str) -> Vec<String> {
    let error = refused(&format!("{table}\nunknown = 1\n"), &[]);
    let (_, known) = error.split_once("expected one of ").or_else(|| error.split_once("expected ")).expect("the names");
    known.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect()
}

#[test]
fn the_example_file_shows_everything_that_can_be_set_with_its_default() {
    let defaults = Configuration::default();
    let example = read(EXAMPLE, &[]).expect("the example is good as it ships");
    assert_eq!((example.limits, &example.log), (defaults.limits, &defaults.log));

    let mut commented_out = EXAMPLE.lines().filter_map(|line| line.strip_prefix('#'));
    assert!(commented_out.any(|line| line.starts_with("database = ")));
    let uncommented: String = EXAMPLE
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| rest.starts_with(char::is_lowercase)).unwrap_or(line))
        .flat_map(|line| [line, "\n"])
        .collect();
    let all = read(&uncommented, &[]).expect("every line is good when it is no longer commented out");
    assert_eq!((all.limits, &all.log, all.policy_arc), (defaults.limits, &defaults.log, defaults.policy_arc));
    assert_eq!(all.suspension, defaults.suspension);
    assert!(example.shutdown_delay_seconds > 0, "a load balancer is given time");
    let waits = u64::from(example.shutdown_delay_seconds) + u64::from(example.limits.grace_seconds);
    let stop = SERVICE.lines().find_map(|line| line.strip_prefix("TimeoutStopSec=")).expect("a time");
    assert!(stop.parse::<u64>().expect("seconds") > waits, "systemd waits for as long as the portal may take");
    assert!(u64::from(example.limits.grace_seconds) > REQUEST_TIMEOUT_SECONDS, "no request is broken off");
    assert_eq!(all.proxies.header, defaults.proxies.header);

    let inside: Vec<&str> = uncommented.lines().filter(|line| !line.starts_with('#')).collect();
    for name in names("").iter().filter(|name| !["log", "limits", "proxies"].contains(&name.as_str())) {
        assert!(inside.iter().any(|line| line.starts_with(&format!("{name} = "))), "{name} is not in the example");
        known_in_the_environment(name);
    }
    for table in ["log", "limits", "proxies"] {
        let inside: Vec<&str> =
            inside.iter().skip_while(|line| **line != format!("[{table}]")).skip(1).copied().collect();
        for name in names(&format!("[{table}]")) {
            let mut inside = inside.iter().take_while(|line| !line.starts_with('['));
            assert!(inside.any(|line| line.starts_with(&format!("{name} = "))), "{table}.{name} is not in the example");
            known_in_the_environment(&format!("{table}_{name}"));
        }
    }
}

fn known_in_the_environment(name: &str) {
    let name = format!("PORTAL_{}", name.to_uppercase());
    let read = read("", &[(&name, "1")]);
    assert!(!matches!(read, Err(ConfigurationError::UnknownVariable { .. })), "{name}");
}

#[test]
fn the_environment_stands_above_the_file() {
    let environment = [
        ("PORTAL_LIMITS_CODES_PER_SOURCE", "7"),
        ("PORTAL_PROXIES_TRUSTED", "10.0.0.0/8, 2001:db8::/32"),
        ("PORTAL_SUSPENSION", "false"),
        ("PORTAL_LOG_FORMAT", "json"),
        ("PORTAL_NAMES", "Portal.example.org,portal"),
        // Set to nothing is not set.
        ("PORTAL_LISTEN", ""),
        ("PORTAL_LIMITS_WORK_PER_SOURCE", ""),
        ("PORTAL_CONFIG", ""),
        // As Kubernetes names a service that is called `portal`.
        ("PORTAL_SERVICE_HOST", "10.1.2.3"),
        ("HOME", "/root"),
    ];
    let set = read(
        "listen = \"192.0.2.1:443\"\n[limits]\ncodes_per_source = 3\nwork_per_source = 0\ndesk_per_certificate = 30\n",
        &environment,
    );
    let set = set.expect("all of it is good");
    assert_eq!(set.listen, "192.0.2.1:443".parse().expect("an address"));
    let rates = set.limits().rates;
    assert_eq!((rates.codes_per_source, rates.work_per_source), (NonZeroU32::new(7), None));
    assert_eq!(rates.desk_per_certificate, NonZeroU32::new(30));
    assert_eq!(set.proxies.trusted.len(), 2);
    assert_eq!(set.names.iter().map(ToString::to_string).collect::<Vec<_>>(), ["portal.example.org", "portal"]);
    assert_eq!((set.suspension, set.log.format), (false, LogFormat::Json));
}

#[test]
fn what_is_none_is_refused_with_its_line_and_without_what_it_was_set_to() {
    for text in [
        "listen = \"127.0.0.1:0\"\ndatabse = \"postgres://portal:hemmelig@db/portal\"\n",
        "[log]\nfilter = 7\n",
        "\n[limits\nconnections = 5\n",
        "[limits]\nconnections = 0\n",
        "[limits]\nconnections = 100001\n",
        "\nnames = [\"hemmelig:443\"]\n",
        "\nlisten = \"hemmelig\"\n",
    ] {
        let error = refused(text, &[]);
        assert!(error.contains(", line 2: ") && !error.contains("hemmelig"), "{error}");
    }
    let error = refused("", &[("PORTAL_DATABSE", "hemmelig")]);
    assert!(error.contains("PORTAL_DATABSE") && !error.contains("hemmelig"), "{error}");
    for name in ["PORTAL_LISTEN", "PORTAL_SUSPENSION", "PORTAL_LIMITS_CONNECTIONS"] {
        let error = refused("", &[(name, "hemmelig")]);
        assert!(error.starts_with(name) && !error.contains("hemmelig"), "{error}");
    }
    let error = refused("[proxies]\nprotocol = true\n", &[]);
    assert!(error.contains("proxies.trusted"), "the protocol is spoken by nobody: {error}");
    read("[proxies]\nprotocol = true\n", &[("PORTAL_PROXIES_TRUSTED", "10.0.0.0/8")]).expect("somebody speaks it");
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_unicode_is_refused_by_its_name() {
    use std::os::unix::ffi::OsStringExt;
    let value = std::ffi::OsString::from_vec(b"0.0.0.0:443\xff".to_vec());
    let error = Configuration::read(None, [("PORTAL_LISTEN".into(), value)]).expect_err("refused").to_string();
    assert_eq!(error, "PORTAL_LISTEN in the environment: not Unicode");
}

#[cfg(unix)]
#[test]
fn a_file_with_the_databases_password_in_it_is_refused_where_others_may_read_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("portal.toml");
    for (url, holds) in [
        ("postgres://portal:hemmelig@db/portal", true),
        ("postgres://portal@db/portal?password=hemmelig", true),
        ("postgres://portal:hemmelig@db:port/portal", true),
        ("postgres://portal@db/portal", false),
        ("sqlite:portal.sqlite", false),
    ] {
        fs::write(&file, format!("database = \"{url}\"\n")).expect("written");
        set_mode(&file, 0o644);
        match read_file(&file, &[]) {
            Ok(_) => assert!(!holds, "{url}"),
            Err(error) => {
                assert!(holds && error.to_string().contains("chmod") && !error.to_string().contains("hemmelig"));
            }
        }
        set_mode(&file, 0o600);
        read_file(&file, &[]).expect("its owner's alone");
    }
}

#[cfg(unix)]
#[test]
fn the_databases_password_comes_from_a_file_that_nobody_else_may_read() {
    use std::os::unix::fs::MetadataExt;
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), "sær/lig&svær\n").expect("written");
    let path = file.path().to_str().expect("Unicode");
    let with = |database: &str| read(&format!("{database}\ndatabase_password_file = \"{path}\"\n"), &[]).expect("good");
    let set = with("database = \"postgresql:///portal?host=/run/postgresql&user=portal\"");
    let of_root = file.path().metadata().expect("a file").uid() == 0;
    for (mode, refused) in [(0o644, true), (0o660, true), (0o640, !of_root)] {
        set_mode(file.path(), mode);
        let is_refused = matches!(set.database_url(), Err(ConfigurationError::PasswordForAll { .. }));
        assert_eq!(is_refused, refused, "{mode:o}");
    }
    set_mode(file.path(), 0o600);
    let url = set.database_url().expect("a URL").expect("one");
    assert!(url.ends_with("&user=portal&password=s%C3%A6r%2Flig%26sv%C3%A6r"), "{url}");
    assert!(!format!("{set:?}").contains("host="), "the URL is not shown");
    for useless in ["", "database = \"postgres://portal:kodeord@db/portal\"", "database = \"sqlite:portal.sqlite\""] {
        assert!(matches!(with(useless).database_url(), Err(ConfigurationError::PasswordWithoutUse)), "{useless}");
    }
}

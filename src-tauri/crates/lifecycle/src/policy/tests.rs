use super::*;
use serde_json::Value;

/// One value of every key, each another one than without a policy.
const EVERYTHING: &str = "\
portals = [\"https://Portal.example:443/\", \"https://other.example:8443\"]
portal = \"https://portal.example\"
trust_anchor = \"/etc/certifikatguide/portal.pem\"
key_places = [\"pkcs11\"]
pkcs11_module = \"/opt/card.so\"
language = \"en\"
proxy = \"http://proxy.example:3128\"
connect_timeout_seconds = 5
request_timeout_seconds = 60
export = true
unlocked_minutes = 5
telemetry = false
";

fn parsed(text: &str) -> Policy {
    Policy::parse(text.as_bytes()).expect("a policy")
}

fn refused(text: &str) -> (usize, String) {
    match Policy::parse(text.as_bytes()) {
        Err(PolicyError::Line { line, reason }) => (line, reason.into()),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn without_a_policy_every_portal_and_place_may_be_chosen_and_no_key_leaves() {
    for policy in [Policy::default(), parsed("")] {
        assert!(policy.allows_portal("https://portal.example"));
        assert!(policy.allows_key_place(&KeyPlaceName::default()));
        assert!(policy.allows_key_place(&KeyPlaceName::token("pkcs11:token=Kort")));
        assert!(!policy.export_allowed());
        assert_eq!(policy.unlocked_for(), TimeDelta::zero());
        assert_eq!((policy.connect_timeout().as_secs(), policy.request_timeout().as_secs()), (10, 30));
        assert_eq!(policy.proxy(false), (ProxyChoice::System, PolicySource::Default));
        assert!(PolicyKey::ALL.into_iter().all(|key| !policy.is_set(key) && !policy.is_locked(key)));
    }
}

#[test]
fn every_key_says_what_it_says() {
    let policy = parsed(EVERYTHING);
    assert!(PolicyKey::ALL.into_iter().all(|key| policy.is_set(key)));
    assert!(policy.export_allowed());
    assert_eq!(policy.unlocked_for(), TimeDelta::minutes(5));
    assert_eq!(policy.portal(), Some("https://portal.example"));
    assert_eq!(policy.trust_anchor(), Some(Path::new("/etc/certifikatguide/portal.pem")));
    assert_eq!(policy.pkcs11_module(), Some(Path::new("/opt/card.so")));
    assert_eq!(policy.language(), Some(Language::En));
    assert!(!policy.allows_key_place(&KeyPlaceName::default()));
    assert!(policy.allows_key_place(&KeyPlaceName::token("pkcs11:token=Kort")));
    assert_eq!((policy.connect_timeout().as_secs(), policy.request_timeout().as_secs()), (5, 60));
}

#[test]
fn only_the_portals_that_are_named_may_be_chosen() {
    let policy = parsed("portals = [\"https://Portal.example:443/\"]");
    assert!(policy.allows_portal("https://portal.example"));
    for other in ["https://portal.example:8443", "http://portal.example", "https://portal.example.org", "https://"] {
        assert!(!policy.allows_portal(other), "{other}");
    }
    assert!(!parsed("portals = []").allows_portal("https://portal.example"), "an empty list allows none");
}

#[test]
fn a_portal_is_only_where_one_begins_unless_it_is_locked() {
    let open = "portal = \"https://portal.example\"\ntrust_anchor = \"/a.pem\"\n";
    assert!(parsed(open).allows_portal("https://other.example"));
    let locked = parsed(&format!("{open}locked = [\"portal\"]"));
    assert!(locked.allows_portal("https://PORTAL.example:443"));
    assert!(!locked.allows_portal("https://other.example"));
    assert!(
        locked.for_any_portal().allows_portal("https://127.0.0.1:8443"),
        "the own practice portal is always allowed"
    );
}

#[test]
fn what_somebody_names_comes_before_the_policy_unless_it_is_locked() {
    let key = PolicyKey::TrustAnchor;
    let open = parsed("trust_anchor = \"/a.pem\"");
    let locked = parsed("trust_anchor = \"/a.pem\"\nlocked = [\"trust_anchor\"]");
    assert_eq!(open.in_force(key, Some("b"), Some("a")), Some(("b", PolicySource::CommandLine)));
    assert_eq!(locked.in_force(key, Some("b"), Some("a")), Some(("a", PolicySource::Policy)));
    assert_eq!(open.in_force(key, None, Some("a")), Some(("a", PolicySource::Policy)));
    assert_eq!(Policy::default().in_force::<&str>(key, None, None), None);
}

#[test]
fn the_environments_proxy_comes_before_the_policys_unless_that_is_locked() {
    let through = ProxyChoice::Through("http://proxy.example:3128".into());
    let open = parsed("proxy = \"http://proxy.example:3128\"");
    assert_eq!(open.proxy(false), (through.clone(), PolicySource::Policy));
    assert_eq!(open.proxy(true), (ProxyChoice::System, PolicySource::Environment));
    let locked = parsed("proxy = \"http://proxy.example:3128\"\nlocked = [\"proxy\"]");
    assert_eq!(locked.proxy(true), (through, PolicySource::Policy));
    assert_eq!(parsed("proxy = \"none\"\nlocked = [\"proxy\"]").proxy(true).0, ProxyChoice::Direct);
}

#[test]
fn what_is_not_understood_is_refused_with_its_line_and_key() {
    for (text, line, told) in [
        ("export = true\nexprot = true", 2, "exprot"),
        ("\n\nexport = 1", 3, "boolean"),
        ("unlocked_minutes = 256", 1, "256"),
        ("\nunlocked_minutes = 16", 2, "unlocked_minutes: 16 is not within 0 to 15"),
        ("connect_timeout_seconds = 0", 1, "connect_timeout_seconds: 0 is not within 1 to 60"),
        ("request_timeout_seconds = 301", 1, "request_timeout_seconds: 301 is not within 5 to 300"),
        ("portals = [\n\"https://a.example\",\n\"http://portal.example\"]", 3, "portals: http://portal.example is not"),
        ("portals = [\"https://user@portal.example\"]", 1, "portals: an address has no user name"),
        ("portals = [\"https://portal.example:99999\"]", 1, "portals: https://portal.example:99999"),
        ("proxy = \"http://:::\"", 1, "proxy: http://:::"),
        ("proxy = \"me:hemmelig@proxy.example:3128\"", 1, "proxy: a user name and a password"),
        ("portal = \"https://portal.example\"", 1, "portal: trust_anchor is missing"),
        (
            "trust_anchor = \"/a.pem\"\nportals = []\nportal = \"https://portal.example\"",
            3,
            "portal: https://portal.example is not among portals",
        ),
        ("trust_anchor = \"a.pem\"", 1, "trust_anchor: a.pem is not a whole path"),
        ("pkcs11_module = \"card.so\"", 1, "pkcs11_module: card.so is not a whole path"),
        ("key_places = [\"file\"]", 1, "file"),
        ("language = \"de\"", 1, "de"),
        ("proxy = \"proxy.example\"", 1, "proxy: proxy.example is neither"),
        ("proxy = \"http://me:hemmelig@proxy.example\"", 1, "HTTPS_PROXY"),
        ("telemetry = true", 1, "telemetry: there is none"),
        ("locked = [\n\"export\"]", 2, "locked: export is not set in this file"),
        ("export = true\nlocked = [\"exprot\"]", 2, "locked: there is no key exprot"),
        ("export = ", 1, ""),
    ] {
        let (at, reason) = refused(text);
        assert_eq!(at, line, "{text}: {reason}");
        assert!(reason.contains(told), "{text}: {reason}");
    }
    assert!(
        !refused("proxy = \"http://me:hemmelig@proxy.example\"").1.contains("hemmelig"),
        "a password is not told again"
    );
    assert_eq!(Policy::parse(&[0xff]), Err(PolicyError::NotText));
    assert_eq!(Policy::parse(&vec![b'#'; LONGEST + 1]), Err(PolicyError::TooLarge));
}

fn schema() -> Value {
    serde_json::from_str(POLICY_SCHEMA).expect("JSON")
}

#[test]
fn the_schema_knows_the_keys_of_the_file_and_no_others() {
    let schema = schema();
    assert_eq!(schema["additionalProperties"], false);
    let described: BTreeSet<&str> =
        schema["properties"].as_object().expect("keys").keys().map(String::as_str).collect();
    // What the parser itself says that it knows.
    let (_, reason) = refused("no_such_key = 1");
    let known: BTreeSet<&str> = reason.split('`').skip(3).step_by(2).collect();
    assert_eq!(described, known);
    let all: BTreeSet<&str> = PolicyKey::ALL.into_iter().map(PolicyKey::name).chain(["locked"]).collect();
    assert_eq!(described, all);
    let lockable: Vec<&str> = PolicyKey::ALL.into_iter().map(PolicyKey::name).collect();
    assert_eq!(schema["properties"]["locked"]["items"]["enum"], serde_json::json!(lockable));
}

#[test]
fn the_schema_and_the_parser_have_the_same_bounds_and_defaults() {
    let schema = schema();
    for (key, usual) in [("unlocked_minutes", 0), ("connect_timeout_seconds", 10), ("request_timeout_seconds", 30)] {
        let described = &schema["properties"][key];
        let (least, most) = (described["minimum"].as_i64().expect("a minimum"), described["maximum"].as_i64());
        let most = most.expect("a maximum");
        for (value, taken) in [(least - 1, false), (least, true), (most, true), (most + 1, false)] {
            assert_eq!(Policy::parse(format!("{key} = {value}").as_bytes()).is_ok(), taken, "{key} = {value}");
        }
        assert_eq!(described["default"], usual);
    }
    for (key, list) in [("key_places", true), ("language", false)] {
        let described = &schema["properties"][key];
        let choices = if list { &described["items"]["enum"] } else { &described["enum"] };
        for choice in choices.as_array().expect("choices") {
            let value = if list { format!("[{choice}]") } else { choice.to_string() };
            assert!(Policy::parse(format!("{key} = {value}").as_bytes()).is_ok(), "{key} = {value}");
        }
    }
    let policy = Policy::default();
    assert_eq!(schema["properties"]["key_places"]["default"], serde_json::json!(policy.key_places()));
    assert_eq!(schema["properties"]["export"]["default"], policy.export_allowed());
    assert_eq!(schema["properties"]["proxy"]["default"], policy.proxy(false).0.as_str());
}

#[test]
fn the_example_names_every_key_and_is_a_policy_with_and_without_its_hashes() {
    let example = include_str!("../../../../packaging/policy.toml");
    assert_eq!(parsed(example), Policy::default());
    let settings: Vec<&str> =
        example.lines().filter_map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' '))).collect();
    let policy = parsed(&settings.join("\n"));
    for key in PolicyKey::ALL {
        assert!(policy.is_set(key), "{}", key.name());
    }
    assert!(policy.is_locked(PolicyKey::Portal));
}

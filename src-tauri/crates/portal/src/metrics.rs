//! The portal in figures, as OpenMetrics for Prometheus.
//!
//! A label is always one of few values that the program itself knows: a route as it is written in the program, a status, a
//! kind of problem. Nothing that a caller has sent becomes one, so that neither serial numbers, reference numbers and names
//! nor ever new values get in.

use axum::http::{Method, StatusCode};
use portal_api::ProblemKind;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Media type of what [`Figures::text`] gives ([OpenMetrics 1.0]).
pub(crate) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The upper ends of the histogram's buckets, in seconds.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// What requests are called that no route is for.
pub(crate) const NO_ROUTE: &str = "none";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: KnownMethod,
    route: Arc<str>,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

/// Which listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Listener {
    Portal,
    Status,
    Metrics,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfListener {
    listener: Listener,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
enum Use {
    Used,
    Idle,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfUse {
    state: Use,
}

/// A method of the API; a caller may send any other word for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
enum KnownMethod {
    Get,
    Head,
    Post,
    Put,
    Other,
}

impl From<&Method> for KnownMethod {
    fn from(method: &Method) -> Self {
        match method.as_str() {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            _ => Self::Other,
        }
    }
}

type Durations = Family<Route, Histogram, fn() -> Histogram>;

/// The figures of one instance.
pub(crate) struct Figures {
    registry: Registry,
    requests: Family<Answered, Counter>,
    durations: Durations,
    problems: Family<Kind, Counter>,
    declarations: Counter,
    enrolments: Counter,
    renewals: Counter,
    ocsp: Counter,
    suspensions: Counter,
    revocations: Counter,
    log_ins: Counter,
    locks: Counter,
    connections: Family<OfListener, Gauge>,
    database: Family<OfUse, Gauge>,
}

impl Figures {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("portal");
        let mut counter = |name: &str, help: &str| {
            let counter = Counter::default();
            registry.register(name, help, counter.clone());
            counter
        };
        let declarations = counter("declarations_accepted", "Declarations that were verified and accepted");
        let enrolments = counter("enrolments", "Certificates given out for an invitation");
        let renewals = counter("renewals", "Certificates given out for a certificate in use");
        let ocsp = counter("ocsp_answers", "OCSP responses");
        let suspensions = counter("suspensions", "Requests that found or left a certificate suspended");
        let revocations = counter("revocations", "Requests that found or left a certificate revoked");
        let log_ins = counter("log_ins", "Log-ins with a certificate");
        let locks = counter("codes_locked", "Requests with a code that was locked, or that locked it");
        let requests = Family::default();
        registry.register("requests", "Requests by method, route and status", requests.clone());
        let durations = Durations::new_with_constructor(|| Histogram::new(BUCKETS));
        let help = "From the end of the request's header to the beginning of its answer";
        registry.register_with_unit("request_duration", help, Unit::Seconds, durations.clone());
        let problems = Family::default();
        registry.register("problems", "Requests that were refused, by the kind of problem", problems.clone());
        let connections = Family::default();
        registry.register("connections", "Connections that are open", connections.clone());
        let database = Family::default();
        registry.register("database_connections", "Connections to the database", database.clone());
        Self {
            registry,
            requests,
            durations,
            problems,
            declarations,
            enrolments,
            renewals,
            ocsp,
            suspensions,
            revocations,
            log_ins,
            locks,
            connections,
            database,
        }
    }

    /// Counts a request. `route` is one of the program's own.
    pub(crate) fn answered(
        &self,
        method: &Method,
        route: &str,
        status: StatusCode,
        problem: Option<ProblemKind>,
        took: Duration,
    ) {
        let label: Arc<str> = Arc::from(route);
        self.durations.get_or_create(&Route { route: Arc::clone(&label) }).observe(took.as_secs_f64());
        let answered = Answered { method: method.into(), route: label, status: status.as_u16() };
        self.requests.get_or_create(&answered).inc();
        if let Some(kind) = problem {
            self.problems.get_or_create(&Kind { kind: kind.name() }).inc();
            if kind == ProblemKind::CodeLocked {
                self.locks.inc();
            }
        }
        let done = match (route, method.as_str()) {
            ("/v1/declarations", "POST") if status == StatusCode::CREATED => &self.declarations,
            ("/.well-known/est/simpleenroll", "POST") => &self.enrolments,
            ("/.well-known/est/simplereenroll", "POST") => &self.renewals,
            ("/v1/session", "POST") => &self.log_ins,
            (route, _) if route.starts_with("/ocsp") => &self.ocsp,
            (route, "POST") if route.ends_with("/suspension") => &self.suspensions,
            (route, "POST") if route.ends_with("/revocation") => &self.revocations,
            (_, _) => return,
        };
        // The desk's pages send the browser on.
        if status.is_success() || status == StatusCode::SEE_OTHER {
            done.inc();
        }
    }

    /// Counts a connection for as long as what it returns is held.
    pub(crate) fn connected(&self, listener: Listener) -> Connected {
        let open = self.connections.get_or_create_owned(&OfListener { listener });
        open.inc();
        Connected(open)
    }

    /// Everything; `used` and `idle` connections to the database are those of this moment.
    ///
    /// # Errors
    /// Where a figure cannot be written, which would be a mistake in this program.
    pub(crate) fn text(&self, used: usize, idle: usize) -> Result<String, fmt::Error> {
        for (state, count) in [(Use::Used, used), (Use::Idle, idle)] {
            self.database.get_or_create(&OfUse { state }).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// A connection that is open.
pub(crate) struct Connected(Gauge);

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.dec();
    }
}

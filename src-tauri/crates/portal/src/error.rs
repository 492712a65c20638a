//! Why the portal does not start or an order is not taken.

use crate::certificate_authority::PolicyArc;
use crate::storage::StorageError;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use thiserror::Error;

/// Why the portal does not start or go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PortalError {
    /// A file or folder of the portal cannot be read or written.
    #[error("cannot read or write {path}")]
    Files {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A key file holds something else than a key of ours.
    #[error("{file} holds no key of the portal")]
    KeyFile {
        /// Which.
        file: PathBuf,
    },
    /// A file of the portal holds something else than it should.
    #[error("{file} is damaged")]
    Damaged {
        /// Which.
        file: PathBuf,
    },
    /// No key could be made: the computer's source of randomness failed.
    #[error("no key could be made")]
    KeyGeneration,
    /// The portal's certificates could not be made.
    #[error("the portal's certificates could not be made")]
    Certificates(#[from] crate::certificate_authority::IssuanceError),
    /// Another portal runs on the same data.
    #[error("another portal runs on {data}")]
    AlreadyRunning {
        /// The folder.
        data: PathBuf,
    },
    /// The data belongs to a practice portal and the portal was started as another, or the other way round.
    #[error("{data} belongs to a portal that was started {} --practice", if *.practice { "with" } else { "without" })]
    OtherMode {
        /// The folder.
        data: PathBuf,
        /// True where the data is a practice portal's.
        practice: bool,
    },
    /// The database is one of a portal with other keys or another mode.
    #[error(
        "the database is that of a portal with another {setting}: its instances have the same keys folder and mode"
    )]
    OtherInstances {
        /// What differs.
        setting: &'static str,
    },
    /// A CPR number is sealed under a key that is not among the portal's.
    #[error("the CPR number of employee {employee} is sealed under a key that is not in the keys folder")]
    PersonalNumberKey {
        /// The employee's id in the database.
        employee: uuid::Uuid,
    },
    /// The address of status is not one that a certificate can name.
    #[error("the address where status is published is not of the form http://host[:port]")]
    StatusUrl,
    /// More names than a certificate should have.
    #[error("the portal's TLS certificate takes no more than {} names", crate::host_name::NAME_LIMIT)]
    TooManyNames,
    /// The data belongs to a portal whose certificates name the policies of another arc.
    #[error("{data} belongs to a portal that was started with --policy-arc {}", match .policies {
        PolicyArc::Documentation => "documentation",
        PolicyArc::Oces => "oces",
    })]
    OtherPolicies {
        /// The folder.
        data: PathBuf,
        /// The arc that the data's certificates stand under.
        policies: PolicyArc,
    },
    /// A practice portal was to claim the policies of OCES.
    #[error("a practice portal issues no certificates under the policies of OCES")]
    PracticeUnderOces,
    /// Another validity than that of OCES was asked for outside practice.
    #[error("only a practice portal issues certificates of another validity")]
    ValidityOutsidePractice,
    /// No port could be opened.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The TLS listener's key and certificate do not work.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
    /// The verifier of client certificates could not be made.
    #[error("client certificates cannot be verified")]
    ClientVerifier(#[source] rustls::server::VerifierBuilderError),
    /// The terms are not those of a portal, or could not be signed.
    #[error("the terms cannot be put in force: {0}")]
    Terms(Box<str>),
    /// A file of terms could not be read.
    #[error("the terms in {path} cannot be read")]
    TermsFile {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The terms were in force before, with another text.
    #[error("this version of the terms was in force before with another text: give the changed text a new version")]
    TermsRewritten,
    /// A later version of the terms was in force before.
    #[error("a later version of the terms was in force before")]
    TermsOlder,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A thread of the portal ended before its work was done.
    #[error("a thread of the portal ended before its work was done")]
    Interrupted,
}

//! What is set in a file and in the environment, as the defaults of the command line; and the log.

use crate::PolicyArcArgument;
use clap::ValueEnum;
use portal::{Configuration, ConfigurationError, Log, LogFormat, PolicyArc};
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use tracing_subscriber::EnvFilter;

/// Reads what is set. A practice portal is started by the app or for a trial: it takes nothing but its flags and a file that
/// is named to it.
pub(crate) fn configuration() -> Result<Configuration, ConfigurationError> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let named = named_file(&arguments);
    if arguments.iter().any(|argument| argument == "--practice") && named.is_none() {
        return Ok(Configuration::default());
    }
    Configuration::read(named.as_deref(), std::env::vars_os())
}

/// The value of `--config`, before the rest of the command line can be read.
fn named_file(arguments: &[OsString]) -> Option<PathBuf> {
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if argument == "--config" {
            return arguments.next().map(PathBuf::from);
        }
        if let Some(path) = argument.to_str().and_then(|argument| argument.strip_prefix("--config=")) {
            return Some(PathBuf::from(path));
        }
    }
    None
}

/// Gives the commands what is set for their defaults.
pub(crate) fn with_defaults(command: clap::Command, set: &Configuration, database: Option<&str>) -> clap::Command {
    let in_commands = command.mut_subcommands(|command| with_defaults(command, set, database));
    in_commands.mut_args(|argument| match argument.get_id().as_str() {
        "data" => argument.default_value(set.data.clone().into_os_string()),
        "database" => match database {
            // It may hold a password.
            Some(url) => argument.default_value(url.to_owned()).hide_default_value(true),
            None => argument,
        },
        "listen" => argument.default_value(set.listen.to_string()),
        "status_listen" => argument.default_value(set.status_listen.to_string()),
        "status_url" => optional(argument, set.status_url.clone()),
        "names" if !set.names.is_empty() => argument.default_values(set.names.iter().map(ToString::to_string)),
        "metrics_listen" => optional(argument, set.metrics_listen.map(|address| address.to_string())),
        "policy_arc" => {
            let arc = match set.policy_arc {
                PolicyArc::Documentation => PolicyArcArgument::Documentation,
                PolicyArc::Oces => PolicyArcArgument::Oces,
            };
            optional(argument, arc.to_possible_value().map(|value| value.get_name().to_owned()))
        }
        "terms" if !set.terms.is_empty() => {
            argument.default_values(set.terms.iter().map(|path| path.clone().into_os_string()))
        }
        _ => argument,
    })
}

fn optional(argument: clap::Arg, value: Option<String>) -> clap::Arg {
    match value {
        Some(value) => argument.default_value(value),
        None => argument,
    }
}

/// Begins the log, on standard error.
pub(crate) fn log(log: &Log) -> Result<(), Box<dyn std::error::Error>> {
    let filter = match EnvFilter::try_from_default_env() {
        Ok(filter) => filter,
        Err(_) => EnvFilter::try_new(&log.filter)?,
    };
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match log.format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    Ok(())
}

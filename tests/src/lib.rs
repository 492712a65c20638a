//! What the tests of the whole share: second implementations of the ports, and the programs that are driven.

pub mod authority_keys;
pub mod doubles;
pub mod keys;
pub mod practice;
pub mod workplace;

#[cfg(target_os = "linux")]
pub mod accessible;
#[cfg(unix)]
pub mod axe;
#[cfg(unix)]
pub mod computer;
pub mod container;
#[cfg(target_os = "linux")]
pub mod desktop;
#[cfg(unix)]
pub mod distant_portal;
#[cfg(unix)]
pub mod employee;
#[cfg(unix)]
pub mod faults;
#[cfg(unix)]
pub mod keyboard;
#[cfg(target_os = "linux")]
pub mod sessions;
#[cfg(unix)]
pub mod window_driver;

/// The folder of the tests and their scripts.
pub const TESTS: &str = env!("CARGO_MANIFEST_DIR");
#[cfg(target_os = "linux")]
pub mod process_memory;

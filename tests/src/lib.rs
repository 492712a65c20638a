//! What the tests of the whole share: second implementations of the ports, and the programs that are driven.

pub mod doubles;
pub mod keys;
pub mod practice;
pub mod workplace;

#[cfg(unix)]
pub mod computer;
#[cfg(unix)]
pub mod distant_portal;
#[cfg(unix)]
pub mod employee;
#[cfg(unix)]
pub mod window_driver;

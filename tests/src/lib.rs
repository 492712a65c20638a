//! What the tests of the whole share: second implementations of the ports, and the programs that are driven.

pub mod doubles;
pub mod keys;
pub mod practice;

pub mod computer;
pub mod employee;
pub mod window_driver;

//! What the fault tests share: programs that die, lines that break, disks that are full.
//!
//! Everything is real but for thin wrappers: the portal, its TLS, the journal, the client. Start reading at
//! [`scene::Scene`] (a computer and its portal, as they are before the password is given, to be had again and again), then
//! [`observed`] (who is told of every call of a port), [`process`] (the program that dies) and [`mod@line`] (the network).

pub mod file_key_store;
pub mod full_disk;
pub mod line;
pub mod observed;
pub mod process;
pub mod scene;

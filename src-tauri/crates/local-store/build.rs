//! The migrations are embedded: a changed or new one must be seen without a change in the source.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}

//! Callpost.
fn main() {}

//! Gives whatever the fuzzer makes up to `invariants`' target `drop`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| invariants::check("drop", octets));

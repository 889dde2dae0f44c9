//! Gives whatever the fuzzer makes up to `invariants`' target `data`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| invariants::check("data", octets));

//! Gives whatever the fuzzer makes up to `invariants`' target `json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| invariants::check("json", octets));

//! Gives whatever the fuzzer makes up to `invariants`' target `address`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| invariants::check("address", octets));

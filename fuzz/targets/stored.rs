//! Gives whatever the fuzzer makes up to `invariants`' target `stored`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| invariants::check("stored", octets));

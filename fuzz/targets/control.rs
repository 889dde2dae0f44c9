//! Gives whatever the fuzzer makes up to `invariants`' target `control`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| invariants::check("control", octets));

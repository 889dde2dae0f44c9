//! Gives whatever the fuzzer makes up to `invariants`' target `recognise`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| invariants::check("recognise", octets));

//! Gives whatever the fuzzer makes up to `invariants`' target `mbox`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| invariants::check("mbox", octets));

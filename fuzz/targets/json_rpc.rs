//! Gives whatever the fuzzer makes up to `invariants`' target `json_rpc`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| invariants::check("json_rpc", octets));

//! Gives whatever the fuzzer makes up to `invariants`' target `xml_rpc_answer`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| invariants::check("xml_rpc_answer", octets));

//! libFuzzer's door to `pasu_fuzz::node`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::node(data));

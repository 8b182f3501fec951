//! libFuzzer's door to `pasu_fuzz::operating_system`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::operating_system(data));

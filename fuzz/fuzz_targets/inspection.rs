//! libFuzzer's door to `pasu_fuzz::inspection`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::inspection(data));

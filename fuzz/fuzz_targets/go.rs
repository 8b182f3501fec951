//! libFuzzer's door to `pasu_fuzz::go`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::go(data));

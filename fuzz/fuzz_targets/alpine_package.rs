//! libFuzzer's door to `pasu_fuzz::alpine_package`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::alpine_package(data));

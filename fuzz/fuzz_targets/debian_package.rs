//! libFuzzer's door to `pasu_fuzz::debian_package`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::debian_package(data));

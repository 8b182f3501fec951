//! libFuzzer's door to `pasu_fuzz::os_packages`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::os_packages(data));

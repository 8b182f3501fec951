//! libFuzzer's door to `pasu_fuzz::ignore_files`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::ignore_files(data));

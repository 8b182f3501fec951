//! libFuzzer's door to `pasu_fuzz::epss`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::epss(data));

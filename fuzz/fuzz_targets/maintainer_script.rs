//! libFuzzer's door to `pasu_fuzz::maintainer_script`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::maintainer_script(data));

//! libFuzzer's door to `pasu_fuzz::alpine_secdb`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::alpine_secdb(data));

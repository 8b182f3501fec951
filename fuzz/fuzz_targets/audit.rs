//! libFuzzer's door to `pasu_fuzz::audit`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::audit(data));

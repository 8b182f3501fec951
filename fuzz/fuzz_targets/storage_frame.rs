//! libFuzzer's door to `pasu_fuzz::storage_frame`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::storage_frame(data));

//! libFuzzer's door to `pasu_fuzz::debian_tracker`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::debian_tracker(data));

//! libFuzzer's door to `pasu_fuzz::transaction`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::transaction(data));

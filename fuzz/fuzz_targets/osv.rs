//! libFuzzer's door to `pasu_fuzz::osv`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::osv(data));

//! libFuzzer's door to `pasu_fuzz::feed_archives`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::feed_archives(data));

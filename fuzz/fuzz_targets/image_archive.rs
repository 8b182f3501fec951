//! libFuzzer's door to `pasu_fuzz::image_archive`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::image_archive(data));

//! libFuzzer's door to `pasu_fuzz::image_documents`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::image_documents(data));

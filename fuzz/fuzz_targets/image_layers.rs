//! libFuzzer's door to `pasu_fuzz::image_layers`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::image_layers(data));

//! libFuzzer's door to `pasu_fuzz::containerd_names`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::containerd_names(data));

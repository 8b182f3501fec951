//! libFuzzer's door to `pasu_fuzz::trivy_report`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::trivy_report(data));

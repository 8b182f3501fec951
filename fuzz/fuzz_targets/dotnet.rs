//! libFuzzer's door to `pasu_fuzz::dotnet`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::dotnet(data));

//! libFuzzer's door to `pasu_fuzz::database_tables`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pasu_fuzz::database_tables(data));

//! Names, relations and evaluation, on criteria of real records.

mod evaluation;
mod names;

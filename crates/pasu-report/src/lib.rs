//! Turns a run into bytes, one file a format.

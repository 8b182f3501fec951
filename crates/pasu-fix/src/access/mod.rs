//! Who can log in and become root, by which way: what a fix must not take away.

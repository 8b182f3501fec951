//! Security updates by the package manager of the target: planned by its own simulation, carried out, taken back.

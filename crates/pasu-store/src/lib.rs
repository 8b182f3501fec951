//! Inspections of one machine, and what their findings live through, kept in one SQLite file.

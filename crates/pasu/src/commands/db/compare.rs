//! `pasu db compare`: the version orders as a user can try them.

use crate::args::CompareArgs;
use crate::exit::Exit;
use anyhow::{Result, bail};
use pasu_advisory::version::compare;
use pasu_model::Ecosystem;
use std::cmp::Ordering;
use std::io::{self, BufRead, Write};

/// The longest line that is read, in bytes.
const MAX_LINE: usize = 1 << 16;

/// Reads lines `A B`, prints one sign a line; `?` for what is no version, and then ends with status 2.
pub fn run(args: &CompareArgs) -> Result<Exit> {
    let Some(ecosystem) = Ecosystem::parse(&args.ecosystem) else {
        let names: Vec<&str> = Ecosystem::all().map(Ecosystem::name).collect();
        bail!("unknown ecosystem {:?}; known are {}", args.ecosystem, names.join(", "));
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut input = io::stdin().lock();
    let mut exit = Exit::Clean;
    let mut line = Vec::new();
    while read_line(&mut input, &mut line)? {
        let sign = sign(ecosystem, &line);
        if sign == "?" {
            exit = Exit::Incomplete;
        }
        writeln!(out, "{sign}")?;
    }
    out.flush()?;
    Ok(exit)
}

fn sign(ecosystem: Ecosystem, line: &[u8]) -> &'static str {
    let pair = std::str::from_utf8(line).ok().and_then(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?, words.next()?)).filter(|_| words.next().is_none())
    });
    match pair.and_then(|(a, b)| compare(ecosystem, a, b)) {
        Some(Ordering::Less) => "<",
        Some(Ordering::Equal) => "=",
        Some(Ordering::Greater) => ">",
        None => "?",
    }
}

/// Reads the next line that is not blank, without its end; a longer one than allowed is an error.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> Result<bool> {
    loop {
        line.clear();
        let read = io::Read::take(&mut *input, MAX_LINE as u64).read_until(b'\n', line)?;
        if read == 0 {
            return Ok(false);
        }
        if read == MAX_LINE && line.last() != Some(&b'\n') {
            bail!("a line is longer than {MAX_LINE} bytes");
        }
        if !line.trim_ascii().is_empty() {
            return Ok(true);
        }
    }
}

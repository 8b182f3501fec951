//! `/var/log/lastlog`: the last login of each user number, in a file with a hole for every number that never logged in.

use super::Host;
use crate::cause::{Cause, CauseKind};
use pasu_model::Place;
use pasu_system::SystemFile;
use std::io;
use std::path::Path;

const PATH: &str = "/var/log/lastlog";

/// Databases of SQLite that take its place, by the tool that reads them.
const SUCCESSORS: [(&str, &str); 2] =
    [("lastlog2", "/var/lib/lastlog/lastlog2.db"), ("wtmpdb", "/var/lib/wtmpdb/wtmp.db")];

/// The terminal and the host of a record, in bytes.
const TEXTS: usize = 32 + 256;

/// Clocks may differ by so many seconds.
const SLACK: i64 = 2 * 86_400;

/// When people logged in last.
pub struct LastLogins {
    file: Box<dyn SystemFile>,
    /// Bytes of the time in each record.
    time: usize,
    now: i64,
}

/// What is known of the last login of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LastLogin {
    /// There is no record, or an empty one.
    Never,
    /// Seconds since 1970.
    At(i64),
}

impl Host {
    /// The records of last logins; `None` where there are none.
    ///
    /// # Errors
    /// They are there and cannot be read, or have no known form.
    pub fn last_logins(&self) -> Result<Option<LastLogins>, Cause> {
        let file = match self.system().open(Path::new(PATH)) {
            Ok(file) => file,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(Cause::of_file(PATH, &error)),
        };
        // The time has 4 bytes on x86-64 and POWER, and 8 on 64-bit ARM: whole records tell which.
        let fits = |time: usize| file.size() % (time + TEXTS) as u64 == 0;
        let time = match (fits(4), fits(8)) {
            (true, _) => 4,
            (false, true) => 8,
            _ => return Err(Cause::malformed(PATH, None, "its size is no number of records")),
        };
        Ok(Some(LastLogins { file, time, now: self.now() }))
    }

    /// The databases that newer systems keep instead of it, by tool and path.
    #[must_use]
    pub fn login_databases(&self) -> Vec<(String, String)> {
        SUCCESSORS
            .iter()
            .filter(|(_, path)| self.system().exists(Path::new(path)))
            .map(|(tool, path)| ((*tool).to_owned(), (*path).to_owned()))
            .collect()
    }
}

impl LastLogins {
    /// The last login of a user number.
    ///
    /// # Errors
    /// The record cannot be read, or holds no time that could be.
    pub fn of(&self, uid: u32) -> Result<LastLogin, Cause> {
        let mut record = [0; 8 + TEXTS];
        let size = self.time + TEXTS;
        let Some(record) = record.get_mut(..size) else { return Ok(LastLogin::Never) };
        let filled = self.fill(record, u64::from(uid) * size as u64)?;
        if filled < size {
            return Ok(LastLogin::Never);
        }
        let (time, texts) = record.split_at(self.time);
        let seconds = little_endian(time);
        let is_sane = texts.iter().all(|byte| *byte == 0 || !byte.is_ascii_control());
        match seconds {
            0 => Ok(LastLogin::Never),
            1.. if is_sane && seconds <= self.now + SLACK => Ok(LastLogin::At(seconds)),
            _ => Err(Cause {
                kind: CauseKind::Malformed,
                place: Some(Place::File { path: PATH.to_owned(), line: None }),
                detail: format!("the record of number {uid}"),
            }),
        }
    }

    fn fill(&self, record: &mut [u8], offset: u64) -> Result<usize, Cause> {
        let mut filled = 0;
        while let Some(rest) = record.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.file.read_at(rest, offset + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Cause::of_file(PATH, &error)),
            }
        }
        Ok(filled)
    }
}

fn little_endian(bytes: &[u8]) -> i64 {
    bytes.iter().rev().fold(0_i64, |number, byte| (number << 8) | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::LastLogin;
    use crate::case::TestHost;
    use pasu_system::MemorySystem;
    use std::sync::Arc;

    fn record(time: &[u8]) -> Vec<u8> {
        let mut record = time.to_vec();
        record.extend(b"pts/0");
        record.resize(time.len() + super::TEXTS, 0);
        record
    }

    fn logins(bytes: &[u8]) -> Vec<Result<LastLogin, ()>> {
        let base = TestHost::new().host();
        let options = crate::HostOptions {
            today: base.today(),
            now: base.now(),
            as_root: true,
            deadline: None,
            software: None,
            in_container: false,
            image: None,
        };
        let system = MemorySystem::new().with_file("/var/log/lastlog", bytes);
        let host = crate::Host::new(Arc::new(system), options);
        let Ok(logins) = host.last_logins() else { return Vec::new() };
        let logins = logins.unwrap();
        [0, 1, 5, u32::MAX].map(|uid| logins.of(uid).map_err(|_| ())).to_vec()
    }

    #[test]
    fn records_are_found_by_number_in_both_forms() {
        let seconds = 1_790_000_000_i64;
        for time in [&seconds.to_le_bytes()[..4], &seconds.to_le_bytes()[..]] {
            let bytes = [record(&vec![0; time.len()]), record(time)].concat();
            let never = Ok(LastLogin::Never);
            let expected = vec![never.clone(), Ok(LastLogin::At(seconds)), never.clone(), never];
            assert_eq!(logins(&bytes), expected);
        }
    }

    #[test]
    fn what_is_no_record_is_not_guessed() {
        assert!(logins(b"some text").is_empty());
        assert_eq!(logins(&record(&[0xff, 0xff, 0xff, 0xff]))[0], Err(()));
    }
}

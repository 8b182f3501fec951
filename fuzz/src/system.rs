//! Targets of `pasu-system`: what is kept of a transaction, as somebody may have changed it. Its checksums keep bytes of
//! chance from getting anywhere, so one target makes folders whose checksums are right and whose content is not.

use pasu_system::transaction::{FOLDER, History, NoActions, Transactions, read_journal};
use pasu_system::{MemoryDisk, MemorySystem};
use sha2::{Digest, Sha256};

/// A journal of any bytes.
pub fn journal(data: &[u8]) {
    if let Ok((records, end)) = read_journal(data) {
        let end = usize::try_from(end).expect("an end within the bytes");
        assert_eq!(read_journal(&data[..end]), Ok((records, end as u64)));
    }
}

/// A transaction whose first line is its list of changes and whose other lines are its journal.
pub fn transaction(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let changes = lines.next().unwrap_or_default();
    let (header, id) = (b"null", "1-1");
    let (first, second) = (sum(header), sum(changes));
    let begun = format!(r#"{{"n":0,"record":"begun","header":"{first}","changes":"{second}"}}"#);
    let mut journal = frame(begun.as_bytes());
    lines.for_each(|line| journal.extend(frame(line)));
    let file = |name: &str| format!("{FOLDER}/{id}/{name}");
    let blob = b"Port 22\n";
    let disk: MemoryDisk = MemorySystem::new()
        .with_file(&file("header.json"), header)
        .with_file(&file("changes.json"), changes)
        .with_file(&file("journal"), journal)
        .with_file(&file(&format!("blobs/{}", sum(blob))), blob)
        .with_file("/etc/ssh/sshd_config", "Port 2222\n")
        .into();
    let history = History::new(&disk);
    let _ = history.list();
    if let Ok(account) = history.show(id) {
        for change in &account.changes {
            let _ = history.content(id, &change.before);
        }
    }
    if let Ok(transactions) = Transactions::open(&disk) {
        let _ = transactions.recover(&NoActions, 0, "boot", false);
        let _ = transactions.rollback(id, &NoActions);
    }
}

fn frame(json: &[u8]) -> Vec<u8> {
    let length = u32::try_from(json.len()).unwrap_or(u32::MAX);
    [&length.to_le_bytes()[..], &crc32fast::hash(json).to_le_bytes()[..], json].concat()
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

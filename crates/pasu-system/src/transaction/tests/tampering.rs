//! What is kept is checked before it is trusted.

use super::*;
use crate::transaction::{History, NoActions, Record, Recovered, Standing, read_journal};

const FOLDER: &str = "/var/lib/pasu/fix/20261129-225301-1";

fn read(disk: &MemoryDisk, name: &str) -> Vec<u8> {
    crate::System::read(disk, &Path::new(FOLDER).join(name), 1 << 20).unwrap()
}

fn write(disk: &MemoryDisk, name: &str, bytes: Vec<u8>) {
    disk.edit(|system| system.with_file(&format!("{FOLDER}/{name}"), bytes));
}

/// A machine on which everything is applied and nothing is committed.
fn applied() -> MemoryDisk {
    let disk = machine();
    {
        let transactions = Transactions::open(&disk).unwrap();
        let changes = changes(&disk);
        let mut transaction = transactions.begin(ID, &json!({"who": "root"}), changes).unwrap();
        transaction.apply(&NoActions).unwrap();
    }
    disk
}

/// Where the last record begins.
fn last_record(journal: &[u8]) -> usize {
    let (mut last, mut next) = (0, 0);
    while next < journal.len() {
        last = next;
        next += 8 + u32::from_le_bytes(journal[next..next + 4].try_into().unwrap()) as usize;
    }
    last
}

#[test]
fn a_torn_last_record_is_no_record_and_the_next_takes_its_place() {
    let base = applied();
    let whole = read(&base, "journal");
    let (records, length) = read_journal(&whole).unwrap();
    assert_eq!((records.last(), length), (Some(&Record::Applied), whole.len() as u64));
    let before = machine().snapshot(OWN);
    let first = 8 + u32::from_le_bytes(whole[..4].try_into().unwrap()) as usize;
    for length in first..whole.len() {
        let disk = base.clone();
        write(&disk, "journal", whole[..length].to_vec());
        assert!(read_journal(&whole[..length]).is_ok(), "{length}");
        if length < last_record(&whole) {
            continue;
        }
        recover(&disk, &Service::default());
        assert_eq!(disk.snapshot(OWN), before, "{length} bytes");
    }
}

#[test]
fn a_flipped_bit_anywhere_but_in_the_last_record_is_damage_and_nothing_is_touched() {
    let disk = applied();
    let whole = read(&disk, "journal");
    let last = last_record(&whole);
    for at in 0..last {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        assert!(read_journal(&bytes).is_err(), "byte {at}");
    }
    let mut bytes = whole;
    bytes[last - 1] ^= 1;
    write(&disk, "journal", bytes);
    damaged(&disk, "journal: damaged at byte");
}

#[test]
fn a_record_that_was_taken_out_is_missed() {
    let disk = applied();
    let whole = read(&disk, "journal");
    let first = 8 + u32::from_le_bytes(whole[..4].try_into().unwrap()) as usize;
    let second = 8 + u32::from_le_bytes(whole[first..first + 4].try_into().unwrap()) as usize;
    write(&disk, "journal", [&whole[..first], &whole[first + second..]].concat());
    damaged(&disk, "journal: record 1 is missing");
    write(&disk, "journal", Vec::new());
    damaged(&disk, "journal: is gone");
}

#[test]
fn changed_bytes_and_a_changed_list_are_named() {
    let disk = applied();
    let blob = format!("blobs/{}", crate::transaction::image::sha256(b"PermitRootLogin yes\n"));
    let old = read(&disk, &blob);
    write(&disk, &blob, b"PermitRootLogin YES\n".to_vec());
    damaged(&disk, &format!("{blob}: not what was written"));
    write(&disk, &blob, old);
    let list = String::from_utf8(read(&disk, "changes.json")).unwrap();
    write(&disk, "changes.json", list.replace("/etc/shadow", "/etc/passwd").into());
    damaged(&disk, "changes.json: not what was written");
    write(&disk, "changes.json", list.into());
    write(&disk, "header.json", b"{\"who\":\"nobody\"}".to_vec());
    let listed = &History::new(&disk).list().unwrap()[0];
    assert!(matches!(&listed.standing, Standing::Damaged { what } if what.contains("header.json")));
    recover(&disk, &Service::default());
    assert_eq!(disk.snapshot(OWN), machine().snapshot(OWN));
}

/// Recovery names what is damaged, touches nothing and stays to be done.
fn damaged(disk: &MemoryDisk, expected: &str) {
    let before = disk.snapshot(&[]);
    let transactions = Transactions::open(disk).unwrap();
    let recovered = transactions.recover(&NoActions, 0, "boot", false).unwrap();
    let [(_, Recovered::Failed(error))] = &recovered[..] else { panic!("{recovered:?}") };
    assert!(error.to_string().contains(expected), "{error}");
    assert_eq!(disk.snapshot(&[]), before);
    assert_eq!(crate::transaction::unfinished(disk).as_deref(), Some(ID));
}

#[test]
fn everything_is_there_to_be_shown() {
    let disk = machine();
    run(&disk, &Service::default()).unwrap();
    let history = History::new(&disk);
    let account = history.show(ID).unwrap();
    assert_eq!(
        (&account.header, &account.standing),
        (&json!({"who": "root"}), &Standing::Committed)
    );
    let config = &account.changes[0];
    let content = |image| history.content(ID, image).unwrap().unwrap();
    assert_eq!(content(&config.before), b"PermitRootLogin yes\n");
    assert_eq!(content(&config.after), b"PermitRootLogin no\n");
    assert_eq!(history.content(ID, &account.changes[1].before).unwrap(), None);
    assert_eq!(account.journal.last(), Some(&Record::Committed { outcome: json!("fixed") }));
    // Only their owner may read what is kept.
    for (name, _) in crate::System::read_dir(&disk, &Path::new(FOLDER).join("blobs")).unwrap() {
        let status = disk.status(&Path::new(FOLDER).join("blobs").join(name)).unwrap();
        assert_eq!(status.attributes.mode, 0o600);
    }
    assert!(matches!(history.show("20990101"), Err(Error::Unknown(_))));
}

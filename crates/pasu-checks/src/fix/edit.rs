//! Typed edits: what an item asks for, in its own terms. How they are carried out stands in `edits/`.

use super::pam_edit::PamEdit;
use super::statement::{ApacheChange, ElementHead, Head, NamedChange, NginxChange, XmlChange};
use crate::judgement::Reason;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// What an item would change, and under which conditions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fix {
    /// In order.
    pub(crate) edits: Vec<Edit>,
    /// What has to be true, and whether it is.
    pub(crate) needs: Vec<(Reason, bool)>,
    /// Why a person has to accept it, whatever the item's entry says: it is in use.
    pub(crate) consent: Vec<Reason>,
    /// What stays for a person.
    pub(crate) left: Vec<Reason>,
}

impl Fix {
    /// Nothing to change.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an edit; the same one twice counts once.
    pub fn edit(&mut self, edit: impl Into<Edit>) {
        let edit = edit.into();
        if !self.edits.contains(&edit) {
            self.edits.push(edit);
        }
    }

    /// Adds several edits.
    pub fn extend(&mut self, edits: impl IntoIterator<Item = Edit>) {
        edits.into_iter().for_each(|edit| self.edit(edit));
    }

    /// Whether something is started that may not run now, or not as its files then say.
    pub(crate) fn starts(&self) -> bool {
        self.edits.iter().any(|edit| matches!(edit, Edit::Enable { .. } | Edit::Restart { .. }))
    }

    /// Adds a condition: nothing of this item is done where it does not hold.
    pub fn need(&mut self, what: Reason, holds: bool) {
        self.needs.push((what, holds));
    }

    /// Says why a person has to accept it first: something is in use.
    pub fn consent(&mut self, why: Reason) {
        if !self.consent.contains(&why) {
            self.consent.push(why);
        }
    }

    /// Says what stays for a person.
    pub fn leave(&mut self, what: Reason) {
        if !self.left.contains(&what) {
            self.left.push(what);
        }
    }

    /// Puts a comment sign before the line of a place, where it is in a file.
    pub fn comment_out(&mut self, place: Option<&Place>) {
        self.change_line(place, LineChange::CommentOut);
    }

    /// Deletes the line of a place, where it is in a file.
    pub fn delete_line(&mut self, place: Option<&Place>) {
        self.change_line(place, LineChange::Replace(Vec::new()));
    }

    /// Replaces the line of a place, where it is in a file.
    pub fn replace_line(&mut self, place: Option<&Place>, with: impl Into<String>) {
        self.change_line(place, LineChange::Replace(vec![with.into()]));
    }

    /// Puts another statement in the place of the one that begins at the line of a place, where it is in a file.
    pub fn restate(&mut self, place: Option<&Place>, with: impl Into<String>) {
        self.change_line(place, LineChange::Statement(with.into()));
    }

    /// Puts a comment sign before every line of the section `<Name …>` that begins at the line of a place.
    pub fn comment_out_section(&mut self, place: Option<&Place>) {
        self.change_line(place, LineChange::CommentOutSection);
    }

    /// Replaces a part of the line of a place, where it is in a file.
    pub fn replace_part(&mut self, place: Option<&Place>, old: &str, new: &str) {
        if let Some(Place::File { path, line: Some(line) }) = place {
            let (path, line) = (path.clone(), *line);
            self.edit(Edit::Part { path, line, old: old.to_owned(), new: new.to_owned() });
        }
    }

    fn change_line(&mut self, place: Option<&Place>, change: LineChange) {
        if let Some(Place::File { path, line: Some(line) }) = place {
            self.edit(Edit::Line { path: path.clone(), line: *line, change });
        }
    }
}

/// One edit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edit {
    /// Owner, mode and access list.
    Attributes(AttributesEdit),
    /// A line of a text file, by the number it has in the file that was judged.
    Line {
        /// File.
        path: String,
        /// From 1.
        line: u32,
        /// What becomes of it.
        change: LineChange,
    },
    /// A part of a line becomes another, wherever in the line it stands; it must stand there once.
    Part {
        /// File.
        path: String,
        /// From 1.
        line: u32,
        /// What stands there: `umask 002`.
        old: String,
        /// What will.
        new: String,
    },
    /// New lines in a text file, which is made where there is none (0644, root).
    Insert {
        /// File.
        path: String,
        /// Where.
        at: Anchor,
        /// Lines without their ends.
        lines: Vec<String>,
    },
    /// A key of a configuration file.
    Setting(SettingEdit),
    /// A whole new file; what is there is replaced.
    Write {
        /// File.
        path: String,
        /// Its text, with the last line's end.
        content: String,
        /// Bits of a new file.
        mode: u32,
    },
    /// A file or symbolic link goes.
    Remove {
        /// Its path.
        path: String,
    },
    /// A symbolic link is made; one that is there is replaced, anything else is a conflict.
    Symlink {
        /// Its path.
        path: String,
        /// Where it points.
        target: String,
    },
    /// A directory is made where there is none.
    Directory {
        /// Its path.
        path: String,
        /// Bits of a new one.
        mode: u32,
        /// Owner and group by name or number, root without.
        owner: Option<(String, String)>,
    },
    /// A keyword of every sshd, in its global part: the line that wins is edited, else one is added where it wins.
    Sshd {
        /// The keyword as sshd writes it.
        keyword: String,
        /// Its value.
        value: String,
        /// Whether lines under `Match` are held to the same value.
        everywhere: bool,
    },
    /// A statement of nginx.
    Nginx {
        /// The directive, or the head of the block.
        at: Head,
        /// What becomes of it.
        change: NginxChange,
    },
    /// A directive of Apache.
    Apache {
        /// The directive; only its name counts.
        at: Head,
        /// What becomes of it.
        change: ApacheChange,
    },
    /// An element of Tomcat's files.
    Xml {
        /// The element.
        at: ElementHead,
        /// What becomes of it.
        change: XmlChange,
    },
    /// A statement of BIND.
    Named {
        /// The keyword and, of a zone, its name; of another statement the whole of it as it was judged.
        at: Head,
        /// What becomes of it.
        change: NamedChange,
    },
    /// A setting of an instance of Postfix: in its `main.cf`, or in the `-o` of a service of its `master.cf`.
    Postfix {
        /// The instance's folder.
        folder: String,
        /// The line of `master.cf` at which the service begins.
        service: Option<u32>,
        /// The setting.
        name: String,
        /// Its value.
        value: String,
    },
    /// Flags of Sendmail's `PrivacyOptions` are added, in the generated file and its source.
    SendmailPrivacy {
        /// The flags as they are written.
        flags: Vec<String>,
    },
    /// A field of an account's record.
    Account {
        /// The account or group.
        name: String,
        /// Which field.
        field: AccountField,
        /// What it becomes.
        value: String,
    },
    /// Takes a member out of a group, in `/etc/group` and `/etc/gshadow`.
    RemoveMember {
        /// The group.
        group: String,
        /// The account.
        member: String,
    },
    /// The password field of `/etc/passwd` moves to `/etc/shadow`, as pwconv(8) does it. It is read when the edit is drawn,
    /// so that no plan holds it. What is no hash lets nobody in, and becomes the mark of a locked account.
    Shadow {
        /// The account.
        name: String,
    },
    /// A line of a PAM stack.
    Pam(PamEdit),
    /// A unit, or script of System V, is no longer started at boot, and is stopped where it runs.
    Disable {
        /// Its name: `telnet.socket`, or that of a script.
        unit: String,
        /// Whether nothing may start it again: linked to `/dev/null`.
        mask: bool,
    },
    /// A unit is started at boot, and now where the machine runs.
    Enable {
        /// Its name: `chronyd.service`.
        unit: String,
    },
    /// A service of inetd or xinetd is switched off.
    SuperServerOff {
        /// Its line, or the head of its block.
        place: Place,
        /// The ports that the super-server holds for it.
        ports: Vec<u16>,
    },
    /// A setting of the kernel: in a drop-in that wins, and now.
    Sysctl {
        /// Its name with dots.
        key: String,
        /// Its value.
        value: String,
    },
    /// A running unit is started again, because it reads its configuration only then.
    Restart {
        /// Its name.
        unit: String,
        /// Ports that it no longer holds afterwards.
        closes: Vec<u16>,
    },
    /// The configuration is read again by this unit, though no edit touches a file that it is known to read.
    Reload {
        /// Its name.
        unit: String,
    },
}

/// Owner, mode and access list of one path. Several items may ask: each takes bits away, none gives them back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributesEdit {
    /// The path; links are followed inside the target.
    pub path: String,
    /// Owner by name or number.
    pub owner: Option<String>,
    /// Group by name or number.
    pub group: Option<String>,
    /// Bits that may stay (`0o7777`); others are cleared.
    pub limit: Option<u32>,
    /// Bits that are set: the sticky bit.
    pub add: u32,
    /// Whether entries of the access list go that give more than `limit` leaves to others.
    pub limit_acl: bool,
    /// Whether the access list goes, whatever it gives.
    pub drop_acl: bool,
}

impl From<AttributesEdit> for Edit {
    fn from(edit: AttributesEdit) -> Self {
        Self::Attributes(edit)
    }
}

impl From<PamEdit> for Edit {
    fn from(edit: PamEdit) -> Self {
        Self::Pam(edit)
    }
}

/// What becomes of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineChange {
    /// These lines stand in its place; none deletes it.
    Replace(Vec<String>),
    /// `# ` before it.
    CommentOut,
    /// The statement that begins there, with the lines that a backslash at the end adds to it, becomes this one. Its
    /// indentation stays.
    Statement(String),
    /// One word of the line, counted from 0 and parted by white space, becomes this one; it is added where the line ends
    /// before it. The others, which may be secrets, are neither kept nor shown. A line with quotes is for a person.
    Word {
        /// Which.
        index: u32,
        /// What it becomes.
        word: String,
    },
    /// `# ` before every line of the section that begins there with `<Name …>`, up to its `</Name>`.
    CommentOutSection,
}

/// Where new lines go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Anchor {
    /// Before the first line.
    Start,
    /// After the last line.
    End,
    /// Before the line that had this number.
    Before(u32),
    /// After the line that had this number.
    After(u32),
}

/// How a file writes a key and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Syntax {
    /// `UMASK 022`: white space between (login.defs, and most daemons).
    Spaced,
    /// `minlen = 8`: an equals sign with white space around it.
    Equals,
    /// `anonymous_enable=NO`: without white space, as vsftpd and shells demand.
    Tight,
    /// `export TMOUT=600` or `TMOUT=600`; new lines are written without `export`.
    Shell,
    /// `flag` alone: a keyword without a value.
    Bare,
}

/// A key of a configuration file whose last line counts: lines that set it are replaced by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingEdit {
    /// File; made where there is none (0644, root).
    pub path: String,
    /// How it is written.
    pub syntax: Syntax,
    /// `[section]` of the key, where the file has sections.
    pub section: Option<String>,
    /// The key.
    pub key: Key,
    /// Its value.
    pub value: String,
}

/// A key, with or without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// As it is written.
    pub name: String,
    /// Whether `umask` and `UMASK` are one.
    pub any_case: bool,
}

impl SettingEdit {
    /// A key that is written exactly so, in no section.
    pub fn new(path: &str, syntax: Syntax, key: &str, value: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            syntax,
            section: None,
            key: Key { name: key.to_owned(), any_case: false },
            value: value.into(),
        }
    }

    /// The same in a section.
    #[must_use]
    pub fn in_section(mut self, section: &str) -> Self {
        self.section = Some(section.to_owned());
        self
    }

    /// The same without regard to case.
    #[must_use]
    pub fn any_case(mut self) -> Self {
        self.key.any_case = true;
        self
    }
}

impl From<SettingEdit> for Edit {
    fn from(edit: SettingEdit) -> Self {
        Self::Setting(edit)
    }
}

/// A field of an account's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountField {
    /// The password field of `/etc/passwd`.
    PasswdPassword,
    /// The home of `/etc/passwd`.
    Home,
    /// The shell of `/etc/passwd`.
    Shell,
    /// The password field of `/etc/shadow`: `!` is put before what is there, whatever the value.
    LockPassword,
    /// The day of the last change, `/etc/shadow`; 0 has the next login set another password.
    LastChange,
    /// Minimum age in days, `/etc/shadow`.
    MinimumAge,
    /// Maximum age in days, `/etc/shadow`.
    MaximumAge,
    /// Last day, `/etc/shadow`.
    Expires,
}

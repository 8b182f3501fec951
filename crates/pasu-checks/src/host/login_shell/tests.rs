//! Start files as Debian and Red Hat ship them, and the turns that scripts take.

use super::{LoginShells, SessionKind, Setting, Who};
use crate::case::TestHost;

/// The file that Debian 12 ships, shortened.
const DEBIAN_PROFILE: &str = r#"
if [ "$(id -u)" -eq 0 ]; then
  PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
else
  PATH="/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"
fi
export PATH

if [ "${PS1-}" ]; then
  if [ "${BASH-}" ] && [ "$BASH" != "/bin/sh" ]; then
    if [ -f /etc/bash.bashrc ]; then
      . /etc/bash.bashrc
    fi
  else
    if [ "$(id -u)" -eq 0 ]; then
      PS1='# '
    else
      PS1='$ '
    fi
  fi
fi

if [ -d /etc/profile.d ]; then
  for i in /etc/profile.d/*.sh; do
    if [ -r $i ]; then
      . $i
    fi
  done
  unset i
fi
"#;

/// The files that Red Hat Enterprise Linux 8 ships, shortened.
const RED_HAT_PROFILE: &str = r#"
pathmunge () {
    case ":${PATH}:" in
        *:"$1":*)
            ;;
        *)
            if [ "$2" = "after" ] ; then
                PATH=$PATH:$1
            else
                PATH=$1:$PATH
            fi
    esac
}
if [ -x /usr/bin/id ]; then
    if [ -z "$EUID" ]; then
        EUID=`/usr/bin/id -u`
        UID=`/usr/bin/id -ru`
    fi
    USER="`/usr/bin/id -un`"
fi
if [ "$EUID" = "0" ]; then
    pathmunge /usr/sbin
    pathmunge /opt/root
else
    pathmunge /opt/user after
fi
HOSTNAME=`/usr/bin/hostname 2>/dev/null`
export PATH USER HOSTNAME
if [ $UID -gt 199 ] && [ "`/usr/bin/id -gn`" = "`/usr/bin/id -un`" ]; then
    umask 002
else
    umask 022
fi
for i in /etc/profile.d/*.sh /etc/profile.d/sh.local ; do
    if [ -r "$i" ]; then
        if [ "${-#*i}" != "$-" ]; then
            . "$i"
        else
            . "$i" >/dev/null
        fi
    fi
done
unset i
unset -f pathmunge
"#;

fn read(host: TestHost) -> LoginShells {
    (*host.host().login_shells()).clone()
}

fn session(shells: &LoginShells, who: Who, kind: SessionKind) -> &super::Session {
    shells.sessions.iter().find(|session| (session.who, session.kind) == (who, kind)).unwrap()
}

fn values(settings: &[Setting]) -> Vec<&str> {
    settings.iter().map(|setting| setting.value.as_deref().unwrap_or("-")).collect()
}

fn root_values(profile: &str, name: &str) -> Vec<String> {
    let shells = read(TestHost::new().file("/etc/profile", profile));
    let session = session(&shells, Who::Root, SessionKind::Login);
    assert_eq!(session.damage, []);
    let settings = if name == "umask" { &session.umask } else { session.variable(name) };
    values(settings).into_iter().map(str::to_owned).collect()
}

#[test]
fn debians_files_give_each_his_path() {
    let shells = read(
        TestHost::new()
            .file("/etc/profile", DEBIAN_PROFILE)
            .file("/etc/profile.d/b.sh", "export TMOUT=900\n")
            .file("/etc/profile.d/a.sh", "TMOUT=1\n")
            .file("/etc/profile.d/c.csh", "TMOUT=0\n")
            .file("/root/.bashrc", "umask 077\nTMOUT=300\n"),
    );
    let root = session(&shells, Who::Root, SessionKind::Login);
    assert_eq!(
        values(root.variable("PATH")),
        ["/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
    );
    assert_eq!(values(root.variable("TMOUT")), ["900"]);
    assert!(root.variable("TMOUT")[0].exported);
    let user = session(&shells, Who::User, SessionKind::Login);
    assert!(values(user.variable("PATH"))[0].ends_with("/usr/games"));
    let below = session(&shells, Who::Root, SessionKind::Interactive);
    assert_eq!(values(below.variable("TMOUT")), ["300"]);
    assert_eq!(values(&below.umask), ["077"]);
}

#[test]
fn red_hats_files_know_functions_and_user_groups() {
    let shells = read(
        TestHost::new()
            .file("/etc/profile", RED_HAT_PROFILE)
            .file("/etc/login.defs", "ENV_SUPATH PATH=/sbin:/usr/sbin\nENV_PATH PATH=/bin\n")
            .file("/etc/profile.d/x.sh", "[ -n \"$BASH_VERSION\" ] && readonly TMOUT=600\n")
            .file("/etc/profile.d/y.sh", "TMOUT=0\n"),
    );
    let root = session(&shells, Who::Root, SessionKind::Login);
    assert_eq!(values(root.variable("PATH")), ["/opt/root:/sbin:/usr/sbin"]);
    assert_eq!(values(&root.umask), ["022"]);
    assert_eq!(values(root.variable("TMOUT")), ["600"]);
    let user = session(&shells, Who::User, SessionKind::Login);
    assert_eq!(values(user.variable("PATH")), ["/bin:/opt/user"]);
    assert_eq!(values(&user.umask), ["002"]);
    assert_eq!(root.damage, []);
}

#[test]
fn what_only_running_tells_is_kept_open() {
    assert_eq!(root_values("if grep -q x /etc/y; then TMOUT=5; fi\n", "TMOUT"), ["-", "5"]);
    assert_eq!(root_values("TMOUT=9\ncase $TERM in a) TMOUT=5;; esac\n", "TMOUT"), ["9", "5"]);
    assert_eq!(root_values("TMOUT=`cat /x`\n", "TMOUT"), ["\u{fffc}"]);
    assert_eq!(root_values("while read x; do TMOUT=1; done < /x\n", "TMOUT"), ["\u{fffc}", "-"]);
    assert_eq!(root_values("eval \"TMOUT=5\"\n", "TMOUT"), ["\u{fffc}"]);
    assert_eq!(root_values("x=1\n[ \"$x\" = 1 ] || TMOUT=5\n", "TMOUT"), [""; 0]);
}

#[test]
fn forms_and_flow_are_the_shells() {
    for (script, wanted) in [
        ("declare -x TMOUT=5", "5"),
        ("typeset -rx TMOUT='5'; TMOUT=6", "5"),
        ("TMOUT=5 command env", "-"),
        ("(TMOUT=5)", "-"),
        ("TMOUT=5 | cat", "-"),
        ("TMOUT=5; unset TMOUT", "-"),
        ("return\nTMOUT=5", "-"),
        ("if [ $UID = 0 ]; then return; fi\nTMOUT=5", "-"),
        ("cat <<EOF\nTMOUT=5\nEOF\nTMOUT=6", "6"),
        ("# TMOUT=5\nTMOUT=4 # TMOUT=3", "4"),
        ("f() { TMOUT=$1; }; f 7", "7"),
        ("for i in 1 2 3; do TMOUT=$i; done", "3"),
        ("case $- in *i*) TMOUT=5;; *) return;; esac", "5"),
        ("[[ $- == *i* ]] && TMOUT=5", "5"),
        ("if [[ $UID -ge 1000 || $UID == 0 ]]; then TMOUT=5; else TMOUT=6; fi", "5"),
        ("TMOUT=${TMOUT:-8}", "8"),
        ("TMOUT=2>/dev/null", "2"),
        ("TMOUT=\\\n5", "5"),
        ("x=5; TMOUT=\"$x\"'0'", "50"),
        ("TMOUT=5 2>/dev/null; export TMOUT >/dev/null 2>&1", "5"),
        ("! shopt -q login_shell || TMOUT=5", "5"),
    ] {
        let found = root_values(script, "TMOUT");
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        let wanted: &[&str] = if wanted == "-" { &["-"] } else { &[wanted] };
        assert!(found == wanted || wanted == ["-"] && found.is_empty(), "{script}: {found:?}");
    }
    assert_eq!(root_values("umask 027; umask g+w", "umask"), ["007"]);
}

#[test]
fn damage_counts_for_what_the_file_mentions() {
    let shells = read(
        TestHost::new()
            .file("/etc/profile", "if true; then\nTMOUT=5\n")
            .file("/root/.profile", "echo 'x\n"),
    );
    let root = session(&shells, Who::Root, SessionKind::Login);
    assert_eq!(root.damage_of("TMOUT").count(), 1);
    assert_eq!(root.damage_of("PATH").count(), 0);
}

#[test]
fn absurd_files_end() {
    let deep = "if true; then ".repeat(5000);
    let long = "if x; then A=$A; fi\n".repeat(12_000);
    let huge = "A=1\n".repeat(1_000_000);
    let doubling = "P=$P$P\n".repeat(1000);
    let circle = ". /etc/profile\n";
    for text in
        [&*deep, &long, &huge, &doubling, circle, "f() { f; f; }; f\n", &"$(".repeat(10_000)]
    {
        assert_eq!(read(TestHost::new().file("/etc/profile", text)).sessions.len(), 4);
    }
}

#[test]
fn csh_reads_its_own_files() {
    let shells = read(
        TestHost::new()
            .file("/bin/tcsh", "")
            .file(
                "/etc/csh.cshrc",
                "if ($uid > 199 && \"`id -gn`\" == \"`id -un`\") then\n umask 002\nelse\n umask 022\nendif\n\
                 foreach i ( /etc/profile.d/*.csh )\n if ( -r \"$i\" ) source \"$i\"\nend\n",
            )
            .file("/etc/profile.d/a.csh", "set autologout=10\nset path = ( . /bin $path )\n")
            .file("/etc/login.defs", "ENV_SUPATH /sbin\nENV_PATH /usr/bin\n"),
    );
    let root = session(&shells, Who::Root, SessionKind::Csh);
    assert_eq!(values(&root.umask), ["022"]);
    assert!(values(root.variable("autologout")).contains(&"10"));
    assert!(values(root.variable("PATH")).contains(&".:/bin:/sbin"));
    assert_eq!(values(&session(&shells, Who::User, SessionKind::Csh).umask), ["002"]);
}

# Packages of two versions, a repository of them that is served over HTTP, and an advisory about one.
make() {
    cat >/tmp/spec <<END
Name: $1
Version: $2
Release: 1
Summary: x
License: MIT
BuildArch: noarch
${3-}
%description
x
%install
mkdir -p %{buildroot}/etc %{buildroot}/usr/share/$1
echo v$2 >%{buildroot}/etc/$1.conf
echo v$2 >%{buildroot}/usr/share/$1/data
%files
%config${4-} /etc/$1.conf
/usr/share/$1
END
    rpmbuild -bb --quiet --define "_rpmdir /repo" /tmp/spec 2>&1
}
make base-lib 1 "" "(noreplace)"
make base-lib 2 "" "(noreplace)"
make base-tool 1 "Requires: base-lib = 1"
make base-tool 2 "Requires: base-lib = 2"
make pinned 1
make pinned 2
make needs-pinned 1 "Requires: pinned = 1"
make careless 1
make careless 2
createrepo_c -q /repo
cat >/tmp/updateinfo.xml <<END
<?xml version="1.0"?>
<updates><update from="x@x" status="final" type="security" version="1"><id>TEST-2026:0001</id><title>base-lib</title>
<issued date="2026-01-01 00:00:00"/><updated date="2026-01-01 00:00:00"/><severity>Important</severity>
<description>x</description><references/><pkglist><collection short="t"><name>t</name>
<package name="base-lib" version="2" release="1" epoch="0" arch="noarch" src="base-lib-2-1.src.rpm">
<filename>base-lib-2-1.noarch.rpm</filename></package></collection></pkglist></update></updates>
END
modifyrepo_c /tmp/updateinfo.xml /repo/repodata >/dev/null
mkdir -p /etc/yum.repos.d
printf '[test]\nname=test\nbaseurl=http://127.0.0.1:48123/\ngpgcheck=0\n' >/etc/yum.repos.d/test.repo
cd /repo
nohup python3 -m http.server --bind 127.0.0.1 48123 >/dev/null 2>&1 &
for attempt in $(seq 50); do sleep 0.1; dnf -q makecache 2>/dev/null && break; done
dnf -y -q install base-tool-1 needs-pinned careless-1
rm /var/lib/dpkg/status

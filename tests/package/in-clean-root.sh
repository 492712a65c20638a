#!/bin/bash
# Tries the packages in a Debian 12 that has nothing else: installs the .deb, uses it, removes it, and shows that nothing is
# left; then the .rpm, as far as Debian's rpm can. As root:
#   in-clean-root.sh DEB RPM FOLDER     keeps the bare system, and a picture of the window, in FOLDER
set -euo pipefail
deb=$(readlink -f "$1") rpm=$(readlink -f "$2")
mkdir -p "$3"
folder=$(readlink -f "$3")
here=$(dirname "$(readlink -f "$0")")
name=certifikatguide
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive

say() { printf '== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

if [ ! -e "$folder/debian-12.tar" ]; then
    say "A bare Debian 12"
    mmdebstrap --quiet --variant=apt --include=ca-certificates bookworm "$folder/debian-12.tar.new"
    mv "$folder/debian-12.tar.new" "$folder/debian-12.tar"
fi
root=$(mktemp -d)
trap 'rm -rf --one-file-system "$root"' EXIT
chmod 755 "$root"
tar -C "$root" -xf "$folder/debian-12.tar" --exclude='./dev/*'
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp "$deb" "$root/package.deb"
cp "$here/use.sh" "$root/use.sh"

# What is mounted and started in there ends with the command.
inside() {
    unshare --mount --pid --fork --kill-child bash -euo pipefail -c '
        root=$1; shift
        mount -t proc proc "$root/proc"
        mount -t tmpfs -o mode=755 tmpfs "$root/dev"
        mkdir -m 1777 "$root/dev/shm"
        mkdir "$root/dev/pts"
        mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
        ln -s pts/ptmx "$root/dev/ptmx"
        ln -s /proc/self/fd "$root/dev/fd"
        for device in null zero full random urandom tty; do touch "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; done
        exec chroot "$root" "$@"' inside "$root" "$@"
}
files() {
    (cd "$root" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./tmp -o -path ./run -o -path ./var/log \
        -o -path ./var/lib/apt -o -path ./var/lib/dpkg -o -path ./var/cache \) -prune -o -printf '%y %m %U %p %l\n' | sort)
}

say "What the package needs, and what it is tried with"
inside apt-get update -qq
inside apt-get install -qq --no-install-recommends man-db bash-completion fish zsh xvfb xauth x11-utils x11-apps dbus \
    dbus-x11 gnome-keyring procps > "$folder/apt.log"
inside apt-get satisfy -qq --no-install-recommends "$(dpkg-deb -f "$deb" Depends)" >> "$folder/apt.log"
inside useradd --create-home medarbejder
files > "$folder/before"

say "The .deb is installed"
inside dpkg --install /package.deb
say "Desktop file, AppStream data and icons"
desktop-file-validate "$root/usr/share/applications/dk.$name.desktop.desktop"
appstreamcli validate --no-net "$root/usr/share/metainfo/dk.$name.desktop.metainfo.xml"
(cd "$root/usr/share/icons/hicolor" && find . -name 'dk.certifikatguide.desktop.*' | sort -V)
inside bash /use.sh
say "The policy"
install -d "$root/etc/$name"
printf 'language = "en"\nexport = true\nlocked = ["language"]\n' > "$root/etc/$name/policy.toml"
inside su medarbejder -c 'certifikat doctor --language da; test $? = 1' | sed -n '/POLICY/,$p' | tee "$folder/policy.txt"
grep -q '^- File: /etc/certifikatguide/policy.toml' "$folder/policy.txt" || fail "the doctor does not name the policy"
printf 'export = true\nexprot = true\n' > "$root/etc/$name/policy.toml"
inside su medarbejder -c 'certifikat doctor --language en; test $? = 1' | grep 'policy.toml: line 2'
rm -r "${root:?}/etc/$name"
mv "$root/tmp/window.xwd" "$folder/"

say "The .deb is removed"
inside dpkg --purge $name
inside rm -rf /home/medarbejder/.local /home/medarbejder/.cache /home/medarbejder/.config /home/medarbejder/.dbus
files > "$folder/after"
diff -u "$folder/before" "$folder/after" || fail "something is left, or was changed"
(cd "$root" && find . -xdev -iname '*certifikat*' ! -path './var/log/*') | grep . && fail "something of that name is left"
inside dpkg-query --status $name > /dev/null 2>&1 && fail "dpkg still knows the package"

say "The .rpm: what it says of itself"
rpm --checksig --verbose --nosignature "$rpm"
rpm --query --package --list "$rpm" | grep -c .
scripts=$(rpm --query --package --scripts "$rpm")
[ -z "$scripts" ] || fail "it runs scripts"
say "The .rpm: every library that it needs is in the root"
rpm --query --package --requires "$rpm" | sed -n 's/^\([^ (]*\.so[^ (]*\)(.*/\1/p' | sort -u | while read -r library; do
    inside ldconfig -p | grep -F "$library " > /dev/null || fail "$library is missing"
done
say "The .rpm is installed, run and removed"
# Debian's libraries are unknown to rpm: it is told not to ask for them; they were looked for above.
rpm --root "$root" --initdb
rpm --root "$root" --install --nodeps "$rpm"
rpm --root "$root" --verify --nodeps $name
inside certifikat --version
inside su medarbejder -c 'certifikat doctor --language en; test $? = 1' > "$folder/doctor-rpm.txt"
rpm --root "$root" --erase --nodeps $name
(cd "$root" && find . -xdev -iname '*certifikat*' ! -path './var/log/*' ! -path './home/*') | grep . && fail "something of the .rpm is left"
say "Installed, used and removed; nothing is left"

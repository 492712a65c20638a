#!/bin/bash
# Makes the Debian and the RPM package of the app from its three programs:
#   package.sh BINARIES VERSION FOLDER     BINARIES has certifikatguide, certifikat and portal in it
# Not Tauri's bundler: it knows one program a package, neither manual pages nor the libraries' own versions, names the
# desktop entry by the program and not by the identifier, and would have to be built first.
set -euo pipefail
binaries=$1 version=$2 folder=$3
here=$(dirname "$(readlink -f "$0")")
top=$(readlink -f "$here/../..")
name=certifikatguide identifier=dk.certifikatguide.desktop

# The same source gives the same packages.
: "${SOURCE_DATE_EPOCH:=$(git -C "$top" log -1 --pretty=%ct 2>/dev/null || date +%s)}"
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C.UTF-8
umask 022
# QUICK=1 packs for a trial: larger, in a fraction of the time.
if [ -n "${QUICK:-}" ]; then deb_packing=(-Zzstd -z1) rpm_packing=w1.zstdio; else deb_packing=(-Zxz) rpm_packing=w19.zstdio; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
root=$work/root
share=$root/usr/share documents=$root/usr/share/doc/$name

# The window looks for its practice portal beside itself; a program of that name belongs on nobody's PATH.
install -D -m 755 -t "$root/usr/libexec/$name" "$binaries/certifikatguide" "$binaries/portal"
install -D -m 755 -t "$root/usr/bin" "$binaries/certifikat"
ln -s "../libexec/$name/certifikatguide" "$root/usr/bin/certifikatguide"
strip --strip-unneeded "$root/usr/bin/certifikat" "$root/usr/libexec/$name"/*

install -D -m 644 -t "$share/applications" "$here/$identifier.desktop"
install -d "$share/metainfo"
sed "s/@VERSION@/$version/; s/@DATE@/$(date -d "@$SOURCE_DATE_EPOCH" +%F)/" "$here/$identifier.metainfo.xml" \
    > "$share/metainfo/$identifier.metainfo.xml"
for size in 16 22 24 32 48 64 72 96 128 192 256 512; do
    install -d "$share/icons/hicolor/${size}x$size/apps"
    rsvg-convert --width "$size" --height "$size" "$top/icons/icon.svg" \
        > "$share/icons/hicolor/${size}x$size/apps/$identifier.png"
done
install -D -m 644 "$top/icons/icon.svg" "$share/icons/hicolor/scalable/apps/$identifier.svg"
install -D -m 644 -t "$share/$name" "$top/src-tauri/crates/lifecycle/policy.schema.json"
install -D -m 644 -t "$documents/examples" "$here/policy.toml"
install -m 755 -t "$documents/examples" "$here/fleet.sh"

certifikat=$root/usr/bin/certifikat window=$root/usr/libexec/$name/certifikatguide
install -d "$share/man/man1" "$share/bash-completion/completions" "$share/zsh/vendor-completions" \
    "$share/fish/vendor_completions.d"
"$certifikat" manual "$share/man/man1"
"$window" --print manual > "$share/man/man1/$name.1"
gzip -9n "$share/man/man1"/*
"$certifikat" completions bash > "$share/bash-completion/completions/certifikat"
"$certifikat" completions zsh > "$share/zsh/vendor-completions/_certifikat"
"$certifikat" completions fish > "$share/fish/vendor_completions.d/certifikat.fish"
"$window" --print bash > "$share/bash-completion/completions/$name"
"$window" --print zsh > "$share/zsh/vendor-completions/_$name"
"$window" --print fish > "$share/fish/vendor_completions.d/$name.fish"

install -m 644 "$top/README.md" "$top/LICENSE-MIT" "$top/LICENSE-APACHE" "$documents/"
(cd "$top" && python3 "$here/licences.py" "$(rustc -vV | sed -n 's/^host: //p')") > "$documents/licences-crates.md"
install -m 644 "$top/ui/dist/licences.md" "$documents/licences-window.md"
install -m 644 "$top/ui/dist/licence-ibm-plex-sans.txt" "$documents/licence-fonts.txt"
gzip -9n "$documents"/licences-*.md

mkdir -p "$folder"

rpm_package() {
    local laid_out=$work/rpm
    cp -a "$root" "$laid_out"
    # Fedora's zsh and openSUSE's look here.
    mv "$laid_out/usr/share/zsh/vendor-completions" "$laid_out/usr/share/zsh/site-functions"
    {
        echo '%defattr(-,root,root,-)'
        echo "%dir /usr/libexec/$name" "%dir /usr/share/$name" "%dir /usr/share/doc/$name" \
            "%dir /usr/share/doc/$name/examples" | tr ' ' '\n' | paste -d ' ' - -
        (cd "$laid_out" && find . ! -type d -printf '/%P\n' | sort | sed 's,^/usr/share/doc/[^/]*/LICENSE,%license &,; s,^/usr/share/\(doc\|man\),%doc &,')
    } > "$work/files"
    # Its own database: the machine's is not asked, and need not be there.
    rpmbuild -bb --quiet --define "_topdir $work/rpmbuild" --define "_dbpath $work/rpmdb" \
        --define "packed_version $version" --define "packed_root $laid_out" --define "packed_files $work/files" \
        --define '_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm' --define '_buildhost localhost' \
        --define 'use_source_date_epoch_as_buildtime 1' --define 'clamp_mtime_to_source_date_epoch 1' \
        --define "_binary_payload $rpm_packing" "$here/$name.spec" >&2
    local built=("$work"/rpmbuild/RPMS/*.rpm)
    install -m 644 "${built[@]}" "$folder/"
    echo "$folder/$(basename "${built[0]}")"
}

debian_package() {
    local control=$root/DEBIAN architecture depends package
    architecture=$(dpkg --print-architecture)
    mkdir -p "$control" "$work/debian"
    {
        printf '%s\n' 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/' \
            'Upstream-Name: Certifikatguide' 'Comment: licences-*.md.gz and licence-fonts.txt beside this file are about what was built in.' '' \
            'Files: *' "$(sed -n 's/^Copyright (c)/Copyright:/p' "$top/LICENSE-MIT")" 'License: Expat or Apache-2.0' '' 'License: Expat'
        sed '1,/^Permission/ { /^Permission/!d }; s/^$/./; s/^/ /' "$top/LICENSE-MIT"
        printf '%s\n' '' 'License: Apache-2.0' ' /usr/share/common-licenses/Apache-2.0 has its text.'
    } > "$documents/copyright"
    printf '%s (%s) unstable; urgency=medium\n\n  * README.md says what it does.\n\n -- %s  %s\n' \
        "$name" "$version" 'Certifikatguide <certifikatguide@example.org>' "$(date -R -d "@$SOURCE_DATE_EPOCH")" \
        | gzip -9n > "$documents/changelog.gz"
    rm "$documents"/LICENSE-*
    # The libraries that the programs were linked with, at least in the versions that they need.
    printf 'Source: %s\n\nPackage: %s\nArchitecture: any\n' $name $name > "$work/debian/control"
    depends=$(cd "$work" && dpkg-shlibdeps -O "$certifikat" "$root/usr/libexec/$name"/* 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
    cat > "$control/control" <<END
Package: $name
Version: $version
Architecture: $architecture
Maintainer: Certifikatguide <certifikatguide@example.org>
Installed-Size: $(du -k -s --apparent-size --exclude=DEBIAN "$root" | cut -f 1)
Depends: $depends, hicolor-icon-theme, xdg-utils
Recommends: default-dbus-session-bus | dbus-session-bus, gnome-keyring | kwalletmanager | keepassxc
Suggests: opensc-pkcs11, p11-kit, libtpm2-pkcs11-1
Section: misc
Priority: optional
Description: security declaration and employee certificate, step by step
 Leads an employee in Denmark's public sector from an invitation to an OCES
 employee certificate for Arbejdsmarkedsportalen: key, certificate, terms,
 security declaration, receipt; and suspends the certificate on suspicion of
 misuse.
 .
 Has the window, certifikatguide, and the command line for IT departments and
 scripts, certifikat.
END
    (cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) > "$control/md5sums"
    package="$folder/${name}_${version}_$architecture.deb"
    dpkg-deb --root-owner-group "${deb_packing[@]}" --build "$root" "$package" >&2
    echo "$package"
}

rpm_package
debian_package

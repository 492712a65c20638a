#!/bin/bash
# Makes the Debian package of the portal: package.sh BINARY VERSION FOLDER
set -euo pipefail
binary=$1 version=$2 folder=$3
here=$(dirname "$(readlink -f "$0")")
top=$(readlink -f "$here/../../../..")
name=certifikatguide-portal
architecture=$(dpkg --print-architecture)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"

install -D -m 755 "$binary" "$root/usr/bin/$name"
install -D -m 644 "$here/$name.service" "$root/usr/lib/systemd/system/$name.service"
# Only root changes it; the portal reads it, by its group (postinst), and nobody else: a password may be put into it.
install -D -m 640 "$here/portal.toml" "$root/etc/$name/portal.toml"
documents="$root/usr/share/doc/$name"
install -D -m 644 "$top/README.md" "$documents/README.md"
printf '%s\n' "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/" "" \
    "Files: *" "Copyright: The authors of Certifikatguide" "License: MIT or Apache-2.0" > "$documents/copyright"
for licence in MIT APACHE; do
    install -m 644 "$top/LICENSE-$licence" "$documents/LICENSE-$licence"
done
printf '%s\n' "$name ($version) unstable; urgency=medium" "" "  * See README.md." "" \
    " -- Certifikatguide <portal@example.org>  $(date -R -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}")" \
    | gzip -9n > "$documents/changelog.gz"
chmod 644 "$documents"/*

mkdir "$root/DEBIAN"
# The libraries that the program was linked with, in the versions that they were.
depends=libc6
if command -v dpkg-shlibdeps >/dev/null; then
    work=$(mktemp -d)
    mkdir "$work/debian"
    printf 'Source: %s\n\nPackage: %s\nArchitecture: any\n' $name $name > "$work/debian/control"
    depends=$(cd "$work" && dpkg-shlibdeps -O --ignore-missing-info "$root/usr/bin/$name" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
    rm -rf "$work"
fi
cat > "$root/DEBIAN/control" <<END
Package: $name
Version: $version
Architecture: $architecture
Maintainer: Certifikatguide <portal@example.org>
Installed-Size: $(du -k -s --exclude=DEBIAN "$root" | cut -f 1)
Depends: adduser, ${depends:-libc6}
Suggests: postgresql
Section: net
Priority: optional
Description: certification authority and portal for employee certificates
 Enrolment over EST, status over OCSP and revocation lists, time-stamps,
 declarations with receipts, and the desk of the local registration authority.
 .
 The service waits to be started until /etc/certifikatguide-portal/portal.toml
 has been looked at: systemctl enable --now certifikatguide-portal.
END
printf '/etc/%s/portal.toml\n' $name > "$root/DEBIAN/conffiles"
for script in postinst prerm postrm; do
    install -m 755 "$here/$script" "$root/DEBIAN/$script"
done
(cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum) > "$root/DEBIAN/md5sums"
chmod 644 "$root"/DEBIAN/{control,conffiles,md5sums}

mkdir -p "$folder"
package="$folder/${name}_${version}_$architecture.deb"
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" >/dev/null
echo "$package"

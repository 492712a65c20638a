#!/usr/bin/env bash
# Runs a command in a D-Bus session of its own with a keychain of its own: gnome-keyring's Secret Service, in a fresh
# home folder that is deleted afterwards. The person's own keychain is never touched. Works as root and not as root.
#
#   tests/with-keychain.sh COMMAND…             an unlocked keychain
#   tests/with-keychain.sh --locked COMMAND…    a keychain that is locked, and nobody there to unlock it
#   tests/with-keychain.sh --absent COMMAND…    a session bus on which no keychain answers
#
# CERTIFIKATGUIDE_TEST_KEYCHAIN says to the command which of them it has got: 1, locked or absent.
# Needs dbus-run-session (dbus-daemon) and gnome-keyring.
set -euo pipefail

keychain=1
case "${1:-}" in
  --locked) keychain=locked; shift ;;
  --absent) keychain=absent; shift ;;
esac
if [ $# -eq 0 ]; then
  sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
for program in dbus-run-session gnome-keyring-daemon; do
  command -v "$program" >/dev/null || { echo "with-keychain.sh: $program is not installed" >&2; exit 127; }
done

# The command may be cargo: it finds its own folders although the home folder is another.
export CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}" RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}"
export CERTIFIKATGUIDE_TEST_KEYCHAIN="$keychain"

home=$(mktemp -d "${TMPDIR:-/tmp}/keychain.XXXXXX")
trap 'rm -rf "$home"' EXIT
mkdir -m 700 "$home/runtime" "$home/.local" "$home/.local/share"
export HOME="$home" XDG_RUNTIME_DIR="$home/runtime"
export XDG_DATA_HOME="$home/.local/share" XDG_CONFIG_HOME="$home/.config" XDG_CACHE_HOME="$home/.cache"
unset DBUS_SESSION_BUS_ADDRESS GNOME_KEYRING_CONTROL SSH_AUTH_SOCK

# A bus that starts no service by itself: which keychain answers is decided here, not by what is installed.
cat >"$home/session.conf" <<'CONF'
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
CONF

# Runs inside the session: starts gnome-keyring with the given arguments, waits until it answers, runs the rest, and
# ends it, since it does not end with its bus.
cat >"$home/session.sh" <<'SESSION'
set -uo pipefail
start=$1; shift
case "$start" in
  unlocked) printf %s prøve | gnome-keyring-daemon --unlock --foreground --components=secrets >/dev/null 2>&1 & ;;
  locked) gnome-keyring-daemon --foreground --components=secrets >/dev/null 2>&1 </dev/null & ;;
  absent) exec "$@" ;;
esac
daemon=$!
trap 'kill "$daemon" 2>/dev/null; wait "$daemon" 2>/dev/null' EXIT
answers() {
  dbus-send --session --print-reply --dest=org.freedesktop.DBus /org/freedesktop/DBus \
    org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets 2>/dev/null | grep -q 'boolean true'
}
for _ in $(seq 500); do
  answers && break
  kill -0 "$daemon" 2>/dev/null || { echo 'with-keychain.sh: gnome-keyring-daemon ended' >&2; exit 1; }
  sleep 0.02
done
answers || { echo 'with-keychain.sh: gnome-keyring-daemon does not answer' >&2; exit 1; }
"$@"
SESSION
session() {
  dbus-run-session --config-file="$home/session.conf" -- bash "$home/session.sh" "$@"
}

status=0
case "$keychain" in
  1) session unlocked "$@" || status=$? ;;
  locked)
    # With a display a dialog would wait for somebody.
    unset DISPLAY WAYLAND_DISPLAY
    # The keychain to be locked out of is made in a session before.
    session unlocked true 2>/dev/null
    session locked "$@" || status=$?
    ;;
  absent) session absent "$@" || status=$? ;;
esac
exit "$status"

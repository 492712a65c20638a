#!/usr/bin/env bash
# Runs a command with tokens of its own, in a session of its own (tests/with-keychain.sh), and deletes them afterwards.
# No token, card or TPM of this computer is touched.
#
#   with-token.sh softhsm COMMAND…   tokens in software (SoftHSM 2): "Øvekort" (PIN 246810), two called "Tvilling" (PIN
#                                    246810), and "Uden PIN", which has none yet
#   with-token.sh wayward COMMAND…   the same behind a module that misbehaves as $WAYWARD_MODULE_MOOD says
#   with-token.sh tpm COMMAND…       a TPM in software (swtpm) with the token "Øvebrik" (PIN 246810)
#
# CERTIFIKATGUIDE_TEST_TOKEN says to the command which of them it has got.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kind=${1:?softhsm, wayward or tpm}; shift

if [ "${CERTIFIKATGUIDE_TEST_TOKEN:-}" != "$kind" ]; then
  export CERTIFIKATGUIDE_TEST_TOKEN=$kind
  exec "$here/../../../../tests/with-keychain.sh" "$here/with-token.sh" "$kind" "$@"
fi

# Inside the session: HOME is a fresh folder that is deleted with it.
home=$HOME/token
mkdir -m 700 "$home"

softhsm() {
  local module=$CERTIFIKATGUIDE_TEST_MODULE
  export SOFTHSM2_CONF=$home/softhsm2.conf
  mkdir -m 700 "$home/tokens"
  printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n' "$home" >"$SOFTHSM2_CONF"
  for label in Øvekort Tvilling Tvilling; do
    softhsm2-util --init-token --free --label "$label" --so-pin 13579135 --pin 246810 >/dev/null
  done
  # The one slot whose token is not initialised is always the last.
  pkcs11-tool --module "$module" --slot-index 3 --init-token --label 'Uden PIN' --so-pin 13579135 >/dev/null 2>&1
}

wayward() {
  softhsm
  export WAYWARD_MODULE=$home/wayward.so WAYWARD_MODULE_REAL=$CERTIFIKATGUIDE_TEST_MODULE WAYWARD_MODULE_MOOD=$home/mood
  cc -O1 -Wall -Wextra -Werror -shared -fPIC -o "$WAYWARD_MODULE" "$here/wayward_module.c" -ldl
}

tpm() {
  mkdir -m 700 "$home/state" "$home/store"
  swtpm socket --tpm2 --tpmstate "dir=$home/state" --server "type=unixio,path=$home/tpm" \
    --ctrl "type=unixio,path=$home/tpm.ctrl" --flags not-need-init,startup-clear >"$home/swtpm.log" 2>&1 &
  ended+=($!)
  wait_for "$home/tpm"
  # Without a resource manager the TPM runs out of room for objects.
  tpm2-abrmd --session --allow-root --tcti="swtpm:path=$home/tpm" >"$home/abrmd.log" 2>&1 &
  ended+=($!)
  export TPM2TOOLS_TCTI=tabrmd:bus_type=session TPM2_PKCS11_TCTI=tabrmd:bus_type=session
  export TPM2_PKCS11_STORE=$home/store TSS2_LOG=all+NONE
  for _ in $(seq 250); do
    tpm2_getcap properties-fixed >/dev/null 2>&1 && break
    sleep 0.02
  done
  # The TPM's own lock-out is the test's to try, not to stumble on.
  tpm2_dictionarylockout --setup-parameters --max-tries=30 --recovery-time=1000 --lockout-recovery-time=1000
  tpm2_ptool init --path "$home/store" >"$home/ptool.log" 2>&1
  tpm2_ptool addtoken --pid=1 --label=Øvebrik --sopin=13579135 --userpin=246810 --path "$home/store" \
    >>"$home/ptool.log" 2>&1
}

wait_for() {
  for _ in $(seq 250); do
    [ -S "$1" ] && return
    sleep 0.02
  done
  echo "with-token.sh: $1 does not appear" >&2
  return 1
}

ended=()
finish() {
  local process
  for process in "${ended[@]}"; do
    kill "$process" 2>/dev/null && wait "$process" 2>/dev/null
  done
}
trap finish EXIT

"$kind" || { cat "$home"/*.log >&2 2>/dev/null || true; exit 1; }
"$@"

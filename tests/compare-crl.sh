#!/usr/bin/env bash
# A revocation list of 1,000,000 entries, checked by OpenSSL and by ours in one run: time, memory, and their ratios.
# Usage: tests/compare-crl.sh [ENTRIES [ROUNDS]]. Ends with 1 where ours is not within its bounds; the figures are also in
# target/bench/revocation-list.json, as rows for tests/bench/table.py.
set -euo pipefail
cd "$(dirname "$0")/.."
entries="${1:-1000000}"
rounds="${2:-7}"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cargo build --quiet --release -p pki --example large_revocation_list
ours="${CARGO_TARGET_DIR:-target}/release/examples/large_revocation_list"
instant="$("$ours" make "$folder" "$entries")"
python3 - "$ours" "$folder" "$rounds" "$instant" <<'PYTHON'
import json, os, statistics, subprocess, sys, time

ours, folder, rounds, instant = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
path = lambda name: os.path.join(folder, name)
WITHIN_TIME, WITHIN_MEMORY, WITHIN_SECOND = 0.25, 60.0, 1.0


def run(command):
    """Milliseconds, peak resident mebibytes, exit status and output of one process."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    return (time.perf_counter() - began) * 1000, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status), output


def openssl(which, *more):
    return ["openssl", "verify", *more, "-attime", instant, "-CAfile", path("root.pem"),
            "-untrusted", path("issuing.pem"), path(which + ".pem")]


def expect(holds, what, output):
    if not holds:
        sys.exit(f"{what} did not answer as it should:\n{output}")


with_list = ["-crl_check", "-CRLfile", path("list.crl")]
_, openssl_base, code, output = run(openssl("good"))
expect(code == 0, "OpenSSL without the list", output)
theirs, mine, inner = {"ms": [], "mib": []}, {"ms": [], "mib": []}, []
for which in ["good", "revoked"] * rounds:
    # One after the other, so that both meet the same machine; the file is in the page cache for both.
    ms, mib, code, output = run(openssl(which, *with_list))
    expect((code == 0) if which == "good" else ("certificate revoked" in output), "OpenSSL", output)
    theirs["ms"].append(ms), theirs["mib"].append(mib - openssl_base)
    ms, mib, code, output = run([ours, "check", folder, which])
    expect(code == 0, "ours", output)
    mine["ms"].append(ms), inner.append(json.loads(output))

median = lambda key: statistics.median(row[key] for row in inner)
their_ms, our_ms = statistics.median(theirs["ms"]), statistics.median(mine["ms"])
their_mib, our_mib = max(theirs["mib"]), max(row["over_base"] for row in inner)
again = max(row["look_up_again"] for row in inner)
print(subprocess.run(["openssl", "version"], capture_output=True, text=True).stdout.strip())
print(f"{inner[0]['entries']:,} entries, {inner[0]['bytes'] / 1e6:.1f} MB, {len(inner)} runs each, whole processes, medians")
print(f"  openssl verify -crl_check   {their_ms:8.1f} ms   {their_mib:7.1f} MiB over base (most)")
print(f"  ours                        {our_ms:8.1f} ms   {our_mib:7.1f} MiB over base (most)")
print(f"    read {median('read'):.1f} ms, walk {median('walk'):.1f} ms, verify and index {median('verify_and_index'):.1f} ms, "
      f"look up {median('look_up'):.3f} ms; index {inner[0]['index']:.1f} MiB")
print(f"    look up again {again:.4f} ms (most)")
print(f"  ratio of time   {our_ms / their_ms:.3f}  (bound {WITHIN_TIME})")
print(f"  ratio of memory {our_mib / their_mib:.3f}  (bound {WITHIN_MEMORY:.0f} MiB)")
def row(what, unit, ours, peer, limit, ratio_limit):
    return {"what": what, "unit": unit, "ours": ours, "peer": peer, "limit": limit, "ratio_limit": ratio_limit,
            "peer_name": peer and "openssl verify -crl_check", "runs": len(inner)}


os.makedirs("target/bench", exist_ok=True)
entries = f"{inner[0]['entries']:,}"
with open("target/bench/revocation-list.json", "w") as file:
    json.dump([
        row(f"check against a list of {entries} entries", "ms", our_ms, their_ms, None, WITHIN_TIME),
        row("the same, memory over base (most)", "MiB", our_mib, their_mib, WITHIN_MEMORY, None),
        row("the same, looked up again (most)", "ms", again, None, WITHIN_SECOND, None),
    ], file, indent=1)
sys.exit(0 if our_ms <= WITHIN_TIME * their_ms and our_mib <= WITHIN_MEMORY and again < WITHIN_SECOND else 1)
PYTHON

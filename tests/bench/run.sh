#!/usr/bin/env bash
# Ours beside other people's programs in one run: declarations beside pyHanko, a large revocation list beside OpenSSL.
# Usage: tests/bench/run.sh [ROUNDS]. One table, also in target/bench/table.json; ends with 1 where a limit does not hold.
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds="${1:-25}"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
mkdir -p target/bench
rm -f target/bench/*.json
${CARGO:-cargo} bench -p declaration --bench declaration --no-run --message-format=json-render-diagnostics >"$folder/built.json"
ours="$(python3 - "$folder/built.json" <<'PYTHON'
import json, sys
built = [json.loads(line) for line in open(sys.argv[1])]
print([one["executable"] for one in built if one.get("executable") and one["target"]["name"] == "declaration"][-1])
PYTHON
)"
target/pyhanko/bin/python3 tests/bench/beside_pyhanko.py "$ours" "$folder" target/bench/declarations.json "$rounds"
# Its own answer is that of the table's last rows.
tests/compare-crl.sh || true
python3 tests/bench/table.py target/bench/table.json target/bench/declarations.json target/bench/revocation-list.json

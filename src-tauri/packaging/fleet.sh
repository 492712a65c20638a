#!/bin/bash
# Looks at every certificate file in a folder and prints a table of those that need somebody to act: for fleets, without a
# window and without a secret.
#
#   fleet.sh FOLDER TRUST_ANCHOR.pem [DAYS] [CERTIFIKAT OPTIONS]
#
# FOLDER has one certificate a file (.pem, .cer, .crt or .der). DAYS: those that end sooner are listed (30). Further options go
# to `certifikat validate`, for example --crl LIST.crl, --intermediate CA.pem, or --profile any. Needs jq.
#
# Exit status: 0 nobody has to act, 1 somebody has, 2 misuse, 3 all that was found is that of some it cannot be told.
set -euo pipefail
[ $# -ge 2 ] && [ -d "$1" ] && [ -r "$2" ] || { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
folder=$1 anchor=$2 days=${3:-30}
shift $(($# < 3 ? $# : 3))
case $days in '' | *[!0-9]*) echo "$days is no number of days" >&2; exit 2 ;; esac
soon=$(date -u -d "$days days" +%FT%TZ)
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
export soon anchor results
options=("$@")

# One line of JSON a file: what it is, what the judgement is, and the exit status behind it.
look() {
    local file=$1 status=0 certificate judgement
    shift
    certificate=$(certifikat inspect "$file" --json 2>/dev/null) || {
        jq -nc --arg file "$file" '{$file, status: 2, verdict: "unreadable"}'
        return
    }
    judgement=$(certifikat validate "$file" --trust "$anchor" --json "$@" 2>/dev/null) || status=$?
    # A certificate that is not read, or arguments that are none, print nothing.
    [ -n "$judgement" ] || judgement=null
    jq -nc --arg file "$file" --argjson status "$status" --argjson certificate "$certificate" \
        --argjson judgement "$judgement" '{$file, $status, verdict: ($judgement.verdict // "not judged"),
            name: $certificate.common_name, serial: $certificate.serial_number, until: $certificate.not_after,
            findings: [$judgement.findings[]? | select(.severity == "error") | .code]}'
}
export -f look
find "$folder" -maxdepth 1 -type f \( -name '*.pem' -o -name '*.cer' -o -name '*.crt' -o -name '*.der' \) -print0 | sort -z \
    | xargs -0 -r -P "$(nproc)" -I{} bash -c 'look "$@" > "$(mktemp -p "$results" XXXXXXXX.json)"' look {} "${options[@]}"

cd "$results"
find . -name '*.json' -exec cat {} + | jq -rs --arg soon "$soon" '
    def act: .status != 0 or .until < $soon;
    (map(select(act)) | sort_by(.until // "", .file))[] | [.verdict, (.until // "-")[:10], .serial // "-", .name // "-",
        ((.findings // []) | join(",") | if . == "" then "-" else . end), (.file | split("/")[-1])] | @tsv' > table.tsv
{ printf 'VERDICT\tUNTIL\tSERIAL\tNAME\tFINDINGS\tFILE\n'; cat table.tsv; } | column -t -s $'\t'
find . -name '*.json' -exec cat {} + | jq -rs --arg soon "$soon" '
    "\(length) certificates: \(map(select(.status == 0)) | length) valid, \(map(select(.status == 1)) | length) not valid, " +
    "\(map(select(.status == 3)) | length) cannot be told, \(map(select(.status == 2)) | length) not judged; " +
    "\(map(select(.until != null and .until < $soon)) | length) end before \($soon[:10])"'
[ -s table.tsv ] || exit 0
find . -name '*.json' -exec cat {} + | jq -se --arg soon "$soon" \
    'all(.status == 3 or (.status == 0 and .until >= $soon))' > /dev/null || exit 1
exit 3

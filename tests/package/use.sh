#!/bin/bash
# Uses the installed package as an employee and an administrator would; runs inside the clean root, as root.
set -euo pipefail
say() { printf '== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
as_employee() { su medarbejder -c "export XDG_RUNTIME_DIR=/tmp/run-medarbejder LC_ALL=C.UTF-8; $1"; }
install -d -o medarbejder -m 700 /tmp/run-medarbejder

say "The command line"
as_employee 'certifikat --version'
status=0
as_employee 'certifikat doctor --language en' > /tmp/doctor.txt || status=$?
cat /tmp/doctor.txt
[ "$status" = 1 ] || fail "the doctor ended with $status where there is no certificate"

say "The manual"
for page in certifikat certifikatguide certifikat-enrol certifikat-doctor; do
    as_employee "man --warnings -P cat $page" > /tmp/page.txt 2> /tmp/page.err || fail "there is no page $page"
    [ ! -s /tmp/page.err ] || { cat /tmp/page.err; fail "the page $page is not clean"; }
    grep -q 'EXIT STATUS' /tmp/page.txt || fail "the page $page tells no exit status"
done
as_employee 'man -P cat certifikat' | sed -n '/^EXIT STATUS/,/^ENVIRONMENT/p'
whatis certifikat certifikatguide

say "Completion in bash, fish and zsh"
bash -c 'source /usr/share/bash-completion/bash_completion; _completion_loader certifikat || true
    COMP_WORDS=(certifikat enr) COMP_CWORD=1; _certifikat certifikat enr certifikat; printf "%s\n" "${COMPREPLY[@]}"' | grep -x enrol
as_employee "fish -c 'complete -C \"certifikat enr\"'" | grep '^enrol'
as_employee "fish -c 'complete -C \"certifikatguide --prac\"'" | grep '^--practice'
zsh -fc 'autoload -Uz compinit; compinit -D -u; print $_comps[certifikat] $_comps[certifikatguide]' | grep -x '_certifikat _certifikatguide'

say "The window, with its practice portal"
cat > /tmp/window.sh <<'END'
eval "$(printf 'ordet\n' | gnome-keyring-daemon --unlock --components=secrets 2>/dev/null)"
certifikatguide > /tmp/window.log 2>&1 &
window=$!
for _ in $(seq 240); do
    if xwininfo -name Certifikatguide > /dev/null 2>&1 && pgrep -u medarbejder -f '^/usr/libexec/certifikatguide/portal serve' > /dev/null; then break; fi
    kill -0 $window || { cat /tmp/window.log; exit 1; }
    sleep 0.5
done
xwininfo -name Certifikatguide | grep -E 'Width|Height'
xprop -name Certifikatguide WM_CLASS
pgrep -a -u medarbejder -f '^/usr/libexec/certifikatguide/portal serve' | cut -d ' ' -f 2-4
# Painted: more than the window's own ground.
colours() { xwd -silent -root -out /tmp/window.xwd; tail -c 3000000 /tmp/window.xwd | od -An -v -tx4 -w4 | sort -u | wc -l; }
for _ in $(seq 60); do if [ "$(colours)" -gt 50 ]; then break; fi; sleep 0.5; done
pgrep -a -u medarbejder WebKit | cut -d ' ' -f 2 | sort
cat /tmp/window.log
[ "$(colours)" -gt 50 ] || { echo "nothing is painted"; exit 1; }
kill $window
wait $window || true
for _ in $(seq 60); do pgrep -u medarbejder -f '^/usr/libexec/certifikatguide/' > /dev/null || exit 0; sleep 0.5; done
echo "the practice portal outlived the window"; exit 1
END
as_employee 'dbus-run-session -- xvfb-run -a -s "-screen 0 1100x800x24" bash /tmp/window.sh' || fail "the window"
pkill -u medarbejder || true
rm -rf /tmp/run-medarbejder

#!/bin/sh
set -eu
if [ $# -ne 1 ] || [ "${1#-}" != "$1" ]; then
    cat >&2 <<'EOF'
The main job, end to end, on an emulated cluster that is made for it and removed at the end.

    ./demo.sh PROGRAMS      # the folder with python and arcapix-gpfs, such as .venv/bin
EOF
    exit 2
fi
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/arcapix-demo.XXXXXX")
PATH=$bin:$PATH

cleanup() {
    status=$?
    trap - EXIT
    "$bin/arcapix-gpfs" emulate destroy --dir "$work/cluster" >/dev/null 2>&1 || true
    rm -rf "$work"
    exit $status
}
trap cleanup EXIT
trap 'exit 130' INT TERM

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() {
    printf '$ %s\n' "$*"
    "$@"
}
wait_for() { # wait_for TEXT COMMAND...: until the command prints the text, 20 seconds at most
    text=$1
    shift
    for _ in $(seq 200); do
        "$@" 2>/dev/null | grep -q "$text" && return 0
        sleep 0.1
    done
    echo "demo: '$text' was not printed by: $*" >&2
    "$bin/arcapix-gpfs" emulate log >&2 || true
    exit 1
}

say "1. An emulated GPFS cluster: three nodes, two file systems of 64 MiB"
exports=$("$bin/arcapix-gpfs" emulate start --dir "$work/cluster" --nodes mynode,n2,n3 \
    --filesystem mmfs1=64M --filesystem mmfs2=64M)
eval "$exports"
run mmgetstate -a
run mmlsmount all -L

say "2. An ordinary Python program installs a function as a callback, and ends"
run "$bin/python" "$here/callback.py" "$work/output.log"
run mmlscallback | cut -c 1-150

say "3. A moment later, GPFS unmounts a file system on that node and calls the function"
sleep 2
run mmumount mmfs2 -N mynode
wait_for CALLED cat "$work/output.log"
run cat "$work/output.log"

say "4. A callback of a file system: called when its pool passes the threshold, and not for another's"
run "$bin/python" "$here/low_space_alert.py" "$work/alerts.log"
mount1=$(mmlsfs mmfs1 -T | awk '$1 == "-T" { print $2 }')
mount2=$(mmlsfs mmfs2 -T | awk '$1 == "-T" { print $2 }')
run mmmount mmfs2 -N mynode
run dd if=/dev/urandom of="$mount2/filler" bs=1M count=60 status=none
wait_for 'event lowDiskSpace' arcapix-gpfs emulate log
run dd if=/dev/urandom of="$mount1/filler" bs=1M count=60 status=none
wait_for mmfs1 cat "$work/alerts.log"
run cat "$work/alerts.log"
if [ "$(wc -l <"$work/alerts.log")" != 1 ]; then
    echo "demo: the alert came for mmfs2 too" >&2
    exit 1
fi
echo "(mmfs2 is as full; GPFS started the driver for it too, which saw that the event is not about mmfs1)"

say "5. What is installed, and what it is made of"
run arcapix-gpfs list
run arcapix-gpfs show low-space-alert

say "That was: a function given to a node and to a file system, run by GPFS where the event happened."
echo "Next: README.md, the guide in docs/, the examples in examples/;"
echo "a cluster of your own: eval \"\$($bin/arcapix-gpfs emulate start)\""

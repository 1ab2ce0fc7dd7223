#!/bin/sh
set -eu

if [ $# -ne 1 ] || [ "${1#-}" != "$1" ]; then
    cat >&2 <<'EOF'
A walk through the emulated cluster with GPFS's own commands, and callbacks that are shell scripts.

    eval "$(arcapix-gpfs emulate start)"
    examples/emulator_tour.sh "$ARCAPIX_GPFS_CLUSTER"

It makes things happen in the cluster in that folder, which must be the one of this shell, shows what GPFS called
for them, and puts everything back as it was. It needs a cluster such as a plain start makes: nodes n1, n2 and
n3, file systems mmfs1 and mmfs2 of 64 MiB. docs/explanation/emulator-tour.md explains what it prints.
EOF
    exit 2
fi

give_up() {
    echo "emulator_tour: $*" >&2
    exit 1
}

[ -f "${ARCAPIX_GPFS_CLUSTER:-}/cluster.json" ] ||
    give_up 'this shell has no emulated cluster; run: eval "$(arcapix-gpfs emulate start)"'
[ "$1" -ef "$ARCAPIX_GPFS_CLUSTER" ] || give_up "the cluster of this shell is in $ARCAPIX_GPFS_CLUSTER, not in $1"
PATH=$ARCAPIX_GPFS_BIN:$PATH
command -v arcapix-gpfs >/dev/null || give_up "arcapix-gpfs is not on PATH"

say() { printf '\n== %s\n' "$*"; }
quietly() { "$@" >/dev/null 2>&1 || true; }

run() { # run COMMAND...: show a command as it would be typed, and run it
    line=\$
    for word; do
        case $word in
        *[!A-Za-z0-9_./:,=+@-]*) line="$line \"$word\"" ;;
        *) line="$line $word" ;;
        esac
    done
    printf '%s\n' "$line"
    "$@"
}

happened() { # happened N: wait until callbacks have left N lines, and show them, sorted as GPFS promises no order
    tries=0
    while [ "$(wc -l <"$seen")" -lt "$1" ]; do
        tries=$((tries + 1))
        [ "$tries" -le 200 ] || give_up "in 20 s there came only: $(cat "$seen"); expected lines: $1"
        sleep 0.1
    done
    printf '$ sort seen\n'
    sort "$seen"
    : >"$seen"
}

manager_of() { # manager_of FILESYSTEM, or of the cluster
    if [ "$1" = cluster ]; then mmlsmgr -c; else mmlsmgr "$1"; fi |
        awk -v what="$1" '$1 == what || $1 == "Cluster" { gsub(/[()]/, "", $NF); print $NF }'
}

put_back() {
    status=$?
    trap - EXIT
    for identifier in tour-mounts tour-nodes tour-space tour-quota tour-snapshot tour-disk tour-guard; do
        quietly mmdelcallback "$identifier"
    done
    quietly mmstartup -a
    quietly mmchdisk mmfs1 start -d mmfs1_nsd1
    quietly mmmount all -a
    quietly mmdelsnapshot mmfs1 tour
    quietly mmunlinkfileset mmfs1 tour -f
    quietly mmdelfileset mmfs1 tour -f
    quietly mmchmgr -c "$manager"
    quietly mmchmgr mmfs1 "$manager1"
    quietly mmchmgr mmfs2 "$manager2"
    rm -rf "$mmfs1/filler" "$work"
    exit "$status"
}

[ "$(mmgetstate -N n1,n2,n3 2>/dev/null | grep -c active)" = 3 ] || give_up "n1, n2 and n3 must be active"
[ "$(mmlspool mmfs1 system | awk '$1 == "system" { print $8 }')" = 65536 ] ||
    give_up "mmfs1 must have 64 MiB, all of them free"
[ "$(mmlsmount mmfs1; mmlsmount mmfs2)" = "File system mmfs1 is mounted on 3 nodes.
File system mmfs2 is mounted on 3 nodes." ] || give_up "mmfs1 and mmfs2 must be mounted on all nodes"
mmfs1=$(mmlsfs mmfs1 -T | awk '$1 == "-T" { print $2 }')
manager=$(manager_of cluster) manager1=$(manager_of mmfs1) manager2=$(manager_of mmfs2)

work=$(mktemp -d "${TMPDIR:-/tmp}/emulator-tour.XXXXXX")
trap put_back EXIT
trap 'exit 130' INT TERM
seen=$work/seen record=$work/record guard=$work/guard
: >"$seen"
printf '#!/bin/sh\necho "$@" >>%s\n' "$seen" >"$record"
printf '#!/bin/sh\necho "$@" >>%s\nexit 3\n' "$seen" >"$guard"
chmod +x "$record" "$guard"
quietly mmchmgr -c n1
quietly mmchmgr mmfs1 n1
quietly mmchmgr mmfs2 n2

say "The cluster"
run mmgetstate -a
run mmlsmgr
run mmlsmount mmfs1 -L

say "A callback is a program that GPFS starts"
run cat "$record"
run mmaddcallback tour-mounts --command "$record" --event preMount,mount,preUnmount,unmount \
    --parms "%eventName %myNode %fsName %reason"
run mmlscallback tour-mounts

say "Mounting: a local event runs where it happens"
run mmumount mmfs2 -N n2
happened 2
run mmmount mmfs2 -N n2
happened 2

say "Stopping a node: some events are its own, some are noticed by all"
run mmaddcallback tour-nodes --command "$record" \
    --event startup,shutdown,nodeJoin,nodeLeave,clusterManagerTakeover --parms "%eventName %myNode %eventNode"
run mmshutdown -N n3
happened 7
run mmstartup -N n3
happened 8

say "Managers: the role is moved, and it is taken over when its node dies"
run mmchmgr -c n2
happened 3
run mmchmgr mmfs1 n3
run arcapix-gpfs emulate crash n2
happened 4
run mmgetstate -a
run mmlsmgr
quietly mmdelcallback tour-nodes
quietly mmdelcallback tour-mounts
quietly mmstartup -N n2

say "Filling a file system: its manager notices"
run mmaddcallback tour-space --command "$record" --event lowDiskSpace,noDiskSpace \
    --parms "%eventName %myNode %fsName %storagePool"
run dd if=/dev/urandom of="$mmfs1/filler" bs=1M count=60 status=none
happened 1
run dd if=/dev/urandom of="$mmfs1/filler" bs=1M seek=60 count=5 status=none
happened 1
run rm "$mmfs1/filler"

say "Exceeding a quota, and falling below it again"
run mmcrfileset mmfs1 tour
run mmlinkfileset mmfs1 tour
run mmsetquota mmfs1:tour --files 5:10
run mmaddcallback tour-quota --command "$record" --event softQuotaExceeded,usageUnderSoftQuota \
    --parms "%eventName %myNode %fsName %filesetName %filesUsage %filesQuota"
run touch "$mmfs1/tour/a" "$mmfs1/tour/b" "$mmfs1/tour/c" "$mmfs1/tour/d" "$mmfs1/tour/e"
happened 1
run rm "$mmfs1/tour/e"
happened 1

say "Taking a snapshot"
run mmaddcallback tour-snapshot --command "$record" --event snapshotCreated \
    --parms "%eventName %myNode %fsName %filesetName %snapshotName"
run mmcrsnapshot mmfs1 tour
happened 1
run mmdelsnapshot mmfs1 tour

say "A disk that stops"
run mmaddcallback tour-disk --command "$record" --event diskFailure \
    --parms "%eventName %myNode %fsName %diskName"
run mmchdisk mmfs1 stop -d mmfs1_nsd1
happened 1
run mmchdisk mmfs1 start -d mmfs1_nsd1

say "A callback that GPFS waits for, and that fails"
run cat "$guard"
run mmaddcallback tour-guard --command "$guard" --event preUnmount --sync --timeout 10 --onerror continue \
    -N n3 --parms "%eventName %myNode %fsName"
run mmlscallback tour-guard
run mmumount mmfs2 -a
happened 1
printf '$ arcapix-gpfs emulate log --node n3 | tail -n 3\n'
arcapix-gpfs emulate log --node n3 | tail -n 3

say "Deleting callbacks"
run mmdelcallback tour-space,tour-quota,tour-snapshot,tour-disk,tour-guard
run mmlscallback

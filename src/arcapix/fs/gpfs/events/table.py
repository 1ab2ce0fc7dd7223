"""The events: the 35 of the ArcaPix reference, then IBM's later ones, and some that are only recalled."""

from __future__ import annotations

from .facts import GATEWAY, REPEATS_UNKNOWN, EventFacts, doc, event, field, inferred, recorded, unverified

ARCAPIX_LIST = "4.2 or older (ArcaPix list)"
LISTED_BY_2015 = "4.2 or older (ArcaPix list; c4-system-manager, Dec 2015)"
EVERY_NODE = field("every node", note="each node on which the callback is installed")
REMOUNT_TOO = unverified(
    "Recalled as generated also for a remount after recovery and for a forced unmount when the daemon panics."
)
NEVER_SYNC = doc(
    "do not use --sync",
    note="IBM: never install RAID callbacks for synchronous execution, and do no real processing in them.",
)

ROWS: tuple[EventFacts, ...] = (
    event(
        doc("afmFilesetExpired"),
        doc("A read-only AFM fileset has expired."),
        category="afm",
        scope=inferred("global"),
        variables=[inferred("fsName", "filesetName")],
        objects=[inferred("filesystem", "fileset")],
        fires_on=inferred("every node", note="each node on which the callback is installed"),
        traps=[inferred("Global: expect one run per node for one expiry; de-duplicate.")],
        first_seen=ARCAPIX_LIST,
        sources="arcapix ibm-afm",
    ),
    event(
        doc("afmFilesetUnexpired"),
        doc("An expired read-only AFM fileset is active again."),
        category="afm",
        scope=inferred("global"),
        variables=[inferred("fsName", "filesetName")],
        objects=[inferred("filesystem", "fileset")],
        fires_on=inferred("every node", note="each node on which the callback is installed"),
        traps=[inferred("Global: expect one run per node for one expiry; de-duplicate.")],
        first_seen=ARCAPIX_LIST,
        sources="arcapix ibm-afm",
    ),
    event(
        doc("nodeJoin"),
        doc(
            "One or more nodes joined the cluster: after a reboot, after losing membership, or "
            "after a long outage."
        ),
        category="node",
        scope=field("global"),
        variables=[
            doc("eventName", "myNode", "clusterManager"),
            doc("eventNode", note="may be a comma list when several nodes change at once (unverified)"),
            unverified("upNodes", "downNodes", "quorumNodes"),
        ],
        fires_on=EVERY_NODE,
        traps=[
            field("One run per node per event: compare myNode with clusterManager (or elect) to act once."),
            doc("GPFS itself may have an internal callback on this event (restripeOnDiskFailure)."),
        ],
        first_seen=LISTED_BY_2015,
        sources="arcapix c4 ibm-fpo ibm-nodejoin recalled",
    ),
    event(
        doc("nodeLeave"),
        inferred("One or more nodes left the cluster (stopped, expelled or lease lost)."),
        category="node",
        scope=field("global"),
        variables=[
            doc("eventName", "myNode", "clusterManager"),
            doc("eventNode", note="may be a comma list when several nodes change at once (unverified)"),
            unverified("upNodes", "downNodes", "quorumNodes"),
        ],
        fires_on=field(
            "every node",
            note="each node on which the callback is installed; the node that left cannot run it (inferred)",
        ),
        traps=[
            field("One run per surviving node: act once only."),
            field("Planned maintenance raises it too; sites remove callbacks before a power-off."),
        ],
        first_seen=LISTED_BY_2015,
        sources="arcapix c4 ibm-fpo recalled",
    ),
    event(
        field("quorumReached"),
        inferred("The cluster has reached quorum."),
        category="quorum",
        scope=field("global"),
        variables=[unverified("quorumNodes", "upNodes")],
        fires_on=unverified(
            "cluster manager",
            note="listed with the global events (field), recalled as raised only on the elected cluster "
            "manager; emulator switch",
        ),
        first_seen=LISTED_BY_2015,
        sources="arcapix c4 recalled",
    ),
    event(
        field("quorumLoss"),
        inferred("The cluster, or the part of it this node sees, has lost quorum."),
        category="quorum",
        scope=field("global"),
        variables=[unverified("quorumNodes", "upNodes", "downNodes")],
        fires_on=EVERY_NODE,
        traps=[
            inferred("Not the --onerror action of the same name."),
            inferred("GPFS file systems are not usable at this moment: the handler must not need them."),
        ],
        first_seen=LISTED_BY_2015,
        sources="arcapix c4 recalled",
    ),
    event(
        field("quorumNodeJoin"),
        inferred("One or more quorum nodes joined the cluster."),
        category="quorum",
        scope=field("global"),
        variables=[unverified("eventNode", "quorumNodes")],
        fires_on=EVERY_NODE,
        traps=[
            inferred("A joining quorum node is expected to raise nodeJoin as well: two events for one fact.")
        ],
        first_seen=LISTED_BY_2015,
        sources="arcapix c4 recalled",
    ),
    event(
        field("quorumNodeLeave"),
        inferred("One or more quorum nodes left the cluster."),
        category="quorum",
        scope=field("global"),
        variables=[unverified("eventNode", "quorumNodes")],
        fires_on=EVERY_NODE,
        traps=[inferred("A leaving quorum node is expected to raise nodeLeave as well.")],
        first_seen=LISTED_BY_2015,
        sources="arcapix c4 recalled",
    ),
    event(
        recorded("clusterManagerTakeover"),
        inferred("A node became cluster manager: first start, failover or a commanded move."),
        category="cluster",
        scope=field("global"),
        variables=[field("eventName", "clusterManager")],
        fires_on=field(
            "every node",
            note="the log shows it on the node that took over (recorded); c4-system-manager says it "
            "reaches every node (field)",
        ),
        traps=[
            recorded(
                "The daemon prints the name as clusterManagerTakeOver: compare event names without "
                "regard to case."
            )
        ],
        aliases=[recorded("clusterManagerTakeOver")],
        first_seen=LISTED_BY_2015,
        sources="arcapix c4 log-4.2.3",
    ),
    event(
        doc("afmHomeConnected"),
        doc("The AFM home, or DR secondary, of a fileset can be reached again."),
        category="afm",
        scope=inferred("local"),
        variables=[inferred("fsName", "filesetName"), unverified("homeServer", "reason")],
        objects=[inferred("filesystem", "fileset")],
        fires_on=GATEWAY,
        first_seen=ARCAPIX_LIST,
        sources="arcapix ibm-afm recalled",
    ),
    event(
        doc("afmHomeDisconnected"),
        doc("The AFM home, or DR secondary, of a fileset cannot be reached."),
        category="afm",
        scope=inferred("local"),
        variables=[inferred("fsName", "filesetName"), unverified("homeServer", "reason")],
        objects=[inferred("filesystem", "fileset")],
        fires_on=GATEWAY,
        first_seen=ARCAPIX_LIST,
        sources="arcapix ibm-afm recalled",
    ),
    event(
        doc("afmManualResyncComplete"),
        doc("A resync or failover of an AFM fileset that was started by hand has finished."),
        category="afm",
        scope=inferred("local"),
        variables=[inferred("fsName", "filesetName"), unverified("reason")],
        objects=[inferred("filesystem", "fileset")],
        fires_on=GATEWAY,
        first_seen=ARCAPIX_LIST,
        sources="arcapix ibm-afm recalled",
    ),
    event(
        doc("afmPrepopEnd"),
        doc("An AFM prefetch has completed."),
        category="afm",
        scope=inferred("local"),
        variables=[
            inferred("fsName", "filesetName", "prepopCompletedReads", "prepopData"),
            unverified("prepopFailedReads", "prepopAlreadyCachedFiles"),
        ],
        objects=[inferred("filesystem", "fileset")],
        fires_on=GATEWAY,
        traps=[doc("IBM's AFM topic writes the name in lower case.")],
        aliases=[doc("afmprepopend")],
        first_seen=ARCAPIX_LIST,
        sources="arcapix ibm-afm recalled",
    ),
    event(
        doc("afmRecoveryStart"),
        doc("AFM recovery of a fileset begins."),
        category="afm",
        scope=inferred("local"),
        variables=[doc("eventName", "homeServer", "fsName", "filesetName", "reason")],
        objects=[doc("filesystem", "fileset")],
        fires_on=GATEWAY,
        first_seen=ARCAPIX_LIST,
        sources="arcapix ibm-afm",
    ),
    event(
        doc("afmRecoveryEnd"),
        doc("AFM recovery of a fileset has ended."),
        category="afm",
        scope=inferred("local"),
        variables=[inferred("fsName", "filesetName"), unverified("homeServer", "reason")],
        objects=[inferred("filesystem", "fileset")],
        fires_on=GATEWAY,
        first_seen=ARCAPIX_LIST,
        sources="arcapix ibm-afm recalled",
    ),
    event(
        doc("deadlockDetected"),
        doc("A waiter is longer than expected: a possible deadlock."),
        category="deadlock",
        scope=inferred("local"),
        variables=[field("eventName", "myNode", "waiterLength")],
        fires_on=doc("node of the event", note="the node where the long waiter is found"),
        repeats=REPEATS_UNKNOWN,
        sync=field(
            "normal",
            note="Both modes are in use. Run with --sync, exit status 1 suppresses the automatic "
            "collection of debug data for that event; run asynchronously the status has no effect "
            "(script derived from an IBM sample).",
        ),
        traps=[inferred("The file system may be hung: the handler must not touch GPFS.")],
        first_seen="4.1 (IBM deadlock topic)",
        sources="arcapix ibm-deadlock ncsa-deadlock",
    ),
    event(
        field("deadlockOverload"),
        field(
            "The node is in an overload condition (a detector that is off unless "
            "deadlockOverloadThreshold is set)."
        ),
        category="deadlock",
        scope=inferred("local"),
        variables=[unverified("eventName", "nodeName")],
        fires_on=inferred("node of the event"),
        repeats=REPEATS_UNKNOWN,
        first_seen=ARCAPIX_LIST,
        sources="arcapix recalled",
    ),
    event(
        doc("diskFailure"),
        doc("I/O to a disk failed and GPFS marked the disk down."),
        category="disk",
        scope=inferred("local"),
        variables=[doc("fsName"), doc("diskName", note="may be a comma list (unverified)")],
        objects=[doc("filesystem")],
        fires_on=unverified("file system manager"),
        traps=[
            doc(
                "GPFS itself may have an internal callback on this event (restripeOnDiskFailure); a "
                "user handler can fight it."
            )
        ],
        first_seen=LISTED_BY_2015,
        sources="arcapix c4 ibm-fpo ibm-diskfailure recalled",
    ),
    event(
        field("filesetLimitExceeded"),
        inferred("A quota limit of a fileset was passed."),
        category="quota",
        scope=inferred("local"),
        variables=[field("filesetName", "filesetSize", "filesetLimit", "filesetQuota"), unverified("fsName")],
        objects=[unverified("filesystem"), field("fileset")],
        fires_on=unverified("file system manager"),
        repeats=unverified("once per crossing"),
        traps=[
            unverified(
                "Recalled as an old variation of softQuotaExceeded for fileset quotas, kept for "
                "compatibility: offer softQuotaExceeded first."
            )
        ],
        first_seen=LISTED_BY_2015,
        sources="arcapix c4 recalled",
    ),
    event(
        doc("lowDiskSpace"),
        doc(
            "Occupancy of a storage pool reached the high value of a THRESHOLD clause in the "
            "installed policy."
        ),
        category="space",
        scope=doc("local"),
        variables=[doc("eventName", "fsName"), field("storagePool")],
        objects=[doc("filesystem"), field("pool")],
        fires_on=field(
            "file system manager",
            note="the callback runs on the node that is file system manager at that moment",
        ),
        repeats=field("periodic", note="about every two minutes while the condition lasts"),
        interval=120,
        traps=[
            doc("No policy with a THRESHOLD rule, no event."),
            field("A handler slower than two minutes overlaps itself: single-instance guard needed."),
            unverified("enableLowspaceEvents=yes may be required at some levels."),
            inferred("A -N that leaves out a possible manager node loses events when the role moves."),
        ],
        aliases=[doc("LowDiskSpace")],
        first_seen="3.5 (list post, Feb 2014)",
        sources="arcapix guide ibm-startpolicy ibm-thresholds gpfsug-tools gpfsug-list threshold-note "
        "cloud-script c4",
    ),
    event(
        field("mmProtocolTraceFileChange"),
        unverified("Concerns a change of the control file of protocol traces; meant for GPFS itself."),
        category="internal",
        scope=inferred("local"),
        fires_on=inferred("node of the event"),
        repeats=REPEATS_UNKNOWN,
        traps=[
            inferred(
                "The event name starts with 'mm': an identifier derived from it would break the "
                "reserved-prefix rule."
            )
        ],
        first_seen=ARCAPIX_LIST,
        sources="arcapix",
    ),
    event(
        doc("noDiskSpace"),
        doc("A storage pool (recalled: or an inode space) is exhausted; needs no policy."),
        category="space",
        scope=doc("local"),
        variables=[doc("eventName", "fsName"), field("storagePool"), unverified("reason", "filesetName")],
        objects=[doc("filesystem"), unverified("fileset"), field("pool")],
        fires_on=field("file system manager"),
        repeats=unverified(
            "periodic",
            note="spacing recalled as mmchconfig noSpaceEventInterval, default 120 s, 0 = every time",
        ),
        interval=120,
        traps=[
            doc(
                "The handler must not write into the full file system; mmstartpolicy needs a work "
                "directory elsewhere (its -g option)."
            ),
            unverified("storagePool may have no value when the event is about inodes."),
        ],
        first_seen=LISTED_BY_2015,
        sources="arcapix ibm-startpolicy ibm-thresholds gpfsug-tools c4 recalled",
    ),
    event(
        field("preMount"),
        inferred("A file system is about to be mounted on this node."),
        category="mount",
        scope=inferred("local"),
        variables=[field("eventName"), unverified("fsName")],
        objects=[unverified("filesystem")],
        fires_on=inferred("node of the event"),
        traps=[REMOUNT_TOO],
        first_seen=LISTED_BY_2015,
        sources="arcapix c4 recalled",
    ),
    event(
        field("preUnmount"),
        inferred("A file system is about to be unmounted on this node."),
        category="mount",
        scope=inferred("local"),
        variables=[field("eventName", "fsName"), unverified("reason", note="normal or forced")],
        objects=[field("filesystem")],
        fires_on=inferred("node of the event"),
        sync=field(
            "normal",
            note="Used with --sync --timeout 30 --onerror continue, to release bind mounts before the "
            "unmount.",
        ),
        traps=[
            REMOUNT_TOO,
            doc(
                "Unmount at shutdown is not always covered: IBM adds a separate preunmount user exit "
                "for that."
            ),
        ],
        first_seen=LISTED_BY_2015,
        sources="arcapix c4 nfsv4-callout recalled",
    ),
    event(
        field("mount"),
        inferred("A file system has been mounted on this node."),
        category="mount",
        scope=inferred("local"),
        variables=[field("eventName", "fsName")],
        objects=[field("filesystem")],
        fires_on=inferred("node of the event"),
        sync=field("normal", note="Used with --sync; one author fears that a slow handler delays the mount."),
        traps=[
            REMOUNT_TOO,
            inferred(
                "A mount at daemon start counts: after a restart of the cluster every node raises it "
                "at about the same time."
            ),
            field("fsName changes when a file system is renamed: a guard on the old name passes silently."),
        ],
        first_seen=LISTED_BY_2015,
        sources="arcapix c4 nfsv4-callout bind-mount-note recalled",
    ),
    event(
        field("unmount"),
        inferred("A file system has been unmounted on this node."),
        category="mount",
        scope=inferred("local"),
        variables=[unverified("eventName", "fsName"), unverified("reason", note="normal or forced")],
        objects=[unverified("filesystem")],
        fires_on=inferred("node of the event"),
        traps=[REMOUNT_TOO],
        first_seen=LISTED_BY_2015,
        sources="arcapix guide c4 recalled",
    ),
    event(
        field("preShutdown"),
        unverified(
            "The GPFS daemon is about to stop; recalled as raised only when GPFS itself detects a failure."
        ),
        category="daemon",
        scope=inferred("local"),
        variables=[unverified("reason", note="normal or abnormal")],
        fires_on=inferred("node of the event"),
        traps=[unverified("Do not rely on it for a commanded mmshutdown.")],
        first_seen=LISTED_BY_2015,
        sources="arcapix c4 recalled",
    ),
    event(
        field("preStartup"),
        unverified("The daemon has joined the cluster but does not accept user sessions yet."),
        category="daemon",
        scope=inferred("local"),
        fires_on=inferred("node of the event"),
        traps=[inferred("No GPFS file system is mounted at this moment.")],
        first_seen=LISTED_BY_2015,
        sources="arcapix c4 recalled",
    ),
    event(
        field("sendRequestToNodes"),
        unverified("A node asks other nodes for something, for example to collect debug data."),
        category="internal",
        scope=inferred("local"),
        variables=[inferred("requestType", note="recalled value: requestExpelData"), inferred("nodeNames")],
        fires_on=unverified("unknown"),
        repeats=REPEATS_UNKNOWN,
        first_seen=ARCAPIX_LIST,
        sources="arcapix recalled",
    ),
    event(
        doc("shutdown"),
        inferred("GPFS has shut down on this node."),
        category="daemon",
        scope=inferred("local"),
        variables=[
            doc("upNodes", note="registered so in IBM's example; no value shown"),
            unverified("eventName"),
            field("eventNode", note="registered by a site; no value shown"),
            field("quorumNodes", note="registered by a site; no value shown"),
            unverified("reason", note="normal or abnormal"),
        ],
        fires_on=inferred("node of the event"),
        traps=[
            inferred(
                "GPFS is down when the handler runs: neither file systems nor most mm commands can be used."
            ),
            unverified("upNodes and quorumNodes may be UNDEFINED on a node that has just left."),
        ],
        first_seen="4.2.0 (IBM example)",
        sources="arcapix c4 ibm-lscallback rcc-puppet recalled",
    ),
    event(
        field("snapshotCreated"),
        unverified(
            "A snapshot has been created; recalled: GPFS waits for the handler before it resumes "
            "the file system."
        ),
        category="snapshot",
        scope=inferred("local"),
        variables=[
            inferred("snapshotID", "snapshotName"),
            unverified("fsName"),
            unverified("filesetName", note="recalled value 'global' for a snapshot of the whole file system"),
        ],
        objects=[unverified("filesystem", "fileset")],
        fires_on=unverified("file system manager"),
        sync=unverified(
            "discouraged",
            note="If GPFS waits for it, every second in the handler is a second of a suspended file system.",
        ),
        traps=[
            unverified(
                "A fileset that is really called 'global' cannot be told from a whole-file-system snapshot."
            ),
            inferred("There is no event for the deletion of a snapshot."),
        ],
        first_seen=ARCAPIX_LIST,
        sources="arcapix recalled",
    ),
    event(
        field("softQuotaExceeded"),
        field("Usage of a user, group or fileset crossed a soft quota limit."),
        category="quota",
        scope=inferred("local"),
        variables=[
            field(
                "eventName",
                "fsName",
                "blockUsage",
                "blockQuota",
                "blockLimit",
                "filesetSize",
                "quotaID",
                "quotaOwnerName",
                "quotaType",
            ),
            field("filesetName", note="'root' when the event is for the whole file system"),
            unverified("filesUsage", "filesQuota", "filesLimit", "quotaEventType", "storagePool"),
        ],
        objects=[field("filesystem", "fileset")],
        fires_on=field("file system manager", note="only there"),
        repeats=field(
            "once per crossing",
            note="not repeated while over the limit; again only after usage fell below and rose again",
        ),
        traps=[
            field("If the handler fails, the event does not come again until usage drops."),
            field("The script must be on every node that can become file system manager."),
            inferred("quotaOwnerName is chosen by users or a directory service and may hold blanks."),
        ],
        first_seen=ARCAPIX_LIST,
        sources="arcapix guide ibm-quota-migration vai-quota c4 recalled",
    ),
    event(
        doc("startup"),
        inferred(
            "The daemon has started on this node; recalled: before file systems set to automount are mounted."
        ),
        category="daemon",
        scope=inferred("local"),
        variables=[doc("eventName")],
        fires_on=recorded("node of the event"),
        traps=[
            recorded("The log shows 'mmfsd ready' before the launch of the startup callbacks."),
            unverified("Do not expect GPFS paths to be there yet."),
        ],
        first_seen="4.2.0 (IBM example)",
        sources="arcapix c4 ibm-lscallback log-4.2.3 rcc-puppet",
    ),
    event(
        doc("tiebreakerCheck"),
        inferred(
            "Raised before tiebreaker disks decide whether to keep a node; GPFS acts on the exit status."
        ),
        category="quorum",
        scope=inferred("local"),
        fires_on=unverified(
            "cluster manager",
            note="recalled: when the cluster manager sees the lease of a quorum node run out, and "
            "tiebreaker disks are configured",
        ),
        repeats=REPEATS_UNKNOWN,
        sync=inferred(
            "required",
            note="The exit status decides (message 6027-2742 reports a non-zero one with the action "
            "quorumloss), so only a synchronous callback makes sense; keep it to seconds.",
        ),
        traps=[
            doc("GPFS must be stopped on all nodes before a callback for this event is added or deleted."),
            inferred("A wrong handler can take the cluster down."),
        ],
        first_seen=ARCAPIX_LIST,
        sources="arcapix ibm-delcallback ibm-6027-2742 recalled",
    ),
    event(
        field("usageUnderSoftQuota"),
        inferred("Usage fell back below a soft quota limit."),
        category="quota",
        scope=inferred("local"),
        variables=[
            unverified(
                "eventName",
                "fsName",
                "filesetName",
                "blockUsage",
                "blockQuota",
                "blockLimit",
                "filesetSize",
                "quotaID",
                "quotaOwnerName",
                "quotaType",
                "filesUsage",
                "filesQuota",
                "filesLimit",
                "quotaEventType",
                "storagePool",
            )
        ],
        objects=[unverified("filesystem", "fileset")],
        fires_on=unverified("file system manager"),
        repeats=inferred("once per crossing"),
        first_seen=ARCAPIX_LIST,
        sources="arcapix recalled",
    ),
    event(
        recorded("ccrFileChange"),
        inferred("A file in the cluster configuration repository changed."),
        category="config",
        scope=unverified("local"),
        variables=[unverified("eventName", "ccrObjectName", "ccrObjectValue", "ccrObjectVersion")],
        fires_on=unverified("unknown"),
        first_seen="4.2.3 (log, 2017)",
        sources="log-4.2.3 recalled",
    ),
    event(
        doc("afmRPOMiss"),
        doc("A primary AFM-DR fileset missed its recovery point objective; GPFS queues and retries it."),
        category="afm",
        scope=unverified("local"),
        variables=[inferred("fsName", "filesetName")],
        objects=[inferred("filesystem", "fileset")],
        fires_on=GATEWAY,
        first_seen="5.0.2 topic",
        sources="ibm-afm",
    ),
    event(
        doc("afmQueueDropped"),
        doc("The AFM queue of a fileset was dropped."),
        category="afm",
        scope=unverified("local"),
        variables=[inferred("fsName", "filesetName")],
        objects=[inferred("filesystem", "fileset")],
        fires_on=GATEWAY,
        first_seen="5.0.2 topic",
        sources="ibm-afm",
    ),
    event(
        doc("afmFilesetUnmounted"),
        doc("An AFM fileset went to the Unmounted state."),
        category="afm",
        scope=unverified("local"),
        variables=[inferred("fsName", "filesetName")],
        objects=[inferred("filesystem", "fileset")],
        fires_on=GATEWAY,
        traps=[
            unverified(
                "IBM's AFM topic writes the name as afmfilesetunmounted; the mixed-case spelling is recalled."
            )
        ],
        aliases=[doc("afmfilesetunmounted")],
        first_seen="5.0.2 topic",
        sources="ibm-afm",
    ),
    event(
        doc("preRGTakeover"),
        doc("A recovery group server is about to open and serve recovery groups."),
        category="raid",
        scope=doc("local"),
        variables=[
            doc("myNode", "rgErr", "rgCount", "rgReason"),
            doc("rgName", note="'_ALL_' when several groups are about to be opened"),
        ],
        fires_on=doc("recovery group server"),
        repeats=doc("once per occurrence", note="also raised per group, with rgCount 1"),
        sync=NEVER_SYNC,
        first_seen="RAID 4.2",
        sources="ibm-raid",
    ),
    event(
        doc("postRGTakeover"),
        doc("A recovery group server has finished its attempt to take over recovery groups."),
        category="raid",
        scope=doc("local"),
        variables=[inferred("myNode", "rgName", "rgErr", "rgCount", "rgReason")],
        fires_on=doc("recovery group server"),
        sync=NEVER_SYNC,
        first_seen="RAID 4.2",
        sources="ibm-raid",
    ),
    event(
        unverified("preRGRelinquish"),
        unverified("A recovery group server is about to give up recovery groups."),
        category="raid",
        scope=doc("local"),
        variables=[inferred("rgName", "rgErr", "rgReason"), unverified("myNode", "rgCount")],
        fires_on=inferred("recovery group server"),
        sync=NEVER_SYNC,
        first_seen="event class rgRelinquish in the 2011 header",
        sources="raid-header recalled",
    ),
    event(
        unverified("postRGRelinquish"),
        unverified("A recovery group server has given up recovery groups."),
        category="raid",
        scope=doc("local"),
        variables=[inferred("rgName", "rgErr", "rgReason"), unverified("myNode", "rgCount")],
        fires_on=inferred("recovery group server"),
        sync=NEVER_SYNC,
        first_seen="event class rgRelinquish in the 2011 header",
        sources="raid-header recalled",
    ),
    event(
        inferred("rgOpenFailed"),
        inferred(
            "A recovery group server could not open a recovery group; a takeover event that "
            "carries the error follows."
        ),
        category="raid",
        scope=doc("local"),
        variables=[inferred("myNode", "rgName", "rgErr", "rgReason")],
        fires_on=inferred("recovery group server"),
        sync=NEVER_SYNC,
        first_seen="2011 header",
        sources="raid-header",
    ),
    event(
        inferred("rgPanic"),
        inferred("A recovery group server panicked and resigned a recovery group."),
        category="raid",
        scope=doc("local"),
        variables=[inferred("myNode", "rgName", "rgErr", "rgReason")],
        fires_on=inferred("recovery group server"),
        sync=NEVER_SYNC,
        first_seen="2011 header",
        sources="raid-header",
    ),
    event(
        inferred("pdFailed"),
        inferred("A physical disk was declared failed."),
        category="raid",
        scope=doc("local"),
        variables=[
            inferred("myNode", "rgName", "daName", "pdName"),
            unverified("pdLocation", "pdFru", "pdWwn", "pdState"),
        ],
        fires_on=inferred("recovery group server"),
        sync=NEVER_SYNC,
        first_seen="2011 header",
        sources="raid-header recalled",
    ),
    event(
        inferred("pdRecovered"),
        inferred("A physical disk that counted as failed is back."),
        category="raid",
        scope=doc("local"),
        variables=[
            inferred("myNode", "rgName", "daName", "pdName"),
            unverified("pdLocation", "pdFru", "pdWwn"),
        ],
        fires_on=inferred("recovery group server"),
        sync=NEVER_SYNC,
        first_seen="2011 header",
        sources="raid-header recalled",
    ),
    event(
        doc("pdReplacePdisk"),
        doc(
            "The replacement threshold of a declustered array was reached: a physical disk must be replaced."
        ),
        category="raid",
        scope=doc("local"),
        variables=[
            inferred("myNode", "rgName", "daName", "pdName"),
            unverified("pdLocation", "pdFru", "pdWwn", "pdState", "pdPriority"),
        ],
        fires_on=inferred("recovery group server"),
        sync=NEVER_SYNC,
        first_seen="2011 header; RAID 4.2",
        sources="ibm-raid raid-header recalled",
    ),
    event(
        unverified("pdPathDown"),
        inferred("A device path to a physical disk went down."),
        category="raid",
        scope=doc("local"),
        variables=[
            inferred("myNode", "rgName", "daName", "pdName"),
            unverified("pdPath", "pdLocation", "pdFru", "pdWwn"),
        ],
        fires_on=inferred("recovery group server"),
        sync=NEVER_SYNC,
        aliases=[inferred("pdPathFailed")],
        first_seen="2011 header, as pdPathFailed",
        sources="raid-header recalled",
    ),
    event(
        doc("daRebuildFailed"),
        doc("The rebuild of a declustered array failed; the remaining redundancy is reported."),
        category="raid",
        scope=doc("local"),
        variables=[inferred("myNode", "rgName", "daName"), unverified("daRemainingRedundancy")],
        fires_on=inferred("recovery group server"),
        sync=NEVER_SYNC,
        first_seen="2011 header; 6.0.1 topic",
        sources="ibm-gnr raid-header recalled",
    ),
    event(
        inferred("nsdCksumMismatch"),
        inferred(
            "A checksum error on an NSD transfer; raised on the client or the server side, "
            "counters are cumulative."
        ),
        category="raid",
        scope=doc("local"),
        variables=[
            inferred(
                "myNode",
                "ckOtherNode",
                "ckNSD",
                "ckReason",
                "ckStartSector",
                "ckDataLen",
                "ckErrorCountClient",
                "ckErrorCountServer",
                "ckErrorCountNSD",
                "ckReportingInterval",
            ),
            unverified("ckRole"),
        ],
        fires_on=inferred("node of the event", note="NSD client or server"),
        repeats=REPEATS_UNKNOWN,
        sync=NEVER_SYNC,
        first_seen="2011 header",
        sources="raid-header recalled",
    ),
    event(
        unverified("ccrVarChange"),
        unverified("A variable in the cluster configuration repository changed."),
        category="config",
        scope=unverified("local"),
        variables=[unverified("ccrObjectName", "ccrObjectValue", "ccrObjectVersion")],
        fires_on=unverified("unknown"),
        repeats=REPEATS_UNKNOWN,
        sources="recalled",
    ),
    event(
        unverified("afmCmdRequeued"),
        unverified("An AFM operation failed at home and was queued again."),
        category="afm",
        scope=unverified("local"),
        variables=[unverified("fsName", "filesetName")],
        objects=[unverified("filesystem", "fileset")],
        fires_on=unverified("gateway node"),
        repeats=REPEATS_UNKNOWN,
        sources="recalled",
    ),
    event(
        unverified("afmRecoveryFail"),
        unverified("AFM recovery of a fileset failed."),
        category="afm",
        scope=unverified("local"),
        variables=[unverified("fsName", "filesetName")],
        objects=[unverified("filesystem", "fileset")],
        fires_on=unverified("gateway node"),
        repeats=REPEATS_UNKNOWN,
        sources="recalled",
    ),
    event(
        unverified("diskIOHang"),
        unverified("An I/O to a disk has been pending for too long."),
        category="disk",
        scope=unverified("local"),
        variables=[unverified("diskName", "fsName")],
        objects=[unverified("filesystem")],
        fires_on=unverified("node of the event"),
        repeats=REPEATS_UNKNOWN,
        sources="recalled",
    ),
    event(
        unverified("fsstruct"),
        unverified("The file system manager found a structure error in a file system."),
        category="disk",
        scope=unverified("local"),
        variables=[unverified("fsName", "fsErr")],
        objects=[unverified("filesystem")],
        fires_on=unverified("file system manager"),
        repeats=REPEATS_UNKNOWN,
        sources="recalled",
    ),
    event(
        unverified("traceConfigChanged"),
        unverified("The trace configuration of GPFS was changed."),
        category="config",
        scope=unverified("local"),
        fires_on=unverified("unknown"),
        repeats=REPEATS_UNKNOWN,
        sources="recalled",
    ),
)

"""The variables of ``mmaddcallback --parms``, without the per cent sign."""

from __future__ import annotations

from .facts import VariableFacts, doc, field, inferred, unverified, variable

ANY_FORM = inferred(
    "which form arrives (long, short or IP) is not recorded: accept all, resolve through the node table"
)
ONE_OR_MANY = unverified("split at commas; may hold one name or many")
MAY_BE_UNDEFINED = unverified("may be the word UNDEFINED when the event has no value for it")
NEVER_IN_A_SHELL = inferred("text chosen by users: never put it into a shell line")

#: The 32 of the ArcaPix reference come first: a parameter of that name gets the variable. The set is frozen,
#: so that no function which works today changes its meaning later. The others are only taken when they are
#: written with a per cent sign.
ROWS: tuple[VariableFacts, ...] = (
    variable(
        field("blockLimit"),
        unverified("hard block limit"),
        unverified("number, recalled in KiB"),
        in_arcapix=True,
    ),
    variable(
        field("blockQuota"),
        unverified("soft block limit"),
        unverified("number, recalled in KiB"),
        in_arcapix=True,
    ),
    variable(
        field("blockUsage"),
        inferred("block usage of the quota owner"),
        unverified("number, recalled in KiB"),
        traps=[inferred("do not do arithmetic on it before the unit is known")],
        in_arcapix=True,
    ),
    variable(
        doc("clusterManager"),
        inferred("current cluster manager"),
        unverified("node name"),
        nodes=True,
        common="unverified",
        traps=[ANY_FORM, inferred("can be out of date during a failover")],
        in_arcapix=True,
    ),
    variable(
        field("clusterName"),
        unverified("name of the cluster"),
        unverified("cluster name"),
        common="unverified",
        in_arcapix=True,
    ),
    variable(
        doc("diskName"),
        doc("disk (NSD) name"),
        unverified("one word, possibly a comma list"),
        many=True,
        traps=[ONE_OR_MANY],
        in_arcapix=True,
    ),
    variable(
        field("downNodes"),
        unverified("nodes that are down"),
        unverified("comma list of node names"),
        nodes=True,
        many=True,
        common="unverified",
        traps=[
            ANY_FORM,
            ONE_OR_MANY,
            MAY_BE_UNDEFINED,
            inferred("an empty list would shift the following arguments unless it is UNDEFINED"),
        ],
        in_arcapix=True,
    ),
    variable(
        doc("eventName"),
        doc("name of the event that fired"),
        inferred("one word"),
        common="doc",
        traps=[
            inferred("case may differ from what was registered: compare without regard to case"),
            field("passed only if asked for: argv holds nothing but the command and the parms"),
        ],
        in_arcapix=True,
    ),
    variable(
        doc("eventNode"),
        inferred("node, or nodes, the event is about"),
        unverified("node name, or a comma list"),
        nodes=True,
        many=True,
        common="unverified",
        traps=[
            ANY_FORM,
            ONE_OR_MANY,
            MAY_BE_UNDEFINED,
            inferred("for a global event it differs from myNode on all nodes but one"),
        ],
        in_arcapix=True,
    ),
    variable(
        doc("filesetName"),
        doc("fileset name"),
        inferred("one word"),
        chosen_by="fileset names come from whoever may create filesets, often through a provisioning service",
        traps=[
            field("'root' when a soft quota event is for the whole file system"),
            unverified("'global' for a snapshot of the whole file system"),
            inferred("unique within a file system only"),
        ],
        in_arcapix=True,
    ),
    variable(
        field("filesetSize"),
        inferred("size of a fileset"),
        inferred("number, unit not established"),
        in_arcapix=True,
    ),
    variable(field("filesLimit"), unverified("hard file limit"), inferred("number"), in_arcapix=True),
    variable(field("filesQuota"), unverified("soft file limit"), inferred("number"), in_arcapix=True),
    variable(
        field("filesUsage"), inferred("file count of the quota owner"), inferred("number"), in_arcapix=True
    ),
    variable(
        doc("fsName"),
        doc("device name of the file system"),
        field("one word without /dev/"),
        traps=[
            field("changes when the file system is renamed"),
            field("a callback cannot be limited to one file system: compare it in the handler"),
            unverified("remote file systems: local or owner's name not established"),
        ],
        in_arcapix=True,
    ),
    variable(
        doc("homeServer"),
        doc("AFM home server of the fileset"),
        inferred("host name"),
        chosen_by="host name from the definition of an AFM fileset",
        in_arcapix=True,
    ),
    variable(
        doc("myNode"),
        field("node on which the command is being run"),
        unverified("node name"),
        nodes=True,
        common="doc",
        traps=[ANY_FORM],
        in_arcapix=True,
    ),
    variable(
        field("nodeNames"),
        unverified("nodes a request goes to"),
        unverified("comma list of node names"),
        nodes=True,
        many=True,
        traps=[ANY_FORM, ONE_OR_MANY],
        in_arcapix=True,
    ),
    variable(
        field("prepopCompletedReads"),
        inferred("files read by an AFM prefetch"),
        inferred("number"),
        in_arcapix=True,
    ),
    variable(
        field("prepopData"),
        inferred("amount of data read by an AFM prefetch"),
        inferred("number, unit not established"),
        in_arcapix=True,
    ),
    variable(
        field("quorumNodes"),
        unverified("quorum nodes"),
        unverified("comma list of node names"),
        nodes=True,
        many=True,
        common="unverified",
        traps=[ANY_FORM, ONE_OR_MANY, MAY_BE_UNDEFINED],
        in_arcapix=True,
    ),
    variable(
        field("quotaID"),
        unverified("numeric id of the quota owner"),
        unverified("number"),
        traps=[field("a spelling quotaId is recalled; use quotaID, as ArcaPix and a site script do")],
        aliases=[unverified("quotaId")],
        in_arcapix=True,
    ),
    variable(
        field("quotaOwnerName"),
        inferred("name of the quota owner"),
        inferred("one word, unless a directory service allows blanks"),
        chosen_by="user, group or fileset name, possibly from a directory service",
        traps=[
            unverified("a blank in it shifts the arguments if substitution happens before tokenising"),
            NEVER_IN_A_SHELL,
        ],
        in_arcapix=True,
    ),
    variable(
        field("quotaType"),
        unverified("kind of quota"),
        unverified("USR, GRP or FILESET, as in mmrepquota"),
        in_arcapix=True,
    ),
    variable(
        doc("reason"),
        field("why the event happened"),
        unverified(
            "one word; recalled: normal|forced (preUnmount, unmount), normal|abnormal (preShutdown, shutdown)"
        ),
        chosen_by="text from GPFS or AFM, not under our control",
        traps=[
            MAY_BE_UNDEFINED,
            inferred("the AFM events give it another set of values, not documented here"),
        ],
        in_arcapix=True,
    ),
    variable(
        field("requestType"),
        unverified("kind of request"),
        unverified("one word; recalled value requestExpelData"),
        in_arcapix=True,
    ),
    variable(field("snapshotID"), inferred("id of the snapshot"), inferred("number"), in_arcapix=True),
    variable(
        field("snapshotName"),
        inferred("name of the snapshot"),
        inferred("one word"),
        chosen_by="snapshot names come from whoever may create snapshots",
        traps=[NEVER_IN_A_SHELL],
        in_arcapix=True,
    ),
    variable(
        field("storagePool"),
        field("storage pool of a space event"),
        field("one word"),
        traps=[field("'system' is the name of the first pool"), MAY_BE_UNDEFINED],
        in_arcapix=True,
    ),
    variable(
        doc("upNodes"),
        unverified("nodes that are up"),
        unverified("comma list of node names"),
        nodes=True,
        many=True,
        common="unverified",
        traps=[
            ANY_FORM,
            ONE_OR_MANY,
            MAY_BE_UNDEFINED,
            inferred("thousands of nodes make a very long argument"),
        ],
        in_arcapix=True,
    ),
    variable(
        field("userName"),
        unverified("not established; listed by ArcaPix only"),
        inferred("one word"),
        chosen_by="login name",
        traps=[inferred("no event is known to carry it"), MAY_BE_UNDEFINED],
        in_arcapix=True,
    ),
    variable(
        field("waiterLength"),
        field("age of the long waiter"),
        field("seconds; integer or fraction not established"),
        traps=[inferred("parse as a decimal number")],
        in_arcapix=True,
    ),
    variable(unverified("ccrObjectName"), unverified("name of the changed CCR object"), unverified("string")),
    variable(unverified("ccrObjectValue"), unverified("new value of a CCR variable"), unverified("string")),
    variable(unverified("ccrObjectVersion"), unverified("CCR object version"), unverified("number")),
    variable(inferred("ckDataLen"), inferred("length of the failing transfer"), inferred("number")),
    variable(
        inferred("ckErrorCountClient"), inferred("cumulative errors for that client"), inferred("number")
    ),
    variable(inferred("ckErrorCountNSD"), inferred("cumulative errors for that NSD"), inferred("number")),
    variable(
        inferred("ckErrorCountServer"), inferred("cumulative errors for the server"), inferred("number")
    ),
    variable(inferred("ckNSD"), inferred("NSD or vdisk name"), inferred("one word")),
    variable(
        inferred("ckOtherNode"),
        inferred("address of the other side of the transfer"),
        inferred("address"),
        nodes=True,
    ),
    variable(
        inferred("ckReason"),
        inferred("side and direction that saw the mismatch"),
        inferred("server_detected_error_receiving_for_write or client_detected_error_receiving_on_read"),
    ),
    variable(inferred("ckReportingInterval"), inferred("reporting interval in force"), inferred("number")),
    variable(
        unverified("ckRole"), unverified("reporting side: client or server"), unverified("client | server")
    ),
    variable(
        inferred("ckStartSector"), inferred("first sector of the failing transfer"), inferred("64-bit number")
    ),
    variable(inferred("daName"), inferred("declustered array"), inferred("one word")),
    variable(
        unverified("daRemainingRedundancy"), unverified("redundancy left in the array"), unverified("number")
    ),
    variable(
        unverified("eventTime"),
        unverified("time of the event"),
        unverified("not established"),
        common="unverified",
        traps=[unverified("recalled for newer releases only: take the clock of the handler as well")],
    ),
    variable(
        field("filesetLimit"),
        inferred("limit of a fileset"),
        inferred("number, unit not established"),
        traps=[field("seen in c4-system-manager only")],
    ),
    variable(
        field("filesetQuota"),
        inferred("quota of a fileset"),
        inferred("number, unit not established"),
        traps=[field("seen in c4-system-manager only")],
    ),
    variable(unverified("fsErr"), unverified("structure error code"), unverified("number")),
    variable(unverified("inodeQuota"), unverified("inode limit of a fileset"), unverified("number")),
    variable(unverified("inodeUsage"), unverified("inodes in use in a fileset"), unverified("number")),
    variable(
        unverified("nodeName"),
        unverified("node name"),
        unverified("node name"),
        nodes=True,
        traps=[inferred("is the beginning of %nodeNames: match the longest name")],
    ),
    variable(unverified("pdFru"), unverified("FRU number"), unverified("string")),
    variable(unverified("pdLocation"), unverified("location code of the pdisk"), unverified("string")),
    variable(inferred("pdName"), inferred("physical disk"), inferred("one word")),
    variable(unverified("pdPath"), unverified("device path"), unverified("string")),
    variable(unverified("pdPriority"), unverified("replacement priority"), unverified("number")),
    variable(unverified("pdState"), unverified("pdisk state"), unverified("string")),
    variable(unverified("pdWwn"), unverified("world wide name"), unverified("string")),
    variable(
        unverified("prepopAlreadyCachedFiles"), unverified("files already cached"), unverified("number")
    ),
    variable(
        unverified("prepopFailedReads"),
        unverified("files that an AFM prefetch failed to read"),
        unverified("number"),
    ),
    variable(
        unverified("quotaEventType"),
        unverified("blockQuotaExceeded or inodeQuotaExceeded"),
        unverified("one word"),
    ),
    variable(doc("rgCount"), doc("number of recovery groups concerned"), doc("number")),
    variable(doc("rgErr"), doc("error code"), inferred("number, 0 = none")),
    variable(
        doc("rgName"),
        doc("recovery group name"),
        doc("one word"),
        traps=[doc("'_ALL_' in preRGTakeover for several groups")],
    ),
    variable(
        doc("rgReason"),
        doc("reason text"),
        unverified("string; blanks not excluded"),
        chosen_by="text from the RAID layer",
    ),
)

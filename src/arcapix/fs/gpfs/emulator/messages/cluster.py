"""The texts of GPFS about nodes, node classes, licences and configuration, each with the evidence for it.

``{command}`` is the name of the command that prints. Marks: doc, recorded, field, inferred, unverified.
"""

from __future__ import annotations

PROCESSING_NODE = "Processing node {node}"  # recorded (mmaddnode, mmchnode)
NODES_NOT_ADDED = "{command}: The following nodes could not be added to the GPFS cluster:"  # recorded
CORRECT_AND_ADD = (  # recorded
    "   Correct the problems and use the {command} command to add these nodes\n   to the cluster."
)
NODE_EXISTS = "{command}: Node {node} already belongs to the GPFS cluster."  # unverified
NODE_BAD_DESCRIPTOR = "{command}: Incorrect node descriptor: {descriptor} ({problem})"  # unverified
LICENSE_WARNING = (  # recorded
    "{command}: Warning: Not all nodes have proper GPFS license designations.\n"
    "    Use the mmchlicense command to designate licenses as needed."
)
NODES_UNREACHED = "{command}: The following nodes could not be reached:"  # recorded (mmgetstate)
VERIFYING_STOPPED = "Verifying GPFS is stopped on all affected nodes ..."  # unverified
NODE_STILL_RUNS = "{command}: GPFS is still active on {node}."  # unverified
NODE_SERVES_DISKS = "{command}: Node {node} is a server of NSD {disk}."  # unverified
CLUSTER_HAS_FILESYSTEMS = "{command}: The cluster still has file systems: {names}."  # unverified
LAST_NODE = "{command}: The last node cannot be deleted."  # unverified
QUORUM_WOULD_GO = "{command}: The change would leave the cluster without node quorum."  # unverified
NO_CHANGE_GIVEN = "{command}: No change was specified."  # unverified

LICENSE_NODES = "\nThe following nodes will be designated as possessing {license} licenses:"  # recorded (4.2)
LICENSE_NOT_ACCEPTED = "{command}: The license terms must be accepted with the option --accept."  # unverified
EDITION = "This node runs IBM Spectrum Scale Standard Edition"  # recorded (5.1)
EDITION_5_2 = "This node runs IBM Storage Scale Developer Edition "  # recorded (5.2)

CLASS_UNKNOWN = "{command}: Node class {name} does not exist."  # unverified
CLASS_EXISTS = "{command}: Node class {name} already exists."  # unverified
CLASS_BAD_NAME = "{command}: Incorrect node class name: {name}"  # unverified
CLASS_IN_USE = (  # unverified
    "{command}: Node class {name} is used by the configuration parameter {parameter}."
)
CLASS_INSIDE = "{command}: Node class {name} is a member of node class {outer}."  # unverified
CLASS_NESTED = (  # doc (the fact)
    "{command}: Node class {name} has node classes as members and cannot be a member itself."
)
NO_CLASSES = "{command}: No node classes were found."  # unverified

NO_PROTOCOL_NODES = "{command}:  There are no Cluster Export Services nodes defined."  # recorded (4.2)
NO_CNFS = "{command}:  CNFS is not defined in this cluster."  # recorded (4.2)

CONFIG_TITLE = "Configuration data for cluster {cluster}:"  # recorded
CONFIG_FILESYSTEMS = "File systems in cluster {cluster}:"  # recorded
CONFIG_NONE = "(none)"  # unverified
CONFIG_UNDEFINED = "(undefined)"  # unverified
CONFIG_BAD = "{command}: Incorrect parameter: {text}"  # unverified
CONFIG_FIXED = "{command}: Parameter {name} cannot be changed by this command."  # unverified

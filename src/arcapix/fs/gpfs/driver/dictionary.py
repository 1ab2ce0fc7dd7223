"""The preset dictionary that the bodies of tokens are compressed with: what bodies are likely to hold.

It belongs to the version of the token: a token is read with the dictionary that it was made with. The
likeliest text comes last, where deflate reaches it over the shortest distances.
"""

from __future__ import annotations

_TEXT = b"""\
import json
import socket
import subprocess
subprocess.run([, check=True)
json.dumps(json.load(gethostname()
import sys
    global count
        if not os.path.exists(path):
            os.makedirs(path, exist_ok=True)
os.path.join(os.listdir(os.path.dirname(
import logging
log = logging.getLogger(__name__)
logger.info("%s: %s", .warning(.error(
    def __init__(self, name, timeout=30):
        super().__init__()
        self.name = name
    def __call__(self):
        return self.
for line in range(len(.items():.values():
while True:
    try:
        raise ValueError(f"{RuntimeError( is not None and
    except (OSError, KeyError) as error:
        print(
    finally:
from pathlib import Path
from arcapix.fs.gpfs import Cluster, Node, Filesystem, GPFSExecuteException
Filesystem(fsName).filesets[filesetName].change(maxInodes=int(filesQuota, blockUsage, storagePool, quotaType
import smtplib
from email.mime.text import MIMEText
from email.message import EmailMessage
    msg = MIMEText("The %s on %s" % (, eventNode)
    msg['Subject'] = '
    msg['From'] = '
    msg['To'] = '
smtplib.SMTP('localhost') as smtp:
.sendmail(.send_message(msg)@example.com'root.as_string())
import os
import time
time.strftime("%Y-%m-%d %H:%M:%S")time.time()time.sleep(
from datetime import datetime
import datetime
datetime.datetime.now().isoformat()
def k0(fsName, eventName):
    with open("/var/log/gpfs.log", 'a') as f:
        f.write("{} {0}\\n".format(
    \"\"\"\"\"\"
    if  == "":
        return None
if 0:import """

_LISTING = (
    b"__qualname____doc____defaults____kwdefaults____slots____wrapped__"
    b"u\x09\x00\x00\x00timedeltau\x07\x00\x00\x00pathlibu\x09\x00\x00\x00PosixPath"
    b"(\x03\x00\x00\x00u\x01\x00\x00\x00M(\x03\x00\x00\x00u\x01\x00\x00\x00O{u\x04\x00\x00\x00name"
    b"(\x03\x00\x00\x00u\x01\x00\x00\x00Cu(\x03\x00\x00\x00u\x01\x00\x00\x00ai\x02\x00\x00\x00{u\x08\x00\x00\x00__init__>"
    b"(\x03\x00\x00\x00u\x01\x00\x00\x00Gu\x08\x00\x00\x00datetimeu\x08\x00\x00\x00datetime"
    b"(\x03\x00\x00\x00u\x01\x00\x00\x00R>\x01\x00\x00\x00i\x01\x00\x00\x00(\x01\x00\x00\x00s\x0a\x00\x00\x00"
    b"(\x03\x00\x00\x00u\x01\x00\x00\x00gi\x00\x00\x00\x00{u\x02\x00\x00\x00>\x01\x00\x00\x00i\x02\x00\x00\x000"
    b"(\x02\x00\x00\x00u\x07\x00\x00\x00literalu(\x03\x00\x00\x00u\x08\x00\x00\x00variableu\x09\x00\x00\x00eventName"
    b"u\x06\x00\x00\x00fsNameu\x00\x00\x00\x00{0"
    b"(\x05\x00\x00\x00(\x01\x00\x00\x00(\x03\x00\x00\x00i\x00\x00\x00\x00u\x00\x00#callbacks.py\n"
    b"(\x01\x00\x00\x00u\x08\x00\x00\x00__main__(\x01\x00\x00\x00(\x03\x00\x00\x00u\x01\x00\x00\x00Fi\x00\x00\x00\x00"
    b"i\x00\x00\x00\x00>\x01\x00\x00\x00i\x00\x00\x00\x00(\x02\x00\x00\x00(\x00\x00\x00\x00{0"
)

DICTIONARY = _TEXT + _LISTING

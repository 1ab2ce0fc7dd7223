"""Pickles a function by value, as a site's own installer would: prints the text that its driver gets.

    python install_pickled.py cloudpickle|dill FILE FUNCTION

The file runs as the main program, because both libraries pickle what belongs to that by value.
"""

import base64
import importlib
import sys
import zlib

pickler, path, name = sys.argv[1:]
with open(path) as file:
    exec(compile(file.read(), path, "exec"))
options = {"recurse": True} if pickler == "dill" else {}
data = importlib.import_module(pickler).dumps(globals()[name], **options)
print(base64.urlsafe_b64encode(zlib.compress(data, 9)).decode())

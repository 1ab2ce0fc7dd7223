#!/usr/bin/env python3
"""A driver as a site writes it for itself: it calls a function that cloudpickle or dill has pickled by value.

    pickle_driver.py FUNCTION LOG [NAME=VALUE ...]

It does what such a driver needs and no more: it imports little, it runs the function with the values that
GPFS gave, and it leaves a line about the outcome in its log. It checks no digest and compares no object.
"""

import base64
import pickle
import sys
import time
import zlib


def main():
    text, log, *words = sys.argv[1:]
    function = pickle.loads(zlib.decompress(base64.urlsafe_b64decode(text)))
    values = dict(word.split("=", 1) for word in words)
    outcome = "succeeded"
    try:
        function(**values)
    except Exception:
        import traceback

        outcome = traceback.format_exc()
    with open(log, "a") as file:
        file.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S')} {function.__name__} {outcome}\n")
    return outcome != "succeeded"


if __name__ == "__main__":
    sys.exit(main())

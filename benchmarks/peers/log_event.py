#!/usr/bin/env python3
"""A callback as a script in Python: argparse for the values that GPFS passes, logging for the line."""

import argparse
import logging
import time


def main():
    parser = argparse.ArgumentParser(description="log an event")
    parser.add_argument("--log", required=True)
    parser.add_argument("eventName")
    parser.add_argument("fsName")
    arguments = parser.parse_args()
    began = time.monotonic_ns()
    logging.basicConfig(filename=arguments.log, level=logging.INFO, format="%(message)s")
    logging.info("%d %s %s", began, arguments.eventName, arguments.fsName)


if __name__ == "__main__":
    main()

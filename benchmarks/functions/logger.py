# The guide's, to the letter.
# fmt: off
# ruff: noqa
import datetime


def logger():
   with open("/var/log/gpfs/events/shutdown.log", 'a') as log:
      log.write("{0}: GPFS has shutdown.".format(datetime.datetime.today()))

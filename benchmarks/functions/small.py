import time


def small(eventName, fsName):
    began = time.monotonic_ns()
    with open("/var/log/gpfs/events.log", "a") as log:
        log.write(f"{began} {eventName} {fsName}\n")

import time


def woken(eventName, eventNode):
    time.sleep(20)
    with open("/var/log/gpfs/events.log", "a") as log:
        log.write(f"{time.time()} {eventName} {eventNode}\n")

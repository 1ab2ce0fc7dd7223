#!/bin/sh
# A callback as a shell script; it has no cheap way to the monotonic clock, so a dash stands in its place.
# log_event.sh LOG eventName fsName
echo "- $2 $3" >>"$1"

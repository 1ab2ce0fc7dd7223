#!/usr/bin/env python3
"""Post a message on X when GPFS stops or starts on a node.

    pip install tweepy                  # on every node where this may be called
    ./post_status.py NODE [--keys /etc/arcapix/x] [--relay https://proxy.mycompany.com]

The four keys of the account are never in the code: every local user can read all that a function
carries. Only the paths of the files are installed, and the function reads the keys on the node:

    /etc/arcapix/x/{consumer_key,consumer_secret,access_token,access_token_secret}     (root, mode 0400)

Nodes without internet access reach the service through a relay of the site: --relay.
"""

import argparse
import sys

from arcapix.fs.gpfs import Node, Secret

if len(sys.argv) == 1:
    print(__doc__, file=sys.stderr)
    sys.exit(2)
parser = argparse.ArgumentParser(description="Post a message on X when GPFS stops or starts on a node.")
parser.add_argument("node")
parser.add_argument("--keys", default="/etc/arcapix/x")
parser.add_argument("--relay", default="")
options = parser.parse_args()

try:
    import tweepy
    from requests.adapters import HTTPAdapter
except ModuleNotFoundError as error:
    sys.exit(f"there is no {error.name} here; install it with: {sys.executable} -m pip install tweepy")

relay = options.relay.rstrip("/")
keys = {
    name: Secret.file(f"{options.keys}/{name}")
    for name in ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
}


class Connection(HTTPAdapter):
    """How requests, which tweepy is built on, reaches a server: within 30 seconds, and through the relay."""

    def send(self, request, **how):
        # tweepy has signed the request for the real address by now; only the way there changes.
        if relay:
            request.url = relay + request.path_url
        how["timeout"] = 30  # tweepy sets none
        return super().send(request, **how)


def post(eventName, eventNode):
    client = tweepy.Client(**{name: key.value for name, key in keys.items()})
    client.session.mount("https://", Connection())
    client.create_tweet(text=f"A {eventName} event was triggered on {eventNode}")


callback = Node(options.node).callbacks.new("post-status", post, ["shutdown", "startup"])
print(f"installed {callback.id} for {', '.join(callback.events)} on {callback.node}")

"""P9: how long the tokens of known functions are, as GPFS gets them."""

from __future__ import annotations

from . import targets
from .targets import Result
from .workspace import EMAIL, LOGCALLBACK, LOGGER, LONG, Workspace

_FUNCTIONS = {
    targets.TOKEN_OF_LOGGER: LOGGER,
    targets.TOKEN_OF_EMAIL: EMAIL,
    targets.TOKEN_OF_LOGCALLBACK: LOGCALLBACK,
    targets.TOKEN_OF_LONG: LONG,
}


def measure(workspace: Workspace) -> list[Result]:
    """P9: the texts are the guide's own, paths and hosts included; the peers' figure is the pickle alone."""
    found = []
    for target, function in _FUNCTIONS.items():
        _, token, *_ = workspace.install(function)
        peers = {}
        for pickler in workspace.picklers:
            text = workspace.text(function)
            _, pickled, *_ = workspace.pickled(pickler, function, workspace.log("unused"), text=text)
            peers[pickler] = float(len(pickled))
        body = token.split("@")[2]
        details: dict[str, object] = {"body": len(body), "header": len(token.split("@")[1])}
        found.append(Result(target, len(token), peers, details=details))
    return found

"""What the API says, in the words of the command line."""

from __future__ import annotations

import warnings

import pytest

from arcapix.fs.gpfs.cli.usage import in_words, keywords_as_options
from arcapix.fs.gpfs.exceptions import BindingError, GPFSError, GPFSExecuteException, ScopeError


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("sync=True needs timeout=, in seconds", "--sync needs --timeout, in seconds"),
        ("change(command=..., parms=...) installs it anew", "--function and --parms installs it anew"),
        ("it has parms; use change(node=None)", "it has parms; use --default on-nodes"),
        ("restate it: change(..., node=...)", "restate it: --on-nodes"),
        ("restate them: change(..., node='a'), or node='b' for these", "restate them: --on-nodes 'a', or --on-nodes 'b' for these"),
        ("did you mean '%fsName'? Literal('%fsNam') is the text", "did you mean '%fsName'?"),
        ("write '%fsName' for the variable, Literal('fsName') for the text", "write '%fsName' for the variable"),
        ("that text; write Variable('a') if GPFS knows it, Literal('%a') is the text", "that text"),
        ("give a list: parms=['%a', '%b']", "give: --parms '%a' --parms '%b'"),
        ("give Once(within=..., folder='/mmfs1/once'), or", "give --once-folder '/mmfs1/once', or"),
        ("run= allows 1M of memory; give memory='512M'", "it allows 1M of memory; give --memory '512M'"),
        ("use replace=True, or another identifier", "use --replace, or another identifier"),
    ],
)  # fmt: skip
def test_calls_and_keywords_of_the_api_are_options(said, told):
    assert in_words(said) == told


def test_errors_of_ours_keep_their_status_and_are_told_so():
    with pytest.raises(GPFSError, match=r"^use --default on-nodes$") as raised, keywords_as_options():
        raise ScopeError("use change(node=None)")
    assert raised.value.exit_status == ScopeError.exit_status


def test_errors_without_such_words_and_those_of_mm_commands_stay_as_they_are():
    failure = GPFSExecuteException(("mmaddcallback", "--parms", "reason=%reason"), 1, "", "no")
    for error in (failure, BindingError("f", missing=["a"])):
        with pytest.raises(GPFSError) as raised, keywords_as_options():
            raise error
        assert raised.value is error


def test_warnings_are_told_so():
    told: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = lambda doubt, *_, **__: told.append(str(doubt))
        with keywords_as_options():
            warnings.warn("run= asks for missed events", stacklevel=1)
    assert told == ["it asks for missed events"]

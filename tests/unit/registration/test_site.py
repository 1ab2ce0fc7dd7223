"""The site file: who may have written it, and what it says."""

from __future__ import annotations

import json
import os

import pytest

from arcapix.fs.gpfs import CallbackWarning
from arcapix.fs.gpfs.registration import site


def test_what_is_written_is_read_and_others_may_read_it(probed) -> None:
    path = probed(list_Y="on")
    assert path.stat().st_mode & 0o777 == 0o644
    found = site.read(path)
    assert (found.release, found.cluster, found.answers) == ("5.1.7", "c", {"list_Y": "on"})
    assert site.answer("list_Y") == "on"
    assert site.answer("list_order") is None
    probed(list_Y="off")
    assert site.answer("list_Y") == "off"


def test_without_a_file_nothing_is_known_and_nothing_is_said(recwarn) -> None:
    assert site.answer("list_Y") is None
    assert site.longest_parms() is None
    assert not recwarn.list


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda path: path.chmod(0o666), "others may write to it"),
        (lambda path: path.chmod(0o664), "others may write to it"),
        (lambda path: path.parent.chmod(0o777), "others may write to it, and what is in it may be theirs"),
        (lambda path: path.write_text("{"), "is not what the probe writes"),
        (lambda path: path.write_text("[]"), "is not what the probe writes"),
        (lambda path: path.write_text(json.dumps({"release": "5"})), "is not what the probe writes"),
        (lambda path: (path.unlink(), os.mkfifo(path)), "it is not a file"),
    ],
)
def test_a_file_that_cannot_be_believed_is_ignored_with_one_warning(probed, spoil, reason) -> None:
    path = probed(list_Y="on")
    spoil(path)
    with pytest.warns(CallbackWarning, match=reason) as told:
        assert site.answer("list_Y") is None
        assert site.answer("list_Y") is None
    assert len(told) == 1
    assert "run: arcapix-gpfs probe --save" in str(told[0].message)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_ignored(probed) -> None:
    os.chown(probed(list_Y="on"), 12345, -1)
    with pytest.warns(CallbackWarning, match="it belongs to the user with number 12345"):
        assert site.answer("list_Y") is None


@pytest.mark.parametrize(
    ("answer", "longest"),
    [("none", None), ("cut:2000", 2000), ("refuse:300", 300), ("cut:", None), ("cut:x", None)],
)
def test_how_much_gpfs_keeps_is_the_number_of_the_answer(probed, answer: str, longest: int | None) -> None:
    probed(parms_max=answer)
    assert site.longest_parms() == longest

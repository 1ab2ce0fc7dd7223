from __future__ import annotations

import errno
import os
import stat

import pytest

from arcapix.fs.gpfs import Cluster, GPFSError
from arcapix.fs.gpfs.deployment import cluster_key
from arcapix.fs.gpfs.driver import token as tokens


def handler():
    return None


def test_a_key_is_made_once_for_its_owner_alone(gpfs):
    assert cluster_key.read() is None
    path = cluster_key.create()
    assert path == cluster_key.path()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(cluster_key.read()) == 64
    with pytest.raises(GPFSError, match="there is a cluster key"):
        cluster_key.create()
    cluster_key.check()


def test_a_key_that_cannot_be_written_whole_is_not_made(gpfs, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    before = os.listdir(cluster_key.path().parent)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(GPFSError, match=f"{cluster_key.path()} cannot be made: No space left on device"):
            cluster_key.create()
    assert cluster_key.read() is None
    assert os.listdir(cluster_key.path().parent) == before


def test_a_fingerprint_tells_keys_apart_and_shows_none(gpfs, tmp_path):
    path = cluster_key.create()
    other = tmp_path / "other.key"
    other.write_text("something else\n")
    other.chmod(0o600)
    assert cluster_key.fingerprint() == cluster_key.fingerprint(path) != cluster_key.fingerprint(other)
    assert cluster_key.fingerprint() not in path.read_text()
    with pytest.raises(GPFSError, match="are not the same"):
        cluster_key.check(other)
    cluster_key.check(path)


def test_without_a_key_the_fingerprint_says_how_to_make_one(gpfs):
    way_out = f"; {copying_to(cluster_key.path())}; or, if no node has one, run: arcapix-gpfs key create"
    with pytest.raises(GPFSError, match=way_out):
        cluster_key.fingerprint()
    with pytest.raises(GPFSError, match=way_out):
        cluster_key.check()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_that_others_can_read_is_refused_and_is_to_be_changed(gpfs, mode):
    cluster_key.create().chmod(mode)
    with pytest.raises(GPFSError, match=r"chmod 600 .* change it then: arcapix-gpfs key rotate$"):
        cluster_key.read()


@pytest.mark.parametrize("mode", [0o660, 0o622])
def test_a_key_that_others_can_write_is_refused_and_nobody_is_told_to_trust_it(gpfs, mode):
    path = cluster_key.create()
    path.chmod(mode)
    with pytest.raises(GPFSError, match=f"; move it away, and {copying_to(path)}$"):
        cluster_key.read()


def copying_to(path):
    return f"copy it from another node, never in place: scp -p NODE:{path} {path}.new && mv {path}.new {path}"


def test_an_empty_key_is_refused(gpfs):
    path = cluster_key.create()
    path.write_text("\n")
    with pytest.raises(GPFSError, match=f"is empty; {copying_to(path)}; or, where no callback is signed, "):
        cluster_key.read()


def test_a_key_that_was_cut_is_refused_and_comes_from_another_node(gpfs):
    path = cluster_key.create()
    path.write_text(path.read_text()[:40])
    with pytest.raises(GPFSError, match=f"was cut; {copying_to(path)}; or, where no callback is signed, "):
        cluster_key.read()


@pytest.mark.parametrize("put", [os.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_in_the_place_of_the_key_is_refused_at_once(gpfs, put):
    put(cluster_key.path())
    with pytest.raises(GPFSError, match=f"the cluster key {cluster_key.path()} is not a file"):
        cluster_key.read()


@pytest.mark.parametrize("target", ["/dev/zero", "nowhere"])
def test_a_link_in_the_place_of_the_key_is_not_followed(gpfs, target):
    cluster_key.path().symlink_to(target)
    with pytest.raises(
        GPFSError, match=f"the cluster key {cluster_key.path()} is a link; put the file itself"
    ):
        cluster_key.read()


def test_a_key_that_cannot_be_opened_says_why(gpfs, monkeypatch):
    (cluster_key.path().parent / "file").touch()
    monkeypatch.setenv("ARCAPIX_GPFS_KEY", str(cluster_key.path().parent / "file" / "key"))
    with pytest.raises(GPFSError, match=r"cannot be read: Not a directory$"):
        cluster_key.read()


def abandoned(path, name="0123abcd"):
    left = path.with_name(f"{path.name}.{name}.new")
    left.write_text("the same key, or half of one")
    return left


def test_what_a_killed_create_has_left_goes_with_the_next_one_even_if_there_is_a_key(gpfs):
    left = abandoned(cluster_key.path())
    cluster_key.create()
    assert not left.exists()
    abandoned(cluster_key.path())
    with pytest.raises(GPFSError, match="there is a cluster key"):
        cluster_key.create()
    assert not left.exists()


def test_what_only_looks_like_it_stays(gpfs, tmp_path):
    path = cluster_key.path()
    (tmp_path / "precious").write_text("x")
    others = [
        abandoned(path, "precious"),
        abandoned(path.with_name("else.key")),
        path.with_name(f"{path.name}.ffffffff.new"),
    ]
    others[-1].symlink_to(tmp_path / "precious")
    cluster_key.create()
    assert all(other.is_symlink() or other.is_file() for other in others)
    assert (tmp_path / "precious").read_text() == "x"


def test_a_key_of_somebody_else_is_refused(gpfs, monkeypatch):
    path = cluster_key.create()
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(path, 12345, -1)
    with pytest.raises(
        GPFSError, match=f"belongs to another user, who knows it; move it away, and {copying_to(path)}$"
    ):
        cluster_key.read()


def test_a_token_is_sealed_with_the_key_of_the_site(gpfs):
    cluster_key.create()
    callback = Cluster().onShutdown.new("x", handler)
    token = gpfs.callbacks["x"]["parms"].split()[0]
    tokens.check(token, cluster_key.read())
    assert callback.installed
    with pytest.raises(tokens.TokenError):
        tokens.check(token, None)


def test_a_change_of_the_header_is_sealed_with_the_key_too(gpfs):
    cluster_key.create()
    callback = Cluster().onShutdown.new("x", handler)
    callback.change(priority=3)
    tokens.check(gpfs.callbacks["x"]["parms"].split()[0], cluster_key.read())


@pytest.mark.parametrize("change", [{"event": ["startup", "shutdown"]}, {"priority": 3}])
def test_without_the_key_nothing_can_be_changed_that_was_sealed_with_it(gpfs, change):
    cluster_key.create()
    callback = Cluster().onShutdown.new("x", handler)
    cluster_key.path().unlink()
    before = dict(gpfs.callbacks["x"])
    with pytest.raises(
        GPFSError, match="callback 'x' cannot be changed: the token was made with a cluster key"
    ):
        callback.change(**change)
    assert gpfs.callbacks["x"] == before


def test_what_was_installed_before_the_key_is_not_vouched_for_by_a_change(gpfs):
    callback = Cluster().onShutdown.new("x", handler)
    cluster_key.create()
    with pytest.raises(GPFSError, match="without the cluster key"):
        callback.change(priority=3)
    gpfs.calls.clear()
    Cluster().onShutdown.new("x", handler, replace=True)
    assert gpfs.changing == 2
    tokens.check(gpfs.callbacks["x"]["parms"].split()[0], cluster_key.read())


def test_an_altered_token_is_not_sealed_anew(gpfs):
    Cluster().onShutdown.new("x", handler)
    gpfs.callbacks.alter("x", parms=gpfs.callbacks["x"]["parms"].replace("by=", "bz="))
    callback = Cluster().callbacks["x"]
    with pytest.raises(GPFSError, match="altered"):
        callback.change(priority=3)
    callback.change(command=handler, priority=3)
    assert Cluster().callbacks["x"].installed

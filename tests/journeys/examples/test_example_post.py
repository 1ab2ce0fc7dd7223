"""post_status.py, with tweepy as it is and a server of our own at the other end."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ..shells import example

pytest.importorskip("tweepy", reason="tweepy, which the example posts with, is not installed")

pytestmark = pytest.mark.xdist_group("examples: post")

KEYS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")


class Service(BaseHTTPRequestHandler):
    """Takes posts as X does, and keeps the requests."""

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, dict(self.headers), json.loads(text)))
        answer = json.dumps({"data": {"id": "1", "text": json.loads(text)["text"]}}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        """Keep standard error for tests that fail."""


@pytest.fixture
def service():
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        server.requests, server.status = [], 201
        thread = threading.Thread(target=server.serve_forever, name="service")
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_callback_left(shell):
    yield
    shell.ok("mmdelcallback", "post-status")


@pytest.fixture
def keys(tmp_path):
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    for name in KEYS:
        (folder / name).write_text(f"the-{name.replace('_', '-')}\n")
    return folder


def test_a_shutdown_and_a_startup_are_posted_with_keys_read_on_the_node(shell, service, keys):
    relay = f"http://127.0.0.1:{service.server_port}/"
    printed = shell.ok(*example("post_status.py"), "n2", "--keys", keys, "--relay", relay)
    assert printed == "installed post-status for shutdown, startup on n2\n"
    # Had the keys been captured at the installation, it would be these that are sent.
    (keys / "consumer_key").write_text("renewed-key\n")

    shell.ok("mmshutdown", "-N", "n2")
    shell.wait(lambda: service.requests, "the shutdown was posted")
    shell.ok("mmstartup", "-N", "n2")
    shell.wait(lambda: len(service.requests) > 1, "the startup was posted")
    shell.wait_idle()

    (first, second) = service.requests
    path, headers, body = first
    assert path == "/2/tweets"
    assert body == {"text": "A shutdown event was triggered on n2.gpfs.test"}
    assert second[2] == {"text": "A startup event was triggered on n2.gpfs.test"}
    signed = dict(re.findall(r'(\w+)="([^"]*)"', headers["Authorization"]))
    assert headers["Authorization"].startswith("OAuth ")
    assert signed["oauth_consumer_key"] == "renewed-key"
    assert signed["oauth_token"] == "the-access-token"
    assert signed["oauth_signature"]
    assert "secret" not in headers["Authorization"]
    assert [run["state"] for run in shell.runs("post-status")] == ["succeeded", "succeeded"]


def test_a_post_that_the_service_refuses_is_a_failed_run_that_shows_no_key(shell, service, keys):
    service.status = 403
    shell.ok(
        *example("post_status.py"), "n3", "--keys", keys, "--relay", f"http://127.0.0.1:{service.server_port}"
    )
    (process,) = shell.processes_after(lambda: shell.ok("mmshutdown", "-N", "n3"), "post-status")
    assert process.status == 1
    assert shell.runs("post-status")[-1]["state"] == "failed"
    said = shell.driver_log("n3")
    assert "403 Forbidden" in said
    assert not any(key.read_text().strip() in said for key in keys.iterdir())

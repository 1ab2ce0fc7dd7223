"""mail_alert.py, with a mail server that is one."""

from __future__ import annotations

import asyncio
import threading
from email import message_from_bytes, policy

import pytest

from ..shells import example

aiosmtpd_smtp = pytest.importorskip("aiosmtpd.smtp", reason="aiosmtpd, the mail server, is not installed")

pytestmark = pytest.mark.xdist_group("examples: mail")


class Mailbox:
    """Accepts all mail, as the handler of an aiosmtpd server."""

    def __init__(self):
        self.envelopes = []

    async def handle_DATA(self, server, session, envelope):
        self.envelopes.append(envelope)
        return "250 OK"


@pytest.fixture
def mail_server():
    """A mailbox, and the port that its server listens on."""
    mailbox = Mailbox()
    loop = asyncio.new_event_loop()

    def new_session():
        return aiosmtpd_smtp.SMTP(mailbox, hostname="mailhost", loop=loop)

    server = loop.run_until_complete(loop.create_server(new_session, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, name="mail server")
    thread.start()
    try:
        yield mailbox, server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.run_until_complete(server.wait_closed())
        loop.close()


def test_a_pool_that_runs_full_sends_one_mail(shell, mail_server):
    mailbox, port = mail_server
    addresses = ("admins@site.example", "--sender", "gpfs@site.example")
    printed = shell.ok(*example("mail_alert.py"), *addresses, "--host", "127.0.0.1", "--port", port)
    assert printed == f"installed lowspace_email; it sends mail to admins@site.example by 127.0.0.1:{port}\n"

    filler = shell.mount_point("mmfs1") / "filler"
    with filler.open("wb") as file:
        for _ in range(60):  # of 64 MiB; the threshold is 90 %
            file.write(bytes(1 << 20))

    shell.wait(lambda: mailbox.envelopes, "a mail has arrived")
    shell.wait_idle()
    (envelope,) = mailbox.envelopes
    assert envelope.mail_from == "gpfs@site.example"
    assert envelope.rcpt_tos == ["admins@site.example"]
    message = message_from_bytes(envelope.content, policy=policy.default)
    assert message["Subject"] == "Low disk space!"
    assert (message["From"], message["To"]) == ("gpfs@site.example", "admins@site.example")
    assert message.get_content().strip() == "Space is running low in pool system of mmfs1."
    (run,) = shell.runs("lowspace_email")
    assert run["state"] == "succeeded"

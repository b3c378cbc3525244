"""The mail server process, and a sender that reads LMTP's answers."""

import os
import smtplib
import subprocess
import sys

from django.db import connections

from tests.environment import url_of


def deliver(port: int, recipients: list[str], raw: bytes) -> list[int]:
    """The last word on each recipient. (smtplib's LMTP reads one answer after the data, where LMTP gives one each.)"""
    with smtplib.LMTP("127.0.0.1", port, timeout=30) as client:
        client.ehlo()
        client.mail("bounce@drukkerij.example")
        said = {one: client.rcpt(one)[0] for one in recipients}
        if 250 in said.values():
            client.putcmd("data")
            assert client.getreply()[0] == 354
            client.send(raw + b"\r\n.\r\n")
            said.update({one: client.getreply()[0] for one, code in said.items() if code == 250})
        return list(said.values())


class MailProcess:
    """`manage.py receive_mail` as a process of its own, on the test database."""

    def __init__(self, *options: str, port: int = 0) -> None:
        database = url_of(str(connections["owner"].settings_dict["NAME"]))
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "receive_mail", "--port", str(port), *options],
            env={**os.environ, "DATABASE_URL": database, "INBOUND_MAIL_DOMAIN": "facturen.test"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "ready at" in line, line
        self.port = int(line.rsplit(":", 1)[1])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=10)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(timeout=15)

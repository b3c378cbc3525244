"""The mail server process: LMTP from a mail server in front of it, or SMTP by itself.

A recipient that nobody has is refused at once; a message is answered 250 when it is committed for that recipient, and
451 when it could not be, so that the other side tries again. LMTP gives each recipient its own answer.
"""

import asyncio
import contextlib
import signal
from typing import Any

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP
from django.conf import settings
from django.db import connections

from invoices.channels import mail

log = structlog.get_logger(__name__)

MESSAGE_BYTES = 40 * 1024 * 1024  # 25 MiB of files, as base64
TAKEN = "250 2.0.0 Kept"
UNKNOWN = "550 5.1.1 Nobody here has this address"
LATER = "451 4.3.0 Not kept; try again later"


class _Smtp(SMTP):
    line_length_limit = 100_000  # the standard's 998 characters are more than some programs know of


class _Lmtp(LMTP):
    line_length_limit = 100_000


class Handler:
    """What aiosmtpd calls. The database is asked in threads, so that one slow commit holds up nobody."""

    def __init__(self, each: bool) -> None:
        self.each = each

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        try:
            known = await asyncio.to_thread(_with_database, mail.knows, address)
        except Exception:
            log.exception("mail_route_failed")
            return LATER
        if not known:
            return UNKNOWN
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        raw, sender = envelope.original_content or b"", envelope.mail_from or ""
        said = [await asyncio.to_thread(_keep, raw, one, sender) for one in envelope.rcpt_tos]
        if self.each:
            return "\r\n".join(said)
        # SMTP has one answer for all: repeated to those who have it already, it changes nothing.
        return next((one for one in said if one.startswith("4")), said[0] if said else LATER)


def _keep(raw: bytes, recipient: str, sender: str) -> str:
    try:
        _with_database(mail.arrive, raw, recipient, sender)
    except mail.Unknown:
        return UNKNOWN
    except Exception:
        log.exception("mail_not_kept")
        return LATER
    return TAKEN


def _with_database(function: Any, *arguments: Any) -> Any:
    """A database that went away must not leave its broken connection in a thread."""
    try:
        return function(*arguments)
    except Exception:
        connections.close_all()
        raise


async def serve(host: str, port: int, *, smtp: bool, ready: Any) -> None:
    """Serve until SIGTERM or SIGINT. `ready(port)` is told once it listens."""
    loop = asyncio.get_running_loop()
    kind = _Smtp if smtp else _Lmtp

    def protocol() -> Any:
        return kind(
            Handler(each=not smtp),
            data_size_limit=MESSAGE_BYTES,
            enable_SMTPUTF8=True,
            hostname=settings.INBOUND_MAIL_DOMAIN or "localhost",
            ident="mail",
            timeout=120,
            loop=loop,
        )

    server = await loop.create_server(protocol, host, port)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stopped.set)
    ready(server.sockets[0].getsockname()[1])
    async with server:
        await stopped.wait()

"""Mails as people send them."""

import io
import zipfile
from email.message import EmailMessage
from typing import Any

BAKERY = "12345678@facturen.test"


def pdf(text: str = "factuur") -> bytes:
    return b"%PDF-1.7\n%" + text.encode() + b"\ntrailer<<>>\n%%EOF"


def zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def mail(
    *files: tuple[str, bytes],
    sender: str = "print@drukkerij.example",
    message_id: str = "<1@drukkerij.example>",
    **headers: str,
) -> EmailMessage:
    """A mail with these attachments; header names with underscores for dashes."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, BAKERY, "Factuur november"
    message["Message-ID"] = message_id
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Hierbij onze factuur.")
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message


def forwarded(message: EmailMessage, **more: Any) -> EmailMessage:
    outer = mail(message_id="<2@kantoor.example>", **more)
    outer.add_attachment(message)
    return outer

"""Mails about connections: text, in the reader's language, from `templates/mail/`. The first line is the subject."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.mail import EmailMessage
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format

from connections import consents
from connections.models import Connection, Consent
from connections.remedies.text import spoken
from portal.models import Firm
from portal.tenancy import scope

MOST_A_DAY = (
    300  # links that one firm may have mailed in a day: the portal is no door for other people's mail
)


class TooManyMails(Exception):
    """This firm has had its links of the day mailed; a link can still be copied."""


def send(name: str, language: str, to: str, values: Mapping[str, Any]) -> None:
    """Render and send one mail. Raises what the mail server says. Never within a scope: sending may take its time."""
    with translation.override(spoken(language)):
        text = render_to_string(f"mail/{name}.{spoken(language)}.txt", dict(values)).strip()
    subject, _, body = text.partition("\n")
    EmailMessage(subject=" ".join(subject.split()), body=body.strip() + "\n", to=[to]).send()


def moment(at: Any, language: str) -> str:
    """A moment as a person reads it."""
    with translation.override(spoken(language)):
        return date_format(timezone.localtime(at), "j F Y H:i")


def day(at: Any, language: str) -> str:
    """The day of a moment as a person reads it."""
    with translation.override(spoken(language)):
        return date_format(timezone.localtime(at), "j F Y")


def invite(
    firm_id: UUID,
    connection_id: UUID,
    email: str,
    *,
    asked_by: Any = None,
    as_spare: bool = False,
    language: str = "",
) -> consents.Link:
    """Make a link and mail it to a person at the client, who needs no account here. The link, to be copied as well.

    Http404 without such a connection; TooManyMails; what the mail server says.
    """
    with scope(firm_id):
        connection = get_object_or_404(Connection.objects.select_related("organisation"), pk=connection_id)
        firm = Firm.objects.get(pk=firm_id)
        since = timezone.now() - timedelta(days=1)
        if Consent.objects.filter(created_at__gte=since).exclude(email="").count() >= MOST_A_DAY:
            raise TooManyMails
        link = consents.invite(
            connection, site_key=connection.site, asked_by=asked_by, email=email, as_spare=as_spare
        )
    language = language or firm.language
    values = {
        "firm": firm.name,
        "organisation": connection.organisation.name,
        "as_spare": as_spare,
        "url": link.url,
        "expires": moment(link.expires_at, language),
    }
    send("connect", language, email, values)
    return link

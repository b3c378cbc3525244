"""Which rows belong to a client: read from the models, so that a table of next year moves along without being told.

A row belongs to a client when its keys lead there: a timeline event over its invoice, a line of the mirrored ledger
over its entry and its connection. What stays with the firm although a key leads there, or has no key at all, is named
in `STAYS` with the reason; a test walks every table of the database and finds each in one of the two.
"""

from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import Q

from connections.models import Connection, Issue
from invoices.models import Invoice, MailMessage
from portal.models import Firm, Organisation

STAYS = {
    # The firm itself, its people, its machines, its memory of what was done
    "portal.AuditEvent": "each firm's trail is its own, and chained by digests",
    "portal.AuditPerson": "part of the trail",
    "portal.AuditDigest": "part of the trail",
    "portal.Membership": "people work for a firm; the client's own are invited anew",
    "portal.Invitation": "it invites into the firm that sent it",
    "portal.Viewing": "the helpdesk looked at a firm",
    "portal.SavedView": "a person's own, in a firm",
    "portal.Job": "long work of a firm, often over many clients",
    "portal.Grant": "a partner was let in by a firm",
    "portal.IdempotencyKey": "a partner's requests to a firm",
    "portal.ApiCall": "a partner's requests to a firm",
    "portal.Webhook": "a partner hears of a firm",
    "portal.WebhookDelivery": "a partner heard of a firm",
    # At Exact
    "connections.Authorisation": "an Exact user gave consent to a firm",
    "connections.TokenCall": "hangs on the authorisation",
    "connections.Consent": "a link of the firm that made it; those for this client end",
    "connections.Reminder": "a mail to the firm's people",
    # Kept by the database
    "invoices.Seller": "the names on a firm's invoices; those of what comes are noted as it comes",
    # About the move
    "invoices.Transfer": "each firm has its own side of it",
    "invoices.TransferPiece": "what the giving firm keeps",
}
"""Tables with a firm whose rows do not follow a client, and why."""

LET_GO = {("connections.Connection", "authorisation"), ("connections.Connection", "spare")}
"""Keys of rows that move to rows that stay: emptied on leaving."""

PREFERRED: tuple[type[models.Model], ...] = (Organisation, Connection, Invoice)


def tables() -> list[type[models.Model]]:
    """Every model whose rows carry a firm."""
    return [model for model in apps.get_models() if model is not Firm and _has_firm(model)]


def _has_firm(model: Any) -> bool:
    return any(field.name == "firm" and field.related_model is Firm for field in model._meta.concrete_fields)


def keys(model: type[models.Model]) -> list[Any]:
    """Its keys to other tables of a firm."""
    return [
        field
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model is not Firm and _has_firm(field.related_model)
    ]


@cache
def way(model: type[models.Model]) -> str | None:
    """How a row leads to its client: `entry__connection__organisation`; None: it does not, or it stays.

    Over a key that is always there if it has one; straight to the client rather than over its connection or invoice.
    """
    if model is Organisation:
        return "pk"
    if model._meta.label in STAYS:
        return None
    leading = [
        field for field in keys(model) if field.related_model is not model and way(field.related_model)
    ]
    if not leading:
        return None
    best = min(leading, key=lambda field: (_rank(field), field.null))
    further = way(best.related_model)
    return best.name if further == "pk" else f"{best.name}__{further}"


def _rank(field: Any) -> int:
    model = field.related_model
    return PREFERRED.index(model) if model in PREFERRED else len(PREFERRED)


@cache
def in_order() -> list[type[models.Model]]:
    """The tables that move, each after those that it points at: whoever adds a row below meanwhile finds out."""
    moving = [model for model in tables() if way(model)]
    ordered: list[type[models.Model]] = []
    while len(ordered) < len(moving):
        ordered += [
            model
            for model in moving
            if model not in ordered
            and all(
                field.related_model in ordered or field.related_model is model or not way(field.related_model)
                for field in keys(model)
            )
        ]
    return ordered


def rows(model: type[models.Model], organisation_id: UUID) -> models.QuerySet[Any]:
    """The rows of a table that belong to this client, whichever firm has them. Within staff()."""
    found = Q(**{str(way(model)): organisation_id})
    if model is Issue:
        found |= _of_no_connection(organisation_id)
    return model._base_manager.using("staff").filter(found)


def _of_no_connection(organisation_id: UUID) -> Q:
    """Issues of the client itself, of one of its invoices or mails: their subject says which."""
    invoices = Invoice.everyones.using("staff").filter(organisation=organisation_id)
    mails = MailMessage.everyones.using("staff").filter(organisation=organisation_id)
    subjects = [str(organisation_id), *_ids(invoices.filter(issue__connection=None)), *_ids(mails)]
    return Q(connection=None, subject__in=subjects) | Q(connection=None, pk__in=invoices.values("issue"))


def _ids(found: models.QuerySet[Any]) -> list[str]:
    return [str(pk) for pk in found.values_list("pk", flat=True)]

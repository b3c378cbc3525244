"""Who may do what: firms and their people, organisations, partners, and the frame's own records."""

from portal.models.audit import AuditDigest, AuditEvent, AuditPerson
from portal.models.firms import Firm, Installation, Membership, Organisation
from portal.models.helpdesk import Announcement, Bundle, CodeNote, DeskCase, DeskNote, Viewing
from portal.models.invitations import Invitation, SavedView
from portal.models.jobs import Job
from portal.models.partners import ApiCall, Grant, IdempotencyKey, Partner, PartnerSecret, PartnerUse
from portal.models.users import User
from portal.models.webhooks import Webhook, WebhookDelivery

__all__ = [
    "Announcement",
    "ApiCall",
    "AuditDigest",
    "AuditEvent",
    "AuditPerson",
    "Bundle",
    "CodeNote",
    "DeskCase",
    "DeskNote",
    "Firm",
    "Grant",
    "IdempotencyKey",
    "Installation",
    "Invitation",
    "Job",
    "Membership",
    "Organisation",
    "Partner",
    "PartnerSecret",
    "PartnerUse",
    "SavedView",
    "User",
    "Viewing",
    "Webhook",
    "WebhookDelivery",
]

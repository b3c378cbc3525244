"""The helpdesk's own pages that need no other room."""

from portal.desk import announcements, finding, others, viewing  # noqa: F401 — each registers its pages

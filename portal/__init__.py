"""Who may do what, and the frame: settings, tenancy, people, partners, the API's manners."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]

"""Celery carries ids and wakes workers; what is to be done stands in the database."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init
from django.dispatch import receiver
from django_structlog.celery.signals import bind_extra_task_metadata
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()


@setup_logging.connect
def _keep_our_logging(**kwargs: object) -> None:
    """Django has configured logging already; Celery would put its own handlers beside ours."""


@worker_init.connect
@beat_init.connect
def _look_first(**kwargs: object) -> None:
    """No work before the database was seen to hold the tenant wall."""
    from portal.operations import startup

    startup.refuse_if_wrong()


@receiver(bind_extra_task_metadata)
def _bind_ids(task: Any = None, **kwargs: object) -> None:
    """What a task is about is in every line that it logs."""
    from portal.operations.logs import bind_task

    bind_task(task)

"""What Celery runs for the frame: webhooks, jobs, and throwing away what is old."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.db import connections
from django.utils import timezone

from portal import digests, jobs, retention, webhooks
from portal.api import idempotency
from portal.lookups import ask
from portal.models import ApiCall, IdempotencyKey, Job, Webhook, WebhookDelivery
from portal.tenancy import staff

SEND_AT_ONCE = 200
SENDERS = 8
WEBHOOKS_KEPT = timedelta(days=30)
JOBS_KEPT = timedelta(days=90)


@shared_task(expires=30)
def send_webhooks() -> None:
    """Everything that is due; a few at a time, so that one slow receiver holds up few others."""
    due = ask("due_webhook_deliveries", SEND_AT_ONCE)
    if not due:
        return
    with ThreadPoolExecutor(min(SENDERS, len(due))) as pool:
        list(pool.map(_send, due))
    if len(due) == SEND_AT_ONCE:
        send_webhooks.delay()


def _send(due: tuple[UUID, UUID]) -> None:
    try:
        webhooks.deliver(*due)
    finally:
        connections.close_all()


@shared_task
def run_job(firm_id: str, job_id: str) -> None:
    jobs.run(UUID(firm_id), UUID(job_id))


@shared_task(expires=60)
def sweep_jobs() -> None:
    """Jobs that no worker came for, or whose worker died."""
    for firm_id, job_id in ask("due_jobs", 50):
        run_job.delay(str(firm_id), str(job_id))


@shared_task(expires=3600)
def tidy() -> None:
    """Answers kept for repeats, the log of calls, webhook deliveries and jobs: gone when their time is over."""
    now = timezone.now()
    with staff():
        IdempotencyKey.objects.filter(created_at__lt=now - idempotency.KEPT).delete()
        ApiCall.objects.filter(created_at__lt=now - timedelta(days=settings.API_LOG_DAYS)).delete()
        WebhookDelivery.objects.filter(created_at__lt=now - WEBHOOKS_KEPT, due_at__isnull=True).delete()
        Webhook.objects.filter(deleted_at__lt=now - WEBHOOKS_KEPT, deliveries__isnull=True).delete()
        Job.objects.filter(created_at__lt=now - JOBS_KEPT, due_at__isnull=True).delete()


@shared_task(expires=6 * 3600)
def chain_audit() -> None:
    """The nightly link over each firm's trail."""
    digests.chain_all()


@shared_task(expires=6 * 3600)
def expire() -> None:
    """What is over its firm's years."""
    retention.run()

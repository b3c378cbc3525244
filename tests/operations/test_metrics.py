"""/metrics: true, cheap, for whom it is, and about nobody in particular."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from connections import issues
from connections.models import Authorisation, Incident, Lane
from invoices import intake
from portal.models import WebhookDelivery
from portal.operations import metrics
from portal.tenancy import scope
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.paper import paper

DOCS = Path(__file__).resolve().parents[2] / "docs" / "ops"


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_known", {})


def scraped(**headers: str) -> dict[tuple[str, ...], float]:
    """(name, label values …) → value."""
    metrics._known.clear()
    answer = Client().get("/metrics", headers=headers)
    assert answer.status_code == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def test_what_came_in_was_booked_and_waits_is_counted(cast: Cast, exact: ExactSandbox, worker: Any) -> None:
    connection = connected(cast.alice, exact, worker)
    intake.receive(cast.alice.firm_id, paper("M-1"), channel="api")
    worker()
    intake.receive(cast.alice.firm_id, paper("M-2"), channel="upload")
    with scope(cast.alice.firm_id):
        issues.open_issue("not_connected", subject="x")
    found = scraped()
    assert found["portal_received_lately", "api"] == 1
    assert found["portal_received_lately", "upload"] == 1
    assert found["portal_ended_lately", "booked"] + found["portal_ended_lately", "review"] == 1
    assert found["portal_due_rows", "invoice"] == 1
    assert 0 <= found["portal_due_oldest_seconds", "invoice"] < 60
    assert found["portal_issues_open", "not_connected", "firm"] == 1
    assert found["portal_connections", "active"] == 1
    assert found["portal_authorisations", "active"] == 1
    assert found["portal_exact_calls_lately", "2xx"] > 5
    assert found["portal_exact_refused_as_too_many",] == 0
    assert found["portal_exact_budget_least_left", "day"] < 1
    assert connection.pk


def test_the_age_is_that_of_the_row_that_waits_longest(cast: Cast) -> None:
    intake.receive(cast.alice.firm_id, paper("M-1"), channel="api")
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE invoices_invoice SET due_at = now() - interval '10 minutes'")
    assert 595 < scraped()["portal_due_oldest_seconds", "invoice"] < 640


def test_work_that_may_not_be_done_is_not_late(cast: Cast, exact: ExactSandbox, worker: Any) -> None:
    """A connection that is blocked has its issue; an alarm about the queue would wake the wrong person."""
    connection = connected(cast.alice, exact, worker)
    intake.receive(cast.alice.firm_id, paper("M-1"), channel="api")
    with scope(cast.alice.firm_id):
        issues.open_issue("authorisation_expired", connection=connection)
    worker()
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE invoices_delivery SET due_at = now() - interval '1 hour'")
        cursor.execute("UPDATE connections_lane SET due_at = NULL")
    assert scraped()["portal_due_oldest_seconds", "delivery"] == 0


def test_lanes_budgets_tokens_and_incidents_show(cast: Cast, exact: ExactSandbox, worker: Any) -> None:
    connected(cast.alice, exact, worker)
    Incident.objects.create(
        site="nl", code="exact_down", opened_at="2026-01-01T00:00Z", seen_at="2026-01-01T00:00Z"
    )
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE connections_authorisation SET issued_at = now() - interval '25 days'")
        cursor.execute(
            """UPDATE connections_lane SET sleeps_for = 'day', due_at = now() + interval '1 hour', leased_until = NULL,
               budget = jsonb_build_object('day', jsonb_build_object(
                   'limit', 5000, 'remaining', 100, 'resets_at', now() + interval '1 hour'), 'minute', NULL)"""
        )
    found = scraped()
    assert found["portal_lanes", "asleep: day"] == Lane.everyones.using("owner").count() == 1
    assert found["portal_exact_budget_low_lanes", "day"] == 1
    assert found["portal_exact_budget_low_lanes", "minute"] == 0
    assert found["portal_exact_budget_least_left", "day"] == pytest.approx(0.02)
    assert found["portal_tokens_near_death",] == Authorisation.everyones.using("owner").count() == 1
    assert found["portal_tokens_idle_days",] == pytest.approx(25, abs=0.1)
    assert found["portal_incidents_open", "exact_down", "nl"] == 1


def test_requests_are_counted_by_kind_and_status_and_never_by_address(database: None) -> None:
    before = scraped()
    Client().get("/api/v1/organisations/")
    Client().get("/a-page-that-is-not-there-8d1c/")
    after = scraped()
    key = ("portal_http_requests_total", "api", "GET", "401")
    assert after[key] == before.get(key, 0) + 1
    assert not any("8d1c" in " ".join(map(str, name)) for name in after)


def test_no_name_of_a_firm_a_client_or_a_person_is_told(cast: Cast, exact: ExactSandbox, worker: Any) -> None:
    connected(cast.alice, exact, worker)
    intake.receive(cast.alice.firm_id, paper("M-1"), channel="api")
    text = Client().get("/metrics").content.decode()
    for name in ("Alice", "alice@", "Korenaar", str(cast.alice.firm_id), "anna", "Drukkerij"):
        assert name not in text


@pytest.mark.parametrize(
    ("address", "forwarded", "status"),
    [
        ("127.0.0.1", "", 200),
        ("10.1.2.3", "", 200),
        ("203.0.113.7", "", 404),
        ("127.0.0.1", "203.0.113.7", 404),  # a proxy on this machine that nobody told us about
    ],
)
def test_without_a_token_only_this_machine_and_private_networks_see_it(
    database: None, address: str, forwarded: str, status: int
) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert Client(REMOTE_ADDR=address).get("/metrics", headers=headers).status_code == status


def test_with_a_token_only_who_knows_it(database: None, settings: Any) -> None:
    settings.METRICS_TOKEN = "s3cret"
    assert Client().get("/metrics").status_code == 404
    assert Client().get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    assert Client().get("/metrics", headers={"Authorization": "Bearer s3cret"}).status_code == 200


def test_many_scrapers_cost_no_more_than_one(database: None) -> None:
    Client().get("/metrics")
    asked: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    with connections["staff"].execute_wrapper(note):
        Client().get("/metrics")
    assert asked == []


def test_a_question_that_fails_takes_only_its_own_metric_away(
    database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = metrics.Gauge("portal_broken", "x", lambda: metrics.rows("SELECT count(*) FROM no_such_table"))
    monkeypatch.setitem(metrics._gauges, "portal_broken", broken)
    found = scraped()
    assert found["portal_metrics_failed",] == 1
    assert ("portal_broken",) not in found
    assert found["portal_brake_on",] == 0


def test_only_what_a_webhook_still_waits_for_is_due(cast: Cast) -> None:
    assert not WebhookDelivery.everyones.using("owner").exists()
    assert scraped()["portal_due_rows", "webhook"] == 0


@pytest.mark.parametrize("name", ["alerts.yml", "dashboard.json"])
def test_alerts_and_dashboard_ask_for_metrics_that_there_are(database: None, name: str) -> None:
    text = Client().get("/metrics").content.decode()
    known = set(re.findall(r"^# TYPE (portal_\w+)", text, re.M))
    asked = set(re.findall(r"\bportal_[a-z_]+", (DOCS / name).read_text()))
    made = {
        one
        for known_one in known
        for one in (known_one, f"{known_one}_bucket", f"{known_one}_sum", f"{known_one}_count")
    }
    assert asked
    assert asked <= made


def test_every_alert_says_what_to_do(database: None) -> None:
    alerts = re.findall(r"- alert: (\w+)", (DOCS / "alerts.yml").read_text())
    manual = (DOCS.parent / "operations.md").read_text()
    assert alerts
    assert [name for name in alerts if f"### {name}" not in manual] == []

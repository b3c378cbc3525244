"""How a part of the ledger is read: whole where it is small, else by a cursor, recording each page as it comes.

Every page is recorded with the cursor: a page that fails leaves what stands, and the next drive goes on from there.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from connections.exact import Endpoint, ExactError, Filter, Int64, Kind, gt
from connections.held import Held
from connections.models import Connection

OVERLAP = timedelta(minutes=10)  # stamps may be the server's local time, and its clock is not ours
FIRST_FILL = timedelta(days=400)  # a year of entries, and the month that is being closed
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)

Row = dict[str, Any]


def upsert(
    model: type[models.Model], connection: Connection, rows: list[Row], fields: Callable[[Row], Row]
) -> None:
    """Insert or update rows of one page by (connection, exact_id)."""
    now = {"connection_id": connection.pk, "firm_id": connection.firm_id}
    made = [model(**now, **fields(row)) for row in rows]
    if not made:
        return
    names = [name for name in fields(rows[0]) if name != "exact_id"]
    model.objects.bulk_create(  # type: ignore[attr-defined]
        made, update_conflicts=True, unique_fields=["connection", "exact_id"], update_fields=names
    )


def whole(
    held: Held,
    connection: Connection,
    endpoint: Endpoint,
    model: type[models.Model],
    fields: Callable[[Row], Row],
    **query: Any,
) -> None:
    rows = list(held.exact.rows(endpoint, **query))
    with held.record():
        upsert(model, connection, rows, fields)
        gone = model.objects.filter(connection=connection, gone_at__isnull=True).exclude(  # type: ignore[attr-defined]
            exact_id__in=[row["ID"] for row in rows]
        )
        if "kind" in {field.name for field in model._meta.fields}:
            gone = gone.filter(kind=fields({"ID": None, "Code": "", "Description": ""})["kind"])
        gone.update(gone_at=timezone.now())


def changed(
    held: Held,
    connection: Connection,
    name: str,
    endpoint: Endpoint,
    record: Callable[[list[Row]], None],
    *,
    since: Filter,
    mark: Callable[[list[Row]], Any],
    expand: tuple[str, ...] = (),
) -> None:
    """Read the pages of what changed, recording each as it comes, and resume where an earlier drive stopped.

    The link to the next page is kept with each page, because a big ledger takes more pages than one minute
    allows. The cursor itself moves only when the last page is in: Exact's pages follow keys, not time, so a
    half-read answer says nothing of what is still to come.
    """
    cursor = connection.cursors.get(name, {})
    seen = cursor.get("seen")
    try:
        for page in held.exact.pages(endpoint, where=since, expand=expand, start=cursor.get("next")):
            with held.record():
                record(page.rows)
                if page.rows:
                    seen = max(filter(None, (seen, mark(page.rows))), default=None)
                keep(connection, name, {**cursor, "next": page.next_url, "seen": seen})
    except ExactError as error:
        if cursor.get("next") and error.kind is Kind.OURS:
            # The link is too old to be taken; begin again, which only costs calls.
            with held.record():
                keep(connection, name, {key: cursor[key] for key in cursor if key not in ("next", "seen")})
            changed(held, connection, name, endpoint, record, since=since, mark=mark, expand=expand)
            return
        raise
    with held.record():
        keep(connection, name, {**cursor, "next": None, "seen": None, "since": seen or cursor.get("since")})


def versioned(
    held: Held,
    connection: Connection,
    name: str,
    sync: Endpoint,
    plain: Endpoint,
    record: Callable[[list[Row]], None],
) -> None:
    """By the sync endpoint's rowversions, from 1 on; where Exact offers none, by `Modified`."""
    if not connection.cursors.get(name, {}).get("no_sync"):
        version = Int64(connection.cursors.get(name, {}).get("since") or 1)
        try:
            changed(
                held,
                connection,
                name,
                sync,
                record,
                since=gt("Timestamp", version),
                mark=lambda rows: max(row["Timestamp"] for row in rows),
            )
            return
        except ExactError as error:
            if not error.not_to_be_had:
                raise
            with held.record():
                keep(connection, name, {"no_sync": True})
    by_modified(held, connection, name, plain, record)


def by_modified(
    held: Held,
    connection: Connection,
    name: str,
    endpoint: Endpoint,
    record: Callable[[list[Row]], None],
    *,
    beginning: datetime = BEGINNING,
    overlap: timedelta = OVERLAP,
    expand: tuple[str, ...] = (),
) -> None:
    since = connection.cursors.get(name, {}).get("since")
    moment = datetime.fromisoformat(since) - overlap if since else beginning
    changed(
        held,
        connection,
        name,
        endpoint,
        record,
        since=gt("Modified", moment),
        mark=lambda rows: max(row["Modified"].isoformat() for row in rows if row["Modified"]),
        expand=expand,
    )


def keep(connection: Connection, name: str, cursor: Any) -> None:
    """Set one cursor of the connection. Needs the scope."""
    connection.cursors = {**connection.cursors, name: cursor}
    Connection.objects.filter(pk=connection.pk).update(cursors=connection.cursors)

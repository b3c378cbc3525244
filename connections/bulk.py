"""One login, many clients: organisations laid beside administrations, and connected in one go.

`lay_out` proposes pairs, by KVK number and then by name; a person looks at them. What was confirmed becomes a job whose
rows are done one by one (`portal.jobs`): a worker that is killed repeats nothing, another goes on with the next row.
`progress` shows what became of each, checks and mailbox included, which run on in the lanes.
"""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from connections import connecting
from connections.models import Authorisation, Connection, Issue, Mailbox
from connections.normal import plain_name
from portal import jobs, numbers
from portal.models import Job, Organisation

KIND = "connections"


@dataclass(frozen=True)
class Pair:
    """One line of the page: an organisation, an administration, or both.

    `state`: "ready" (connect it), "new" (the organisation can be made from the administration), "choose" (several
    administrations fit: `candidates`), "alone" (no administration fits), "connected", "blocked" (Exact blocked or
    archived it), "no_kvk" (an administration without KVK number, of which no organisation can be made).
    """

    organisation: Organisation | None
    division: dict[str, Any] | None
    state: str
    matched_by: str = ""  # "kvk" or "name"
    candidates: tuple[dict[str, Any], ...] = ()


def lay_out(authorisation: Authorisation) -> list[Pair]:
    """The firm's organisations beside the administrations of this Exact user. Needs the scope; two queries.

    1. By KVK number: one that fits is a pair; of several a person chooses.
    2. By name, without legal form and accents, among what is left on both sides and fits only once.
    3. What is left: organisations that stand alone, administrations of which an organisation can be made.
    """
    linked = Connection.objects.exclude(status="disconnected").filter(site=authorisation.site)
    taken = set(linked.values_list("division", flat=True)) - {None}
    connected = set(linked.exclude(division=None).values_list("organisation_id", flat=True))
    free = {row["code"]: row for row in authorisation.divisions if row["code"] not in taken}
    open_ones = {code: row for code, row in free.items() if not row["blocked"]}
    pairs: list[Pair] = []
    rest: list[Organisation] = []
    for organisation in Organisation.objects.order_by("name", "pk"):
        if organisation.pk in connected:
            pairs.append(Pair(organisation, None, "connected"))
            continue
        fits = [row for row in open_ones.values() if row["kvk"] == organisation.kvk_number]
        if len(fits) == 1:
            pairs.append(Pair(organisation, open_ones.pop(fits[0]["code"]), "ready", "kvk"))
        elif fits:
            pairs.append(Pair(organisation, None, "choose", "kvk", tuple(fits)))
        else:
            rest.append(organisation)
    offered = {row["code"] for pair in pairs for row in pair.candidates}
    for organisation in rest:
        pairs.append(_by_name(organisation, rest, open_ones, offered))
    for code, row in free.items():
        if code in open_ones and code not in offered:
            pairs.append(Pair(None, row, "new" if _is_kvk(row["kvk"]) else "no_kvk"))
        elif row["blocked"]:
            pairs.append(Pair(None, row, "blocked"))
    return pairs


def _by_name(
    organisation: Organisation,
    others: list[Organisation],
    open_ones: dict[int, dict[str, Any]],
    offered: set[int],
) -> Pair:
    """A name that fits one administration and no other organisation; one whose KVK number says otherwise does not."""
    name = plain_name(organisation.name)
    fits = [
        row
        for code, row in open_ones.items()
        if code not in offered and plain_name(row["name"]) == name and not row["kvk"]
    ]
    only = sum(1 for other in others if plain_name(other.name) == name) == 1
    if len(fits) == 1 and only:
        return Pair(organisation, open_ones.pop(fits[0]["code"]), "ready", "name")
    return Pair(organisation, None, "alone")


def _is_kvk(text: str) -> bool:
    return len(text) == 8 and text.isdigit()


def start(authorisation: Authorisation, chosen: list[dict[str, Any]], *, by: Any = None) -> Job:
    """Connect what a person confirmed: [{organisation: id or None, division: code, confirm_other_kvk?}].

    Without an organisation it is made from the administration. Needs the scope.
    """
    rows = [
        {
            "authorisation": str(authorisation.pk),
            "organisation": str(row["organisation"]) if row.get("organisation") else None,
            "division": row.get("division"),
            "confirm_other_kvk": bool(row.get("confirm_other_kvk")),
        }
        for row in chosen
    ]
    return jobs.start(KIND, rows, by=by)


def one(job: Job, row: dict[str, Any]) -> dict[str, Any]:
    """Connect one organisation to one administration; jobs.Failed when that cannot be."""
    authorisation = Authorisation.objects.filter(
        pk=row["authorisation"], status=Authorisation.Status.ACTIVE
    ).first()
    if authorisation is None:
        raise jobs.Failed("authorisation_unknown", "This authorisation does not exist, or no longer works.")
    connection = _connection(_organisation(row, authorisation), row, authorisation)
    connecting.authorised(connection, authorisation, choose=row["division"] is None)
    if row["division"] is not None:
        try:
            connecting.choose(connection, row["division"], confirmed=row["confirm_other_kvk"])
        except connecting.DivisionRefused as refused:
            raise jobs.Failed(refused.code, connecting.REFUSED[refused.code]) from None
    connected = connection.next_step == Connection.Step.CHECK
    return {"status": "connected" if connected else "pending", "id": str(connection.pk)}


def _organisation(row: dict[str, Any], authorisation: Authorisation) -> Organisation:
    if row["organisation"] is None:
        return _made_from(row["division"], authorisation)
    organisation = Organisation.objects.filter(pk=row["organisation"]).first()
    if organisation is None:
        raise jobs.Failed("organisation_unknown", "There is no organisation with this id.")
    return organisation


def _made_from(code: int | None, authorisation: Authorisation) -> Organisation:
    """The organisation of an administration: the one with its KVK number, or a new one."""
    division = next((row for row in authorisation.divisions if row["code"] == code), None)
    if division is None:
        raise jobs.Failed("division_unknown", connecting.REFUSED["division_unknown"])
    if not _is_kvk(division["kvk"]):
        raise jobs.Failed("kvk_missing", "The administration has no KVK number of 8 digits in Exact.")
    known = Organisation.objects.filter(kvk_number=division["kvk"]).first()
    if known is not None:
        return known
    # A VAT number that was mistyped in Exact is left out: it would find no invoice, and stop nobody from connecting.
    made = Organisation(
        name=division["name"][:200],
        kvk_number=division["kvk"],
        vat_number=numbers.vat_or_none(division["vat"]),
    )
    made.firm_id = authorisation.firm_id
    try:
        made.clean_fields(exclude=["firm"])
    except ValidationError as problem:
        raise jobs.Failed("invalid", "; ".join(problem.messages)) from None
    made.save()
    return made


def _connection(organisation: Organisation, row: dict[str, Any], authorisation: Authorisation) -> Connection:
    """A new connection, or one that was begun and has no administration yet."""
    begun = Connection.objects.filter(organisation=organisation).exclude(status="disconnected").first()
    if begun is not None:
        if begun.division is None and begun.site == authorisation.site:
            return begun
        raise jobs.Failed("already_connected", "This organisation has a connection already.")
    try:
        with transaction.atomic():
            return connecting.connect(organisation, wanted_division=row["division"])
    except IntegrityError:  # somebody else made one a moment ago
        raise jobs.Failed("already_connected", "This organisation has a connection already.") from None


jobs.register(KIND, one)


# --- Progress ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Progress:
    """One row of a job that is under way.

    `state`: "waiting" (not begun), "failed" (`code` and `detail` say why), "checking", or the connection's status;
    `mailbox` is its mailbox's; `issues` are the codes of its open issues.
    """

    row: int
    asked: dict[str, Any]
    state: str
    connection: Connection | None = None
    mailbox: str = ""
    issues: tuple[str, ...] = ()
    code: str = ""
    detail: str = ""


def progress(job: Job) -> list[Progress]:
    """Each row of the job as it stands now, the checks in the lanes included. Needs the scope; four queries."""
    keys = [row["id"] for row in job.rows if row.get("id")]
    found = {
        str(one.pk): one
        for one in Connection.objects.select_related("organisation", "mailbox").filter(pk__in=keys)
    }
    mailboxes = dict(Mailbox.objects.filter(connection__in=keys).values_list("connection_id", "status"))
    codes: dict[str, list[str]] = {}
    for key, code in Issue.objects.filter(connection__in=keys, resolved_at__isnull=True).values_list(
        "connection_id", "code"
    ):
        codes.setdefault(str(key), []).append(code)
    lines = []
    for position, asked in enumerate(job.asked):
        done = job.rows[position] if position < len(job.rows) else None
        connection = found.get(done.get("id", "")) if done else None
        if done is None:
            lines.append(Progress(position + 1, asked, "waiting"))
        elif connection is None:
            lines.append(
                Progress(
                    position + 1, asked, "failed", code=done.get("code", ""), detail=done.get("detail", "")
                )
            )
        else:
            checking = connection.next_step == Connection.Step.CHECK
            lines.append(
                Progress(
                    position + 1,
                    asked,
                    "checking" if checking else connection.status,
                    connection,
                    mailboxes.get(connection.pk, ""),
                    tuple(sorted(codes.get(str(connection.pk), ()))),
                )
            )
    return lines

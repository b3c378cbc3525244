"""The supplier in Exact that an invoice comes from: one, none, or several between which a person must choose."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils import timezone

from connections.models import Connection, Supplier
from connections.normal import plain_name
from invoices.models import ConfirmedAccount, SupplierChoice
from invoices.parties import Identity, alphanumeric
from portal.models import Organisation

MANY = 50  # candidates that are looked at


@dataclass
class Match:
    """The supplier of an invoice in the mirror, and by what it was found."""

    supplier: Supplier | None = None
    by: str = ""  # person, peppol, kvk, oin, vat, iban, name_postcode, name
    candidates: list[Supplier] = field(default_factory=list)

    def as_json(self) -> list[dict[str, Any]]:
        return [{"id": str(one.exact_id), "name": one.name, "code": one.code} for one in self.candidates]


def match(connection: Connection, seller: Identity) -> Match:
    """Find the seller among the division's relations. Needs the scope; at most three queries.

    1. What a person chose before for this seller stands.
    2. In order of how sure each is: Peppol endpoint, KVK number, OIN, VAT number, IBAN, name with postcode, name.
       Our own identifiers never count: forwarded invoices carry them.
    3. The first kind that hits decides. Several hits: the one that the other identifiers tell apart, else a
       question. A hit whose stronger number contradicts the seller's is a question too: companies share bank
       accounts (factoring), VAT numbers (a fiscal unity) and names.
    """
    seller = without_own(seller, connection.organisation)
    if chosen := remembered(connection, seller):
        return Match(chosen, "person")
    known = Supplier.objects.filter(connection=connection, gone_at__isnull=True)
    if official := _official(seller):
        found = list(known.filter(official)[:MANY])
        for by in ("peppol", "kvk", "oin", "vat"):
            if hits := [one for one in found if _agrees(by, one, seller)]:
                return _decide(by, hits, seller)
    return _by_account_or_name(known, seller)


def without_own(seller: Identity, own: Organisation) -> Identity:
    """The seller without identifiers that are the buyer's own."""
    vat, iban = alphanumeric(own.vat_number), alphanumeric(own.iban)
    mine = {own.kvk_number, *filter(None, (vat,))}
    return Identity(
        **{
            **seller.__dict__,
            "kvk": "" if seller.kvk == own.kvk_number else seller.kvk,
            "vat": "" if seller.vat in mine else seller.vat,
            "endpoint": "" if seller.endpoint.partition(":")[2] in mine else seller.endpoint,
            "ibans": tuple(one for one in seller.ibans if one != iban),
            "name": "" if plain_name(seller.name) == plain_name(own.name) else seller.name,
        }
    )


def _official(seller: Identity) -> Q | None:
    conditions = [
        Q(**{name: value})
        for name, value in (
            ("kvk_number", seller.kvk),
            ("oin", seller.oin),
            ("vat_number", seller.vat),
            ("peppol_id__in", _endpoints(seller)),
        )
        if value
    ]
    if not conditions:
        return None
    any_of = conditions[0]
    for condition in conditions[1:]:
        any_of |= condition
    return any_of


def _endpoints(seller: Identity) -> list[str]:
    """Exact keeps a Peppol identifier with its scheme in front or apart; people write it either way."""
    return [seller.endpoint, seller.endpoint.partition(":")[2]] if seller.endpoint else []


def _agrees(by: str, one: Supplier, seller: Identity) -> bool:
    return {
        "peppol": bool(one.peppol_id) and one.peppol_id in _endpoints(seller),
        "kvk": bool(seller.kvk) and one.kvk_number == seller.kvk,
        "oin": bool(seller.oin) and one.oin == seller.oin,
        "vat": bool(seller.vat) and one.vat_number == seller.vat,
        "iban": bool(set(seller.ibans) & set(one.ibans)),
        "name_postcode": bool(seller.postcode) and one.postcode == seller.postcode,
    }[by]


def _by_account_or_name(known: Any, seller: Identity) -> Match:
    """Nothing official hit: the bank account, then the name as names are compared."""
    if seller.ibans and (hits := list(known.filter(ibans__overlap=list(seller.ibans))[:MANY])):
        return _decide("iban", hits, seller)
    wanted = plain_name(seller.name)
    hits = list(known.filter(name_plain=wanted)[:MANY]) if wanted else []
    near = [one for one in hits if _agrees("name_postcode", one, seller)]
    if near:
        return _decide("name_postcode", near, seller)
    return _decide("name", hits, seller) if hits else Match()


def _contradicts(by: str, one: Supplier, seller: Identity) -> bool:
    """Whether a number that identifies better than what hit says that this is somebody else."""
    order = ("peppol", "kvk", "oin", "vat", "iban", "name_postcode", "name")
    stronger = order[: order.index(by)]
    pairs = {
        "kvk": (one.kvk_number, seller.kvk),
        "oin": (one.oin, seller.oin),
        "vat": (one.vat_number, seller.vat),
    }
    return any(a and b and a != b for kind, (a, b) in pairs.items() if kind in stronger)


def _decide(by: str, hits: list[Supplier], seller: Identity) -> Match:
    """One of several, when exactly one fits the other identifiers best; else a question with its candidates."""
    possible = [one for one in hits if not _contradicts(by, one, seller)]
    if len(possible) == 1:
        return Match(possible[0], by)
    if not possible:
        return Match(None, by, hits)

    def fits(one: Supplier) -> tuple[bool, ...]:
        return (
            _agrees("vat", one, seller),
            _agrees("name_postcode", one, seller),
            _agrees("iban", one, seller),
            one.is_supplier and not one.blocked,
            one.name_plain == plain_name(seller.name),
        )

    best = sorted(possible, key=fits, reverse=True)
    return Match(best[0], by) if fits(best[0]) > fits(best[1]) else Match(None, by, best)


# --- What people said ------------------------------------------------------------------------------------


def remembered(connection: Connection, seller: Identity) -> Supplier | None:
    """The supplier that a person chose for this seller before; by its strongest identifier."""
    found = {
        choice.key: choice.supplier
        for choice in SupplierChoice.objects.select_related("supplier").filter(
            connection=connection, key__in=seller.keys, supplier__gone_at__isnull=True
        )
    }
    return next((found[key] for key in seller.keys if key in found), None)


def remember(connection: Connection, seller: Identity, supplier: Supplier, actor: Any = None) -> None:
    """A person's choice holds for every later invoice of this seller. Needs the scope."""
    for key in without_own(seller, connection.organisation).keys:
        SupplierChoice.objects.update_or_create(
            connection=connection,
            key=key,
            defaults={"supplier": supplier, "chosen_by": actor, "chosen_at": timezone.now()},
        )


def confirm_accounts(
    connection: Connection, supplier: Supplier, ibans: Iterable[str], actor: Any = None
) -> None:
    """A person checked that these accounts are the supplier's. Needs the scope."""
    for iban in ibans:
        ConfirmedAccount.objects.get_or_create(
            supplier=supplier,
            iban=iban,
            defaults={"connection": connection, "confirmed_by": actor, "confirmed_at": timezone.now()},
        )


def known_accounts(supplier: Supplier) -> set[str]:
    """Its accounts in Exact, and those that a person confirmed. Needs the scope."""
    confirmed = ConfirmedAccount.objects.filter(supplier=supplier).values_list("iban", flat=True)
    return {*supplier.ibans, *confirmed}


def elsewhere(supplier: Supplier, iban: str) -> tuple[int, int]:
    """How many other clients of the firm know this company, and how many of those by this account.

    Told as numbers only: whose clients they are stays with them. Needs the scope.
    """
    same = Q(pk__in=[])
    if supplier.kvk_number:
        same |= Q(kvk_number=supplier.kvk_number)
    if supplier.vat_number:
        same |= Q(vat_number=supplier.vat_number)
    others = Supplier.objects.filter(same, gone_at__isnull=True).exclude(connection_id=supplier.connection_id)
    accounts = list(others.values_list("connection_id", "ibans"))
    return len({c for c, _ in accounts}), len({c for c, ibans in accounts if iban in ibans})


# --- What Exact lacks ------------------------------------------------------------------------------------

# What an invoice may add to a relation: the mirror's field, the seller's, Exact's property.
FIELDS = (
    ("kvk_number", "kvk", "ChamberOfCommerce"),
    ("vat_number", "vat", "VATNumber"),
    ("oin", "oin", "OINNumber"),
    ("address", "street", "AddressLine1"),
    ("postcode", "postcode", "Postcode"),
    ("city", "city", "City"),
    ("country", "country", "Country"),
    ("email", "email", "Email"),
)


def lacking(supplier: Supplier, seller: Identity, known: Iterable[str] | None = None) -> dict[str, Any]:
    """What the invoice says and the relation in Exact does not: {field: value}; accounts only that were confirmed.

    Nothing that Exact has is ever replaced; and nothing is filled in before a person says so.
    """
    found: dict[str, Any] = {
        name: getattr(seller, ours)
        for name, ours, _ in FIELDS
        if getattr(seller, ours) and not getattr(supplier, name)
    }
    if not supplier.is_supplier:
        found["is_supplier"] = True
    confirmed = known_accounts(supplier) if known is None else set(known)
    new = [iban for iban in seller.ibans if iban in confirmed and iban not in supplier.ibans]
    return {**found, **({"ibans": new} if new else {})}

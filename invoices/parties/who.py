"""Who is who on an invoice: what identifies its seller and its buyer, and the organisation that it is for."""

import unicodedata
from dataclasses import dataclass

from connections.normal import plain_name
from invoices.formats.model import Invoice, Party
from portal.models import Organisation

KVK, VAT = "0106", "9944"  # EAS schemes of Peppol endpoints


def alphanumeric(text: str | None) -> str:
    """Upper case letters and digits only, as identifiers are compared."""
    return "".join(c for c in (text or "").upper() if c.isalnum())


def account(text: str | None) -> str:
    """A bank account as it is compared: «iban: nl91 abna 0417.1643.00» is NL91ABNA0417164300.

    A letter of another alphabet that looks alike stays another letter, and so another account.
    """
    return alphanumeric(unicodedata.normalize("NFKC", text or "")).removeprefix("IBAN")


def digits(text: str | None) -> str:
    return "".join(c for c in text or "" if c.isdigit())


@dataclass(frozen=True)
class Identity:
    """What identifies a party, each as it is compared; empty where the invoice does not say."""

    name: str = ""
    kvk: str = ""
    oin: str = ""
    vat: str = ""
    endpoint: str = ""  # scheme:value
    postcode: str = ""
    city: str = ""
    street: str = ""
    country: str = ""
    ibans: tuple[str, ...] = ()
    email: str = ""

    @property
    def keys(self) -> list[str]:
        """What a person's choice is remembered by, strongest first: official numbers, else account and name."""
        named = (("kvk", self.kvk), ("vat", self.vat), ("oin", self.oin), ("peppol", self.endpoint))
        official = [f"{kind}:{value}" for kind, value in named if value]
        if official:
            return official
        loose = [f"iban:{iban}" for iban in self.ibans]
        return [*loose, f"name:{plain_name(self.name)}|{self.postcode}"[:140]] if self.name else loose

    @property
    def vat_country(self) -> str:
        """Under whose VAT law it sells: that of the number it states. A web shop in Luxembourg with a Dutch VAT number
        charges Dutch VAT."""
        return self.vat[:2] if self.vat[:2].isalpha() else self.country

    @property
    def ids(self) -> list[str]:
        """For the search box."""
        return [one for one in (self.kvk, self.vat, self.oin, *self.ibans) if one]


def identity(party: Party | None, ibans: tuple[str, ...] = ()) -> Identity:
    """The identity of a party on an invoice. A KVK number has 8 digits; anything else under its scheme is not one."""
    if party is None:
        return Identity(ibans=ibans)
    kvk, endpoint, address = digits(party.kvk), party.endpoint, party.address
    vat = alphanumeric(party.vat_id)
    if not vat and endpoint and endpoint.scheme == VAT:
        vat = alphanumeric(endpoint.value)
    return Identity(
        name=party.display_name,
        kvk=kvk if len(kvk) == 8 else "",
        oin=digits(party.identifier("0190")),
        vat=vat,
        endpoint=f"{endpoint.scheme}:{alphanumeric(endpoint.value)}" if endpoint and endpoint.value else "",
        postcode=alphanumeric(address.postcode) if address else "",
        city=(address.city or "") if address else "",
        street=(address.street or "") if address else "",
        country=((address.country or "") if address else "").upper()
        or (vat[:2] if vat[:2].isalpha() else ""),
        ibans=ibans,
        email=(party.contact.email or "").lower() if party.contact else "",
    )


def seller_of(invoice: Invoice) -> Identity:
    """The seller, with the accounts that the invoice asks to be paid to."""
    ibans = tuple(dict.fromkeys(filter(None, (account(m.account) for m in invoice.payment_means))))
    return identity(invoice.seller, ibans)


def buyer_of(invoice: Invoice) -> Identity:
    return identity(invoice.buyer)


def organisations_for(buyer: Identity) -> list[Organisation]:
    """The firm's organisations that the invoice may be for: by KVK number, else by VAT number. Needs the scope."""
    if buyer.kvk and (found := list(Organisation.objects.filter(kvk_number=buyer.kvk))):
        return found
    if buyer.vat:
        return list(Organisation.objects.filter(vat_number=buyer.vat)[:5])
    return []

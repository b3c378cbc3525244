"""Who sends a firm its invoices, by the names as they stand on them: what a search for a name looks through."""

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.base import TenantModel


class Seller(TenantModel):
    """A name that stands on invoices of the firm, and the last day on which one came in.

    Half a million invoices come from some ten thousand names. A search for a part of a name looks through these, and
    takes the invoices of those it finds by an index, newest first. The database keeps the rows (`notes_seller`).
    """

    name = models.CharField(_("name"), max_length=200)
    last_on = models.DateField()  # in UTC

    class Meta(TenantModel.Meta):
        verbose_name = _("seller")
        verbose_name_plural = _("sellers")
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["firm", "name"], name="invoices_seller_once"),
        ]
        indexes = [
            # The firm comes first, or a word that all offices know would read everybody's. Names are new seldom, so
            # each goes to its place at once: a list of those that wait for it is read from end to end by every search.
            GinIndex(
                fields=["firm", "name"],
                opclasses=["uuid_ops", "gin_trgm_ops"],
                name="invoices_seller_by_part",
                fastupdate=False,
            ),
        ]

    def __str__(self) -> str:
        return self.name


# A day and not a moment: the row is locked once a day, and not by every invoice that comes in beside another of its
# seller. Whoever wants the newest takes all sellers of the last day that they need.
notes_seller = pgtrigger.Trigger(
    name="notes_seller",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("seller_name", "firm_id"),
    condition=pgtrigger.Condition("NEW.seller_name <> ''"),
    declare=[("came_on", "date")],
    func="""
        came_on := (NEW.created_at AT TIME ZONE 'UTC')::date;
        IF NOT EXISTS (
            SELECT 1 FROM invoices_seller
            WHERE firm_id = NEW.firm_id AND name = NEW.seller_name AND last_on >= came_on
        ) THEN
            INSERT INTO invoices_seller (id, created_at, firm_id, name, last_on)
            VALUES (gen_random_uuid(), clock_timestamp(), NEW.firm_id, NEW.seller_name, came_on)
            ON CONFLICT (firm_id, name) DO UPDATE SET last_on = EXCLUDED.last_on
            WHERE invoices_seller.last_on < EXCLUDED.last_on;
        END IF;
        RETURN NULL;
    """,
)

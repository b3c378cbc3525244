"""Our client id, or one damaged token? Exact answers `invalid_request` to both.

Taken for a wrong client, one damaged token would halt refreshing for a whole site, and so would a made-up code in a
consent that anybody with a link can send. So two must agree before the site stops: the other authorisations of the
site say which it is.
"""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from django.utils import timezone

from portal.lookups import ask

LATELY = timedelta(minutes=30)
TRIES = 3  # of one authorisation, while no other has anything to say


class Verdict(StrEnum):
    """What a rejection says."""

    CLIENT = "client"  # our registration is wrong: nobody gets a token
    TOKEN = "token"  # this one alone is ill  # noqa: S105
    UNSURE = "unsure"  # nobody else has asked since: come back


def judge(site: str, authorisation_id: UUID | None = None, *, tries: int = 1) -> Verdict:
    """What a rejection means that this authorisation (None: a consent) has just met, for the `tries`-th time.

    1. Rejected before, while another has got a pair since: this one is ill.
    2. Another was rejected too, after the last success of anybody, or there is no other: the client is wrong.
    3. No other has asked lately: unsure, until the third time.
    """
    ((works_since, agrees, alone),) = ask("others_say", site, authorisation_id, timezone.now() - LATELY)
    if works_since:
        return Verdict.TOKEN
    return Verdict.CLIENT if agrees or alone or tries >= TRIES else Verdict.UNSURE

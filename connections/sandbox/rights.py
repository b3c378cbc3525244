"""May this call be made? The gates, from the outside in: account, division, app, licence, user right.

Exact answers 403 with little explanation (picqer#447, #453, #509, #659); some GETs give an empty list instead when
the right is missing. A `Reason` header names account-level refusals (picqer#451).
"""

from __future__ import annotations

from .context import Context
from .endpoints import ENDPOINTS, Endpoint
from .errors import Refused
from .schema import Row

FULL, READ, NONE, EMPTY = "full", "read", "none", "empty"
LEVELS = (FULL, READ, NONE, EMPTY)


def forbidden(reason: str = "", detail: str = "") -> Refused:
    message = f"Forbidden - {detail}" if detail else "Forbidden"
    return Refused(403, message, {"Reason": reason} if reason else {})


def level(ctx: Context, endpoint: Endpoint) -> str:
    return str(ctx.user.get("rights", {}).get(endpoint.right, FULL)) if endpoint.right else FULL


def has_division(user: Row, code: int, contract: str) -> bool:
    """Whether the user card gives access: "*" is every division, None every one of the user's contract."""
    allowed = user.get("divisions")
    if allowed == "*":
        return True
    if allowed is None:
        return bool(user["contract"] == contract)
    return code in allowed


def check_account(ctx: Context) -> None:
    """What is refused before any endpoint is looked at."""
    if ctx.user.get("blocked"):
        raise forbidden("BlockedUser" if ctx.user["blocked"] is True else str(ctx.user["blocked"]))


def check_division(ctx: Context, endpoint: Endpoint | None) -> None:
    """The user card, the administration's state, and the app's division scope, in this order."""
    listing = endpoint is not None and endpoint.path.startswith("system/")
    if not listing and not has_division(ctx.user, ctx.code, ctx.division["contract"]):
        raise forbidden("NoDivisionAccess")
    if ctx.division.get("blocked"):
        raise forbidden("DivisionBlocked")
    contract = ctx.box.contract(ctx.division["contract"])
    if contract.get("blocked"):
        raise forbidden("BlockedCustomer")
    if contract.get("expired"):
        raise forbidden("LicenseExpired")
    restricted = ctx.chain.get("divisions")
    if restricted is not None and ctx.code not in restricted:
        raise forbidden(detail="User division is not within division scope.")


def check_portal(ctx: Context, writing_to: Endpoint | None) -> None:
    """MijnKantoor users have no API beyond current/Me."""
    if ctx.user.get("my_firm"):
        if writing_to is not None and writing_to.right == "documents":
            raise Refused(403, "Document Type not allowed")
        raise forbidden()


def check_scope(ctx: Context, scope: str, writes: bool) -> None:
    """The app's scopes; Exact's text says "read" whatever was tried."""
    granted = ctx.app.get("scopes", {}).get(scope, "manage")
    if granted == "none" or (writes and granted == "read"):
        raise forbidden(detail=f"Application Scope Violated. Cannot read '{scope}' scope.")


def check_endpoint(ctx: Context, endpoint: Endpoint, method: str) -> bool:
    """App scope, licence and user right. True: the call passes. False: a GET that must show an empty list."""
    writes = method != "GET"
    check_portal(ctx, endpoint if writes else None)
    check_scope(ctx, endpoint.scope, writes)
    contract = ctx.box.contract(ctx.division["contract"])
    if endpoint.right == "mailbox" and not contract.get("mailbox", True):
        raise forbidden()
    if endpoint.path.startswith("purchase/") and not contract.get("trade", False):
        raise forbidden()
    has = level(ctx, endpoint)
    if has == NONE or (writes and has != FULL):
        raise forbidden()
    return has != EMPTY


def user_has_right(ctx: Context, path: str, action: str) -> bool:
    """The answer of users/UserHasRights: the user's own rights and licence, not the app's scopes."""
    endpoint = ENDPOINTS.get(path)
    if endpoint is None:
        raise Refused(400, "Bad Request - Error in query syntax.")
    if ctx.user.get("my_firm"):
        return False
    contract = ctx.box.contract(ctx.division["contract"])
    if endpoint.right == "mailbox" and not contract.get("mailbox", True):
        return False
    if action.upper() not in endpoint.entity.methods:
        return False
    has = level(ctx, endpoint)
    return has == FULL or (has == READ and action.upper() == "GET")

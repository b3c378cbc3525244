"""connections/, issues/ and brake/ of the REST API."""

from connections.api.connections import (
    ConnectionAuthorise,
    ConnectionBulk,
    ConnectionDetail,
    ConnectionDivision,
    ConnectionDivisions,
    Connections,
)
from connections.api.issues import IssueDetail, IssueRecheck, Issues
from connections.api.running import (
    Brake,
    ConnectionCheck,
    ConnectionForecast,
    ConnectionPause,
    ConnectionResume,
)

__all__ = [
    "Brake",
    "ConnectionAuthorise",
    "ConnectionBulk",
    "ConnectionCheck",
    "ConnectionDetail",
    "ConnectionDivision",
    "ConnectionDivisions",
    "ConnectionForecast",
    "ConnectionPause",
    "ConnectionResume",
    "Connections",
    "IssueDetail",
    "IssueRecheck",
    "Issues",
]

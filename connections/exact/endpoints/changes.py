"""Hearing of changes: webhooks, what was deleted, and where reading by rowversion begins."""

from connections.exact.endpoints.endpoint import Endpoint, sync, typed

_ADMINISTRATION = "organization.administration"

WEBHOOK_SUBSCRIPTIONS = Endpoint(
    "WebhookSubscriptions",
    "{division}/webhooks/WebhookSubscriptions",
    typed("ID:guid Topic CallbackURL ClientID:guid Division:int UserID:guid Created:datetime"),
    scope=_ADMINISTRATION,
    page="WebhooksWebhookSubscriptions",
    methods="GET POST DELETE",
)
SYNC_DELETED = sync(
    "SyncDeleted",
    "Deleted",
    "ID:guid EntityKey:guid EntityType:int DeletedDate:datetime DeletedBy:guid Division:int",
    _ADMINISTRATION,
    "SyncDeleted",
)
SYNC_TIMESTAMP = Endpoint(
    "SyncTimestamp",
    "{division}/read/sync/Sync/SyncTimestamp",
    typed("Modified:datetime API TimeStampAsBigInt:int"),
    scope=_ADMINISTRATION,
    page="ReadSyncSyncSyncTimestamp",
    key="TimeStampAsBigInt",
)

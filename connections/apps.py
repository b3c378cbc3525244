from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConnectionsConfig(AppConfig):
    name = "connections"
    verbose_name = _("Connections")

    def ready(self) -> None:
        # Each registers what it does: work in lanes, mails, long work.
        from connections import actions, chores, reminders, webhooks  # noqa: F401
        from connections.pages.one import count_open
        from portal.web import nav

        nav.register(
            nav.Item(
                "issues", _("Issues"), "issue", order=40, clients=True, key="m", count=count_open, tone="warn"
            ),
            nav.Item("sign-ins", _("Exact sign-ins"), "key", group="set_up", order=10, right="connect"),
        )

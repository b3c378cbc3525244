from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InvoicesConfig(AppConfig):
    name = "invoices"
    verbose_name = _("Purchase invoices")

    def ready(self) -> None:
        from invoices import expiring, timeline
        from invoices.booking import outbox
        from invoices.deciding import client_approval
        from invoices.pages import approvals
        from invoices.transfers import moving

        outbox.register()
        expiring.register()
        moving.register()
        timeline.register_on_move(client_approval.on_move)
        self._open_channels()
        from invoices.pages.listing import count_waiting
        from portal.web import nav

        nav.register(
            nav.Item("today", _("Today"), "today", order=10, clients=True, key="t"),
            nav.Item(
                "queue", _("Work queue"), "queue", order=15, key="w", count=count_waiting, tone="primary"
            ),
            nav.Item("invoices", _("Invoices"), "invoice", order=20, clients=True, key="i"),
            nav.Item("clients", _("Clients"), "clients", order=30, key="c"),
            nav.Item(
                "approvals",
                _("Client's approval"),
                "hand",
                order=42,
                clients=True,
                count=approvals.count_open,
                tone="warn",
            ),
            nav.Item("month", _("Month-end"), "calendar", order=45, key="e"),
            nav.Item("rules", _("Rules"), "rules", group="set_up", order=20, key="r"),
            nav.Item("usage", _("Usage"), "chart", group="firm", order=50, right="manage"),
            nav.Item("upload", _("Upload"), "upload", order=50, right="send", clients=True, key="u"),
        )

    def _open_channels(self) -> None:
        from anymail.signals import inbound

        from invoices import timeline
        from invoices.channels import esp, responses, senders
        from portal.people import erasure

        erasure.register(senders.forget)
        inbound.connect(esp.on_inbound, dispatch_uid="invoices.channels.esp")
        timeline.register_on_move(responses.note)

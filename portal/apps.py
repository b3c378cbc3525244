from django.apps import AppConfig
from django.db.models.signals import pre_migrate


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from portal import audit
        from portal.operations import telemetry
        from portal.roles import make_roles
        from portal.tenancy import tell_actor
        from portal.web import nav

        pre_migrate.connect(make_roles, sender=self)
        tell_actor(audit.as_setting)
        nav.register(nav.Item("jobs", _("Long work"), "jobs", group="set_up", order=80))
        telemetry.start()
        nav.register(nav.Item("team", _("Team"), "team", group="firm", order=10))
        nav.register(nav.Item("machines", _("API clients"), "key", group="firm", order=20, right="manage"))
        nav.register(nav.Item("firm", _("Firm"), "gear", group="firm", order=90, right="manage"))

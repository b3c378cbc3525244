"""Pages about the person and the firm themselves."""

from django.urls import path

from portal.web import choosing, job_pages, machine_pages, team_pages, view_pages
from portal.web import own_pages as views

urlpatterns = [
    path("language/", views.language, name="language"),
    path("firms/", views.firms, name="firms"),
    path("firms/new/", views.no_firm, name="no-firm"),
    path("firms/try/", views.try_out, name="firm-try"),
    path("account/", views.account, name="account"),
    path("account/mails/", views.told, name="account-told"),
    path("clients/options/", choosing.clients, name="client-options"),
    path("jobs/", job_pages.listing, name="jobs"),
    path("jobs/<uuid:pk>/", job_pages.show, name="job"),
    path("jobs/<uuid:pk>/failed/", job_pages.failed, name="job-failed"),
    path("machines/", machine_pages.machines, name="machines"),
    path("machines/new/", machine_pages.make, name="machine-make"),
    path("machines/let-in/", machine_pages.let_in, name="machine-let-in"),
    path("machines/<uuid:pk>/calls/", machine_pages.calls, name="machine-calls"),
    path("machines/<uuid:pk>/end/", machine_pages.shut_out, name="machine-end"),
    path("machines/<uuid:pk>/secret/", machine_pages.new_secret, name="machine-secret"),
    path("webhooks/", machine_pages.hooks, name="hooks"),
    path("webhooks/new/", machine_pages.hook_new, name="hook-new"),
    path("webhooks/<uuid:pk>/", machine_pages.hook, name="hook"),
    path("webhooks/<uuid:pk>/<str:what>/", machine_pages.hook_act, name="hook-act"),
    path("views/save/", view_pages.save, name="view-save"),
    path("views/<uuid:pk>/remove/", view_pages.remove, name="view-remove"),
    path("team/", team_pages.team, name="team"),
    path("team/invite/", team_pages.invite, name="team-invite"),
    path("team/leave/", team_pages.leave, name="team-leave"),
    path("team/invitations/<uuid:pk>/withdraw/", team_pages.withdraw, name="team-withdraw"),
    path("team/<uuid:pk>/role/", team_pages.role, name="team-role"),
    path("team/<uuid:pk>/remove/", team_pages.remove, name="team-remove"),
    path("invitations/<str:token>/", team_pages.invitation, name="invitation"),
    path("firm/", views.firm, name="firm"),
    path("firm/brake/", views.firm_brake, name="firm-brake"),
]

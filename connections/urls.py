"""Pages about connections and issues."""

from django.urls import path

from connections import views
from connections.pages import many, one, status, troubles, wizard

urlpatterns = [
    path("status/", status.status, name="status"),
    path("connect/link/<str:token>/", views.consent, name="consent"),
    path("connect/exact/callback/", views.callback, name="exact-callback"),
    path("connect/exact/webhook/", views.webhook, name="exact-webhook"),
    path("clients/<uuid:pk>/connect/", wizard.start, name="connect-start"),
    path("sign-ins/", many.sign_ins, name="sign-ins"),
    path("sign-ins/<uuid:pk>/connect/", many.connect_many, name="connect-many"),
    path("sign-ins/jobs/<uuid:pk>/", many.under_way, name="connect-many-job"),
    path("connections/<uuid:pk>/", one.show, name="connection"),
    path("connections/<uuid:pk>/connect/", wizard.connect, name="connect"),
    path("connections/<uuid:pk>/connect/progress/", wizard.progress, name="connect-progress"),
    path("connections/<uuid:pk>/connect/exact/", wizard.to_exact, name="connect-exact"),
    path("connections/<uuid:pk>/connect/link/", wizard.invite, name="connect-link"),
    path("connections/<uuid:pk>/connect/known/", wizard.over_known, name="connect-known"),
    path("connections/<uuid:pk>/connect/division/", wizard.choose, name="connect-division"),
    path("connections/<uuid:pk>/check/", one.check, name="connection-check"),
    path("connections/<uuid:pk>/checks/", one.checks, name="connection-checks"),
    path("connections/<uuid:pk>/letter/", one.letter_pdf, name="connection-letter"),
    path("connections/<uuid:pk>/<str:what>/", one.act, name="connection-act"),
    path("issues/", troubles.listing, name="issues"),
    path("issues/<uuid:pk>/", troubles.show, name="issue"),
    path("issues/<uuid:pk>/recheck/", troubles.recheck, name="issue-recheck"),
]

"""The composition root: the one place that lays all rooms together."""

from django.urls import include, path, re_path

from connections import api as connections_api
from connections import sandbox_api
from invoices import api as invoices_api
from invoices.channels import hooks as channel_hooks
from portal import helpdesk
from portal.api import client as client_api
from portal.api import docs as docs_api
from portal.api import jobs as jobs_api
from portal.api import organisations as organisations_api
from portal.api import webhooks as webhooks_api
from portal.api.problems import page_not_found
from portal.operations import health, metrics

api = [
    path("organisations/", organisations_api.Organisations.as_view()),
    path("organisations/import/", organisations_api.OrganisationImport.as_view()),
    path("organisations/<uuid:pk>/", organisations_api.OrganisationDetail.as_view()),
    path("connections/", connections_api.Connections.as_view()),
    path("connections/bulk/", connections_api.ConnectionBulk.as_view()),
    path("connections/<uuid:pk>/", connections_api.ConnectionDetail.as_view()),
    path("connections/<uuid:pk>/authorise/", connections_api.ConnectionAuthorise.as_view()),
    path("connections/<uuid:pk>/divisions/", connections_api.ConnectionDivisions.as_view()),
    path("connections/<uuid:pk>/division/", connections_api.ConnectionDivision.as_view()),
    path("connections/<uuid:pk>/check/", connections_api.ConnectionCheck.as_view()),
    path("connections/<uuid:pk>/forecast/", connections_api.ConnectionForecast.as_view()),
    path("connections/<uuid:pk>/pause/", connections_api.ConnectionPause.as_view()),
    path("connections/<uuid:pk>/resume/", connections_api.ConnectionResume.as_view()),
    path("issues/", connections_api.Issues.as_view()),
    path("issues/<uuid:pk>/", connections_api.IssueDetail.as_view()),
    path("issues/<uuid:pk>/recheck/", connections_api.IssueRecheck.as_view()),
    path("brake/", connections_api.Brake.as_view()),
    path("invoices/", invoices_api.Invoices.as_view()),
    path("invoices/offer-again/", invoices_api.OfferAgain.as_view()),
    path("invoices/preflight/", invoices_api.InvoicePreflight.as_view()),
    path("invoices/<uuid:pk>/", invoices_api.InvoiceDetail.as_view()),
    path("invoices/<uuid:pk>/source/", invoices_api.InvoiceSource.as_view()),
    path("invoices/<uuid:pk>/attachments/", invoices_api.InvoiceAttachments.as_view()),
    path("invoices/<uuid:pk>/attachments/<int:index>/", invoices_api.InvoiceAttachment.as_view()),
    path("invoices/<uuid:pk>/proposal/", invoices_api.InvoiceProposal.as_view()),
    path("invoices/<uuid:pk>/approve/", invoices_api.InvoiceApprove.as_view()),
    path("invoices/<uuid:pk>/reject/", invoices_api.InvoiceReject.as_view()),
    path("invoices/<uuid:pk>/retry/", invoices_api.InvoiceRetry.as_view()),
    path("invoices/<uuid:pk>/undo/", invoices_api.InvoiceUndo.as_view()),
    path("invoices/<uuid:pk>/release/", invoices_api.InvoiceRelease.as_view()),
    path("jobs/", jobs_api.Jobs.as_view()),
    path("jobs/<uuid:pk>/", jobs_api.JobDetail.as_view()),
    path("webhooks/", webhooks_api.Webhooks.as_view()),
    path("webhooks/<uuid:pk>/", webhooks_api.WebhookDetail.as_view()),
    path("webhooks/<uuid:pk>/secret/", webhooks_api.WebhookSecret.as_view()),
    path("webhooks/<uuid:pk>/test/", webhooks_api.WebhookTest.as_view()),
    path("webhooks/<uuid:pk>/deliveries/", webhooks_api.WebhookDeliveries.as_view()),
    path("webhooks/<uuid:pk>/replay/", webhooks_api.WebhookReplay.as_view()),
    path("client/", client_api.ClientDetail.as_view()),
    path("client/secrets/", client_api.ClientSecrets.as_view()),
    path("client/secrets/<uuid:pk>/", client_api.ClientSecret.as_view()),
    path("client/calls/", client_api.ClientCalls.as_view()),
    path("sandbox/faults/", sandbox_api.SandboxFaults.as_view()),
    path("schema/", docs_api.Schema.as_view(), name="schema"),
    path("docs/", docs_api.Docs.as_view(url_name="schema"), name="api-docs"),
]

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.page),
    path("api/v1/", include(api)),
    re_path(r"^api/", page_not_found),
    path("hooks/peppol/<str:name>/", channel_hooks.peppol_hook, name="peppol-hook"),
    path("hooks/mail/", include(channel_hooks.mail_hooks)),
    path("accounts/", include("allauth.urls")),
    path("", include("allauth.idp.urls")),
    path("helpdesk/", helpdesk.site.urls),
    path("", include("portal.web.urls")),
    path("", include("connections.urls")),
    path("", include("invoices.urls")),
]

handler404 = "portal.web.own_pages.not_found"

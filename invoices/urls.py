"""Pages about invoices, and those that show all rooms at once."""

from django.urls import path

from invoices.pages import clients, correct, listing, many_clients, one, queue, search, today, upload

urlpatterns = [
    path("", today.today, name="today"),
    path("search/", search.search, name="search"),
    path("upload/", upload.upload, name="upload"),
    path("upload/<uuid:pk>/", upload.outcome, name="upload-outcome"),
    path("clients/", clients.listing, name="clients"),
    path("clients/new/", clients.new, name="client-new"),
    path("clients/import/", many_clients.bring_in, name="clients-import"),
    path("clients/import/<uuid:pk>/", many_clients.look, name="clients-import-look"),
    path("clients/import/<uuid:pk>/wrong/", many_clients.wrong_rows, name="clients-import-wrong"),
    path("clients/export/", many_clients.take_out, name="clients-export"),
    path("clients/bulk/", many_clients.bulk, name="clients-bulk"),
    path("clients/<uuid:pk>/", clients.show, name="client"),
    path("clients/<uuid:pk>/edit/", clients.edit, name="client-edit"),
    path("queue/", queue.queue, name="queue"),
    path("queue/<uuid:pk>/", queue.queue, name="queue"),
    path("queue/<uuid:pk>/back/", queue.take_back, name="queue-back"),
    path("queue/<uuid:pk>/<str:what>/", queue.decide, name="queue-decide"),
    path("invoices/", listing.listing, name="invoices"),
    path("invoices/<uuid:pk>/", one.show, name="invoice"),
    path("invoices/<uuid:pk>/correct/", correct.correct, name="invoice-correct"),
    path("invoices/<uuid:pk>/options/<str:kind>/", correct.options, name="invoice-options"),
    path("invoices/<uuid:pk>/source/", one.source, name="invoice-source"),
    path("invoices/<uuid:pk>/xml/", one.xml, name="invoice-xml"),
    path("invoices/<uuid:pk>/picture/", one.picture, name="invoice-picture"),
    path("invoices/<uuid:pk>/attachments/<int:index>/", one.paper, name="invoice-attachment"),
    path("invoices/<uuid:pk>/do/<str:what>/", one.act, name="invoice-act"),
]

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

from portal.operations import startup  # noqa: E402 — needs the settings

startup.refuse_if_wrong()
startup.settle()

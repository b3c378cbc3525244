"""A worker process of a drill: does what is due, for ever, until it is killed."""

import os
import threading

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    from django.db import connections

    for connection in connections.all():
        connection.settings_dict["NAME"] = os.environ["DRILL_DATABASE"]
    from tests.work import work

    while True:
        try:
            work(3600)
        except Exception as error:
            # What a Celery task would log before the next one starts.
            print(f"worker: {type(error).__name__}: {error}"[:300], flush=True)
        threading.Event().wait(0.2)


if __name__ == "__main__":
    main()

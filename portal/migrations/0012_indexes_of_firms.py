"""PostgreSQL's extension for indexes that begin with a firm and go on with words."""

from django.core.exceptions import ImproperlyConfigured
from django.db import NotSupportedError, OperationalError, ProgrammingError, migrations, transaction


def install(apps, schema_editor):
    """It comes with PostgreSQL (contrib) and is «trusted»: whoever may CREATE in the database may install it."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'btree_gin'")
        if cursor.fetchone():
            return
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION btree_gin")
    except (ProgrammingError, NotSupportedError, OperationalError) as refused:
        who, where = connection.settings_dict["USER"], connection.settings_dict["NAME"]
        raise ImproperlyConfigured(
            f"Searching invoices needs PostgreSQL's extension btree_gin, which {who!r} could not install in the database "
            f"{where!r} ({str(refused).splitlines()[0]}). Have a superuser run «CREATE EXTENSION btree_gin» there (on "
            "Debian it is in the package postgresql-contrib), and migrate again."
        ) from refused


class Migration(migrations.Migration):

    dependencies = [("portal", "0011_people_are_invited")]

    # Removing it would take every index that uses it along, of other programs too.
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]

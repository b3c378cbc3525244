"""The database holds the tenant wall (promise 3). Every test first asserts whom it is."""

import threading
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, connections, models, transaction
from django.utils import timezone

from invoices import intake
from invoices.models import Document, Invoice
from portal.base import TenantModel
from portal.models import Announcement, CodeNote, DeskCase, DeskNote, Firm, Membership, Organisation
from portal.models.helpdesk import StaffModel
from portal.tenancy import NoScope, ScopeInScope, scope, staff
from tests.cast import Cast
from tests.paper import paper


@pytest.fixture(autouse=True)
def we_are_the_app(database: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolbypassrls, rolsuper FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("portal_app", False, False)


def tenant_models() -> list[type[models.Model]]:
    return [Firm, *(model for model in apps.get_models() if issubclass(model, TenantModel))]


def test_every_table_with_a_firm_has_a_forced_wall_for_each_role() -> None:
    """Found by looking at the database, not at our models: a table that forgot the base class is found too."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            """SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,
                      array_agg(p.polname::text ORDER BY p.polname)
               FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'firm_id'
               LEFT JOIN pg_policy p ON p.polrelid = c.oid
               WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition GROUP BY 1, 2"""
        )
        found = {name: (forced, policies) for name, forced, policies in cursor.fetchall()}
    tables = {model._meta.db_table for model in tenant_models()} - {"portal_firm"}
    assert tables <= set(found)
    desk = {model._meta.db_table for model in apps.get_models() if issubclass(model, StaffModel)}
    for name in desk & set(found):
        assert found.pop(name) == (True, ["staff"]), name
    bad = {name: state for name, state in found.items() if state != (True, ["app", "lookup", "staff"])}
    assert not bad


def test_the_helpdesks_own_tables_show_a_firm_nothing_and_raise_outside_its_scope(cast: Cast) -> None:
    organisation = cast.alice.organisation()
    with staff():
        case = DeskCase.objects.create(firm_id=cast.alice.firm_id, organisation=organisation)
        case.notes.create(text="Belt morgen terug")
        CodeNote.objects.create(code="exact_down", text="Zie de statuspagina van Exact")
    for model in (DeskCase, DeskNote, CodeNote):
        with pytest.raises(NoScope):
            model.objects.count()
        with scope(cast.alice.firm_id):
            assert model.everyones.count() == 0
        with pytest.raises(DatabaseError), scope(cast.alice.firm_id):
            model.everyones.using("default").bulk_create([model()])


def test_a_firm_reads_announcements_and_cannot_make_or_change_one(cast: Cast) -> None:
    now = timezone.now()
    with staff():
        Announcement.objects.create(title_nl="Storing", title_en="Outage", starts_at=now)
    with scope(cast.alice.firm_id):
        assert Announcement.objects.get().title_en == "Outage"
        assert Announcement.objects.update(title_en="All is well") == 0
    with pytest.raises(DatabaseError), scope(cast.alice.firm_id):
        Announcement.objects.create(title_nl="x", title_en="x", starts_at=now)


def test_every_foreign_key_between_tenant_tables_carries_the_firm() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            """SELECT conrelid::regclass::text || '.' || a.attname FROM pg_constraint
               JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[2]
               WHERE contype = 'f' AND array_length(conkey, 1) = 2 AND conparentid = 0"""
        )
        composite = {name.replace('"', "") for (name,) in cursor.fetchall()}
    missing = [
        f"{model._meta.db_table}.{field.column}"
        for model in tenant_models()
        for field in model._meta.concrete_fields
        if field.is_relation
        and field.name != "firm"
        and issubclass(field.related_model, TenantModel)
        and f"{model._meta.db_table}.{field.column}" not in composite
    ]
    assert not missing


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model.__name__)
def test_without_a_scope_the_manager_raises_and_the_database_shows_nothing(
    cast: Cast, model: type[models.Model]
) -> None:
    intake.receive(cast.alice.firm_id, paper(), channel="api")
    with pytest.raises(NoScope):
        model.objects.count()  # type: ignore[attr-defined]
    assert model.everyones.count() == 0  # type: ignore[attr-defined]


def test_a_scope_shows_its_own_firm_and_nobody_elses(cast: Cast) -> None:
    cast.alice.organisation("Van Alice", "11111111")
    cast.charlie.organisation("Van Charlie", "22222222")
    with scope(cast.alice.firm_id):
        assert [one.name for one in Organisation.everyones.all()] == ["Van Alice"]
        assert [one.name for one in Firm.everyones.all()] == ["Kantoor Alice"]
    with scope(cast.charlie.firm_id):
        assert [one.name for one in Organisation.everyones.all()] == ["Van Charlie"]


def test_a_row_cannot_be_put_into_or_moved_to_another_firm(cast: Cast) -> None:
    mine = cast.alice.organisation()
    with pytest.raises(DatabaseError), scope(cast.alice.firm_id):
        Organisation.everyones.create(firm_id=cast.charlie.firm_id, name="Gesmokkeld", kvk_number="33333333")
    with pytest.raises(DatabaseError), scope(cast.alice.firm_id):
        Organisation.everyones.filter(pk=mine.pk).update(firm_id=cast.charlie.firm_id)


def test_a_row_cannot_point_at_another_firms_row(cast: Cast) -> None:
    theirs = cast.charlie.organisation("Van Charlie", "22222222")
    with pytest.raises(DatabaseError), scope(cast.alice.firm_id):
        Document.objects.create(
            organisation_id=theirs.pk, channel="api", media_type="application/xml", sha256="0" * 64, size=1
        )


def test_another_firms_rows_cannot_be_changed_or_deleted(cast: Cast) -> None:
    theirs = cast.charlie.organisation("Van Charlie", "22222222")
    with scope(cast.alice.firm_id):
        assert Organisation.everyones.filter(pk=theirs.pk).update(name="Gekaapt") == 0
        assert Organisation.everyones.filter(pk=theirs.pk).delete()[0] == 0
    with scope(cast.charlie.firm_id):
        assert Organisation.objects.get(pk=theirs.pk).name == "Van Charlie"


def test_the_scope_ends_with_its_transaction_on_the_same_connection(cast: Cast) -> None:
    cast.alice.organisation()
    with scope(cast.alice.firm_id):
        assert Organisation.everyones.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('portal.firm', true)")
        assert cursor.fetchone()[0] in (None, "")
    assert Organisation.everyones.count() == 0


def test_a_failed_scope_leaves_nothing_behind(cast: Cast) -> None:
    with pytest.raises(ZeroDivisionError), scope(cast.alice.firm_id):
        Organisation.objects.create(name="Half", kvk_number="44444444")
        1 / 0  # noqa: B018
    with scope(cast.alice.firm_id):
        assert not Organisation.objects.exists()


def test_a_scope_inside_a_transaction_is_refused(cast: Cast) -> None:
    with pytest.raises(ScopeInScope), scope(cast.alice.firm_id), scope(cast.charlie.firm_id):
        pass
    with pytest.raises(ScopeInScope), transaction.atomic(), scope(cast.alice.firm_id):
        pass


def test_threads_do_not_share_a_scope(cast: Cast) -> None:
    cast.alice.organisation()
    seen: list[Any] = []

    def look() -> None:
        try:
            seen.append(Organisation.everyones.count())
        finally:
            connections["default"].close()

    with scope(cast.alice.firm_id):
        other = threading.Thread(target=look)
        other.start()
        other.join()
    assert seen == [0]


def test_staff_see_every_firm_and_only_inside_their_own_scope(cast: Cast) -> None:
    cast.alice.organisation("Van Alice", "11111111")
    cast.charlie.organisation("Van Charlie", "22222222")
    with staff():
        assert {one.name for one in Organisation.objects.all()} == {"Van Alice", "Van Charlie"}
    assert Organisation.everyones.count() == 0


def test_the_app_cannot_become_somebody_else(cast: Cast) -> None:
    """What an injected statement would try first."""
    for sentence in (
        "ALTER TABLE portal_organisation DISABLE ROW LEVEL SECURITY",
        "DROP POLICY app ON portal_organisation",
        "TRUNCATE portal_organisation",
        "CREATE TABLE mine (id int)",
    ):
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute(sentence)


def test_look_ups_give_ids_or_yes_and_no_but_no_contents() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            """SELECT p.proname, pg_get_function_result(p.oid) FROM pg_proc p
               JOIN pg_roles r ON r.oid = p.proowner
               WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace AND r.rolname = 'portal_lookup'"""
        )
        found = dict(cursor.fetchall())
    assert found
    for name, result in found.items():
        columns = result.removeprefix("TABLE(").removesuffix(")").split(", ")
        assert all(column.endswith((" uuid", " boolean")) for column in columns), f"{name} returns {result}"


def test_a_definer_function_belongs_to_the_look_up_role_and_nobody_else(database: None) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            """SELECT p.proname FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
               WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace AND r.rolname <> 'portal_lookup'"""
        )
        assert cursor.fetchall() == []


def test_a_definer_function_looks_where_we_say_and_is_not_everybodys(database: None) -> None:
    """Without a search path of its own it would find a caller's table before ours."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            """SELECT p.proname, p.proconfig, has_function_privilege('public', p.oid, 'EXECUTE') FROM pg_proc p
               WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace"""
        )
        found = cursor.fetchall()
    assert len(found) > 10
    assert [one for one in found if one[1:] != (["search_path=public, pg_temp"], False)] == []


def test_there_is_no_way_around_the_wall_by_a_view_or_a_partition(database: None) -> None:
    """A view reads as its owner, whom the staff's policy lets see everything; a partition has no policies of its parent."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm', 'f') AND relnamespace = 'public'::regnamespace"
        )
        assert cursor.fetchall() == []
        cursor.execute(
            """SELECT c.relname, c.relrowsecurity, role, privilege FROM pg_class c,
                      unnest(ARRAY['portal_app', 'portal_staff', 'portal_lookup']) role,
                      unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) privilege
               WHERE c.relispartition AND c.relkind = 'r'
                 AND (NOT c.relrowsecurity OR has_table_privilege(role, c.oid, privilege))"""
        )
        assert cursor.fetchall() == []


def test_the_same_document_in_two_firms_is_two_documents(cast: Cast) -> None:
    first = intake.receive(cast.alice.firm_id, paper(), channel="api")
    second = intake.receive(cast.charlie.firm_id, paper(), channel="api")
    assert first.created
    assert second.created
    with scope(cast.charlie.firm_id):
        assert [one.pk for one in Invoice.objects.all()] == [second.invoice_id]


def test_a_membership_of_a_client_names_its_organisation(cast: Cast) -> None:
    bob = cast.bob
    with pytest.raises(DatabaseError), scope(cast.charlie.firm_id):
        Membership.objects.create(user=bob, role="client")

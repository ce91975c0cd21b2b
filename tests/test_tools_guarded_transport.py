"""The guarded transport: only the address that was checked is connected to."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest

from tools.base import ToolError
from tools.public_addresses import GuardedTransport

PUBLIC = "93.184.215.14"
PUBLIC_2 = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"


class Names:
    """A name server in memory; a name's answers are given in turn, the last one for ever."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        answers = self.answers[host.partition(".")[0]]
        return answers.pop(0) if len(answers) > 1 else answers[0]


class Wire:
    """The inner transport: keeps what would go out, and answers by the Host header."""

    def __init__(self, **redirects: str) -> None:
        self.redirects = redirects
        self.sent: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        target = self.redirects.get(request.headers["host"].partition(".")[0])
        if target:
            return httpx.Response(302, headers={"location": target})
        return httpx.Response(200, text="hello")

    @property
    def addresses(self) -> list[str]:
        return [request.url.host for request in self.sent]


def client(wire: Wire, names: Names, *, allow_private: bool = False) -> httpx.Client:
    transport = GuardedTransport(
        httpx.MockTransport(wire), resolve=names, allow_private=allow_private
    )
    return httpx.Client(transport=transport, follow_redirects=True)


def test_a_request_goes_to_the_checked_address_under_its_own_name() -> None:
    wire = Wire()
    response = client(wire, Names(site=[[PUBLIC]])).get("https://site.example:8443/a?b=c")
    (sent,) = wire.sent
    assert str(sent.url) == f"https://{PUBLIC}:8443/a?b=c"
    assert sent.headers["host"] == "site.example:8443"
    assert sent.extensions["sni_hostname"] == "site.example"
    assert str(response.url) == "https://site.example:8443/a?b=c"


def test_an_international_name_goes_out_as_ascii() -> None:
    wire, names = Wire(), Names(**{"xn--bcher-kva": [[PUBLIC_2]]})
    client(wire, names).get("https://bücher.example/")
    assert names.asked == ["xn--bcher-kva.example"]
    assert wire.sent[0].extensions["sni_hostname"] == "xn--bcher-kva.example"
    assert wire.addresses == [PUBLIC_2]


def test_one_private_address_among_public_ones_refuses_all() -> None:
    wire = Wire()
    with pytest.raises(ToolError, match="not on the public internet"):
        client(wire, Names(site=[[PUBLIC, "10.0.0.1"]])).get("http://site.example/")
    assert wire.sent == []


@pytest.mark.parametrize("target", ["http://inside.example/", "http://169.254.169.254/latest/"])
def test_a_redirect_to_a_private_host_is_refused(target: str) -> None:
    wire = Wire(site=target)
    names = Names(site=[[PUBLIC]], inside=[["192.168.0.1"]], **{"169": [["169.254.169.254"]]})
    with pytest.raises(ToolError, match="not on the public internet"):
        client(wire, names).get("http://site.example/")
    assert wire.addresses == [PUBLIC]


def test_rebinding_between_check_and_use_changes_nothing() -> None:
    wire, names = Wire(), Names(site=[[PUBLIC], ["127.0.0.1"]])
    with client(wire, names) as web:
        assert web.get("http://site.example/").text == "hello"
        assert (wire.addresses, names.asked) == ([PUBLIC], ["site.example"])
        with pytest.raises(ToolError):
            web.get("http://site.example/")
    assert wire.addresses == [PUBLIC]


def test_a_redirect_to_the_same_name_is_checked_again() -> None:
    wire, names = Wire(site="http://site.example/"), Names(site=[[PUBLIC], ["127.0.0.1"]])
    with pytest.raises(ToolError):
        client(wire, names).get("http://site.example/")
    assert wire.addresses == [PUBLIC]


def test_an_address_that_cannot_be_reached_gives_way_to_the_next() -> None:
    tried: list[tuple[str, float]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        tried.append((request.url.host, request.extensions["timeout"]["connect"]))
        if ":" in request.url.host:
            raise httpx.ConnectError("unreachable")
        return httpx.Response(200)

    transport = GuardedTransport(
        httpx.MockTransport(answer), resolve=Names(site=[[PUBLIC_2, PUBLIC, PUBLIC]])
    )
    with httpx.Client(transport=transport, timeout=4) as web:
        assert web.get("http://site.example/").status_code == 200
    assert tried == [(PUBLIC_2, 2.0), (PUBLIC, 2.0)]


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f.1", "127.1", "0x7f000001", "017700000001", "127.0.0.1", "[::1]"]
    + ["[::ffff:127.0.0.1]", "0", "localhost"],
)
def test_other_ways_to_write_loopback_are_seen_through(host: str) -> None:
    wire = Wire()
    transport = GuardedTransport(httpx.MockTransport(wire))
    with httpx.Client(transport=transport) as web, pytest.raises(ToolError, match="refused"):
        web.get(f"http://{host}/")
    assert wire.sent == []


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://site.example/", "http"),
        ("file:///etc/passwd", "http"),
        ("http://me:secret@site.example/", "password"),
    ],
)
def test_other_schemes_and_credentials_are_refused(url: str, message: str) -> None:
    wire, names = Wire(site=url), Names(site=[[PUBLIC]])
    with pytest.raises(ToolError, match=message) as caught:
        client(wire, names).get("http://site.example/")
    assert "secret" not in str(caught.value)
    assert wire.addresses == [PUBLIC]


@pytest.mark.parametrize("error", [socket.gaierror(-3, "try again"), UnicodeError("too long")])
def test_a_name_that_is_not_found_reads_as_no_network(error: Exception) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise error

    with pytest.raises(ToolError, match="^no network: the host site.example cannot be found$"):
        httpx.Client(transport=GuardedTransport(resolve=resolve)).get("http://site.example/")


def test_allow_private_lets_the_intranet_pass() -> None:
    wire, names = Wire(), Names(intranet=[["10.0.0.7"]])
    assert client(wire, names, allow_private=True).get("http://intranet/").text == "hello"
    assert wire.addresses == ["10.0.0.7"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a self-signed certificate for the name pinned.test, in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    key, pem = folder / "key.pem", folder / "both.pem"
    arguments = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    arguments += ["-days", "2", "-subj", "/CN=pinned.test", "-keyout", str(key), "-out", str(pem)]
    arguments += ["-addext", "subjectAltName=DNS:pinned.test"]
    subprocess.run([openssl, *arguments], check=True, capture_output=True)
    pem.write_text(pem.read_text() + key.read_text())
    return pem


@pytest.fixture
def tls_port(certificate: Path) -> Iterator[int]:
    """A TLS server on loopback that says hello."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve(server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection = server.accept()[0]
                with suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
                    tls.recv(4096)
                    tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")

    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.mark.parametrize(("host", "accepted"), [("pinned.test", True), ("other.test", False)])
def test_the_certificate_is_checked_against_the_name(
    host: str, accepted: bool, tls_port: int, certificate: Path
) -> None:
    inner = httpx.HTTPTransport(verify=ssl.create_default_context(cafile=str(certificate)))
    transport = GuardedTransport(
        inner, resolve=lambda host, port: ["127.0.0.1"], allow_private=True
    )
    with httpx.Client(transport=transport) as web:
        if accepted:
            assert web.get(f"https://{host}:{tls_port}/").text == "hello"
        else:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                web.get(f"https://{host}:{tls_port}/")

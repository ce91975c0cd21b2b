"""The address guard: what counts as public, and that only the checked address is connected to."""

import ipaddress
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
from hypothesis import given
from hypothesis import strategies as st

from tools.base import ToolError
from tools.public_addresses import GuardedTransport, is_public

PUBLIC = "93.184.215.14"
PUBLIC_2 = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"


@pytest.mark.parametrize(
    "address",
    [PUBLIC, "8.8.8.8", "1.1.1.1", PUBLIC_2, "2001:4860:4860::8888", "64:ff9b::808:808"],
)
def test_addresses_of_the_public_internet_pass(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("0.0.0.0", id="unspecified"),
        pytest.param("10.1.2.3", id="private-10"),
        pytest.param("172.31.255.1", id="private-172"),
        pytest.param("192.168.1.1", id="private-192"),
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("127.8.9.10", id="loopback-other"),
        pytest.param("169.254.1.1", id="link-local"),
        pytest.param("169.254.169.254", id="cloud-metadata"),
        pytest.param("168.63.129.16", id="cloud-host-agent"),
        pytest.param("192.0.0.192", id="cloud-metadata-protocol-range"),
        pytest.param("100.64.0.1", id="cgnat"),
        pytest.param("100.127.255.255", id="cgnat-end"),
        pytest.param("192.0.2.1", id="documentation"),
        pytest.param("198.18.0.1", id="benchmarks"),
        pytest.param("192.88.99.1", id="6to4-relay"),
        pytest.param("224.0.0.1", id="multicast"),
        pytest.param("224.0.1.1", id="multicast-global"),
        pytest.param("240.0.0.1", id="reserved"),
        pytest.param("255.255.255.255", id="broadcast"),
        pytest.param("::", id="v6-unspecified"),
        pytest.param("::1", id="v6-loopback"),
        pytest.param("fe80::1", id="v6-link-local"),
        pytest.param("fe80::1%1", id="v6-link-local-with-scope"),
        pytest.param("fec0::1", id="v6-site-local"),
        pytest.param("fc00::1", id="v6-unique-local"),
        pytest.param("fd00:ec2::254", id="v6-cloud-metadata"),
        pytest.param("ff02::1", id="v6-multicast"),
        pytest.param("ff0e::1", id="v6-multicast-global"),
        pytest.param("2001:db8::1", id="v6-documentation"),
        pytest.param("3fff::1", id="v6-documentation-new"),
        pytest.param("100::1", id="v6-discard"),
        pytest.param("::ffff:127.0.0.1", id="mapped-loopback"),
        pytest.param("::ffff:169.254.169.254", id="mapped-metadata"),
        pytest.param("::ffff:8.8.8.8", id="mapped-public"),
        pytest.param("::127.0.0.1", id="compatible-loopback"),
        pytest.param("64:ff9b::7f00:1", id="nat64-loopback"),
        pytest.param("64:ff9b::a9fe:a9fe", id="nat64-metadata"),
        pytest.param("64:ff9b:1::808:808", id="nat64-local-use"),
        pytest.param("2002:7f00:1::", id="6to4-loopback"),
        pytest.param("2002:808:808::", id="6to4-public"),
        pytest.param("2001:0:4136:e378:8000:63bf:f5ff:fffe", id="teredo"),
    ],
)
def test_every_other_class_of_address_is_refused(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_passes_that_python_calls_local(ip: ipaddress.IPv4Address) -> None:
    if is_public(str(ip)):
        assert ip.is_global
        assert not (ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_multicast)


@given(st.ip_addresses(v=6))
def test_no_ipv6_address_passes_that_python_calls_local(ip: ipaddress.IPv6Address) -> None:
    if is_public(str(ip)):
        assert ip.is_global
        assert not (ip.is_private or ip.is_link_local or ip.is_site_local or ip.is_multicast)


@given(st.integers(0x01000000, 0xDFFFFFFF))
def test_ordinary_ipv4_addresses_are_not_refused_for_nothing(number: int) -> None:
    ip = ipaddress.IPv4Address(number)
    special = ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")
    if not any(ip in ipaddress.IPv4Network(network) for network in special):
        assert is_public(str(ip)) == ip.is_global


@given(st.ip_addresses(v=4))
def test_nat64_is_judged_by_the_address_inside(ip: ipaddress.IPv4Address) -> None:
    inside = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + int(ip))
    assert is_public(str(inside)) == is_public(str(ip))


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

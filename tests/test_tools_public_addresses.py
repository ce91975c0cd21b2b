"""What counts as an address of the public internet."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.public_addresses import is_public


@pytest.mark.parametrize(
    "address",
    [
        "93.184.215.14",
        "8.8.8.8",
        "1.1.1.1",
        "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
        "2001:4860:4860::8888",
        "64:ff9b::808:808",
    ],
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

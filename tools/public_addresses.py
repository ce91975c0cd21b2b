"""Which addresses a web tool may reach, and a transport that reaches no other.

A model chooses the URLs, and the pages that it reads choose the redirects, so neither may lead to
this machine, the local network or a cloud's metadata service. The invariant: the address that was
checked is the address that is connected to. Every request, so every redirect too, is resolved here,
once, and is sent to the numeric address; the name stays in the Host header and in the TLS
handshake, so certificates are still checked against it. An answer of the name server that changes
between check and use therefore changes nothing, and a host written as `2130706433`, `0x7f.1` or
`127.1` is judged by what it resolves to.

No proxy is used, not even one that the environment names: a proxy would resolve the name itself,
and the check would be the proxy's. Not covered: a network whose own NAT64 prefix leads from public
IPv6 addresses to private IPv4 ones, and a name server that takes long (`getaddrinfo` knows no
time limit).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

import httpx

from tools.base import ToolError

Resolve = Callable[[str, int], list[str]]
"""From a host and a port to the numeric addresses it stands for. Raises OSError."""

_MAX_ADDRESSES = 4
_IPV6_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# What `is_global` lets pass in some or all Python versions that we support.
_ALSO_REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # protocol assignments; a cloud's metadata at 192.0.0.192
        "192.88.99.0/24",  # 6to4 relays
        "168.63.129.16/32",  # a cloud's host agent, behind an address that looks public
        "2001::/23",  # protocol assignments, Teredo among them
        "2002::/16",  # 6to4: any IPv4 address, private ones included, in IPv6 clothes
        "3fff::/20",  # documentation
    )
)


def is_public(address: str) -> bool:
    """Whether a numeric address lies on the public internet. Raises ValueError where it is none."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        # IPv4-mapped and IPv4-compatible addresses lie outside, as does all that is local.
        if ip not in _IPV6_UNICAST:
            return False
    if ip.is_multicast or ip.is_reserved or any(ip in network for network in _ALSO_REFUSED):
        return False
    return ip.is_global


def resolve_host(host: str, port: int) -> list[str]:
    """Ask the system's resolver."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class GuardedTransport(httpx.BaseTransport):
    """Sends a request only to addresses that are public, and that it has looked up itself."""

    def __init__(
        self,
        inner: httpx.BaseTransport | None = None,
        *,
        resolve: Resolve = resolve_host,
        allow_private: bool = False,
    ) -> None:
        """`allow_private` lets every address pass: a user's own choice, for intranet pages."""
        # A kept connection is found again by its address alone, and two names may share one:
        # the second name's certificate would never be checked.
        unkept = httpx.Limits(max_keepalive_connections=0)
        self._inner = httpx.HTTPTransport(limits=unkept) if inner is None else inner
        self._resolve = resolve
        self._allow_private = allow_private

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Try the checked addresses in turn. Raises `ToolError` where one is refused."""
        *others, last = self._checked_addresses(request.url)
        timeout = dict(request.extensions.get("timeout", {}))
        if timeout.get("connect") is not None:
            timeout["connect"] /= len(others) + 1
        for address in others:
            try:
                return self._inner.handle_request(_pinned(request, address, timeout))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return self._inner.handle_request(_pinned(request, last, timeout))

    def close(self) -> None:
        """Close what the inner transport holds."""
        self._inner.close()

    def _checked_addresses(self, url: httpx.URL) -> list[str]:
        if url.scheme not in ("http", "https") or not url.raw_host:
            raise ToolError("only full http:// and https:// URLs can be read")
        if url.userinfo:
            raise ToolError("a URL with a user name or password in it is refused")
        host = url.raw_host.decode("ascii")
        try:
            found = self._resolve(host, url.port or (443 if url.scheme == "https" else 80))
        except (OSError, UnicodeError) as error:
            raise ToolError(f"no network: the host {host} cannot be found") from error
        if not found:
            raise ToolError(f"no network: the host {host} cannot be found")
        if not self._allow_private and not all(is_public(address) for address in found):
            raise ToolError(f"refused: {host} is not on the public internet")
        return list(dict.fromkeys(found))[:_MAX_ADDRESSES]


def _pinned(
    request: httpx.Request, address: str, timeout: dict[str, float | None]
) -> httpx.Request:
    """The same request, addressed by number; its Host header already holds the name."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={
            **request.extensions,
            "sni_hostname": request.url.raw_host.decode("ascii"),
            "timeout": timeout,
        },
    )

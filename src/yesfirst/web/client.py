"""Who calls: the address that a request came from, as far as it can be believed.

`X-Forwarded-For` can be written by anybody, so of its addresses one counts only while everything behind it is a proxy
that the settings trust. Invariant: an address leaves this module only as a value that shows nothing of itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address

from yesfirst.settings import Networks
from yesfirst.web.signature import AnyRequest

_LONGEST_AGENT = 500


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at a page, known by where they call from; `address` is empty where that can't be told."""

    address: str = field(repr=False)
    agent: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Doorway:
    """Tells visitors, by the proxies that are trusted."""

    trusted: Networks

    def visitor(self, request: AnyRequest) -> Visitor:
        peer = request.client.host if request.client else ""
        forwarded = request.headers.getall("x-forwarded-for", [])
        agent = request.headers.get("user-agent", "")[:_LONGEST_AGENT]
        return Visitor(client_address(peer, ",".join(forwarded).split(","), self.trusted), agent)


def client_address(peer: str, forwarded: Sequence[str], trusted: Networks) -> str:
    """The address farthest away to which only trusted proxies lead; `forwarded` has the nearest last."""
    found = _read(peer)
    for hop in reversed(forwarded):
        said = _read(hop)
        if found is None or said is None or not any(found in network for network in trusted):
            break
        found = said
    return "" if found is None else str(found)


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address

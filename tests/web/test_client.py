"""Who calls: only what trusted proxies say of it is believed."""

from ipaddress import ip_network

import pytest

from yesfirst.web.client import Visitor, client_address

PROXY, INNER, PERSON, LIE = "10.0.0.1", "10.0.0.2", "203.0.113.7", "198.51.100.1"
OURS = (ip_network("10.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        (PERSON, [], PERSON),
        (PERSON, [LIE], PERSON),
        (PROXY, [], PROXY),
        (PROXY, [PERSON], PERSON),
        (PROXY, [LIE, PERSON], PERSON),
        (PROXY, [LIE, PERSON, INNER], PERSON),
        (PROXY, [INNER], INNER),
        (PROXY, ["nonsense"], PROXY),
        (PROXY, [PERSON, "nonsense"], PROXY),
        (PROXY, [" 203.0.113.7 "], PERSON),
        (PROXY, ["2001:db8::7"], "2001:db8::7"),
        ("::1", [PERSON], PERSON),
        ("::ffff:10.0.0.1", [PERSON], PERSON),
        ("", [PERSON], ""),
    ],
)
def test_an_address_counts_while_only_trusted_proxies_stand_behind_it(
    peer: str, forwarded: list[str], found: str
) -> None:
    assert client_address(peer, forwarded, OURS) == found


def test_without_a_trusted_proxy_nobody_is_believed() -> None:
    assert client_address(PROXY, [PERSON], ()) == PROXY


def test_a_visitor_shows_nothing_of_themselves() -> None:
    assert repr(Visitor(PERSON, "a phone")) == "Visitor()"

"""Where no name may lead us: our own network, by whatever spelling, unless it was named."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from django.conf import settings

from connectors.declared.shapes import Connection
from connectors.outside import addresses, urls
from connectors.outside.faults import SystemAway

PUBLIC, PRIVATE = "93.184.215.14", "10.20.1.7"


@pytest.mark.parametrize(
    ("address", "is_met"),
    [
        (PUBLIC, True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("127.9.9.9", False),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("239.255.255.250", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("fd12:3456::1", False),
        ("fec0::1", False),
        ("feff::1", False),
        ("64:ff9b:1::7f00:1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("::ffff:93.184.215.14", True),
        ("::127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b::5db8:d70e", True),
        ("2002:7f00:1::", False),
        ("2002:0a00:0001::", False),
        ("2001:0:5ef5:79fd::80ff:fffe", False),
        ("2001:db8::1", False),
    ],
)
def test_only_public_addresses_are_met(address: str, is_met: bool) -> None:
    assert addresses.is_allowed(address, networks=()) == is_met


@pytest.mark.parametrize(
    ("address", "networks", "is_met"),
    [
        (PRIVATE, ("10.20.0.0/16",), True),
        ("10.21.0.1", ("10.20.0.0/16",), False),
        ("::ffff:10.20.1.7", ("10.20.0.0/16",), True),
        ("127.0.0.1", ("10.20.0.0/16",), False),
        ("127.0.0.1", ("127.0.0.1/32",), True),
        ("fd12::1", ("fd12::/16",), True),
        ("fec0::1", ("fec0::/10",), True),
        ("169.254.169.254", ("/var/run",), False),
    ],
)
def test_a_private_network_is_met_only_where_it_is_named(address: str, networks: tuple[str, ...], is_met: bool) -> None:
    assert addresses.is_allowed(address, networks=networks) == is_met


def answering(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """The network's edge: what a name leads to, one answer after another; whatever is asked is noted."""
    asked: list[str] = []
    waiting = list(answers)

    def getaddrinfo(host: str, port: int, **_of: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in waiting.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_one_forbidden_address_among_several_forbids_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, [PUBLIC, "127.0.0.1"])
    with pytest.raises(SystemAway, match="forbidden-address"):
        addresses.resolve("crm.example", 5432, networks=())


def test_a_name_that_leads_elsewhere_the_second_time_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: libpq is given the address that was checked, and has nothing left to resolve."""
    asked = answering(monkeypatch, [PUBLIC], ["127.0.0.1"])
    monkeypatch.setitem(settings.CONNECTOR_URLS, "CONNECTOR_URL_X", "postgresql://somebody:word@crm.example/sales")
    monkeypatch.setitem(settings.CONNECTORS, "networks", ())
    place = urls.place(Connection("CONNECTOR_URL_X", "postgresql", "verify-full", ""))
    given: dict[str, Any] = {}
    monkeypatch.setattr("psycopg2.connect", lambda **parameters: given.update(parameters))
    from connectors.outside import dialects

    dialects.of("postgresql").connect(Connection("CONNECTOR_URL_X", "postgresql", "verify-full", ""), place)
    assert asked == ["crm.example"]
    assert (given["host"], given["hostaddr"], given["sslmode"]) == ("crm.example", PUBLIC, "verify-full")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "not-configured"),
        ("postgresql://somebody@crm.example", "wrong-url"),
        ("postgresql://crm.example/sales", "wrong-url"),
        ("mysql://somebody@crm.example/sales", "wrong-url"),
        ("http://somebody@crm.example/sales", "wrong-url"),
        ("postgresql://somebody@crm.example/sales?hostaddr=127.0.0.1", "wrong-url"),
        ("postgresql://somebody@crm.example/sales?sslmode=disable", "wrong-url"),
        ("postgresql://somebody@crm.example/sales#sslmode=disable", "wrong-url"),
        ("postgresql://somebody@one.example,two.example/sales", "wrong-url"),
        ("postgresql://somebody@crm.example:99999/sales", "wrong-url"),
        ("postgresql://somebody@127.0.0.1/sales", "forbidden-address"),
        ("postgresql://somebody@localhost/sales", "forbidden-address"),
        ("postgresql://somebody@[::1]/sales", "forbidden-address"),
        ("postgresql://somebody@2130706433/sales", "forbidden-address"),
        ("postgresql://somebody@0x7f.1/sales", "forbidden-address"),
        ("postgresql://somebody@%2Fvar%2Frun%2Fpostgresql/sales", "forbidden-address"),
    ],
)
def test_a_url_that_leads_elsewhere_is_refused(url: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.CONNECTOR_URLS, "CONNECTOR_URL_X", url)
    monkeypatch.setitem(settings.CONNECTORS, "networks", ())
    with pytest.raises(SystemAway, match=reason):
        urls.place(Connection("CONNECTOR_URL_X", "postgresql", "verify-full", ""))


def test_a_password_is_in_no_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.CONNECTOR_URLS, "CONNECTOR_URL_X", "postgresql://somebody:secret-word@10.20.0.1/sales")
    monkeypatch.setitem(settings.CONNECTORS, "networks", ("10.20.0.0/16",))
    assert "secret-word" not in repr(urls.place(Connection("CONNECTOR_URL_X", "postgresql", "verify-full", "")))

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subjects.enums import IdentifierKind
from subjects.identifiers import import_digest, is_phone, normalise, normalise_email, normalise_phone, readable_email


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        (" Nora.Vermeulen@Firm.Example ", "nora.vermeulen@firm.example"),
        ("n.o.r.a+news@firm.example", "n.o.r.a+news@firm.example"),
        ("\uff4eora@firm.example", "nora@firm.example"),
        ("", ""),
    ],
)
def test_normalise_email(written, normal):
    assert normalise_email(written) == normal


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("+32 (0)2 555 01 40", "+3225550140"),
        ("0032 2 555 01 40", "+3225550140"),
        ("02/555.01.40", "025550140"),
        ("\u0662\u0663", "23"),
        ("none", ""),
    ],
)
def test_normalise_phone(written, normal):
    assert normalise_phone(written) == normal


@pytest.mark.parametrize(
    ("written", "is_one"),
    [
        ("+32 (0)2 555 01 40", True),
        ("0032 2 555 01 40", True),
        ("(02) 555.01/40", True),
        (" 0470-12.34.56 ", True),
        ("\uff0b32 2 555 01 40", True),
        ("1042", False),
        ("3225550140", False),
        ("K-0104200", False),
        ("0104", False),
        ("+3225", False),
        ("0123456789012345", False),
        ("BE0123456789", False),
        ("02 555 01 40 or 41, ask Jan", False),
        ("•••• •••• •••• 1111", False),
        ("", False),
    ],
)
def test_is_phone(written, is_one):
    assert is_phone(written) is is_one


def test_normalise_goes_by_kind():
    assert normalise(IdentifierKind.EMAIL, " A@B.example") == "a@b.example"
    assert normalise(IdentifierKind.PHONE, "+32 2") == "+322"
    assert normalise(IdentifierKind.VISITOR, " Ab ") == "Ab"


@given(st.emails())
def test_normalising_twice_changes_nothing(email):
    assert normalise_email(normalise_email(email)) == normalise_email(email)


def test_import_digest_needs_our_key(settings):
    digest = import_digest("Nora@Firm.example")
    assert digest == import_digest(" nora@firm.EXAMPLE")
    assert digest != import_digest("nora@other.example")
    settings.SECRET_KEY = "another key"

    assert digest != import_digest("nora@firm.example")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("info@xn--mller-kva.example", "info@müller.example"),
        ("info@mail.XN--mller-kva.example", "info@mail.müller.example"),
        ("info@muller.example", "info@muller.example"),
        # What is no name in another script stays as it is.
        ("info@xn--.example", "info@xn--.example"),
        ("info@xn--zzzzzzzz9999.example", "info@xn--zzzzzzzz9999.example"),
        ("nobody", "nobody"),
    ],
)
def test_an_address_is_read_back_in_its_own_script(sent, read):
    assert readable_email(sent) == read

"""A spreadsheet that splits at semicolons meets no formula either: so Excel opens CSV in Belgium and in France."""

from __future__ import annotations

import re

import pytest

from rights_requests.packages import tables

HOSTILE = [
    "hello;=1+1",
    'hello;"=1+1',
    "first line\n=1+1",
    "first line\r\n@SUM(1)",
    "a, b;+1",
    "a|-1",
    "a\t=1",
    "a; =1",
    "\uff1d1;\uff1d1",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_any_split_begins_with_a_formula(text):
    (batch,) = tables.batches([("1", text), ("2", "plain")], names=["id", "text"], withheld={}, marker="")

    cells = re.split(r"[;|,\t\r\n]", batch.csv.decode())

    assert not [cell for cell in cells if cell.strip(' "')[:1] in set("=+-@\uff1d\uff0b\uff0d\uff20") and cell.strip(' "')]


@pytest.mark.parametrize("text", ["a;b", "2 - 1", "a;b=c", "one\ntwo"])
def test_other_text_stays_as_it_is(text):
    assert tables.guarded(text) == text


def test_json_keeps_every_sign():
    (batch,) = tables.batches([("1", "x;=1")], names=["id", "text"], withheld={}, marker="")

    assert '"x;=1"' in batch.json.decode()

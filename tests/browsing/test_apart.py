"""Tables that are read in a process of its own: what was answered before starts no process again."""

from __future__ import annotations

import subprocess
from collections import OrderedDict
from typing import Any

import pytest

from browsing import apart

NEAR, FAR = "193.190.0.0/24", "2001:41d0:1::/48"


@pytest.fixture
def asked(monkeypatch):
    """What each process was asked."""
    inputs, run = [], subprocess.run

    def noting(*args: Any, **options: Any) -> Any:
        inputs.append(options["input"])
        return run(*args, **options)

    monkeypatch.setattr(apart, "_countries", OrderedDict())
    monkeypatch.setattr(subprocess, "run", noting)
    return inputs


def test_a_network_is_looked_up_once(asked):
    found = apart.countries([NEAR, FAR])
    assert found[NEAR] == "BE"
    assert found[FAR] == "FR"
    assert apart.countries([FAR]) == {FAR: "FR"}
    assert asked == [f'["{NEAR}", "{FAR}"]']


def test_no_more_is_remembered_than_says_so(asked, monkeypatch):
    monkeypatch.setattr(apart, "REMEMBERED", 1)
    assert set(apart.countries([NEAR, FAR])) == {NEAR, FAR}
    apart.countries([NEAR])
    assert asked[1:] == [f'["{NEAR}"]']

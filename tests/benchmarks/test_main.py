"""The measures work: each is run at a hundredth of its size. How long anything takes is no matter here."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from django.conf import settings

from benchmarks.__main__ import MEASURES, main

#: The dearest of those whose ways others go too: filing and the letters, declared databases. And the banner would ask npm for others.
LEFT_OUT = {"flood", "connector-access", "banner"}
#: Measures of the test's own, by the real way, on no ground.
OWN = """
import contextlib, os, sys, types
from benchmarks import __main__ as measures, ground

def breaks(scale):
    raise ValueError("It broke.")

sys.modules["benchmarks.own"] = types.SimpleNamespace(
    breaks=breaks, dies=lambda scale: os.kill(os.getpid(), 9), keeps=lambda scale: {"is_kept": True}, fails=lambda scale: {"is_kept": False}
)
measures.MEASURES = {name: f"own.{name}" for name in ("breaks", "dies", "keeps", "fails")}
ground.prepared = lambda: contextlib.nullcontext(lambda: print("clear", flush=True))
sys.exit(measures.main(sys.argv[1:]))
"""


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)


def test_every_measure_works_and_holds_what_it_finds_against_limits():
    names = [name for name in MEASURES if name not in LEFT_OUT]
    ran = run("-m", "benchmarks", "--scale", "0.01", *names)
    lines = [json.loads(line) for line in ran.stdout.splitlines()]

    assert [line for line in lines if "error" in line] == [], ran.stderr
    assert [line["measure"] for line in lines] == names, ran.stderr
    assert {line["measure"] for line in lines if line["is_small"] is not True or type(line["is_kept"]) is not bool} == set()
    limits = {line["measure"]: [value for key, value in line.items() if key.startswith("limit_")] for line in lines}
    assert {name for name, found in limits.items() if not found or {type(one) for one in found} > {int, float}} == set()
    assert ran.returncode == 0
    assert "Warning" not in ran.stderr


def test_what_is_left_out_is_a_measure():
    assert set(MEASURES) > LEFT_OUT


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["keeps"], 0),
        (["keeps", "fails"], 1),
        (["fails", "keeps"], 1),
        (["fails", "--small"], 0),
        (["keeps", "--scale", "0.5", "fails"], 0),
        (["breaks", "keeps", "--small"], 1),
        (["dies", "keeps", "--small"], 1),
        ([], 1),
    ],
)
def test_limits_count_at_full_size_and_breaks_always(arguments, code):
    assert run("-c", OWN, *arguments).returncode == code


def test_a_measure_that_breaks_or_dies_says_so_and_the_next_begins_on_empty_ground():
    ran = run("-c", OWN, "breaks", "dies", "keeps", "fails")
    assert ran.stdout.splitlines() == [
        "clear",
        '{"measure": "breaks", "is_small": false, "error": "ValueError: It broke.", "is_kept": false}',
        "clear",
        '{"measure": "dies", "is_small": false, "error": "Its process ended with -9.", "is_kept": false}',
        "clear",
        '{"measure": "keeps", "is_small": false, "is_kept": true}',
        "clear",
        '{"measure": "fails", "is_small": false, "is_kept": false}',
    ]
    assert "in breaks" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--smal"], "unrecognized arguments: --smal"),
        (["queue", "ques"], "there is no measure ques. There are access, "),
        (["--scale", "0"], "from 0.01 to 1"),
        (["--scale", "nan"], "from 0.01 to 1"),
        (["--scale", "2"], "from 0.01 to 1"),
        (["--small", "--scale", "0.5"], "not allowed with"),
    ],
)
def test_what_it_does_not_know_is_refused_before_anything_starts(monkeypatch, capsys, arguments, said):
    monkeypatch.setattr("benchmarks.ground.prepared", None)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_help_names_every_measure_and_measures_nothing(monkeypatch, capsys):
    monkeypatch.setattr("benchmarks.ground.prepared", None)
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert [name for name in MEASURES if name not in shown] == []

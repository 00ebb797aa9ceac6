"""`manage.py deadline` as anybody would run it: another process, where no server can start."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from oxyprivacy.embedded.layout import Layout
from oxyprivacy.embedded.secrets import Secrets

ROOT = Path(__file__).resolve().parent.parent.parent
CASES = list(csv.DictReader((Path(__file__).parent / "deadlines.csv").read_text(encoding="utf-8").splitlines()))


@pytest.fixture
def run(tmp_path):
    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """A PATH without any program, and a ``var/`` of its own in which nothing was ever prepared."""
        variables = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("OXYPRIVACY", "DJANGO", "DATABASE", "REDIS"))},
            "PATH": str(tmp_path / "nothing"),
            "OXYPRIVACY_VAR": str(tmp_path / "var"),
            **more,
        }
        command = [sys.executable, "manage.py", "deadline", *arguments]
        return subprocess.run(command, check=False, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60)

    return run


def test_it_prints_the_date_and_how_it_came_about_as_json(run):
    ran = run("--received", "2026-01-31", "--country", "BE", "--json")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout) == {
        "due": "2026-03-02",
        "first_due": "2026-03-02",
        "strict": "2026-02-28",
        "extension_notice_by": "2026-03-02",
        "working": [
            {"on": "2026-01-31", "words": "Received"},
            {"on": "2026-02-28", "words": "One month later: the last day of a shorter month"},
            {"on": "2026-02-28", "words": "A Saturday, so it moves on"},
            {"on": "2026-03-01", "words": "A Sunday, so it moves on"},
            {"on": "2026-03-02", "words": "Our answer, at the latest"},
        ],
    }


def test_no_server_is_joined_and_none_started(run, tmp_path):
    var = tmp_path / "var"
    elsewhere = {"DATABASE_URL": "postgres://nobody:nothing@127.0.0.1:1/nowhere", "REDIS_URL": "redis://127.0.0.1:1/0"}

    here = run("--received", "2026-01-31", "--country", "BE", "--json")
    there = run("--received", "2026-01-31", "--country", "BE", "--json", **elsewhere)

    assert here.returncode == there.returncode == 0
    assert here.stdout == there.stdout
    assert {path.name for path in var.rglob("*")} <= {"secrets.json", "secrets.json.lock"}
    layout = Layout.of(var=var, instance=Secrets.at(var).instance)
    assert layout.home == var or not layout.home.exists()


@pytest.mark.parametrize("case", [row for row in CASES if row["extended"] == "yes" and row["paused_days"] != "0"] + CASES[:2])
def test_it_says_what_the_table_of_worked_dates_says(run, case):
    extended = ["--extended"] if case["extended"] == "yes" else []

    ran = run("--received", case["received"], "--country", case["country"], "--paused-days", case["paused_days"], *extended, "--json")

    assert json.loads(ran.stdout)["due"] == case["due"]


@pytest.mark.parametrize(
    ("pauses", "due", "first_due"),
    [
        ([("2026-03-10", "2026-03-20")], "2026-06-12", "2026-04-13"),
        ([("2026-05-04", "2026-05-08")], "2026-06-08", "2026-04-02"),
        ([("2026-03-10", "2026-03-20"), ("2026-05-04", "2026-05-08")], "2026-06-16", "2026-04-13"),
    ],
)
def test_a_pause_after_the_first_month_leaves_its_end_alone_as_the_clock_of_a_case_does(run, pauses, due, first_due):
    given = [word for pause in pauses for word in ("--pause", *pause)]

    found = json.loads(run("--received", "2026-03-02", "--country", "BE", "--extended", *given, "--json").stdout)

    assert (found["due"], found["first_due"], found["extension_notice_by"]) == (due, first_due, first_due)


def test_days_of_which_nobody_says_when_move_no_last_day_for_a_refusal_of_an_extended_request(run):
    asked = ("--received", "2026-03-02", "--country", "BE", "--paused-days", "14", "--json")

    extended, once = (json.loads(run(*asked, *more).stdout) for more in (["--extended"], []))

    assert (extended["due"], extended["first_due"]) == ("2026-06-16", "2026-04-02")
    assert once["due"] == once["first_due"] == "2026-04-16"


def test_without_json_it_is_a_sum_to_read(run):
    lines = run("--received", "2026-01-31", "--country", "BE", "--extended").stdout.splitlines()

    assert lines[0].split() == ["Received", "Sat", "31", "January", "2026"]
    assert [line.split("  ")[-1].strip() for line in lines] == [
        "Sat 31 January 2026",
        "Thu 30 April 2026",
        "Thu 30 April 2026",
        "Mon 2 March 2026",
        "Tue 28 April 2026",
    ]


@pytest.mark.parametrize(("language", "word"), [("fr", "Un samedi"), ("nl", "Een zaterdag")])
def test_the_working_comes_in_three_languages(run, language, word):
    found = json.loads(run("--received", "2026-01-31", "--country", "BE", "--language", language, "--json").stdout)

    assert found["due"] == "2026-03-02"
    assert found["working"][2]["words"].startswith(word)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--received", "2026-02-30", "--country", "BE"], "2026-02-30"),
        (["--received", "yesterday", "--country", "BE"], "yesterday"),
        (["--received", "2026-01-31", "--country", "DE"], "DE"),
        (["--received", "2026-01-31", "--country", "BE", "--paused-days", "-1"], "-1"),
        (["--received", "2026-01-31", "--country", "BE", "--paused-days=x"], "x"),
        (["--received", "9999-12-31", "--country", "BE"], "2099"),
        (["--received", "2026-01-31", "--country", "BE", "--paused-days", "99999999999"], "2099"),
        (["--received", "2026-03-02", "--country", "BE", "--pause", "2026-03-01", "2026-03-09"], "receipt"),
        (["--received", "2026-03-02", "--country", "BE", "--pause", "2026-03-09", "2026-03-08"], "after it began"),
        (["--received", "2026-03-02", "--country", "BE", "--pause", "2026-05-04", "2026-05-08"], "due already"),
        (["--received", "2026-03-02", "--country", "BE", "--pause", "2026-03-09"], "--pause"),
        (["--received", "2026-03-02", "--country", "BE", "--pause", "2026-03-09", "2026-03-10", "--paused-days", "1"], "--pause"),
        (["--country", "BE"], "--received"),
        (["--received", "2026-01-31"], "--country"),
    ],
)
def test_a_mistake_is_one_line_and_ends_with_two(run, arguments, says):
    ran = run(*arguments, "--json")

    assert (ran.returncode, ran.stdout) == (2, "")
    assert len(ran.stderr.splitlines()) == 1
    assert says in ran.stderr

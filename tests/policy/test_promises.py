"""The account of all promises: the list is whole in three languages, each promise is bound, and a mark that shows nothing is found out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils import translation

from datamap import promises as checks
from policy.promises import accounting, all_promises, listed, marks, sections
from policy.promises.listed import IDS, Words


def file_of(folder: Path, *lines: str) -> Path:
    tests = folder / "tests"
    tests.mkdir(exist_ok=True)
    (tests / "test_it.py").write_text("\n".join(["import pytest", *lines, ""]), encoding="utf-8")
    return tests


def test_each_of_the_124_is_there_once_in_the_order_of_the_policy():
    assert tuple(all_promises()) == IDS
    assert [section.number for section in sections()] == ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"]


def test_the_list_is_whole_in_every_language():
    assert list(listed.faults()) == []
    said = set()
    for language in ("en", "fr", "nl"):
        with translation.override(language):
            said.add(str(all_promises()["P074"].text))
    assert len(said) == 3


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ({"en": "A word.", "fr": "", "nl": "Een woord."}, "nothing"),
        ({"en": "A word.", "fr": "A word.", "nl": "Een woord."}, "not translated"),
        ({"en": "A word: so.", "fr": "Un mot : voilà.", "nl": "Een woord: zo."}, "a space that breaks"),
        ({"en": "A word: so.", "fr": "Un mot: voilà.", "nl": "Een woord: zo."}, "a space that breaks"),
    ],
)
def test_words_that_would_make_a_reader_stumble_are_found(words: dict[str, str], fault: str):
    assert [fault in found for found in listed._faults("P000", Words(words))] == [True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('number = "I"\n', "'promise'"),
        ('number = "I"\npromise = []\n', "'title'"),
        ('number = "I"\ntitle.en = "a"\n[[promise]]\nid = "P001"\ntext.en = "a"\n', "'fr'"),
        ("number = I\n", "Invalid value"),
    ],
)
def test_a_file_that_is_not_complete_is_refused_by_name(tmp_path: Path, text: str, said: str):
    file = tmp_path / "13-more.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(listed.NotAPromise, match=r"13-more\.toml") as refused:
        listed._section(file)
    assert said in str(refused.value)


def test_every_promise_is_bound_to_tests_and_every_decision_to_its_setting():
    found = accounting.account()
    assert found.faults == ()
    assert {line.promise.id: line.faults for line in found.lines if line.faults} == {}


def test_each_rule_and_each_check_names_a_promise_of_the_list():
    assert checks.watched() <= all_promises().keys()


@pytest.mark.parametrize(
    ("lines", "asserts"),
    [
        (['@pytest.mark.promise("P074")', "def test_a():", "    assert 1"], True),
        (['@pytest.mark.promise("P074")', "def test_a():", "    do()"], False),
        (['@pytest.mark.promise("P074")', "def test_a():", "    with pytest.raises(ValueError):", "        do()"], True),
        (["def look():", "    assert 1", '@pytest.mark.promise("P074")', "def test_a():", "    look()"], True),
        (
            [
                "@pytest.fixture(autouse=True)",
                "def _after():",
                "    assert 1",
                'pytestmark = pytest.mark.promise("P074")',
                "def test_a(): do()",
            ],
            True,
        ),
        (["@pytest.fixture", "def after():", "    assert 1", 'pytestmark = [pytest.mark.promise("P074")]', "def test_a(): do()"], False),
        (['@pytest.mark.promise("P074")', "class TestIt:", "    def test_a(self):", "        assert 1"], True),
        (['@pytest.mark.parametrize("a", [pytest.param(1, marks=pytest.mark.promise("P074"))])', "def test_a(a):", "    assert a"], True),
    ],
)
def test_marks_are_read_from_the_source_and_what_cannot_fail_is_found(tmp_path: Path, lines: Iterable[str], asserts: bool):
    (found,) = marks.marked(file_of(tmp_path, *lines))
    assert (found.promise, found.asserts) == ("P074", asserts)
    assert found.node in {"tests/test_it.py::test_a", "tests/test_it.py::TestIt::test_a"}


def test_an_unknown_number_an_unbound_promise_and_an_empty_test_are_named(tmp_path: Path):
    tests = file_of(
        tmp_path,
        '@pytest.mark.promise("P999")',
        "def test_a():",
        "    assert 1",
        '@pytest.mark.promise("P074")',
        "def test_b():",
        "    do()",
    )
    found = accounting.account(tests)
    assert found.faults == ("tests/test_it.py::test_a names P999, which is no promise.",)
    faults = {line.promise.id: line.faults for line in found.lines}
    assert faults["P074"] == ("tests/test_it.py::test_b asserts nothing.",)
    assert faults["P001"] == ("No test shows it.",)
    assert not found.is_whole


@override_settings(PROMISES={"decided": ("P001", "P120")})
def test_only_what_is_for_decision_can_be_decided():
    assert accounting.account().faults == ("PROMISES.decided names P001, which is not for decision.",)
    assert accounting.is_decided(all_promises()["P120"])
    assert not accounting.is_decided(all_promises()["P116"])


@pytest.mark.parametrize(
    ("setting", "is_there"),
    [
        ("RIGHTS.establishment", True),
        ("RIGHTS.nothing", False),
        ("NOTHING.at_all", False),
        ("datamap.StatutoryPeriod", True),
        ("datamap.Nothing", False),
        ("nothing.Nothing", False),
        ("hosting.rules.NEAREST", True),
        ("hosting.rules.NOTHING", False),
        ("hosting.nothing.NEAREST", False),
    ],
)
def test_a_setting_is_one_that_exists(setting: str, is_there: bool):
    assert accounting.is_there(setting) is is_there


@pytest.mark.django_db
class TestCommand:
    def run(self, *arguments: str) -> str:
        out = StringIO()
        call_command("promises", *arguments, stdout=out)
        return out.getvalue()

    @pytest.fixture
    def whole(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """As in a production image, where no tests are."""
        monkeypatch.setattr("policy.management.commands.promises.account", lambda: accounting.account(tmp_path / "tests"))

    def test_without_tests_it_says_so_and_every_promise_is_accounted_for(self, whole):
        said = self.run()
        assert "124 promises: 110 kept, 14 for the privacy officer" in said
        assert "The tests are not part of this installation" in said

    def test_a_look_gives_each_promise_its_state_evidence_and_age(self, whole):
        found = json.loads(self.run("--look", "--json"))["promises"]
        assert [line["id"] for line in found] == list(IDS)
        assert {line["state"] for line in found} <= {"KEPT", "WATCHED", "DECIDE"}
        (visits,) = [line for line in found if line["id"] == "P074"]
        assert visits["age_seconds"] == 0
        assert visits["is_watched"] is True
        assert visits["evidence"]
        assert visits["tests"] is None

    def test_it_fails_when_one_is_bound_to_nothing(self, monkeypatch, tmp_path):
        tests = file_of(tmp_path, '@pytest.mark.promise("P074")', "def test_a():", "    assert 1")
        monkeypatch.setattr("policy.management.commands.promises.account", lambda: accounting.account(tests))
        with pytest.raises(CommandError, match="P001: No test shows it"):
            self.run()

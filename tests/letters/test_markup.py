from __future__ import annotations

import pytest

from letters import markup
from letters.blocks import Heading, Listing, Paragraph, Table, Tree
from letters.filling import ValueMissing, fill
from letters.markup import MarkupError, letter_text
from letters.values import Items, Rows, Value


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of letters, read afresh."""
    monkeypatch.setattr(markup, "FOLDER", tmp_path)
    letter_text.cache_clear()
    yield tmp_path
    letter_text.cache_clear()


@pytest.fixture
def read(folder):
    def read_text(body: str, *, subject: str = "Subject: Hello", **values: Value) -> Tree:
        letter_text.cache_clear()
        (folder / "x.en.txt").write_text(f"{subject}\n\n{body}\n", encoding="utf-8")
        return fill(letter_text("x", "en"), values=values, secrets=("link",), language="en").tree

    return read_text


def test_every_kind_of_block(read):
    tree = read("# Title\nWords over\ntwo lines.\n\n- one\n- two,\n  still two\n\n| a | {n} |\n|= all | 5 |", n=5)
    assert tree == (
        Heading(("Title",)),
        Paragraph(("Words over two lines.",)),
        Listing((("one",), ("two, still two",))),
        Table(rows=((("a",), ("5",)),), total=(("all",), ("5",))),
    )


def test_rows_come_under_the_heads_of_their_file(read):
    (table,) = read("|# Part | Rows | Why |\n{kept}", kept=Rows([("Invoices", 2, "Law")]))
    assert table == Table(rows=((("Invoices",), ("2",), ("Law",)),), head=(("Part",), ("Rows",), ("Why",)), figures=(False, True, False))


def test_heads_of_another_width_are_left_out(read):
    (table,) = read("|# Part | Rows | Why |\n{kept}", kept=Rows([("Invoices", 2)]))
    assert table.head == ()


def test_what_has_nothing_to_say_falls_silent(read):
    body = "Start.\n\n# Left out\n\nThese:\n\n{items}\n\n# Article\n\n| Article | {article} |\n\n# End\n\nBye."
    tree = read(body, items=Items(), article="")
    assert tree == (Paragraph(("Start.",)), Heading(("Article",)), Heading(("End",)), Paragraph(("Bye.",)))
    assert len(read(body, items=Items(["x"]), article="12")) == 8


def test_a_second_subject_is_taken_only_with_its_value(folder):
    (folder / "x.en.txt").write_text("Subject: Done\nSubject with {kept}: Done, but {n}\n\nBody.\n", encoding="utf-8")
    text = letter_text("x", "en")
    assert fill(text, values={"kept": Items(), "n": 1}, secrets=(), language="en").subject == "Done"
    assert fill(text, values={"kept": Items(["x"]), "n": 1}, secrets=(), language="en").subject == "Done, but 1"


def test_a_place_without_a_value_is_an_error(read):
    with pytest.raises(ValueMissing):
        read("Dear {nobody},")
    with pytest.raises(ValueMissing):
        read("Your {{nothing}}: here.")


@pytest.mark.parametrize(
    "body",
    [
        "A { brace",
        "A } brace",
        "{Name}",
        "{a.b}",
        "{a!r}",
        "{a:>10}",
        "{0}",
        "{{a",
        "| one |",
        "| a | b |\nloose words",
        "+ nowhere",
        "+ ../x",
    ],
)
def test_a_file_that_is_not_well_written_is_refused(read, body):
    with pytest.raises(MarkupError):
        read(body, a=1)


@pytest.mark.parametrize("subject", ["Hello", "Subject:", "subject: Hello", "Subject with {a}: Hello", "Subject: Your {{link}}"])
def test_a_subject_that_is_none_is_refused(read, subject):
    with pytest.raises(MarkupError):
        read("Body.", subject=subject, a=1)


def test_a_letter_that_is_not_there_is_refused(folder):
    with pytest.raises(MarkupError):
        letter_text("nowhere", "en")


@pytest.mark.parametrize("rows", [[("a",)], [("a", 1), ("b", 2, 3)]])
def test_rows_have_one_width(rows):
    with pytest.raises(ValueError, match="one width"):
        Rows(rows)

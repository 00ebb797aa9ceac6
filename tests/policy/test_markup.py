from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from policy.markup import Block, Run, runs, sections


def plain(text):
    return (Run(text),)


def test_a_text_is_cut_at_its_headings():
    before, what, why = sections("Before.\n\n## What\n\nOne\nline.\n\nTwo.\n# **Why**\n")

    assert (before.title, before.blocks) == ("", (Block("paragraph", ((plain("Before."),),)),))
    assert (what.title, what.anchor) == ("What", "what")
    assert what.blocks == (Block("paragraph", ((plain("One line."),),)), Block("paragraph", ((plain("Two."),),)))
    assert (why.title, why.blocks) == ("Why", ())


def test_lists_and_tables():
    (section,) = sections("- one\n- **two** more\n\n| A | B |\n| --- | :-: |\n| 1 | [x](https://x.example/a) |\n")
    items, table = section.blocks

    assert items == Block("list", ((plain("one"),), ((Run("two", is_bold=True), Run(" more")),)))
    assert table == Block("table", ((plain("A"), plain("B")), (plain("1"), (Run("x", url="https://x.example/a"),))))


def test_links_lead_to_the_web_a_mailbox_or_this_site_and_nowhere_else():
    assert runs("a [b](mailto:x@y.example) [c](/fr/)") == (Run("a "), Run("b", url="mailto:x@y.example"), Run(" "), Run("c", url="/fr/"))
    for bad in ("[x](javascript:alert(1))", "[x](data:text/html,1)", "[x](http://plain.example)", "[x]( https://a.example)"):
        assert all(run.url == "" for run in runs(bad))


@given(st.text(max_size=300))
def test_no_text_breaks_it_and_no_run_is_empty(text):
    for section in sections(text):
        assert all(run.text for block in section.blocks for row in block.rows for cell in row for run in cell)

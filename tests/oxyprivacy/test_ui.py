"""The design system: what its filters and tags print, and what no template may contain."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory
from django.utils.formats import date_format
from django.utils.translation import override

from datamap import phrases
from letters import dates
from oxyprivacy.templatetags import ui
from oxyprivacy.ui import charts, due, figures

ROOT = Path(__file__).resolve().parents[2]
# Mail carries its few rules within; everything else is a page under the content security policy.
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html") if path.name != "mail.html")
STYLES = sorted((ROOT / "static" / "css").glob("*.css"))

MONDAY = date(2026, 7, 13)
FIRST = date(2026, 1, 1)
MOMENT = datetime(2026, 6, 11, 14, 42, tzinfo=UTC)  # 16:42 in Brussels


def render(source: str, **context: object) -> str:
    return str(engines["django"].from_string(source).render(context))


def page(source: str, path: str = "/", **context: object) -> str:
    request = RequestFactory().get(path)
    return str(engines["django"].from_string(source).render(context, request=request))


class Form(forms.Form):
    email = forms.EmailField(label="Your email", help_text="We send a code to it", widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    right = forms.ChoiceField(label="Which right?", choices=[("ACCESS", "A copy"), ("ERASURE", "Deletion")], widget=forms.RadioSelect)
    is_mine = forms.BooleanField(label="It is mine")


# Dates and figures


@pytest.mark.parametrize(
    ("language", "name", "value", "expected"),
    [
        ("en", "day", MONDAY, "Mon 13 July 2026"),
        ("fr", "day", MONDAY, "lun. 13 juillet 2026"),
        ("nl", "day", MONDAY, "ma 13 juli 2026"),
        ("en", "day_long", MONDAY, "Monday 13 July 2026"),
        ("fr", "day_long", MONDAY, "lundi 13 juillet 2026"),
        ("nl", "day_long", MONDAY, "maandag 13 juli 2026"),
        ("en", "day_short", MONDAY.replace(year=2016), "Wed 13 Jul 2016"),
        ("fr", "day_short", MONDAY.replace(year=2016), "mer. 13 juil. 2016"),
        ("nl", "day_short", MONDAY.replace(year=2016), "wo 13 jul 2016"),
        ("en", "date_plain", FIRST, "1 January 2026"),
        ("fr", "date_plain", FIRST, "1er janvier 2026"),
        ("nl", "date_plain", FIRST, "1 januari 2026"),
        ("fr", "day", date(2026, 8, 11), "mar. 11 août 2026"),
        ("en", "moment", MOMENT.replace(year=2015), "Thu 11 June 2015, 16:42"),
        ("fr", "moment", MOMENT.replace(year=2015), "jeu. 11 juin 2015, 16:42"),
        ("nl", "moment", MOMENT.replace(year=2015), "do 11 juni 2015, 16:42"),
        ("en", "clock", MOMENT, "16:42"),
        ("en", "day", datetime(2026, 7, 12, 22, 30, tzinfo=UTC), "Mon 13 July 2026"),
        ("en", "day", None, ""),
        ("en", "moment", None, ""),
    ],
)
def test_dates_are_written_in_the_readers_language_and_brussels_time(language: str, name: str, value: Any, expected: str) -> None:
    with override(language):
        assert render("{{ value|" + name + " }}", value=value) == expected


@pytest.mark.parametrize(("language", "expected"), [("en", "Mon 1 Feb 2027"), ("fr", "lun. 1er fév. 2027"), ("nl", "ma 1 feb 2027")])
def test_a_short_day_has_its_year_when_it_is_another_than_today(language: str, expected: str) -> None:
    with override(language):
        assert dates.day_short(date(2027, 2, 1), date(2026, 11, 27)) == expected
        assert dates.day_short(date(2027, 2, 1), date(2027, 1, 1)) == expected.removesuffix(" 2027")
        at = datetime(2027, 2, 1, 14, 42, tzinfo=UTC)
        assert dates.moment(at, at).endswith("15:42")
        assert "2027" not in dates.moment(at, at)
        html = render("{% due on today %}", on=date(2027, 2, 1), today=date(2026, 11, 27))
    assert f">{expected}</time>" in html


def test_the_admin_writes_english_dates_as_the_house_does() -> None:
    assert date_format(MOMENT, "DATETIME_FORMAT") == f"11 June 2026, {MOMENT:%H:%M}"


def test_moment_adds_the_year_when_it_is_another_than_now() -> None:
    with override("en"):
        assert ui.moment(MOMENT, datetime(2026, 12, 1, tzinfo=UTC)) == "Thu 11 June, 16:42"
        assert ui.moment(MOMENT, datetime(2027, 1, 1, 12, tzinfo=UTC)) == "Thu 11 June 2026, 16:42"


@pytest.mark.parametrize(
    ("language", "value", "expected"),
    [
        ("en", 1932, "1,932"),
        ("fr", 1932, "1\u00a0932"),
        ("nl", 1932, "1.932"),
        ("en", 0, "0"),
        ("en", None, "—"),
    ],
)
def test_number_groups_and_tells_nothing_there_from_nothing_known(language: str, value: Any, expected: str) -> None:
    with override(language):
        assert ui.number(value) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, "0 bytes"), (999, "999 bytes"), (61_800, "62 KB"), (4_240_000, "4.2 MB"), (3_100_000_000, "3.1 GB"), (None, "")],
)
def test_filesize_counts_in_thousands(size: int | None, expected: str) -> None:
    with override("en"):
        assert ui.filesize(size) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Nathalie Vermeulen", "N•••• V••••"), ("Tom de Wit", "T•••• d•••• W••••"), ("Li", "L••••"), ("", ""), (None, "")],
)
def test_masked_shows_first_letters_and_no_length(name: str | None, expected: str) -> None:
    assert ui.masked(name) == expected


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("nathalie@gmail.com", "n•••@gmail.com"),
        ("a@b.example", "a•••@b.example"),
        ("nathalie", "n••••"),
        ("@gmail.com", "@••••"),
        (None, ""),
    ],
)
def test_masked_email_shows_one_letter_and_the_domain(email: str | None, expected: str) -> None:
    assert ui.masked_email(email) == expected


@pytest.mark.parametrize(("name", "expected"), [("Anaïs Lambert", "AL"), ("Jan van den Berg", "JB"), ("Cher", "C"), ("", "")])
def test_initials_are_of_the_first_and_the_last_part(name: str, expected: str) -> None:
    assert ui.initials(name) == expected


# Due dates and sums


@pytest.mark.parametrize(
    ("on", "level", "words"),
    [
        (date(2026, 6, 22), "late", "2 days overdue"),
        (date(2026, 6, 23), "late", "1 day overdue"),
        (date(2026, 6, 24), "soon", "Today"),
        (date(2026, 6, 25), "soon", "Tomorrow"),
        (date(2026, 6, 26), "soon", "In 2 days"),
        (date(2026, 6, 27), "plain", "In 3 days"),
    ],
)
def test_due_says_how_far_away_the_date_is(on: date, level: str, words: str) -> None:
    with override("en"):
        shown = due.due(on=on, today=date(2026, 6, 24), since=date(2026, 5, 24))
    assert (shown.level, shown.words) == (level, words)


def test_due_bar_shows_the_share_of_time_used_and_never_more_than_all() -> None:
    start, end = date(2026, 6, 1), date(2026, 7, 1)
    used = [due.due(on=end, since=start, today=today).used for today in (start, date(2026, 6, 16), end, date(2026, 8, 1))]
    assert used == [0, 24, 48, 48]
    assert due.due(on=end, today=start).used is None


def test_sum_shows_each_part_and_closes_with_the_total_in_long_form() -> None:
    with override("en"):
        html = render("{% sum rows total %}", rows=[("Received", date(2026, 6, 11)), ("Rows", 1204)], total=("We answer by", MONDAY))
    parts = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html)
    assert parts == [("Received", "Thu 11 June 2026"), ("Rows", "1,204"), ("We answer by", "Monday 13 July 2026")]
    assert html.count("sum-total") == 1


def test_what_people_wrote_stays_inert_in_every_small_tag() -> None:
    evil = '<script>alert("x")</script>'
    html = render(
        "{% state 'new' evil %}{% person evil %}{% icon 'lock' label=evil %}{% sum rows total %}{% notice 'plain' evil %}{{ evil }}{% endnotice %}"
        "{% section evil %}{{ evil }}{% endsection %}{% include 'components/messages.html' %}{% crumbs evil '#' evil %}",
        evil=evil,
        rows=[(evil, evil)],
        total=(evil, evil),
        thread=[{"author": evil, "at": MOMENT, "text": evil}],
    )
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 13


def test_state_is_a_shape_and_its_word() -> None:
    html = render("{% state 'waiting' 'Waiting for person' %}")
    assert "#state-waiting" in html
    assert "Waiting for person" in html


def test_every_shape_and_icon_that_is_used_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static" / "icons.svg").read_text()))
    used = {name for path in TEMPLATES for name in re.findall(r'\{% icon "([^"|]+)" ', path.read_text())} | set(ui.NOTICE_ICONS.values())
    assert used - drawn - {"state-"} == set()
    documented = re.findall(r"^Icons: (.*?)\.$", (ROOT / "docs" / "design-system.md").read_text(), re.MULTILINE | re.DOTALL)[0]
    assert set(re.findall(r"`(\w+)`", documented)) <= drawn


# Forms


def test_field_puts_label_hint_error_and_box_in_that_order_and_ties_them_together() -> None:
    html = render("{% field form.email %}", form=Form({"email": "name@example"}))
    order = [html.index(part) for part in ("<label", 'id="id_email_helptext"', 'id="id_email_error"', "<input")]
    assert order == sorted(order)
    assert 'aria-describedby="id_email_helptext id_email_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'autocomplete="email"' in html
    assert 'value="name@example"' in html


def test_radio_list_ties_law_and_hint_to_their_own_choice() -> None:
    details = {"ACCESS": {"law": "access, Article 15", "hint": "You get the files."}}
    html = render("{% radio_list form.right details %}", form=Form(), details=details)
    assert html.count("aria-describedby") == 1
    assert 'aria-describedby="id_right_0_hint"' in html
    assert re.search(
        r'id="id_right_0_hint">\s*<span class="law">access, Article 15</span>\s*<span class="hint">You get the files.</span>', html
    )


def test_error_summary_links_each_line_to_a_box_that_exists() -> None:
    form = Form({"email": "x"})
    html = render("{% error_summary form %}{% fields form %}", form=form)
    targets = re.findall(r'<a href="#([^"]+)"', html)
    assert targets == ["id_email", "id_right_0", "id_is_mine"]
    assert all(f'id="{target}"' in html for target in targets)
    assert "Three things to correct" in html
    assert "Which right? An answer is needed here." in html


def test_a_long_error_is_shortened_in_the_summary_and_stands_whole_beside_its_box() -> None:
    form = Form({"email": "x"})
    long = "It is now: " + "word " * 100
    form.add_error("email", long)
    assert long.strip() not in render("{% error_summary form %}", form=form)
    assert "It is now: word" in render("{% error_summary form %}", form=form)
    assert long.strip() in render("{% fields form %}", form=form)


def test_error_summary_is_silent_for_a_form_without_errors() -> None:
    assert render("{% error_summary form None %}", form=Form()).strip() == ""


def test_page_title_starts_with_error_when_the_form_is_wrong() -> None:
    source = '{% extends "base.html" %}{% block title %}Your email{% endblock %}'
    right, wrong = (re.sub(r"\s+", " ", page(source, form=form)) for form in (Form(), Form({})))
    assert "<title>Your email | Oxygis</title>" in right
    assert "<title>Error: Your email | Oxygis</title>" in wrong


def test_django_renders_a_whole_form_in_our_look() -> None:
    html = str(Form({"email": "x"}))
    assert "field is-wrong" in html.replace("field-full ", "")
    assert "errorlist" not in html


# Navigation


@pytest.mark.parametrize("path", ["/accessibility/", "/fr/accessibility/", "/nl/accessibility/?a=1"])
def test_language_links_keep_the_page(path: str) -> None:
    rest = "?a=1" if "?" in path else ""
    with override(path[1:3] if path[1:3] in {"fr", "nl"} else "en"):
        html = page("{% language_links %}", path=path)
    assert re.findall(r'href="([^"]+)"', html) == [f"{prefix}/accessibility/{rest}" for prefix in ("", "/fr", "/nl")]


def test_crumbs_leave_the_present_page_unlinked() -> None:
    html = render("{% crumbs 'Queue' '/desk/' 'R-7KQ4-M2' %}")
    assert re.findall(r'href="([^"]+)"', html) == ["/desk/"]
    assert '<li aria-current="page">R-7KQ4-M2</li>' in html


def test_pagination_keeps_the_rest_of_the_query() -> None:
    html = page("{% pagination page %}", path="/?state=OPEN&page=2", page=Paginator(range(95), 30).page(2))
    assert re.findall(r'href="\?([^"]+)"', html) == ["state=OPEN&amp;page=1", "state=OPEN&amp;page=3"]
    assert "31–60 of 95" in html


# Charts


def test_dot_chart_has_one_dot_for_each_thing_and_repeats_them_as_a_table() -> None:
    html = render("{% dot_chart counts 'Days' limit=4 limit_label='the limit' %}", counts=[(0, 2), (3, 5)])
    wide, narrow = re.findall(r'class="chart-dots" d="([^"]+)"', html)
    assert wide.count("h0") == narrow.count("h0") == 7
    assert re.findall(r'<th scope="row" class="num">(\d+)</th><td class="num">(\d+)</td>', html) == [("0", "2"), ("3", "5")]


def test_dots_stand_for_more_when_a_column_would_grow_too_high() -> None:
    assert charts.dot_worth([(1, 40)]) == 1
    assert charts.dot_worth([(1, 41)]) == 2
    assert charts.dot_worth([]) == 1


def test_bars_past_the_limit_are_marked_and_stand_on_the_base() -> None:
    drawing = charts.bar_charts(values=[("new", 400), ("", 200), ("old", 700)], limit=2, limit_label="two years", width=340)[0]
    assert [bar.is_past for bar in drawing.bars] == [False, False, True]
    assert {round(bar.y + bar.height, 1) for bar in drawing.bars} == {drawing.base}
    assert drawing.bars[0].height == 2 * drawing.bars[1].height


@pytest.mark.parametrize(("highest", "step"), [(0, 1), (3, 1), (700, 200), (41, 10), (100_000, 20_000)])
def test_grid_lines_stand_at_round_figures(highest: float, step: float) -> None:
    assert charts.nice_step(highest) == step


def test_charts_print_points_in_every_language() -> None:
    with override("fr"):
        html = render("{% bar_chart bars 'Âge' %}", bars=[("neuf", 1333), ("", 7)])
    drawing = html[: html.index("<details")]
    assert not re.search(r'(?:x|y|width|height)="\d+,\d', drawing)
    assert "1\u00a0500" in drawing


@pytest.mark.parametrize(
    ("erase", "keep", "solid", "kept"), [(10, 0, True, False), (0, 5, False, True), (1, 1, True, True), (0, 0, False, False)]
)
def test_share_bar_draws_what_is_erased_and_what_is_kept(erase: int, keep: int, solid: bool, kept: bool) -> None:
    html = render("{% share_bar erase keep %}", erase=erase, keep=keep)
    assert ("share-solid" in html, "share-kept" in html) == (solid, kept)


# What no page may contain


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_template_brings_no_inline_script_or_style_and_asks_no_other_host(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<style|\sstyle\s*=", text, re.IGNORECASE)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text, re.IGNORECASE)
    assert not re.search(r"<script(?![^>]*\s(?:src=|type=\"application/json\"))", text, re.IGNORECASE)  # data is no script
    assert not re.search(r"javascript:|hx-on|hx-vals=.js:", text, re.IGNORECASE)
    assert not re.search(r"<(?:script|link|img|iframe|source|use)[^>]*(?:src|href)\s*=\s*[\"'](?:https?:)?//", text, re.IGNORECASE)


def test_every_page_template_compiles() -> None:
    for path in TEMPLATES:
        engines["django"].get_template(str(path.relative_to(ROOT / "templates")))


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_fetch_nothing_from_elsewhere_and_import_nothing(path: Path) -> None:
    text = path.read_text()
    assert "@import" not in text
    assert all(url.startswith("../fonts/") for url in re.findall(r'url\("?([^")]+)', text))


#: Django's admin has variables of its own, one of which is called as one of ours: it is given our values by value.
ADMIN_STYLE = "admin.css"


def test_the_admin_wears_no_colour_but_those_of_the_tokens() -> None:
    colours = {path.name: set(re.findall(r"#[0-9a-f]{3,8}\b", path.read_text())) for path in STYLES}
    assert colours[ADMIN_STYLE]
    assert colours[ADMIN_STYLE] <= colours["tokens.css"]


def test_every_colour_is_named_once_in_the_tokens() -> None:
    for path in STYLES:
        if path.name not in {"tokens.css", ADMIN_STYLE}:
            assert not re.search(r"#[0-9a-f]{3,8}\b(?!.*light-dark)", re.sub(r"light-dark\([^)]*\)", "", path.read_text())), path.name


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
        linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground", "least"),
    [
        *((text, ground, 4.5) for text in ("ink", "ink-2", "ink-3") for ground in ("surface", "canvas", "sunken", "hover", "accent-soft")),
        *((text, ground, 4.5) for text in ("accent", "stop", "warn", "ok", "decide") for ground in ("surface", "canvas")),
        *((name, f"{name}-soft", 4.5) for name in ("accent", "ok", "warn", "stop", "decide")),
        ("on-accent", "accent", 4.5),
        ("on-accent", "accent-2", 4.5),
        ("edge", "surface", 3.0),
    ],
)
def test_tokens_keep_their_contrast(text: str, ground: str, least: float, scheme: int) -> None:
    source = (ROOT / "static" / "css" / "tokens.css").read_text()
    pairs = dict(re.findall(r"--([\w-]+): light-dark\(([^)]+)\)", source))
    one, other = (pairs[name].split(", ")[scheme] for name in (text, ground))
    assert contrast(one, other) >= least


@pytest.mark.parametrize("code", [403, 404, 429, 500])
@pytest.mark.parametrize("language", ["en", "fr", "nl"])
def test_error_pages_need_no_context_at_all(code: int, language: str) -> None:
    with override(language):
        html = render_plainly(f"{code}.html", {"reference": "4f2a9c1e"})
    assert f'<html lang="{language}">' in html
    assert html.count("<h1") == 1
    assert ("4f2a9c1e" in html) == (code == 500)


def render_plainly(name: str, context: dict[str, object]) -> str:
    """As a server that lost its database would: no request, so no context processor."""
    return str(engines["django"].get_template(name).render(context))


@pytest.mark.parametrize(
    ("language", "euros", "francs"),
    [
        ("en", "€1,452.00", "CHF 1,452.00"),
        ("fr", "1\u00a0452,00\u00a0€", "1\u00a0452,00\u00a0CHF"),
        ("nl", "€\u00a01.452,00", "CHF\u00a01.452,00"),
    ],
)
def test_an_amount_is_written_as_the_language_writes_it(language, euros, francs):
    with override(language):
        assert (figures.money(Decimal(1452), "EUR"), figures.money(Decimal("1452.00"), "CHF")) == (euros, francs)


@pytest.mark.parametrize(("language", "said"), [("en", "Region: A<b"), ("fr", "Region\u00a0: A<b"), ("nl", "Region: A<b")])
def test_the_colon_of_a_pair_is_that_of_the_language_and_its_words_are_no_markup(language, said):
    with override(language):
        assert phrases.pair("Region", "A<b") == said
        assert engines["django"].from_string("{{ a|pair:b }}").render({"a": "Region", "b": "A<b"}) == said.replace("<", "&lt;")


@pytest.mark.parametrize(("language", "expected"), [("en", ":"), ("fr", "\u00a0:"), ("nl", ":")])
def test_a_colon_is_that_of_the_language(language: str, expected: str) -> None:
    with override(language):
        assert ui.colon() == expected


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Write the whole e-mail address, such as name@example.com."),
        ("fr", "Écrivez l’adresse e-mail en entier, par exemple nom@example.com."),
        ("nl", "Schrijf het volledige e-mailadres, zoals naam@example.com."),
    ],
)
def test_a_wrong_address_is_called_as_our_pages_call_it(language, words):
    with override(language):
        with pytest.raises(ValidationError) as refused:
            forms.EmailField().clean("noor")
        assert refused.value.messages == [words]

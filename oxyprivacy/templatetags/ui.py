"""The tags and filters of the design system (`docs/design-system.md`). Builtins: no template loads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm
from django.forms.boundfield import BoundField
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import translate_url
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.enums import UserRole
from datamap import citations, phrases
from letters import dates
from oxyprivacy import attention, navigation
from oxyprivacy.ui import charts, figures
from oxyprivacy.ui import due as due_words
from oxyprivacy.ui import fields as ui_fields

register = template.Library()

LANGUAGES = (("en", "English"), ("fr", "Français"), ("nl", "Nederlands"))
NOTICE_ICONS = {"plain": "info", "done": "state-done", "waiting": "state-waiting", "stopped": "state-stopped"}
NOTICE_OF_LEVEL = {"success": "done", "warning": "waiting", "error": "stopped"}
SHARE_WIDTH = 100
SHARE_GAP = 2


# Filters


@register.filter
def day(value: date | None) -> str:
    return dates.in_words(value, "day")


@register.filter
def day_long(value: date | None) -> str:
    return dates.in_words(value, "day_long")


@register.filter
def day_short(value: date | None) -> str:
    return dates.day_short(value, timezone.localdate())


@register.filter
def date_plain(value: date | None) -> str:
    return dates.in_words(value, "date_plain")


@register.filter
def clock(value: datetime | None) -> str:
    return dates.in_words(value, "clock")


@register.filter
def moment(value: datetime | None, now: datetime | None = None) -> str:
    return dates.moment(value, now or timezone.now())


@register.filter
def whole(value: str) -> SafeString:
    """A reference stays in one line, though it has hyphens."""
    return format_html('<span class="nowrap">{}</span>', value)


@register.filter
def iso(value: date | None) -> str:
    """For the `datetime` attribute of `<time>`."""
    return dates.local(value).isoformat() if value else ""


@register.filter
def number(value: float | Decimal | None) -> str:
    return figures.number(value)


@register.filter
def filesize(value: int | None) -> str:
    return figures.filesize(value)


@register.filter
def masked(value: str | None) -> str:
    return figures.masked(value)


@register.filter
def masked_email(value: str | None) -> str:
    return figures.masked_email(value)


@register.filter
def law(number: str) -> str:
    """An article of the GDPR in brackets: "17(3)(b)"."""
    return citations.in_short(number)


@register.filter
def pair(name: object, words: object) -> str:
    """A name and what belongs to it, with the colon of the language."""
    return phrases.pair(name, words)


@register.simple_tag
def colon() -> str:
    """Where what belongs to a name has markup of its own."""
    return phrases.colon()


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """An amount as the language in force writes it: "€1,452.00", "1 452,00 €", "€ 1.452,00"."""
    return figures.money(amount, currency)


@register.filter
def initials(value: str | None) -> str:
    return figures.initials(value)


@register.filter
def notice_kind(level: str) -> str:
    """The notice of a Django message's level tag."""
    return NOTICE_OF_LEVEL.get(level, "plain")


# Small things, many to a page: written straight


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    sheet = static("icons.svg")
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"/></svg>', label, sheet, name)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', sheet, name)


@register.simple_tag
def state(kind: str, words: str, *, soft: bool = False) -> SafeString:
    return format_html(
        '<span class="state state-{0}{1}"><svg class="shape" aria-hidden="true"><use href="{2}#state-{0}"/></svg>{3}</span>',
        kind,
        " state-soft" if soft else "",
        static("icons.svg"),
        words,
    )


@register.simple_tag
def due(on: date, today: date, since: date | None = None, *, phrase_only: bool = False) -> SafeString:
    shown = due_words.due(on=on, today=today, since=since)
    return format_html(
        '<span class="due due-{}">{}<span class="due-words">{}</span>{}</span>',
        shown.level,
        _due_bar(shown.used),
        shown.words,
        "" if phrase_only else format_html(' <time class="due-date" datetime="{}">{}</time>', iso(on), dates.day_short(on, today)),
    )


def _due_bar(used: int | None) -> SafeString:
    if used is None:
        return SafeString("")
    return format_html(
        '<svg class="due-bar" width="48" height="4" viewBox="0 0 48 4" aria-hidden="true">'
        '<rect class="due-track" width="48" height="4" rx="1"/><rect class="due-used" width="{}" height="4" rx="1"/></svg> ',
        used,
    )


@register.simple_tag
def person(name: str | None) -> SafeString:
    if not name:
        return format_html('<span class="person person-none"><span class="initials" aria-hidden="true">?</span> {}</span>', _("Nobody yet"))
    return format_html('<span class="person"><span class="initials" aria-hidden="true">{}</span> {}</span>', figures.initials(name), name)


@register.simple_tag
def share_bar(erase: int, keep: int) -> SafeString:
    """Erased and kept as shares of 100 pixels; an ornament beside the two figures."""
    together = erase + keep
    if not together:
        return SafeString("")
    solid = SHARE_WIDTH if not keep else min(round(SHARE_WIDTH * erase / together), SHARE_WIDTH - SHARE_GAP - 4)
    hatched_from = solid + SHARE_GAP if solid else 0
    return format_html(
        '<svg class="share-bar" width="100" height="8" viewBox="0 0 100 8" aria-hidden="true">{}{}</svg>',
        format_html('<rect class="share-solid" width="{}" height="8" rx="1"/>', solid) if solid else "",
        format_html(
            '<rect class="share-kept" x="{}.5" y=".5" width="{}" height="7" rx="1" fill="url(#hatch)"/>',
            hatched_from,
            SHARE_WIDTH - hatched_from - 1,
        )
        if keep
        else "",
    )


# Blocks around a piece of the page


@register.simple_block_tag
def section(content: SafeString, title: str, id: str = "", lang: str = "") -> SafeString:  # noqa: A002  # the HTML attribute's name
    """``lang``: the section's own language, where it is not the page's."""
    return render_to_string("components/section.html", {"content": content, "title": title, "id": id or _id_of(title), "lang": lang})


@register.simple_block_tag
def desk_section(
    content: SafeString,
    title: str,
    *,
    note: str = "",
    link: str = "",
    link_url: str = "",
    id: str = "",  # noqa: A002
) -> SafeString:
    return render_to_string(
        "components/desk_section.html",
        {"content": content, "title": title, "note": note, "link": link, "link_url": link_url, "id": id or _id_of(title)},
    )


def _id_of(title: str) -> str:
    return f"s-{slugify(title)}"


@register.simple_block_tag
def card(content: SafeString, title: str = "") -> SafeString:
    return render_to_string("components/card.html", {"content": content, "title": title})


@register.simple_block_tag
def notice(content: SafeString, kind: str, title: str = "", role: str = "") -> SafeString:
    return render_to_string(
        "components/notice.html",
        {"content": content, "kind": kind, "title": title, "role": role, "symbol": NOTICE_ICONS[kind]},
    )


@register.simple_block_tag
def bulk_bar(content: SafeString) -> SafeString:
    return render_to_string("components/bulk_bar.html", {"content": content})


@register.simple_block_tag
def approval_bar(content: SafeString, words: str) -> SafeString:
    return render_to_string("components/approval_bar.html", {"content": content, "words": words})


@register.simple_block_tag
def breaker(content: SafeString, title: str, rows: Iterable[tuple[str, object]], total: tuple[str, object]) -> SafeString:
    return render_to_string("components/breaker.html", {"content": content, "title": title, "rows": rows, "total": total})


# Components with a template of their own


@register.inclusion_tag("components/sum.html")
def sum(rows: Iterable[tuple[str, object]], total: tuple[str, object], state: str = "") -> dict[str, Any]:  # noqa: A001
    words, figure = total
    return {
        "rows": [(row_words, _figure(value, long=False)) for row_words, value in rows],
        "total_words": words,
        "total": _figure(figure, long=True),
        "state": state,
    }


def _figure(value: object, *, long: bool) -> str:
    if isinstance(value, datetime):
        return dates.moment(value)
    if isinstance(value, date):
        return day_long(value) if long else day(value)
    if isinstance(value, int | float):
        return figures.number(value)
    return str(value)


@register.inclusion_tag("components/progress.html")
def progress(step: int, steps: int, name: str) -> dict[str, Any]:
    return {"step": step, "steps": steps, "name": name, "segments": range(1, steps + 1)}


@register.inclusion_tag("components/back_link.html")
def back_link(url: str, words: str = "") -> dict[str, Any]:
    return {"url": url, "words": words or _("Back")}


@register.inclusion_tag("components/empty.html")
def empty(words: str, url: str = "", link: str = "") -> dict[str, Any]:
    return {"words": words, "url": url, "link": link}


@register.inclusion_tag("components/crumbs.html")
def crumbs(*parts: str) -> dict[str, Any]:
    """Pairs of words and address; what is left over at the end is the present page."""
    pairs = list(zip(parts[0::2], parts[1::2], strict=False))
    return {"links": pairs, "here": parts[-1] if len(parts) % 2 else ""}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Context, page: Page[Any]) -> dict[str, Any]:
    return {"request": context.get("request"), "page": page}


@register.inclusion_tag("components/language_links.html", takes_context=True)
def language_links(context: Context) -> dict[str, Any]:
    """The same page in the three languages. A page that can be opened again only by POST has its address all the same."""
    request = context.get("request")
    path = request.get_full_path() if request else "/"
    current = (get_language() or "en")[:2]
    return {
        "languages": [
            {"code": code, "name": name, "url": translate_url(path, code), "is_current": code == current} for code, name in LANGUAGES
        ]
    }


@register.simple_tag
def foot_links() -> tuple[navigation.FootLink, ...]:
    return navigation.foot_links()


@register.inclusion_tag("components/side_list.html", takes_context=True)
def side_list(context: Context) -> dict[str, Any]:
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    view_name = context.get("desk_room") or (match.view_name if match else "")
    user = context.get("user")
    # The pages that show the design to nobody in particular show the desk of requests.
    role = getattr(user, "role", "") or UserRole.HELPDESK
    groups = navigation.desk_places(view_name=view_name, counts=context.get("desk_counts") or {}, role=role)
    return {"groups": groups, "request": request, "user": user}


@register.simple_tag(takes_context=True)
def desk_home(context: Context) -> str:
    """Where the reader's work begins: the first of their rooms."""
    return next((place.url for group in side_list(context)["groups"] for place in group.places), "/")


@register.simple_tag(takes_context=True)
def desk_place(context: Context) -> str:
    """The words of the room the reader stands in, for the closed list of a phone."""
    groups = side_list(context)["groups"]
    return next((str(place.label) for group in groups for place in group.places if place.is_current), _("Menu"))


@register.inclusion_tag("components/needs.html", takes_context=True)
def desk_needs(context: Context) -> dict[str, Any]:
    """What other rooms have for the reader, a line each."""
    return {"lines": attention.lines(user=context["user"], at=timezone.now())}


# Forms


@register.inclusion_tag("components/field.html")
def field(field: BoundField, width: str = "full", *, small_legend: bool = True) -> dict[str, Any]:
    kind = ui_fields.kind(field)
    return {
        "field": field,
        "kind": kind,
        "width": width,
        "options": ui_fields.options(field) if kind == "choices" else (),
        "small_legend": small_legend,
    }


@register.inclusion_tag("components/field.html")
def radio_list(field: BoundField, details: Mapping[str, Mapping[str, str]] | None = None, *, small_legend: bool = False) -> dict[str, Any]:
    return {
        "field": field,
        "kind": "choices",
        "width": "full",
        "options": ui_fields.options(field, details),
        "small_legend": small_legend,
    }


@register.inclusion_tag("components/choice_pair.html")
def choice_pair(field: BoundField) -> dict[str, Any]:
    return {"field": field, "options": ui_fields.options(field)}


@register.inclusion_tag("components/fields.html")
def fields(form: BaseForm) -> dict[str, Any]:
    return {"form": form}


@register.inclusion_tag("components/error_summary.html")
def error_summary(*forms: BaseForm | None) -> dict[str, Any]:
    corrections = ui_fields.corrections(forms)
    return {"corrections": corrections, "title": ui_fields.count_of_corrections(len(corrections))}


@register.inclusion_tag("components/error_summary.html")
def error_summary_of(forms: Iterable[BaseForm] | None) -> dict[str, Any]:
    return error_summary(*(forms or ()))


@register.inclusion_tag("components/filter_select.html")
def filter_select(field: BoundField) -> dict[str, Any]:
    return {"field": field, "is_active": field.value() not in {None, ""}}


@register.inclusion_tag("components/filter_search.html")
def filter_search(field: BoundField) -> dict[str, Any]:
    return {"field": field}


# Charts


@register.inclusion_tag("components/dot_chart.html")
def dot_chart(
    counts: Sequence[tuple[int, int]],
    label: str,
    *,
    limit: int | None = None,
    limit_label: str = "",
    ticks: Sequence[tuple[int, str]] = (),
    width: int = 608,
) -> dict[str, Any]:
    drawings = charts.dot_charts(counts=counts, limit=limit, limit_label=limit_label, ticks=ticks, width=width)
    return {"drawings": drawings, "label": label, "counts": counts, "worth": charts.dot_worth(counts)}


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(
    bars: Sequence[tuple[str, float]], label: str, limit: int | None = None, limit_label: str = "", width: int = 340
) -> dict[str, Any]:
    return {"drawings": charts.bar_charts(values=bars, limit=limit, limit_label=limit_label, width=width), "label": label, "bars": bars}

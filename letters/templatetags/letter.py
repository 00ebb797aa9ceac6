"""What the templates of letters say of a line. A template that asks each piece for its kind takes several times longer."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from letters.blocks import Link, Piece, Secret, Strong

register = template.Library()


@register.filter
def line(pieces: Iterable[Piece]) -> SafeString:
    """The pieces of a line, each of them escaped."""
    return mark_safe("".join(_piece(piece) for piece in pieces))  # noqa: S308 - made of what was escaped


def _piece(piece: Piece) -> str:
    match piece:
        case Secret(name):
            raise ValueError(f"The secret {name} was not revealed.")
        case Link(url):
            return format_html('<a href="{0}">{0}</a>', url)
        case Strong(text):
            return format_html("<strong>{}</strong>", text)
    return conditional_escape(piece)

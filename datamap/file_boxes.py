"""Which views take files: the pages with a box for them. What other views are sent is thrown away as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http.response import HttpResponseBase

V = TypeVar("V", bound="Callable[..., HttpResponseBase]")

_MARK = "takes_files"


def takes_files(view: V) -> V:
    """Mark a view whose page has a box for files. It stands above whatever else wraps the view."""
    setattr(view, _MARK, True)
    return view


def has_file_box(view: Callable[..., HttpResponseBase]) -> bool:
    return getattr(view, _MARK, False)

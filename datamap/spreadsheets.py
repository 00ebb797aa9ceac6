"""CSV that a spreadsheet shows and does not compute."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

#: A spreadsheet takes a cell that begins so for a formula; full-width signs too, where the keyboard has them.
FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
#: Where a spreadsheet that splits at other signs than we do begins a new cell: Excel does so in Belgium and in France.
CELL_ENDS = ";|\t\r\n"
_CELL_WITHIN = re.compile(r"""([;|\t\r\n]["' ]*)(?=[=+\-@＝＋－＠])""")
_GUARD_WITHIN = re.compile(r"""([;|\t\r\n]["' ]*)'(?=[=+\-@＝＋－＠])""")
#: So that spreadsheets read UTF-8.
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def guarded(text: str) -> str:
    """Text that a spreadsheet shows instead of computing it."""
    within = _CELL_WITHIN.sub(r"\1'", text)
    return f"'{within}" if text[:1] in FORMULA_STARTS and text else within


def unguarded(text: str) -> str:
    """The text that was guarded, so that what we wrote can be read in again."""
    plain = text[1:] if text[:1] == "'" and text[1:2] in FORMULA_STARTS and len(text) > 1 else text
    return _GUARD_WITHIN.sub(r"\1", plain)


def csv_of(rows: Iterable[Sequence[str]]) -> bytes:
    """RFC 4180 in UTF-8, each cell guarded."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return BYTE_ORDER_MARK + out.getvalue().encode()

"""Numbers of payment cards: never recorded (policy II), so they are masked wherever text comes in."""

from __future__ import annotations

import re
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

#: What people put between digits, and what a page or a mail puts there unseen: soft hyphens, joints of no width, marks of direction.
#: Signs of a sentence come last: an amount, a time of day and a list of numbers have them too (see ``_is_parted_like_a_card``).
SENTENCE = r",:+()\[\]{}"
BETWEEN = rf"[\s._/*|\-{SENTENCE}\u00ad\u00b7\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060-\u2069\u2212\ufeff]"
#: Digits in any script.
DIGITS = rf"(?<!\d)\d(?:{BETWEEN}{{0,3}}\d){{12,}}"
#: An account number is no card, though some of its digits may look like one.
IBAN = r"(?<![^\W_])[A-Z]{2}\d{2}(?:[ \u00a0\u202f]?[A-Z0-9]{4}){2,7}(?:[ \u00a0\u202f]?[A-Z0-9]{1,3})?(?![^\W_])"
NUMBER = re.compile(f"(?P<iban>{IBAN})|{DIGITS}")
GROUP = re.compile(r"\d+")
OF_A_SENTENCE = re.compile(f"[{SENTENCE}]")
LENGTHS = range(13, 20)
#: Digits of a group as they are embossed, and how many groups there are at least; the last may be shorter.
EMBOSSED, GROUPS = range(4, 7), 3
#: No card begins like that, but a year does.
YEARS = ("20", "21")
MASK = "•"
SHOWN = 4


def mask(text: str) -> str:
    """Replace the digits of every card number but the last four."""
    return NUMBER.sub(lambda found: found.group() if _is_iban(found["iban"] or "") else _mask_run(found.group()), text)


def refuse_in_address(value: str) -> None:
    """Refuse what cannot be masked: with its digits an address would lose its mailbox.

    Raises:
        ValidationError: the number of a payment card stands in it, masked already or not.
    """
    if MASK in value or mask(value) != value:
        raise ValidationError(_("There is the number of a payment card in this e-mail address. Give another address."), code="card")


def _mask_run(run: str) -> str:
    """Mask the card numbers of one run of digits; a card begins and ends where a group of digits does."""
    groups = [(group.start(), group.end()) for group in GROUP.finditer(run)]
    first = begins = 0
    while first < len(groups):
        last = _last_group_of_card(run, groups[first:], is_all=first == begins)
        if last is None:
            first += 1
            continue
        start, end = groups[first][0], groups[first + last][1]
        run = run[:start] + _masked(run[start:end]) + run[end:]
        first = begins = first + last + 1
    return run


def _last_group_of_card(run: str, groups: list[tuple[int, int]], *, is_all: bool) -> int | None:
    """``is_all``: nothing stands before these groups that could belong to them."""
    digits, found = "", None
    for index, (start, end) in enumerate(groups):
        digits += "".join(str(int(sign)) for sign in run[start:end])
        if len(digits) > LENGTHS[-1]:
            break
        is_whole = is_all and index == len(groups) - 1
        if _is_card(digits) and _is_parted_like_a_card(run, groups[: index + 1], digits=digits, is_whole=is_whole):
            found = index
    return found


def _is_parted_like_a_card(run: str, groups: list[tuple[int, int]], *, digits: str, is_whole: bool) -> bool:
    """Digits between which signs of a sentence stand are a card's where they are grouped as on a card, whatever stands between; or where
    they are all there is, and parted by one and the same sign without a space, wherever. One in ten of all long numbers has a right check digit.
    """
    gaps = [run[end:start] for (_start, end), (start, _end) in pairwise(groups)]
    if not any(OF_A_SENTENCE.search(gap) for gap in gaps):
        return True
    if digits.startswith(YEARS):
        return False
    *sizes, last = [end - start for start, end in groups]
    is_embossed = len(groups) >= GROUPS and all(size in EMBOSSED for size in sizes) and last <= EMBOSSED[-1]
    is_uniform = is_whole and len(set(gaps)) == 1 and not any(sign.isspace() for sign in gaps[0])
    return is_embossed or is_uniform


def _masked(number: str) -> str:
    left = sum(sign.isdecimal() for sign in number) - SHOWN
    signs = []
    for sign in number:
        is_hidden = sign.isdecimal() and left > 0
        left -= sign.isdecimal()
        signs.append(MASK if is_hidden else sign)
    return "".join(signs)


def _is_card(digits: str) -> bool:
    return len(digits) in LENGTHS and digits[0] in "23456" and _luhn(digits)


def _is_iban(text: str) -> bool:
    """Check digits after ISO 13616."""
    signs = "".join(text.split())
    return bool(signs) and int("".join(str(int(sign, 36)) for sign in signs[4:] + signs[:4])) % 97 == 1


def _luhn(digits: str) -> bool:
    """Check digit after ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0

"""Letters to people: write them, send them, settle what is unknown, and let them go."""

from django.utils.safestring import SafeString

from letters import page, plain
from letters.models import Letter
from letters.reading import readable
from letters.services.keeping import empty, empty_again, empty_rows, forget, minimise
from letters.services.sending import abandon, forget_secrets, send, sweep
from letters.services.settling import NotToSettle, SecretsGone, doubt, give_up, settle
from letters.services.writing import write

__all__ = [
    "NotToSettle",
    "SecretsGone",
    "abandon",
    "doubt",
    "empty",
    "empty_again",
    "empty_rows",
    "forget",
    "forget_secrets",
    "give_up",
    "html_of",
    "minimise",
    "send",
    "settle",
    "sweep",
    "text_of",
    "write",
]


def text_of(letter: Letter) -> str:
    """The letter as text, its secrets left out."""
    return plain.text(readable(letter), letter.language)


def html_of(letter: Letter, *, level: int = 1) -> SafeString:
    """The inside of a letter page, its secrets left out; ``level`` is that of its title."""
    return page.sheet(letter, readable(letter), level=level)

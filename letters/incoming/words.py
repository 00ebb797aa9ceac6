"""The words of a mail: without markup, without what cannot be shown, in which language, and without those that it answers to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_SPACES = re.compile(r"[ \t\u00a0]+")
_GAPS = re.compile(r"\n\s*\n\s*")
_WORD = re.compile(r"[^\W\d_]+")

_SILENT = frozenset({"script", "style", "head", "title", "template", "noscript"})
_BLOCKS = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "blockquote", "table", "ul", "ol", "pre", "hr"})

#: Small words that the other two languages do not have.
_SAID = {
    "en": "the you your and my please would have with this that what for are about which data request i of to",
    "fr": "le les je vous votre vos mes mon ma et une des du pour avec que qui est merci bonjour données demande au sur",
    "nl": "het een u uw ik mijn en van voor met dat die niet graag mij op wij gegevens verzoek aan beste dank zijn",
}

_SMALL_WORDS: Mapping[str, frozenset[str]] = {language: frozenset(words.split()) for language, words in _SAID.items()}

#: Where the words of somebody else begin: the mail that is answered.
_QUOTED = re.compile(
    r"^(>.*|-{2,} ?(original message|message d.origine|oorspronkelijk bericht).*|(on|le|op) .{5,200}(wrote|a écrit|schreef).{0,80}:)$",
    re.IGNORECASE,
)
#: The key of a link in one of our letters, where an answer quotes it, and the token of a system: whoever reads on would hold it.
_KEY = re.compile(r"(?:(?<=/)|(?<=oxyp_[0-9A-Z]{8}_))[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")


def tidy(words: str, *, most: int) -> str:
    """Without what has no sign of its own or turns the line around; blank lines and spaces are one each."""
    lines = words[: 4 * most].replace("\r\n", "\n").replace("\r", "\n")
    seen = _SPACES.sub(" ", _UNSEEN.sub("", lines))
    return _GAPS.sub("\n\n", seen).strip()[:most].strip()


def plain_from_html(html: str) -> str:
    """Behind the last ``>`` no tag ends: each that opens there would be looked for up to the end, all of them for hours."""
    ends = html.rfind(">") + 1
    reader = _Reader()
    reader.feed(html[:ends] + html[ends:].replace("<", "&lt;"))
    reader.close()
    return "".join(reader.found)


class _Reader(HTMLParser):
    """Text alone: no address is followed, nothing hidden in scripts or styles is shown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "body":
            self._silent = 0  # a head that nobody closed
        elif tag in _BLOCKS:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BLOCKS:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(re.sub(r"\s+", " ", data))

    def parse_marked_section(self, i: int, report: bool = True) -> int:  # noqa: FBT001, FBT002 - as the library has it
        """The one place where the parser of the library fails on what it does not know."""
        try:
            return super().parse_marked_section(i, report)
        except AssertionError:
            return self.parse_bogus_comment(i)


def language_of(words: str) -> str:
    """By the small words that only one of the three languages has; English where there are none."""
    said = _WORD.findall(words.lower())
    counts = {language: sum(word in small for word in said) for language, small in _SMALL_WORDS.items()}
    return max(counts, key=lambda language: counts[language])


def own_words(text: str) -> str:
    """What the writer wrote, without what they answer to."""
    kept: list[str] = []
    for line in text.splitlines():
        if _QUOTED.match(line.strip()) and not line.strip().startswith(">"):
            break
        if not line.strip().startswith(">"):
            kept.append(line)
    return "\n".join(kept)


def without_quoted(text: str) -> str:
    """Without the lines that are marked as another's; nothing that the writer put between or below them is lost."""
    return "\n".join(line for line in text.splitlines() if not line.startswith(">"))


def without_keys(text: str) -> str:
    """The links of our letters open what is their reader's alone, and a token what is its system's."""
    return _KEY.sub("…", text)

"""The words of a mail: without markup, without what cannot be shown, in which language, and which rights they ask for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser

from rights_requests.enums import Right

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

_MY_DATA = {
    "en": r"(?:my|all(?: of)? my|the) (?:personal )?(?:data|information|account|details)|me from your (?:files|records|systems?|databases?)",
    "fr": r"(?:mes|toutes mes|les) (?:données|informations|coordonnées)|mon compte",
    "nl": r"(?:mijn|al mijn|de) (?:persoonlijke )?(?:gegevens|persoonsgegevens|data|account)",
}

_ASKS: Mapping[Right, str] = {
    Right.ACCESS: (
        rf"(?:copy|copies|export) of {_MY_DATA['en']}|right of access|subject access request|access to {_MY_DATA['en']}|\bdsar\b"
        r"|what (?:personal )?(?:data|information) (?:do you|you) (?:hold|have|keep)"
        rf"|copie (?:de|d.) ?(?:toutes )?{_MY_DATA['fr']}|droit d.accès|accès à {_MY_DATA['fr']}"
        r"|quelles (?:données|informations) (?:vous )?(?:détenez|avez|conservez)"
        rf"|kopie van {_MY_DATA['nl']}|recht (?:van|op) inzage|inzage (?:in|van) {_MY_DATA['nl']}|inzageverzoek"
        r"|welke (?:persoons)?gegevens (?:u|jullie) (?:heeft|hebt|hebben|bewaart)"
    ),
    Right.RECTIFICATION: (
        rf"(?:correct|rectify|update) {_MY_DATA['en']}|right to rectification"
        rf"|(?:corriger|rectifier|rectification de) {_MY_DATA['fr']}|droit de rectification"
        rf"|{_MY_DATA['nl']} (?:te )?(?:verbeteren|corrigeren|rectificeren|aan te passen)|recht op rectificatie|rectificatie van {_MY_DATA['nl']}"
    ),
    Right.ERASURE: (
        rf"(?:delete|erase|remove|deletion of|erasure of) {_MY_DATA['en']}|right to (?:erasure|be forgotten)"
        rf"|(?:supprimer|effacer|supprimez|effacez|suppression de|effacement de) {_MY_DATA['fr']}|droit à l.(?:effacement|oubli)"
        rf"|{_MY_DATA['nl']} (?:volledig )?(?:te )?(?:wissen|verwijderen|schrappen)|(?:wis|verwijder|schrap) {_MY_DATA['nl']}"
        r"|recht op (?:gegevenswissing|vergetelheid|wissing)"
    ),
    Right.RESTRICTION: (
        rf"restrict(?:ion of)? (?:the )?(?:processing|use) of {_MY_DATA['en']}|right to restriction|freeze {_MY_DATA['en']}"
        r"|limitation du traitement|limiter (?:le traitement|l.utilisation) de|geler mes données"
        r"|beperking van (?:de )?verwerking|verwerking (?:van mijn gegevens )?(?:te )?beperken"
    ),
    Right.PORTABILITY: (
        r"data portability|right to portability|portability of my data|portabilité|gegevensoverdraagbaarheid"
        r"|overdraagbaarheid van (?:mijn )?gegevens|dataportabiliteit"
    ),
}

_MARKETING = (
    r"unsubscribe me|stop (?:all )?(?:marketing|advertising|newsletters?)|no more (?:marketing|advertising|newsletters?)"
    r"|object to (?:any |all )?(?:direct )?marketing|stop sending me (?:marketing|advertising|newsletters?|offers)"
    r"|(?:désinscrire|désabonner|désinscrivez|désabonnez)(?:-moi)?|plus (?:recevoir )?de (?:publicités?|newsletters?|prospection)"
    r"|m.oppose à (?:la |toute )?(?:prospection|publicité)|arrêter (?:la|toute) (?:publicité|prospection)"
    r"|(?:schrijf|meld) mij (?:uit|af)|uitschrijven|geen (?:reclame|marketing|nieuwsbrieven|nieuwsbrief) meer"
    r"|bezwaar tegen (?:direct(?:e)? )?marketing"
)
_OBJECTION = (
    r"object to (?:the |your )?(?:processing|use) of my|right to object|m.oppose (?:au|à ce) (?:traitement|que)|droit d.opposition"
    r"|bezwaar (?:maken )?tegen (?:de|het) (?:verwerking|gebruik)|recht van bezwaar"
)

_PATTERNS = {right: re.compile(pattern, re.IGNORECASE) for right, pattern in _ASKS.items()}
_STOP_MARKETING = re.compile(_MARKETING, re.IGNORECASE)
_OBJECTS = re.compile(_OBJECTION, re.IGNORECASE)


def tidy(words: str, *, most: int) -> str:
    """Without what has no sign of its own or turns the line around; blank lines and spaces are one each."""
    lines = words[: 4 * most].replace("\r\n", "\n").replace("\r", "\n")
    seen = _SPACES.sub(" ", _UNSEEN.sub("", lines))
    return _GAPS.sub("\n\n", seen).strip()[:most].strip()


def plain_from_html(html: str) -> str:
    reader = _Reader()
    reader.feed(html)
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


def rights_in(words: str) -> list[Right]:
    """The rights that are asked for in so many words, in the order of the law. Nothing is guessed."""
    said = re.sub(r"\s+", " ", words.replace("’", "'"))
    found = [right for right, pattern in _PATTERNS.items() if pattern.search(said)]
    return [*found, Right.OBJECTION] if _OBJECTS.search(said) or _STOP_MARKETING.search(said) else found


def is_about_marketing_alone(words: str) -> bool:
    """Of an objection: whether it is against being written to, and nothing else."""
    said = re.sub(r"\s+", " ", words.replace("’", "'"))
    return bool(_STOP_MARKETING.search(said)) and not _OBJECTS.search(said)

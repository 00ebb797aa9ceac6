"""Which rights the words of a mail ask for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rights_requests.enums import Right

#: Each a group of its own: it stands within longer patterns.
_MY_DATA = {
    "en": r"(?:(?:my|all(?: of)? my|the) (?:personal )?(?:data|information|account|details)|me from your (?:files|records|systems?|databases?))",
    "fr": r"(?:(?:mes|toutes mes|les) (?:données|informations|coordonnées)|mon compte)",
    "nl": r"(?:(?:mijn|al mijn|de) (?:persoonlijke )?(?:gegevens|persoonsgegevens|data|account))",
}
#: What is corrected is often named by itself.
_MY_NAME = {
    "en": r"my (?:first |last |family )?(?:name|e-?mail address|(?:postal )?address|(?:tele)?phone number)",
    "fr": r"(?:mon (?:nom|prénom|adresse|numéro)|mes coordonnées)",
    "nl": r"mijn (?:naam|voornaam|familienaam|adres|e-mailadres|telefoonnummer)",
}


def _article(number: int) -> str:
    """The article of the law, where the law is named with it."""
    return rf"\b(?:article|artikel|art\.?) {number}\b[^.!?]{{0,30}}\b(?:gdpr|rgpd|avg)\b"


_ASKS: Mapping[Right, str] = {
    Right.ACCESS: (
        rf"(?:copy|copies|export) of {_MY_DATA['en']}|right of access|subject access request|access to (?!(?:my|the) account){_MY_DATA['en']}|\bdsar\b"
        r"|what (?:personal )?(?:data|information) (?:do you|you) (?:hold|have|keep)"
        rf"|copie (?:de|d.) ?(?:toutes )?{_MY_DATA['fr']}|droit d.accès|accès à (?!mon compte){_MY_DATA['fr']}"
        r"|quelles (?:données|informations) (?:vous )?(?:détenez|avez|conservez)"
        rf"|kopie van {_MY_DATA['nl']}|recht (?:van|op) inzage|inzage (?:in|van) {_MY_DATA['nl']}|inzageverzoek"
        r"|welke (?:persoons)?gegevens (?:(?:u|jullie) (?:heeft|hebt|hebben|bewaart)|(?:heeft|hebt|hebben|bewaart|bewaren) (?:u|jullie))"
        rf"|{_article(15)}"
    ),
    Right.RECTIFICATION: (
        rf"(?:correct|rectify|update) {_MY_DATA['en']}|(?:correct|rectify) {_MY_NAME['en']}|right to rectification"
        rf"|(?:corriger|rectifier|corrigez|rectifiez|rectification de) (?:{_MY_DATA['fr']}|{_MY_NAME['fr']})|droit de rectification"
        rf"|(?:{_MY_DATA['nl']}|{_MY_NAME['nl']}) (?:te )?(?:verbeteren|corrigeren|rectificeren|aan te passen)"
        rf"|recht op rectificatie|rectificatie van {_MY_DATA['nl']}|{_article(16)}"
    ),
    Right.ERASURE: (
        rf"(?:delete|erase|remove|deletion of|erasure of) {_MY_DATA['en']}|right to (?:erasure|be forgotten)"
        rf"|(?:supprimer|effacer|supprimez|effacez|supprimiez|effaciez|suppression de|effacement de) {_MY_DATA['fr']}|droit à l.(?:effacement|oubli)"
        rf"|{_MY_DATA['nl']} (?:volledig )?(?:te )?(?:wissen|verwijderen|schrappen|wist|verwijdert|schrapt)|(?:wis|verwijder|schrap) {_MY_DATA['nl']}"
        rf"|recht op (?:gegevenswissing|vergetelheid|wissing)|{_article(17)}"
    ),
    Right.RESTRICTION: (
        rf"restrict(?:ion of)? (?:the )?(?:processing|use) of {_MY_DATA['en']}|right to restriction|freeze {_MY_DATA['en']}"
        r"|limitation du traitement|limiter (?:le traitement|l.utilisation) de|geler mes données"
        rf"|beperking van (?:de )?verwerking|verwerking (?:van mijn gegevens )?(?:te )?beperken|{_article(18)}"
    ),
    Right.PORTABILITY: (
        r"data portability|right to portability|portability of my data|portabilité|gegevensoverdraagbaarheid"
        rf"|overdraagbaarheid van (?:mijn )?gegevens|dataportabiliteit|{_article(20)}"
    ),
}

_MARKETING = (
    r"unsubscribe me|stop (?:all )?(?:marketing|advertising|newsletters?)|no more (?:marketing|advertising|newsletters?)"
    r"|object to (?:any |all )?(?:direct )?marketing|stop sending me (?:marketing|advertising|newsletters?|offers)"
    r"|(?:désinscrire|désabonner|désinscrivez|désabonnez)(?:-moi)?|plus (?:recevoir )?de (?:publicités?|newsletters?|prospection)"
    r"|m.oppose (?:à|au) [^.!?]{0,80}(?:prospection|publicité|marketing)|arrêter (?:la|toute) (?:publicité|prospection)"
    r"|(?:schrijf|meld) mij (?:uit|af)|uitschrijven|geen (?:reclame|marketing|nieuwsbrieven|nieuwsbrief) meer"
    r"|bezwaar tegen (?:direct(?:e)? )?marketing"
)
_OBJECTION = (
    r"object to (?:the |your )?(?:processing|use) of my|right to object|m.oppose (?:au|à ce) (?:traitement|que)|droit d.opposition"
    r"|bezwaar (?:maken )?tegen (?:de|het) (?:verwerking|gebruik)|recht van bezwaar"
)

_WITHDRAWAL = (
    r"(?:withdraw|revoke) (?:my|any|all my) consents?|withdrawal of (?:my )?consent"
    r"|(?:retire|retirer|révoque|révoquer) (?:mon|mes|tout) consentements?|retrait de mon consentement"
    r"|trek (?:hierbij |graag )?mijn toestemming(?: hierbij)? in|mijn toestemming (?:in te trekken|intrekken)|intrekking van mijn toestemming"
)

_PATTERNS = {right: re.compile(pattern, re.IGNORECASE) for right, pattern in _ASKS.items()}
_STOP_MARKETING = re.compile(_MARKETING, re.IGNORECASE)
_OBJECTS = re.compile(_OBJECTION, re.IGNORECASE)
_WITHDRAWS = re.compile(_WITHDRAWAL, re.IGNORECASE)


def rights_in(words: str) -> list[Right]:
    """The rights that are asked for in so many words, in the order of the law. Nothing is guessed."""
    said = _plain(words)
    found = [right for right, pattern in _PATTERNS.items() if pattern.search(said)]
    ends = (_OBJECTS, _STOP_MARKETING, _WITHDRAWS)
    return [*found, Right.OBJECTION] if any(pattern.search(said) for pattern in ends) else found


def is_about_marketing_alone(words: str) -> bool:
    """Of an objection: whether it is against being written to, and nothing else."""
    said = _plain(words)
    return bool(_STOP_MARKETING.search(said)) and not (_OBJECTS.search(said) or _WITHDRAWS.search(said))


def is_about_consent_alone(words: str) -> bool:
    """Of an objection: whether it takes a consent back (Art. 7(3)), and nothing else."""
    said = _plain(words)
    return bool(_WITHDRAWS.search(said)) and not (_OBJECTS.search(said) or _STOP_MARKETING.search(said))


def _plain(words: str) -> str:
    return re.sub(r"\s+", " ", words.replace("’", "'"))

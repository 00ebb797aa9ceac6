"""What people read and press on the pages of the portal, in each of the three languages: as it stands there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    in_own_words: str
    go_on: str
    name: str
    email: str
    is_mine: str
    send: str
    please_confirm: str
    confirm: str
    download: str


WORDS = {
    "en": Words(
        in_own_words="In your own words",
        go_on="Continue",
        name="Your name",
        email="Your e-mail address",
        is_mine="These data are mine",
        send="Send my request",
        please_confirm="Please confirm your request",
        confirm="Confirm my request",
        download="Download",
    ),
    "fr": Words(
        in_own_words="Avec vos mots",
        go_on="Continuer",
        name="Votre nom",
        email="Votre adresse e-mail",
        is_mine="Ces données sont les miennes",
        send="Envoyer ma demande",
        please_confirm="Veuillez confirmer votre demande",
        confirm="Confirmer ma demande",
        download="Télécharger",
    ),
    "nl": Words(
        in_own_words="In uw eigen woorden",
        go_on="Verdergaan",
        name="Uw naam",
        email="Uw e-mailadres",
        is_mine="Deze gegevens zijn van mij",
        send="Mijn verzoek versturen",
        please_confirm="Bevestig uw verzoek",
        confirm="Mijn verzoek bevestigen",
        download="Downloaden",
    ),
}

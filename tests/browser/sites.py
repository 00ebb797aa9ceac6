"""The sites of the company, and those of others, as small as they can be: one server on loopback that answers by the name it is asked for.

What stands for OxyPrivacy keeps to ``docs/consent-contract.md``, with the texts and the inventory that come with the app.
"""

from __future__ import annotations

import hashlib
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from oxyprivacy import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

SITES = ("oxygis.eu", "oxygis.com", "oxygis.be", "oxygis.fr")
OURS, GOOGLE, CALENDLY = "privacy.oxygis.eu", "www.googletagmanager.com", "calendar.example"
RULES = ", ".join(f"MAP {host} 127.0.0.1" for host in (*SITES, OURS, GOOGLE, CALENDLY))
INITIAL = environment.ROOT / "consent" / "initial"
BANNER = environment.ROOT / "static" / "consent" / "v1" / "banner.js"

PAGE = """<!doctype html><html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{site}</title>
<meta name="color-scheme" content="light dark"><link rel="stylesheet" href="/site.css">
<script src="http://{ours}/static/consent/v1/banner.js" data-site="{site}" defer></script>
<script type="text/plain" data-consent="analytics" src="http://{google}/gtag.js"></script>
<script type="text/plain" data-consent="marketing" nonce="n0nce">document.cookie = "_gcl_au=1;path=/;domain={site}"; window.adverts = 1;</script>
<script type="text/plain" data-consent="history" nonce="n0nce">localStorage.setItem("oxy_history", location.href);</script>
<script type="text/plain" data-consent="preferences" nonce="n0nce">document.cookie = "oxy_language={language};path=/";</script>
</head><body><a href="#content">Skip to the content</a><main id="content" tabindex="-1"><h1>{site}</h1><p><a href="/other/?language={language}">Another page</a></p>
<iframe title="Book a call" width="600" height="300" data-consent="preferences" data-vendor="calendly" data-consent-src="http://{calendly}/form"></iframe>
{lines}<p><label>Last field <input id="last"></label></p>
<p><button id="add">Add to the basket</button> <output id="basket"></output></p><script nonce="n0nce">{basket}</script></main></body></html>"""
BASKET = """const held = () => +(document.cookie.match(/basket=([0-9]+)/) ?? [0, 0])[1], show = () => { basket.value = `In the basket: ${held()}` };
add.onclick = () => { document.cookie = `basket=${held() + 1};path=/`; show(); }; show();"""
GTAG = 'document.cookie = "_ga=1;path=/;max-age=34000000"; document.cookie = "_ga_X1=1;path=/;domain=" + location.hostname; window.analytics = 1;'


@dataclass
class Sites:
    """``posts``: the choices that came, by receipt. ``is_down``: OxyPrivacy does not answer."""

    port: int = 0
    months: int = 6
    gpc: bool = False
    versions: dict[str, int] = field(default_factory=dict)
    is_down: bool = False
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def reset(self) -> None:
        self.months, self.gpc, self.is_down = 6, False, False
        self.versions, self.posts, self.asked = {}, {}, []

    def url(self, site: str = "oxygis.be", path: str = "/") -> str:
        return f"http://{site}:{self.port}{path}"

    def notice(self, site: str, language: str) -> dict[str, Any]:
        facts = json.loads((INITIAL / "facts.json").read_text(encoding="utf-8"))
        texts = json.loads((INITIAL / f"texts.{language}.json").read_text(encoding="utf-8"))
        body = {
            "v": 1,
            "site": site,
            "language": language,
            "number": 1,
            "layout": "1",
            "months": self.months,
            "gpc": self.gpc,
            "texts": texts,
            "categories": [self._category(category, facts, language) for category in facts["categories"]],
        }
        return {"notice": hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest(), **body}

    def _category(self, category: dict[str, Any], facts: dict[str, Any], language: str) -> dict[str, Any]:
        cookies = [cookie for cookie in facts["cookies"] if cookie["category"] == category["code"] and cookie["sites"] != "ours"]
        vendors = {cookie["vendor"] for cookie in cookies if cookie.get("vendor")}
        return {
            "code": category["code"],
            "title": category["title"][language],
            "text": category["text"][language],
            "locked": category.get("is_locked", False),
            "version": self.versions.get(category["code"], 1),
            "vendors": [
                {"code": vendor["code"], "name": vendor["name"], "version": 1, "terms": vendor["terms_url"]}
                for vendor in facts["vendors"]
                if vendor["code"] in vendors
            ],
            "cookies": [
                {
                    "name": cookie["name"],
                    "match": cookie.get("match", "exact"),
                    "store": cookie.get("store", "cookie"),
                    "vendor": cookie.get("vendor") or "",
                    "purpose": cookie["purpose"][language],
                    "lifetime": cookie["lifetime"][language],
                }
                for cookie in cookies
            ],
            "signals": category.get("signals", []),
        }


class _Handler(BaseHTTPRequestHandler):
    sites: Sites
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        host, address = self.headers["Host"].partition(":")[0], urlsplit(self.path)
        self.sites.asked.append(host)
        if host == OURS:
            self._ours(address.path)
        elif host == GOOGLE:
            self._answer(GTAG, "text/javascript")
        elif host == CALENDLY:
            self._answer("<!doctype html><html lang=en><title>Calendar</title><p>Pick a day.</p></html>")
        elif address.path == "/site.css":
            self._answer("body { background: light-dark(#fff, #121212) }", "text/css")
        elif address.path == "/favicon.ico":
            self._answer("", status=204)
        else:
            self._page(host, "fr" if "fr" in address.query else "nl" if "nl" in address.query else "en")

    def do_OPTIONS(self) -> None:
        self._answer("", status=204)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.sites.is_down:
            self._answer("", status=503)
            return
        known = self.sites.posts.setdefault(body["receipt"], body)
        receipt = {"receipt": body["receipt"], "recorded_at": body["at"], "valid_until": body["at"], "url": self.sites.url(OURS)}
        self._answer(json.dumps(receipt), "application/json", status=201 if known is body else 200 if known == body else 409)

    def _ours(self, path: str) -> None:
        if path.endswith("banner.js"):
            self._answer(BANNER.read_text(encoding="utf-8"), "text/javascript")
        elif self.sites.is_down:
            self._answer("", status=503)
        else:
            _empty, _consent, _v1, site, language = path.removesuffix(".json").split("/")
            self._answer(json.dumps(self.sites.notice(site, language)), "application/json")

    def _page(self, site: str, language: str) -> None:
        ours, google, calendly = (f"{host}:{self.sites.port}" for host in (OURS, GOOGLE, CALENDLY))
        lines = "".join(f"<p>Line {number}. <a href='/other/?language={language}#{number}'>Link {number}</a></p>" for number in range(40))
        text = PAGE.format(site=site, language=language, ours=ours, google=google, calendly=calendly, lines=lines, basket=BASKET)
        policy = (
            f"default-src 'self' http://{ours}; script-src 'self' 'nonce-n0nce' http://{ours} http://{google}; frame-src http://{calendly}"
        )
        self._answer(text, policy=f"{policy}; require-trusted-types-for 'script'; trusted-types 'none'")

    def _answer(self, text: str, kind: str = "text/html", *, status: int = 200, policy: str = "") -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        origin = self.headers.get("Origin", "")
        if urlsplit(origin).hostname in SITES:
            self.send_header("Access-Control-Allow-Origin", origin)
            self.send_header("Access-Control-Allow-Headers", "content-type")
        if policy:
            self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def running() -> Iterator[Sites]:
    sites = Sites()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"sites": sites}))
    sites.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield sites
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""Our banner beside three others, on the same page, in the same browser, in the same run: bytes, script time, what moves.

The others come from npm, which is asked for them when they are not there as ``benchmarks/peers`` names them. Bytes are those of every file that a first visit asks for, each by
brotli 11; the script time is that of the thread with a processor four times slower, the best of the visits: what else
the machine does only adds to it.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "benchmarks" / "peers"
PACKAGES = PEERS / "node_modules"
VISITS = 9
SLOWER = 4
LIMIT_BYTES, LIMIT_MS = 8192, 20.0
SITE = "oxygis.be"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SHIFTS = (
    "window.shifts = []; new PerformanceObserver(list => shifts.push(...list.getEntries())).observe({type: 'layout-shift', buffered: true})"
)
PAGE = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Page</title><link rel="icon" href="data:,">{head}<h1>Page</h1>{lines}</html>'
LINES = "".join(f"<p>Line {number} of a page like any other, with <a href='#{number}'>a link</a>.</p>" for number in range(60))

VANILLA = """CookieConsent.run({hideFromBots: false, categories: {necessary: {enabled: true, readOnly: true}, preferences: {}, history: {}, marketing: {}, analytics: {}},
language: {default: 'en', translations: {en: {consentModal: {title: 'Cookies', description: 'May we?', acceptAllBtn: 'Accept all',
acceptNecessaryBtn: 'Refuse all', showPreferencesBtn: 'Choose'}, preferencesModal: {title: 'Choices', acceptAllBtn: 'Accept all',
acceptNecessaryBtn: 'Refuse all', savePreferencesBtn: 'Save', closeIconLabel: 'Close', sections: ['preferences', 'history', 'marketing', 'analytics']
.map(one => ({title: one, description: one, linkedCategory: one}))}}}}})"""
KLARO = """var klaroConfig = {lang: 'en', services: ['preferences', 'history', 'marketing', 'analytics'].map(one => ({name: one, purposes: [one]})),
translations: {en: {privacyPolicyUrl: '/policy'}}}"""
TARTEAUCITRON = """tarteaucitron.init({hashtag: '#choices', cookieName: 'choices', orientation: 'bottom', showIcon: false, DenyAllCta: true,
AcceptAllCta: true, highPrivacy: true, removeCredit: true}); tarteaucitron.user.gtagUa = 'G-1'; (tarteaucitron.job = tarteaucitron.job || []).push('gtag')"""


@dataclass(frozen=True, slots=True)
class Peer:
    """``files``: what stands at which address; ``own``: made here for the page, and not counted; ``shown``: a banner is there."""

    head: str
    files: Mapping[str, bytes | Path]
    shown: str
    own: Mapping[str, bytes] = field(default_factory=dict)


def measure(scale: float) -> dict[str, object]:
    """All four, one after the other in each round, so that a busy moment meets all of them."""
    from playwright.sync_api import sync_playwright

    _bring()
    peers = {"ours": _ours(), **_others()}
    program = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if program is None:
        raise RuntimeError("Chromium is not installed (Debian: apt-get install chromium).")
    rows: dict[str, list[tuple[float, float]]] = {name: [] for name in peers}
    bytes_of: dict[str, int] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for _round in range(max(1, round(VISITS * scale))):
            for name, peer in peers.items():
                with _served(peer) as (address, asked):
                    rows[name].append(_visit(browser, address, peer))
                    bytes_of[name] = sum(asked.values())
        browser.close()
    found = {
        name: {"bytes": bytes_of[name], "script_ms": round(min(row[0] for row in seen), 1), "shift": round(max(row[1] for row in seen), 4)}
        for name, seen in rows.items()
    }
    ours = found["ours"]
    is_kept = ours["bytes"] <= LIMIT_BYTES and ours["script_ms"] < LIMIT_MS and ours["shift"] == 0
    is_least = all(ours["bytes"] < other["bytes"] for name, other in found.items() if name != "ours")
    return {**found, "limit_bytes": LIMIT_BYTES, "limit_script_ms": LIMIT_MS, "is_kept": is_kept and is_least}


def _bring() -> None:
    """The other banners, in the versions of the lock."""
    lock, laid = PEERS / "package-lock.json", PACKAGES / ".package-lock.json"
    if laid.exists() and laid.stat().st_mtime >= lock.stat().st_mtime:
        return
    if not shutil.which("node") or not shutil.which("npm"):
        raise RuntimeError("The other banners are not there: install Node.js and npm (Debian: apt-get install nodejs npm).")
    ran = subprocess.run(["npm", "ci", "--silent", "--prefer-offline"], cwd=PEERS, check=False)
    if ran.returncode != 0:
        raise RuntimeError("The other banners are not there: npm ci in benchmarks/peers says why.")


def _ours() -> Peer:
    from consent import catalog

    notice = catalog.current().in_force[SITE, "en"].content
    return Peer(
        head=f'<script src="/banner.js" data-site="{SITE}" defer></script>',
        files={"/banner.js": ROOT / "static" / "consent" / "v1" / "banner.js", f"/consent/v1/{SITE}/en.json": notice},
        shown="section.bar",
    )


def _others() -> dict[str, Peer]:
    vanilla, klaro, tarteaucitron = (PACKAGES / name for name in ("vanilla-cookieconsent", "klaro", "tarteaucitronjs"))
    return {
        "vanilla-cookieconsent": Peer(
            head='<link rel="stylesheet" href="/c.css"><script src="/c.js" defer></script><script src="/own.js" defer></script>',
            files={"/c.css": vanilla / "dist" / "cookieconsent.css", "/c.js": vanilla / "dist" / "cookieconsent.umd.js"},
            own={"/own.js": VANILLA.encode()},
            shown="#cc-main .cm",
        ),
        "tarteaucitronjs": Peer(
            head='<script src="/tarteaucitron.min.js" defer></script><script src="/own.js" defer></script>',
            files={f"/{path.relative_to(tarteaucitron)}": path for path in tarteaucitron.rglob("*.min.*")},
            own={"/own.js": TARTEAUCITRON.encode()},
            shown="#tarteaucitronAlertBig",
        ),
        "klaro": Peer(
            head='<link rel="stylesheet" href="/k.css"><script src="/own.js" defer></script><script src="/k.js" defer></script>',
            files={"/k.css": klaro / "dist" / "klaro.min.css", "/k.js": klaro / "dist" / "klaro-no-css.js"},
            own={"/own.js": KLARO.encode()},
            shown=".klaro .cookie-notice",
        ),
    }


@contextmanager
def _served(peer: Peer) -> Iterator[tuple[str, dict[str, int]]]:
    """The page at an address of its own, and the size of each file that was asked for."""
    import brotli

    asked: dict[str, int] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            file = peer.own.get(path) or peer.files.get(path)
            content = file.read_bytes() if isinstance(file, Path) else file
            if path == "/":
                content = PAGE.format(head=peer.head, lines=LINES).encode()
            elif content is not None and path in peer.files:
                asked[path] = len(brotli.compress(content, quality=11))
            self.send_response(404 if content is None else 200)
            kinds = {".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
            self.send_header("Content-Type", f"{kinds.get(Path(path).suffix, 'text/html')}; charset=utf-8")
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _visit(browser: Browser, address: str, peer: Peer) -> tuple[float, float]:
    """Milliseconds of script, and what moved, until the banner is there and half a second longer."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    try:
        page = context.new_page()
        page.add_init_script(SHIFTS)
        session = context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        before = _script_seconds(session)
        page.goto(address)
        page.locator(peer.shown).first.wait_for(timeout=60_000)
        page.wait_for_timeout(500)
        shift = page.evaluate("() => shifts.reduce((sum, one) => sum + one.value, 0)")
        after = _script_seconds(session)
        return 1000 * (after - before if after > before else after), float(shift)
    finally:
        context.close()


def _script_seconds(session: Any) -> float:
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return float(metrics["ScriptDuration"])

"""The mailing service on this machine: answers as its client package ``mailchimp-marketing`` expects, and remembers who is a member."""

from __future__ import annotations

import base64
import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY, LIST = "0123456789abcdef0123456789abcdef-us21", "a1b2c3d4e5"
_PLACE = re.compile(r"/3\.0/lists/(?P<list>\w+)/members/(?P<member>[0-9a-f]{32})(?P<action>/actions/delete-permanent)?")


class Double:
    """``members``: MD5 of an address to its status. ``failing``: statuses that the next calls get instead of an answer. ``said``: the
    authorization and the body of each call.
    """

    def __init__(self) -> None:
        self.members: dict[str, str] = {}
        self.failing: list[int] = []
        self.calls: list[tuple[str, str]] = []
        self.said: list[tuple[str, bytes]] = []
        self.url = ""

    def answer(self, method: str, path: str, authorization: str, body: bytes) -> tuple[int, object]:
        self.calls.append((method, path))
        self.said.append((authorization, body))
        if self.failing:
            return self.failing.pop(0), {"title": "Failed", "status": 500, "detail": "noor@customer.example"}
        if authorization.rpartition(" ")[2] != base64.b64encode(f"user:{KEY}".encode()).decode():
            return 401, {"type": "https://mailchimp.example/", "title": "API Key Invalid", "status": 401, "detail": "", "instance": ""}
        found = _PLACE.fullmatch(path)
        if found is None or found["list"] != LIST or found["member"] not in self.members:
            return 404, {"title": "Resource Not Found", "status": 404, "detail": "", "instance": ""}
        member = found["member"]
        if (method, bool(found["action"])) == ("PATCH", False):
            self.members[member] = json.loads(body)["status"]
            return 200, {"id": member, "status": self.members[member]}
        if (method, bool(found["action"])) in {("DELETE", False), ("POST", True)} and (method, self.members[member]) != (
            "DELETE",
            "archived",
        ):
            self.members[member] = "archived"
            if method == "POST":
                del self.members[member]
            return 204, None
        return 405, {"title": "Method Not Allowed", "status": 405, "detail": "", "instance": ""}


@contextmanager
def double() -> Iterator[Double]:
    made = Double()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, content = made.answer(self.command, self.path, self.headers.get("Authorization", ""), body)
            self.send_response(status)
            if status in range(300, 400):
                self.send_header("Location", f"{made.url}/stolen")
            written = b"" if content is None else json.dumps(content).encode()
            if written:
                kind = "json" if status < 400 else "problem+json"
                self.send_header("Content-Type", f"application/{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        def log_message(self, *_of: object) -> None:
            """Nobody reads it."""

    for method in ("PATCH", "DELETE", "POST", "PUT", "GET"):
        setattr(Handler, f"do_{method}", Handler._answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()

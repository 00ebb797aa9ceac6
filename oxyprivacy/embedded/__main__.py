"""``python -m oxyprivacy.embedded``: look at the embedded servers (`status`), stop them (`stop`), remove them with their data (`remove`)."""

from __future__ import annotations

import sys

from oxyprivacy.embedded.servers import Servers

COMMANDS = ("status", "stop", "remove")


def main(arguments: list[str]) -> None:
    """Carry out one command."""
    command = arguments[0] if arguments else "status"
    if len(arguments) > 1 or command not in COMMANDS:
        sys.exit(f"usage: python -m oxyprivacy.embedded [{' | '.join(COMMANDS)}]")
    servers = Servers.of_environment()
    if command == "stop":
        servers.halt()
    elif command == "remove":
        servers.remove()
    print(servers.status())


if __name__ == "__main__":
    main(sys.argv[1:])

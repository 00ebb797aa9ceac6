"""Files that are read piece by piece: nobody has to read them to their end."""

from __future__ import annotations

import os
import threading

from datamap import encrypted

MANY_PIECES = 64


def test_who_stops_reading_leaves_no_thread(tmp_path):
    """The file is far longer than what is decrypted ahead: whoever writes the pieces still has most of them to write."""
    path = tmp_path / "long.age"
    written = encrypted.write((os.urandom(1 << 16) for _piece in range(MANY_PIECES)), path)
    before = set(threading.enumerate())
    stream = encrypted.read(path, key=written.key)
    first = next(stream)
    assert set(threading.enumerate()) > before
    assert len(first) < written.size // 2

    stream.close()

    assert set(threading.enumerate()) <= before

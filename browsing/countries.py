"""In which country a network is, from a file that ships in a package: nobody is asked. Without Django: see ``browsing.apart``."""

from __future__ import annotations

import re
import warnings
from functools import cache
from ipaddress import ip_network
from typing import Any

FILE = "geoip2fast-ipv6.dat.gz"
CODE = re.compile(r"[A-Z]{2}")


def country_of(network: str) -> str:
    """Two capitals, or nothing. A network is enough: nobody looks closer than /24 or /48."""
    found = str(_tables().lookup(str(ip_network(network, strict=False).network_address)).country_code)
    return found if CODE.fullmatch(found) else ""


@cache
def _tables() -> Any:
    with warnings.catch_warnings():
        # Python has words about how the package is written.
        warnings.simplefilter("ignore")
        from geoip2fast import GeoIP2Fast  # noqa: PLC0415 - 30 MB in memory, and only for those who count

    return GeoIP2Fast(geoip2fast_data_file=FILE)

"""The networks that an address is in, as keys by which rules count sources apart."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Final

#: version of IP -> bits of what one site has, and of what one provider has (RFC 6177 2)
_BITS: Final = {4: (24, 16), 6: (48, 32)}


@lru_cache(maxsize=4096)
def networks_of(address: str) -> tuple[str, str]:
    """Return the near and the wide network of an address (CIDR); twice itself if it is none."""
    try:
        read = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:  # a PROXY header may name anything
        return address, address
    near, wide = (
        str(ipaddress.ip_network((read, bits), strict=False)) for bits in _BITS[read.version]
    )
    return near, wide

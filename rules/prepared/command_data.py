"""The rules for command: DATA; made by python -m smtpids.rules.function_modules."""
from __future__ import annotations
from typing import TYPE_CHECKING, Any, Final
import re2
from smtpids.rules.glance import COMPILED as glances, Glance
from smtpids.rules.interpreter import refers, texts
from smtpids.rules.operands import address_number as number, time_part as part
from smtpids.rules.operands import LOWER_VERBS as verbs, Later, calm_finder, glob_finder
from smtpids.rules.scanner import sure_scanner
from smtpids.rules.tree import Wild
if TYPE_CHECKING:
    from typing import TypedDict
    Fields = TypedDict('Fields', {'network.direction': str, 'session.client_role': str, 'smtpids.proxied.ip': Any}, total=False)
k0: Final = frozenset(['external', 'inbound'])
k1: Final = frozenset(['mail_server', 'monitor', 'scanner', 'trusted_relay'])
def match(f: Fields) -> tuple[int, ...]:
    out: tuple[int, ...] = ()
    if 'smtpids.proxied.ip' in f:
        v0 = f.get('network.direction')
        if (v0 in k0):
            v1 = f.get('session.client_role')
            if not ((v1 in k1)):
                out += (159,)
    return out
OWNERS = (None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 159, 159, 159, 159, 159, 159, None)

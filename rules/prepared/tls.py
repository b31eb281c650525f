"""The rules for tls; made by python -m smtpids.rules.function_modules."""
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
    Fields = TypedDict('Fields', {'destination.port': Any, 'network.direction': str, 'session.client_role': str, 'session.server_role': str, 'tls.certificate.expired': Any, 'tls.certificate.not_yet_valid': Any, 'tls.cipher_class': str, 'tls.client.server_name': str, 'tls.downgrade_sentinel': Any, 'tls.outcome': str, 'tls.version': str, 'tls.version_protocol': str}, total=False)
k0: Final = frozenset(['export', 'null'])
k1: Final = frozenset([465, 587])
k2: Final = frozenset(['1.0', '1.1'])
k3: Final = frozenset([2525, 465, 587])
k4: Final = frozenset(['3des', 'anonymous', 'des', 'rc2', 'rc4'])
k5: Final = frozenset([2525, 465, 587])
k6: Final = frozenset(['mx', 'relay', 'submission'])
k7: Final = Later(calm_finder, '\\\\(x00|\\\\)?$')
def match(f: Fields) -> tuple[int, ...]:
    out: tuple[int, ...] = ()
    v1 = f.get('destination.port')
    v7 = f.get('session.server_role')
    v0 = f.get('tls.outcome')
    if v0 == 'established':
        v2 = f.get('tls.cipher_class')
        v3 = f.get('network.direction')
        if v3 == 'outbound':
            v4 = f.get('session.client_role')
            if v4 == 'workstation' and v1 == 25:
                out += (60,)
        if (v2 in k0):
            out += (271,)
        l5 = (f.get('tls.version') or '').lower()
        v6 = f.get('tls.version_protocol')
        if ((v6 == 'ssl') or (((v1 in k1)) and ((l5 in k2)))):
            out += (276,)
        if ((v7 == 'submission') or (v1 in k3)) and (v2 in k4):
            out += (283,)
    if ((v1 in k5) or (v7 in k6)):
        v8 = f.get('tls.certificate.expired')
        if v8 is True:
            out += (264,)
        v9 = f.get('tls.certificate.not_yet_valid')
        if v9 is True:
            out += (267,)
    v10 = f.get('tls.client.server_name')
    if v10 is not None and ((not v10.isascii() or '\\' in v10) and k7(v10) is not None):
        out += (79,)
    v11 = f.get('tls.downgrade_sentinel')
    if v11 is True:
        out += (281,)
    return out
OWNERS = (None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 60, 60, 60, 60, 60, 271, 271, 276, 276, 276, 276, 283, 283, None, 264, 264, 264, 267, 267, 267, 79, 79, 79, 281, 281, 281, None)

"""The rules for tls; made by python -m smtpids.rules.function_modules."""
from __future__ import annotations
from typing import TYPE_CHECKING, Any, Final
import re2
from smtpids.rules.interpreter import refers, texts
from smtpids.rules.operands import address_number as number, time_part as part
from smtpids.rules.operands import Later, calm_finder, glob_finder
from smtpids.rules.scanner import sure_scanner
from smtpids.rules.tree import Wild
if TYPE_CHECKING:
    from typing import TypedDict
    Fields = TypedDict('Fields', {'destination.port': Any, 'network.direction': str, 'session.client_role': str, 'session.server_role': str, 'tls.certificate.expired': Any, 'tls.certificate.not_yet_valid': Any, 'tls.cipher_class': str, 'tls.client.server_name': str, 'tls.downgrade_sentinel': Any, 'tls.outcome': str, 'tls.version': str, 'tls.version_protocol': str}, total=False)
k0: Final = frozenset(['export', 'null'])
k1: Final = frozenset([2525, 465, 587])
k2: Final = frozenset(['3des', 'anonymous', 'des', 'rc2', 'rc4'])
k3: Final = frozenset([2525, 465, 587])
k4: Final = frozenset(['mx', 'relay', 'submission'])
k5: Final = Later(calm_finder, '\\\\(x00|\\\\)?$')
k6: Final = frozenset([465, 587])
k7: Final = frozenset(['1.0', '1.1'])
def match(f: Fields) -> tuple[int, ...]:
    out: tuple[int, ...] = ()
    v1 = f.get('destination.port')
    v5 = f.get('session.server_role')
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
        if ((v5 == 'submission') or (v1 in k1)) and (v2 in k2):
            out += (283,)
    if ((v1 in k3) or (v5 in k4)):
        v6 = f.get('tls.certificate.expired')
        if v6 is True:
            out += (264,)
        v7 = f.get('tls.certificate.not_yet_valid')
        if v7 is True:
            out += (267,)
    v8 = f.get('tls.client.server_name')
    if v8 is not None and ((not v8.isascii() or '\\' in v8) and k5(v8) is not None):
        out += (79,)
    l9 = (f.get('tls.version') or '').lower()
    v10 = f.get('tls.version_protocol')
    if (((v0 == 'established') and (v10 == 'ssl')) or ((v0 == 'established') and ((v1 in k6)) and ((l9 in k7)))):
        out += (276,)
    v11 = f.get('tls.downgrade_sentinel')
    if v11 is True:
        out += (281,)
    return out
OWNERS = (None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 60, 60, 60, 60, 60, 271, 271, 283, 283, None, 264, 264, 264, 267, 267, 267, 79, 79, 79, 276, 276, 276, 276, 281, 281, 281, None)

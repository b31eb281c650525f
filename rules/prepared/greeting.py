"""The rules for greeting; made by python -m smtpids.rules.function_modules."""
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
    Fields = TypedDict('Fields', {'destination.port': Any, 'network.direction': str, 'session.client_role': str, 'smtp.greeting.code': Any, 'smtp.greeting.masked': Any, 'smtp.greeting.text': str, 'smtp.reply.length': Any, 'smtpids.proxied.ip': Any}, total=False)
k0: Final = frozenset(['monitor', 'scanner'])
k1: Final = frozenset([421, 521, 550, 554])
k2: Final = Later(calm_finder, '(?i)\\b(spamhaus|spamcop|barracudacentral|sorbs|abuseat|uceprotect|surbl|uribl|psbl|spfbl|mailspike|senderscore)\\b|blocked using|dnsbl|\\brbl\\b|(is|been) (black|block)[- ]?listed|(on|in) (our|a) (black|block)[- ]?list')
k3: Final = set(['external', 'inbound'])
k4: Final = frozenset(['mail_server', 'monitor', 'scanner', 'trusted_relay'])
k5: Final = Later(calm_finder, '(?i)^smtp01\\.local ESMTP')
def match(f: Fields) -> tuple[int, ...]:
    out: tuple[int, ...] = ()
    v2 = f.get('smtp.greeting.code')
    v0 = f.get('network.direction')
    if v0 == 'outbound':
        v1 = f.get('session.client_role')
        if not ((v1 in k0)):
            if (v2 in k1):
                v3 = f.get('smtp.greeting.text')
                if v3 is not None and ((not v3.isascii() or len(v3) > 512 or 'abuseat' in (w := v3.lower()) or 'barracudacentral' in w or 'black' in w or 'block' in w or 'dnsbl' in w or 'listed' in w or 'mailspike' in w or 'psbl' in w or 'rbl' in w or 'senderscore' in w or 'sorbs' in w or 'spamcop' in w or 'spamhaus' in w or 'spfbl' in w or 'uceprotect' in w or 'uribl' in w) and k2(v3) is not None):
                    out += (63,)
        if v1 == 'workstation':
            v4 = f.get('destination.port')
            if v4 == 25:
                out += (227,)
    elif v0 in k3:
        if 'smtpids.proxied.ip' in f:
            v1 = f.get('session.client_role')
            if not ((v1 in k4)):
                out += (159,)
    v5 = f.get('smtp.reply.length')
    if v5 is not None and (v5 > 1024):
        out += (54,)
    if v2 == 220:
        v3 = f.get('smtp.greeting.text')
        if v3 is not None and ((not v3.isascii() or ('0' in v3 and ('P01.' in v3 or 'p01.' in v3)) and ('smtp01.local esmtp' in (w := v3.lower()))) and k5(v3) is not None):
            out += (169,)
    v6 = f.get('smtp.greeting.masked')
    if v6 is True:
        out += (240,)
    return out
OWNERS = (None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 63, 63, 63, 63, 63, 227, 227, 227, 227, None, 159, 159, 159, 159, 54, 54, 54, 169, 169, 169, 169, 240, 240, 240, None)

"""The rules for session_end; made by python -m smtpids.rules.function_modules."""
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
    Fields = TypedDict('Fields', {'destination.port': Any, 'network.direction': str, 'session.client_role': str, 'session.duration': Any, 'session.gap': Any, 'session.midstream': Any, 'session.one_sided': Any, 'smtp.command.count': Any, 'smtp.message.count': Any, 'smtp.totals.rcpt_accepted': Any, 'tls.established': Any}, total=False)
k0: Final = frozenset(['monitor', 'scanner'])
def match(f: Fields) -> tuple[int, ...]:
    out: tuple[int, ...] = ()
    v2 = f.get('destination.port')
    v0 = f.get('tls.established')
    if v0 is False:
        v1 = f.get('smtp.message.count')
        if v2 == 25 and v1 is not None and (v1 >= 1):
            out += (155,)
        if v1 == 0:
            v3 = f.get('session.duration')
            if v3 is not None and (v3 >= 1800000000000):
                v4 = f.get('smtp.command.count')
                if v4 is not None and (v4 >= 1000):
                    v5 = f.get('session.client_role')
                    v6 = f.get('session.gap')
                    v7 = f.get('session.midstream')
                    v8 = f.get('session.one_sided')
                    if not (((v6 is True) or (v7 is True) or (v8 is True) or (v5 in k0))):
                        out += (221,)
    v9 = f.get('smtp.totals.rcpt_accepted')
    if v9 is not None and (v9 >= 30000):
        out += (71,)
    if v2 == 25:
        v10 = f.get('network.direction')
        if v10 == 'outbound':
            v5 = f.get('session.client_role')
            if v5 == 'workstation':
                out += (227,)
    return out
OWNERS = (None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 155, 155, 221, 221, 221, 221, 221, 221, 221, 221, 221, 221, 221, 71, 71, 71, 227, 227, 227, 227, 227, 227, None)

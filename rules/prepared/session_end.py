"""The rules for session_end; made by python -m smtpids.rules.function_modules."""
import re2
from smtpids.rules.interpreter import refers, texts
from smtpids.rules.operands import address_number as number, time_part as part
from smtpids.rules.operands import calm_finder, glob_finder
from smtpids.rules.scanner import sure_scanner
from smtpids.rules.tree import Wild
k0 = frozenset(['monitor', 'scanner'])
def match(f):
    out = ()
    g = f.get
    v0 = g('tls.established')
    if v0 is False:
        v1 = g('smtp.message.count')
        v2 = g('destination.port')
        if v2 == 25 and v1 is not None and (v1 >= 1):
            out += (155,)
        if v1 == 0:
            v3 = g('session.duration')
            if v3 is not None and (v3 >= 1800000000000):
                v4 = g('smtp.command.count')
                if v4 is not None and (v4 >= 1000):
                    v5 = g('session.client_role')
                    v6 = g('session.gap')
                    v7 = g('session.midstream')
                    v8 = g('session.one_sided')
                    if not (((v6 is True) or (v7 is True) or (v8 is True) or (v5 in k0))):
                        out += (221,)
    v9 = g('smtp.totals.rcpt_accepted')
    if v9 is not None and (v9 >= 30000):
        out += (71,)
    v2 = g('destination.port')
    if v2 == 25:
        v10 = g('network.direction')
        if v10 == 'outbound':
            v5 = g('session.client_role')
            if v5 == 'workstation':
                out += (227,)
    return out
OWNERS = (None, None, None, None, None, None, None, None, None, None, None, None, None, None, 155, 155, 155, 221, 221, 221, 221, 221, 221, 221, 221, 221, 221, 221, 71, 71, 71, 227, 227, 227, 227, 227, 227, 227, None)

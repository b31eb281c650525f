"""The rules for reply; made by python -m smtpids.rules.function_modules."""
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
    Fields = TypedDict('Fields', {'destination.port': Any, 'network.direction': str, 'network.type': str, 'session.client_role': str, 'smtp.auth.succeeded': Any, 'smtp.ehlo.keywords': list[str], 'smtp.ehlo.masked_keywords': list[str], 'smtp.rcpt.accepted': Any, 'smtp.rcpt.rejected': Any, 'smtp.reply.class': Any, 'smtp.reply.code': Any, 'smtp.reply.enhanced': str, 'smtp.reply.text': str, 'smtp.reply.verb': str, 'source.ip': Any, 'tls.mode': str}, total=False)
k0: Final[dict[Any, int]] = {'expn': 0, 'rcpt': 1, 'ehlo': 2, 'helo': 3, 'unknown': 4, 'vrfy': 5, 'xclient': 6, 'xforward': 6}
k1: Final = frozenset([250, 251])
k2: Final = Later(calm_finder, '(?i)relay(ing)? (access )?(denied|prohibited|not (permitted|allowed))|(unable|not (permitted|allowed)) to relay|not an? (open )?relay')
k3: Final = frozenset([550, 551, 553])
k4: Final = ('5.7.',)
k5: Final = Later(calm_finder, '(?i)relay(ing)? (access )?(denied|not (permitted|allowed))|not (permitted|allowed) to relay|blocked (using|by)|black ?list|\\b(dns|r)bl\\b|sender (verify|address)|\\bSPF\\b')
k6: Final = frozenset(['scanner', 'trusted_relay'])
k7: Final = Later(sure_scanner, {'(?s)\\Axxxxxx..\\z': [240], '(?s)\\Axxxxxx..\\x{20}.*\\z': [240]}, many=True)
k8: Final = Later(glob_finder, ('xxxxxx', Wild.ONE, Wild.ONE))
k9: Final = Later(glob_finder, ('xxxxxx', Wild.ONE, Wild.ONE, ' ', Wild.ANY))
k10: Final = frozenset(['internal', 'outbound'])
k11: Final = frozenset([1025, 25, 2525, 2526, 465, 587])
k12: Final = frozenset(['mail_server', 'monitor', 'scanner', 'trusted_relay'])
k13: Final = ('xclient', 'xforward')
k14: Final = frozenset(['internal', 'outbound'])
k15: Final = frozenset([1025, 25, 2525, 2526, 465, 587])
k16: Final = frozenset(['mail_server', 'monitor', 'scanner', 'trusted_relay'])
k17: Final = frozenset([250, 251])
k18: Final = frozenset(['scanner', 'trusted_relay'])
k19: Final = frozenset([4, 5])
k20: Final = frozenset(['monitor', 'scanner'])
k21: Final = Later(calm_finder, '(?i)\\b(spamhaus|spamcop|barracudacentral|sorbs|abuseat|uceprotect|surbl|uribl|psbl|spfbl|mailspike|senderscore)\\b|blocked using|dnsbl|\\brbl\\b|(is|been) (black|block)[- ]?listed|(on|in) (our|a) (black|block)[- ]?list')
k22: Final = Later(calm_finder, '(?m)^(mda-exec|mda-user|dispatcher|type|evpid|smtpname|mda-buffer|mda-method): ')
def k7_rule_240(f: Fields) -> tuple[int, ...]:
    l11 = f.get('smtp.ehlo.masked_keywords') or ()
    if l11: l11 = [e.lower() for e in l11]
    if (l11 and any(k8(e) is not None or k9(e) is not None for e in l11)):
        return (240,)
    return ()
k7_rules = {240: k7_rule_240}
def match(f: Fields) -> tuple[int, ...]:
    out: tuple[int, ...] = ()
    v3 = f.get('smtp.reply.text')
    v5 = f.get('network.direction')
    v12 = f.get('destination.port')
    l0 = f.get('smtp.reply.verb')
    if l0 is not None: l0 = verbs.get(l0) or l0.lower()
    b0 = k0.get(l0)
    if b0 is not None:
        if b0 < 3:
            if b0 < 1:
                v1 = f.get('session.client_role')
                if not (v1 == 'scanner'):
                    v2 = f.get('smtp.reply.class')
                    if v2 == 2:
                        if v3 is not None and ('@' in v3):
                            out += (87,)
                    v4 = f.get('smtp.reply.code')
                    if (v4 in k1):
                        out += (226,)
            else:
                if b0 < 2:
                    v2 = f.get('smtp.reply.class')
                    if v2 == 2:
                        out += (205,)
                        if v5 == 'outbound':
                            out += (145,)
                        v6 = f.get('smtp.auth.succeeded')
                        if v6 is True:
                            out += (204,)
                    elif v2 == 5:
                        out += (205,)
                        if v5 == 'outbound':
                            out += (145,)
                        v6 = f.get('smtp.auth.succeeded')
                        if v6 is True:
                            out += (206,)
                        v7 = f.get('network.type')
                        if v7 == 'ipv4':
                            if v3 is not None and ((not v3.isascii() or 'not a' in (w := v3.lower()) or 'relay' in w) and k2(v3) is not None):
                                out += (209,)
                    v8 = f.get('smtp.rcpt.accepted')
                    v9 = f.get('smtp.rcpt.rejected')
                    if ((v8 is not None and (v8 > 30000)) or (v9 is not None and (v9 > 30000))):
                        out += (161,)
                    v4 = f.get('smtp.reply.code')
                    if (v4 in k3):
                        v1 = f.get('session.client_role')
                        v10 = f.get('smtp.reply.enhanced')
                        if not (((v1 in k6) or (v10 is not None and (v10.startswith(k4))) or (v3 is not None and ((not v3.isascii() or 'bl' in (w := v3.lower()) or 'relay' in w or 'sender ' in w or 'spf' in w) and k5(v3) is not None)))):
                            out += (207,)
                else:
                    j11 = ('\x1f' + '\x1f'.join(x) + '\x1f').lower() if (x := f.get('smtp.ehlo.masked_keywords')) else ''
                    if j11 and (not j11.isascii() or 'xxxxxx' in j11):
                        l11 = f.get('smtp.ehlo.masked_keywords') or ()
                        if l11: l11 = [e.lower() for e in l11]
                        for n in k7(l11): out += k7_rules[n](f)
                    v2 = f.get('smtp.reply.class')
                    if v2 == 2:
                        v1 = f.get('session.client_role')
                        if (v5 in k10):
                            if not ((((v12 is not None and (v12 >= 10024)) and (v12 is not None and (v12 <= 10030))) or (v1 in k12) or (v12 in k11))):
                                out += (200,)
                        if v5 == 'inbound' and not (v1 == 'trusted_relay'):
                            j13 = ('\x1f' + '\x1f'.join(x) + '\x1f').lower() if (x := f.get('smtp.ehlo.keywords')) else ''
                            if (('\x1fxclient' in j13 or '\x1fxforward' in j13) and any(e.lower().startswith(k13) for e in f['smtp.ehlo.keywords'])):
                                out += (291,)
        else:
            if b0 < 5:
                if b0 < 4:
                    v2 = f.get('smtp.reply.class')
                    if v2 == 2:
                        if (v5 in k14):
                            v1 = f.get('session.client_role')
                            if not ((((v12 is not None and (v12 >= 10024)) and (v12 is not None and (v12 <= 10030))) or (v1 in k16) or (v12 in k15))):
                                out += (200,)
                else:
                    v2 = f.get('smtp.reply.class')
                    if v2 == 2:
                        out += (223,)
            else:
                if b0 < 6:
                    v1 = f.get('session.client_role')
                    if not (v1 == 'scanner'):
                        v4 = f.get('smtp.reply.code')
                        if (v4 in k17):
                            out += (226,)
                else:
                    v2 = f.get('smtp.reply.class')
                    if v2 == 2:
                        v1 = f.get('session.client_role')
                        n14 = number(f.get('source.ip'))
                        if not (((v1 in k18) or (n14 & 680564733841876926926749214863519645696 == 340282366920938463463374607433898917888 or n14 & 680564733841876926926749214863536422911 == 1))):
                            out += (292,)
    if v5 == 'outbound':
        v2 = f.get('smtp.reply.class')
        if (v2 in k19):
            v1 = f.get('session.client_role')
            if not ((v1 in k20)) and v3 is not None and ((not v3.isascii() or len(v3) > 512 or 'abuseat' in (w := v3.lower()) or 'barracudacentral' in w or 'black' in w or 'block' in w or 'dnsbl' in w or 'listed' in w or 'mailspike' in w or 'psbl' in w or 'rbl' in w or 'senderscore' in w or 'sorbs' in w or 'spamcop' in w or 'spamhaus' in w or 'spfbl' in w or 'uceprotect' in w or 'uribl' in w) and k21(v3) is not None):
                out += (63,)
    if v3 is not None and ((': ' in v3 and (not v3.isascii() or len(v3) > 512 or 'dispatcher' in (w := v3.lower()) or 'evpid' in w or 'mda-buffer' in w or 'mda-exec' in w or 'mda-method' in w or 'mda-user' in w or 'smtpname' in w or 'type' in w)) and k22(v3) is not None):
        out += (141,)
    if v12 == 465:
        v15 = f.get('tls.mode')
        if v15 == 'none' and not (l0 == ''):
            out += (156,)
    return out
OWNERS = (None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 240, 240, 240, 240, 240, 240, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 87, 87, 87, 87, 226, 226, 226, None, None, None, None, 205, 145, 145, 204, 204, 204, None, 205, 145, 145, 206, 206, 206, 209, 209, 209, 209, 161, 161, 161, 161, 207, 207, 207, 207, 207, 207, None, None, None, None, None, None, None, None, None, 200, 200, 200, 291, 291, 291, 291, None, None, None, 200, 200, 200, 200, 200, 200, None, 223, 223, 223, None, None, 226, 226, 226, 226, 226, None, 292, 292, 292, 292, 292, 292, 63, 63, 63, 63, 63, 63, 141, 141, 156, 156, 156, 156, None)

"""The rules for command; made by python -m smtpids.rules.function_modules."""
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
    Fields = TypedDict('Fields', {'destination.port': Any, 'network.direction': str, 'session.client_role': str, 'session.gap': Any, 'session.midstream': Any, 'session.one_sided': Any, 'smtp.auth.succeeded': Any, 'smtp.command.after_chunk': Any, 'smtp.command.argument': str, 'smtp.command.control': Any, 'smtp.command.domain': str, 'smtp.command.in_order': Any, 'smtp.command.known': Any, 'smtp.command.length': Any, 'smtp.command.line': str, 'smtp.command.local_part': str, 'smtp.command.parameter_control': Any, 'smtp.command.parameters': list[str], 'smtp.command.path_form': str, 'smtp.command.pipelined': Any, 'smtp.command.verb': str, 'smtp.foreign_protocol': str, 'smtp.helo': str, 'smtp.mail_from': str, 'smtp.starttls.state': str, 'smtpids.proxied.ip': Any, 'source.ip': Any, 'tls.established': Any}, total=False)
k0: Final[dict[Any, int]] = {'mail': 0, 'rcpt': 1, 'etrn': 2, 'x-link2state': 3, 'ehlo': 4, 'helo': 4, 'lhlo': 5, 'xexch50': 6, 'debug': 7, 'wiz': 7, 'kill': 7, 'shell': 7, 'vrfy': 8, 'expn': 8, 'xxxxxxxx': 9, 'xxxxxxxa': 9, 'xclient': 10, 'xforward': 10}
k1: Final = Later(sure_scanner, {'(?i)^SIZE=.*[^0-9]': [181], '(?i)^SIZE=0*(1[1-9]\\d{11}|[2-9]\\d{12}|[1-9]\\d{13,})$': [181]}, many=True)
k2: Final = Later(calm_finder, '(?i)^SIZE=.*[^0-9]')
k3: Final = Later(calm_finder, '(?i)^SIZE=0*(1[1-9]\\d{11}|[2-9]\\d{12}|[1-9]\\d{13,})$')
k4: Final = frozenset(['requiretls'])
k5: Final = frozenset([2525, 587])
k6: Final = frozenset(['gopher', 'http'])
k7: Final = frozenset(['gopher', 'http'])
k8: Final = Glance(['" ', '$', '$(', '${', '${run{', '+"', '+:"', '-', '../', '/', '/bin/', ':include:', ';', '\\x', '`', 'curl', 'wget', '|'])
k9: Final = Later(calm_finder, '`.*\\$\\{?IFS')
k10: Final = frozenset(['bang', 'percent', 'quoted_at', 'source_route'])
k11: Final = frozenset(['internal', 'outbound'])
k12: Final = frozenset(['scanner', 'trusted_relay'])
k13: Final = frozenset(['internal', 'outbound'])
k14: Final = frozenset(['gopher', 'http'])
k15: Final = Later(calm_finder, '(\\$\\(|`).*(\\$\\{?IFS|base64|curl|wget|/bin/)')
k16: Final = Glance(['"', '" ', '"|', '$(', '${', '${::-', '${jndi:', '${run{', "'", '((', '()', '(<', '*', '--', '/bin/', ':<antispam@', ';', '<(', '<<', '<>', '\\xff', '`', 'from:<usertest@', 'insecure.org', 'nmap.scanme.org', 'union', '|'])
k17: Final = Later(calm_finder, '(?i)[\'"`;]|--|/[*]|\\bunion\\b')
k18: Final = frozenset(['internal', 'outbound'])
k19: Final = frozenset(['mail_server', 'scanner', 'trusted_relay'])
k20: Final = Later(calm_finder, '^[0-9.]{255}[0-9.]*…?$')
k21: Final = frozenset(['internal', 'outbound'])
k22: Final = frozenset([3128, 8000, 8080, 8118, 8123, 8888])
k23: Final = frozenset(['internal', 'outbound'])
k24: Final = frozenset(['mail_server', 'scanner', 'trusted_relay'])
k25: Final = frozenset(['external', 'inbound', 'unknown'])
k26: Final = frozenset(['scanner', 'trusted_relay'])
k27: Final = Later(sure_scanner, {'(?i)^AUTH=.*\\+0[AD]': [73], '(?i)^ORCPT=.*\\+0[AD]': [74]}, many=True)
k28: Final = Later(calm_finder, '(?i)^AUTH=.*\\+0[AD]')
k29: Final = Later(calm_finder, '(?i)^ORCPT=.*\\+0[AD]')
k30: Final = Later(sure_scanner, {'\\+" *\\|': [53], '^"?;|;[ \\t]*(for|while) .*[ \\t](in|do)[ \\t;]': [140], '" +-(X|O|o|be|C)': [152], '^"?(\\||:include:|/(bin|dev|etc|home|opt|root|tmp|usr|var)/)': [179], '\\+:" *\\|': [232]}, many=False)
k31: Final = Later(calm_finder, '\\+" *\\|')
k32: Final = Later(calm_finder, '^"?;|;[ \\t]*(for|while) .*[ \\t](in|do)[ \\t;]')
k33: Final = Later(calm_finder, '" +-(X|O|o|be|C)')
k34: Final = Later(calm_finder, '^"?(\\||:include:|/(bin|dev|etc|home|opt|root|tmp|usr|var)/)')
k35: Final = Later(calm_finder, '\\+:" *\\|')
k36: Final = Later(sure_scanner, {'(?i)\\$\\{jndi:|\\$\\{[^ }]*\\$\\{[^ }]*:|\\$\\{(lower|upper):|\\$\\{::-': [115], '(\\\\xff){8}|(\\\\xFF){8}|[<(]{50}|(<>){25}': [172], '\\(\\)[ \\t]*\\{': [178]}, many=False)
k37: Final = Later(calm_finder, '(?i)\\$\\{jndi:|\\$\\{[^ }]*\\$\\{[^ }]*:|\\$\\{(lower|upper):|\\$\\{::-')
k38: Final = Later(calm_finder, '(\\\\xff){8}|(\\\\xFF){8}|[<(]{50}|(<>){25}')
k39: Final = Later(calm_finder, '\\(\\)[ \\t]*\\{')
k40: Final = frozenset(['auth', 'burl'])
k41: Final = Later(calm_finder, '(?i)^XEXCH50 +(-|[0-9]{7})')
k42: Final = Later(calm_finder, '(?i)\\$\\{run\\{|\\$\\{jndi:|\\$\\{[^ }]*\\$\\{|\\$\\{(lower|upper):|\\$\\{::-|\\(\\)[ \\t]*\\{|<"?;|;[ \\t]*(for|while) |^TO:.*(\\$\\(|`).*(\\$\\{?IFS|base64|curl|wget|/bin/)|^FROM:.*`.*\\$\\{?IFS|<"?\\||\\+:?"\\||" +-(X|O|o|be|C)')
k43: Final = Glance(['$(', '${', ';', '`', '|'])
k44: Final = frozenset(['ehlo', 'helo', 'lhlo'])
k45: Final = Later(calm_finder, '\\$\\{|\\$\\(|`[^`]+`|;|\\||/bin/')
k46: Final = Later(calm_finder, '(?i)^[^"]*(\\$\\{|\\$\\(|`[^`]+`)|^"?\\||\\\\x(2f|20)|/bin/(ba|da|k|z)?sh|(wget|curl)[ \\t]+\\S*[/.]|\\$\\{?IFS|^"?-(be|X/|OQ|oQ/|C/)')
k47: Final = Later(calm_finder, '\\$\\{|\\$\\(|`|;|\\|')
k48: Final = frozenset(['etrn', 'expn', 'help', 'mail', 'rcpt', 'saml', 'send', 'soml', 'vrfy'])
k49: Final = frozenset(['mail', 'rcpt'])
k50: Final = frozenset(['external', 'inbound'])
k51: Final = frozenset(['mail_server', 'monitor', 'scanner', 'trusted_relay'])
k52: Final = frozenset(['ehlo', 'helo'])
k53: Final = frozenset(['mail', 'rcpt'])
k54: Final = Later(calm_finder, '(?i)\\b(antispam|relaytest)[@%](insecure\\.org|nmap\\.scanme\\.org)\\b|:<antispam@\\[?[0-9.]+\\]?>|FROM:<usertest@')
k55: Final = frozenset(['internal', 'outbound'])
k56: Final = frozenset(['ehlo', 'helo'])
k57: Final = frozenset(['*.*', 'ylmf-pc'])
k58: Final = ('Rcpt To:',)
def k1_rule_181(f: Fields) -> tuple[int, ...]:
    v1 = f.get('smtp.command.parameters') or ()
    if (v1 and any(k2(e) is not None or k3(e) is not None for e in v1)):
        return (181,)
    return ()
k1_rules = {181: k1_rule_181}
def k27_rule_73(f: Fields) -> tuple[int, ...]:
    v1 = f.get('smtp.command.parameters') or ()
    if v1 and any(k28(e) is not None for e in v1):
        return (73,)
    return ()
def k27_rule_74(f: Fields) -> tuple[int, ...]:
    v1 = f.get('smtp.command.parameters') or ()
    if v1 and any(k29(e) is not None for e in v1):
        return (74,)
    return ()
k27_rules = {73: k27_rule_73, 74: k27_rule_74}
def k30_rule_53(f: Fields) -> tuple[int, ...]:
    g14 = f.get('smtp.command.local_part')
    if g14 is not None and (k31(g14) is not None):
        return (53,)
    return ()
def k30_rule_140(f: Fields) -> tuple[int, ...]:
    g14 = f.get('smtp.command.local_part')
    if g14 is not None and (k32(g14) is not None):
        return (140,)
    return ()
def k30_rule_152(f: Fields) -> tuple[int, ...]:
    g14 = f.get('smtp.command.local_part')
    if g14 is not None and (k33(g14) is not None):
        return (152,)
    return ()
def k30_rule_179(f: Fields) -> tuple[int, ...]:
    g14 = f.get('smtp.command.local_part')
    if g14 is not None and (k34(g14) is not None):
        return (179,)
    return ()
def k30_rule_232(f: Fields) -> tuple[int, ...]:
    g14 = f.get('smtp.command.local_part')
    if g14 is not None and (k35(g14) is not None):
        return (232,)
    return ()
k30_rules = {53: k30_rule_53, 140: k30_rule_140, 152: k30_rule_152, 179: k30_rule_179, 232: k30_rule_232}
def k36_rule_115(f: Fields) -> tuple[int, ...]:
    g17 = f.get('smtp.command.argument')
    if g17 is not None and (k37(g17) is not None):
        return (115,)
    return ()
def k36_rule_172(f: Fields) -> tuple[int, ...]:
    g17 = f.get('smtp.command.argument')
    if g17 is not None and (k38(g17) is not None):
        return (172,)
    return ()
def k36_rule_178(f: Fields) -> tuple[int, ...]:
    g17 = f.get('smtp.command.argument')
    if g17 is not None and (k39(g17) is not None):
        return (178,)
    return ()
k36_rules = {115: k36_rule_115, 172: k36_rule_172, 178: k36_rule_178}
def match(f: Fields) -> tuple[int, ...]:
    out: tuple[int, ...] = ()
    r1 = '\x1f'.join(f.get('smtp.command.parameters') or ())
    v7 = f.get('network.direction')
    v8 = f.get('session.client_role')
    v11 = f.get('smtp.command.after_chunk')
    g14 = f.get('smtp.command.local_part')
    if glances: g14 = k8.of(g14)
    g17 = f.get('smtp.command.argument')
    if glances: g17 = k16.of(g17)
    v18 = f.get('smtp.command.length')
    v20 = f.get('smtp.command.control')
    v21 = f.get('smtp.command.known')
    v22 = f.get('smtp.command.line')
    l0 = f.get('smtp.command.verb') or ''
    l0 = verbs.get(l0) or l0.lower()
    b0 = k0.get(l0)
    if b0 is not None:
        if b0 < 5:
            if b0 < 2:
                if b0 < 1:
                    if r1 and (not r1.isascii() or ('=' in r1 and ('E=' in r1 or 'e=' in r1)) and ('size=' in (w := r1.lower()))):
                        v1 = f.get('smtp.command.parameters') or ()
                        if any(not e.isascii() or e[:5].lower() == 'size=' and (len(e) >= 6 and not e[5:].isdigit() or len(e) >= 18) for e in v1):
                            for n in k1(v1): out += k1_rules[n](f)
                    v2 = f.get('tls.established')
                    if v2 is False:
                        v3 = f.get('session.gap')
                        v4 = f.get('session.midstream')
                        if not (((v3 is True) or (v4 is True))):
                            l1 = f.get('smtp.command.parameters') or ()
                            if l1: l1 = [e.lower() for e in l1]
                            if l1 and not k4.isdisjoint(l1):
                                out += (167,)
                        v5 = f.get('smtp.starttls.state')
                        if v5 == 'offered' and not (v3 is True):
                            v6 = f.get('destination.port')
                            if (v6 in k5):
                                out += (242,)
                    if v7 == 'outbound':
                        if v8 == 'workstation':
                            out += (290,)
                            v6 = f.get('destination.port')
                            if v6 == 25:
                                out += (60,)
                        if not (v8 == 'scanner'):
                            v9 = f.get('smtp.foreign_protocol')
                            if (v9 in k6):
                                out += (235,)
                    elif v7 == 'internal':
                        if not (v8 == 'scanner'):
                            v9 = f.get('smtp.foreign_protocol')
                            if (v9 in k7):
                                out += (235,)
                    v10 = f.get('smtp.command.pipelined')
                    if v10 is True:
                        out += (203,)
                        if v11 is True:
                            v12 = f.get('smtp.command.in_order')
                            if v12 is False:
                                v3 = f.get('session.gap')
                                v4 = f.get('session.midstream')
                                v13 = f.get('session.one_sided')
                                if not (((v3 is True) or (v4 is True) or (v13 is True))):
                                    out += (49,)
                    if g14 is not None and (('`' in g14 and (not g14.isascii() or ('$' in g14) and ('ifs' in (w := g14.lower())))) and k9(g14) is not None):
                        out += (83,)
                else:
                    v10 = f.get('smtp.command.pipelined')
                    if v10 is True:
                        out += (203,)
                        if v11 is True:
                            v12 = f.get('smtp.command.in_order')
                            if v12 is False:
                                v3 = f.get('session.gap')
                                v4 = f.get('session.midstream')
                                v13 = f.get('session.one_sided')
                                if not (((v3 is True) or (v4 is True) or (v13 is True))):
                                    out += (49,)
                    v15 = f.get('smtp.auth.succeeded')
                    if v15 is False:
                        v16 = f.get('smtp.command.path_form')
                        if (v16 in k10) and not (((v7 in k11) or (v8 in k12))):
                            out += (137,)
                    if not (v8 == 'scanner') and (v7 in k13):
                        v9 = f.get('smtp.foreign_protocol')
                        if (v9 in k14):
                            out += (235,)
                    if g14 is not None and ((not g14.isascii() or ('$(' in g14 or '`' in g14) and ('$' in g14 or '/bin/' in (w := g14.lower()) or 'base64' in w or 'curl' in w or 'wget' in w)) and k15(g14) is not None):
                        out += (293,)
            else:
                if b0 < 3:
                    if ((v18 is not None and (v18 > 262)) or (g17 is not None and ((not g17.isascii() or '"' in g17 or "'" in g17 or '*' in g17 or '--' in g17 or ';' in g17 or '`' in g17 or 'union' in (w := g17.lower())) and k17(g17) is not None))):
                        out += (68,)
                else:
                    if b0 < 4:
                        if v18 is not None and (v18 > 520):
                            out += (70,)
                        if not (((v7 in k18) or (v8 in k19))):
                            out += (112,)
                    else:
                        if v18 is not None and (v18 >= 1024):
                            out += (80,)
                        v17 = f.get('smtp.command.argument')
                        if v17 is not None and ((not v17.isascii() or len(v17) >= 255) and k20(v17) is not None):
                            out += (93,)
                        if not (v8 == 'scanner'):
                            if (v7 in k21):
                                v6 = f.get('destination.port')
                                if (v6 in k22):
                                    out += (105,)
        else:
            if b0 < 8:
                if b0 < 6:
                    if v18 is not None and (v18 >= 1024):
                        out += (80,)
                else:
                    if b0 < 7:
                        if not (((v7 in k23) or (v8 in k24))):
                            out += (112,)
                    else:
                        v3 = f.get('session.gap')
                        if v3 is False:
                            v4 = f.get('session.midstream')
                            if v4 is False:
                                out += (190,)
            else:
                if b0 < 9:
                    if not (v8 == 'scanner'):
                        out += (225,)
                else:
                    if b0 < 10:
                        out += (240,)
                    else:
                        if (v7 in k25):
                            n19 = number(f.get('source.ip'))
                            if not (((v8 in k26) or (n19 & 680564733841876926926749214863519645696 == 340282366920938463463374607433898917888 or n19 & 680564733841876926926749214863536422911 == 1))):
                                out += (292,)
    if r1 and (not r1.isascii() or 'auth=' in (w := r1.lower()) or 'orcpt=' in w):
        v1 = f.get('smtp.command.parameters') or ()
        if any(not e.isascii() or e[:5].lower() == 'auth=' and (len(e) >= 8) or e[:6].lower() == 'orcpt=' and (len(e) >= 9) for e in v1):
            for n in k27(v1): out += k27_rules[n](f)
    if g14 and (not g14.isascii() or '"' in g14 and ('" ' in g14 or '+"' in g14 or '+:"' in g14) or '/' in g14 or ';' in g14 or '|' in g14 or (':' in g14 and (':I' in g14 or ':i' in g14)) and (':include:' in (w := g14.lower()))):
        for n in k30(g14): out += k30_rules[n](f)
    if g17 and (not g17.isascii() or len(g17) > 512 or '(' in g17 and ('((' in g17 or '()' in g17 or '(<' in g17 or '<(' in g17) or '$' in g17 or '<<' in g17 or '<>' in g17 or ('\\' in g17 and ('\\X' in g17 or '\\x' in g17)) and ('\\xff' in (w := g17.lower()))):
        for n in k36(g17): out += k36_rules[n](f)
    if v11 is True:
        v3 = f.get('session.gap')
        if v3 is False:
            if v20 is True:
                out += (76,)
            v4 = f.get('session.midstream')
            if v4 is False:
                if v21 is False:
                    v13 = f.get('session.one_sided')
                    if v13 is False:
                        out += (219,)
    if v21 is True and v18 is not None and (v18 >= 2048):
        v3 = f.get('session.gap')
        v4 = f.get('session.midstream')
        if not (((v3 is True) or (v4 is True) or (l0 in k40))):
            out += (56,)
    if v22 is not None and (v22.startswith(('X', 'x')) and (not v22.isascii() or ('5' in v22 and ('H50' in v22 or 'h50' in v22)) and ('xexch50 ' in (w := v22.lower()))) and k41(v22) is not None):
        out += (69,)
    if g14 is not None and '$' in g14 and ('${run{' in g14.lower()):
        out += (78,)
    if not (g17 is not None and ((not g17.isascii() or '" ' in g17 or '$' in g17 or '()' in g17 or ';' in g17 or '`' in g17 or '|' in g17) and k42(g17) is not None)):
        g23 = f.get('smtp.command.domain')
        if glances: g23 = k43.of(g23)
        if ((g14 is not None and ((not g14.isascii() or '$' in g14 or '-' in g14 or '`' in g14 or '|' in g14 or '/bin/' in (w := g14.lower()) or '\\x' in w or 'curl' in w or 'wget' in w) and k46(g14) is not None)) or (g23 is not None and ((not g23.isascii() or '$' in g23 or ';' in g23 or '`' in g23 or '|' in g23) and k47(g23) is not None)) or (((l0 in k44)) and (g17 is not None and ((not g17.isascii() or '$' in g17 or ';' in g17 or '`' in g17 or '|' in g17 or ('/' in g17 and ('/B' in g17 or '/b' in g17)) and ('/bin/' in (w := g17.lower()))) and k45(g17) is not None)))):
            out += (85,)
    if g14 is not None and ('../' in g14):
        out += (109,)
    if v18 is not None and (v18 > 1000) and (l0 in k48):
        out += (147,)
    v24 = f.get('smtp.command.parameter_control')
    if ((v24 is True) or ((v20 is True) and ('smtp.command.parameters' in f) and ((l0 in k49)))):
        out += (148,)
    if 'smtpids.proxied.ip' in f and (v7 in k50) and not ((v8 in k51)):
        out += (159,)
    if not (v8 == 'scanner'):
        l25 = (f.get('smtp.helo') or '').lower()
        if (((l25 == 'nmap.scanme.org') and ((l0 in k52))) or (((l0 in k53)) and (g17 is not None and ((not g17.isascii() or ':<antispam@' in (w := g17.lower()) or 'from:<usertest@' in w or 'insecure.org' in w or 'nmap.scanme.org' in w) and k54(g17) is not None)))):
            out += (171,)
    if (v7 in k55):
        l17 = (f.get('smtp.command.argument') or '').lower()
        l26 = f.get('smtp.mail_from')
        if l26 is not None: l26 = l26.lower()
        if ((((l0 in k56)) and ((l17 in k57))) or ((v22 is not None and (v22.startswith(k58))) and (not (l26 == '')) and (refers('contains', f.get('smtp.command.argument'), f.get('smtp.mail_from'))))):
            out += (233,)
    return out
OWNERS = (None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 181, 181, 181, 181, 181, None, 73, 73, 73, 73, 73, 74, 74, 74, 74, 74, None, 53, 53, 53, 53, 53, 140, 140, 140, 140, 140, 152, 152, 152, 152, 152, 179, 179, 179, 179, 179, 232, 232, 232, 232, 232, None, 115, 115, 115, 115, 115, 172, 172, 172, 172, 172, 178, 178, 178, 178, 178, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 167, 167, 167, 167, 167, 167, 242, 242, 242, 242, 242, None, None, 290, 60, 60, 60, 235, 235, 235, 235, None, 235, 235, 235, 235, None, None, 203, 49, 49, 49, 49, 49, 49, 49, 49, 83, 83, None, None, None, 203, 49, 49, 49, 49, 49, 49, 49, 49, 137, 137, 137, 137, 137, 235, 235, 235, 235, 293, 293, None, None, 68, 68, None, None, 70, 70, 112, 112, None, 80, 80, 93, 93, 93, 105, 105, 105, 105, 105, None, None, None, 80, 80, None, None, 112, 112, None, 190, 190, 190, 190, 190, None, None, 225, 225, None, None, 240, None, 292, 292, 292, 292, None, None, None, None, None, None, None, None, None, None, None, 76, 76, 219, 219, 219, 219, 219, 219, 56, 56, 56, 56, 56, 69, 69, 78, 78, 85, 85, 85, 85, 85, 109, 109, 147, 147, 148, 148, 148, 159, 159, 171, 171, 171, 171, 233, 233, 233, 233, 233, 233, None)

"""The rules for command: MAIL; made by python -m smtpids.rules.function_modules."""
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
    Fields = TypedDict('Fields', {'destination.port': Any, 'network.direction': str, 'session.client_role': str, 'session.gap': Any, 'session.midstream': Any, 'smtp.command.argument': str, 'smtp.command.domain': str, 'smtp.command.line': str, 'smtp.command.local_part': str, 'smtp.command.parameter_control': Any, 'smtp.command.parameters': list[str], 'smtp.foreign_protocol': str, 'smtp.mail_from': str, 'smtp.starttls.state': str, 'smtpids.proxied.ip': Any, 'tls.established': Any}, total=False)
k0: Final = Later(sure_scanner, {'(?i)^AUTH=.*\\+0[AD]': [73], '(?i)^ORCPT=.*\\+0[AD]': [74], '(?i)^SIZE=.*[^0-9]': [181], '(?i)^SIZE=0*(1[1-9]\\d{11}|[2-9]\\d{12}|[1-9]\\d{13,})$': [181]}, many=True)
k1: Final = Later(calm_finder, '(?i)^AUTH=.*\\+0[AD]')
k2: Final = Later(calm_finder, '(?i)^ORCPT=.*\\+0[AD]')
k3: Final = Later(calm_finder, '(?i)^SIZE=.*[^0-9]')
k4: Final = Later(calm_finder, '(?i)^SIZE=0*(1[1-9]\\d{11}|[2-9]\\d{12}|[1-9]\\d{13,})$')
k5: Final = Later(sure_scanner, {'\\+" *\\|': [53], '`.*\\$\\{?IFS': [83], '^"?;|;[ \\t]*(for|while) .*[ \\t](in|do)[ \\t;]': [140], '" +-(X|O|o|be|C)': [152], '^"?(\\||:include:|/(bin|dev|etc|home|opt|root|tmp|usr|var)/)': [179], '\\+:" *\\|': [232]}, many=False)
k6: Final = Later(calm_finder, '\\+" *\\|')
k7: Final = Later(calm_finder, '`.*\\$\\{?IFS')
k8: Final = Later(calm_finder, '^"?;|;[ \\t]*(for|while) .*[ \\t](in|do)[ \\t;]')
k9: Final = Later(calm_finder, '" +-(X|O|o|be|C)')
k10: Final = Later(calm_finder, '^"?(\\||:include:|/(bin|dev|etc|home|opt|root|tmp|usr|var)/)')
k11: Final = Later(calm_finder, '\\+:" *\\|')
k12: Final = Glance(['" ', '$', '$(', '${', '${run{', '+"', '+:"', '-', '../', '/', '/bin/', ':include:', ';', '\\x', '`', 'curl', 'wget', '|'])
k13: Final = Glance(['" ', '"|', '$(', '${', '${::-', '${jndi:', '${run{', '((', '()', '(<', ':<antispam@', ';', '<(', '<<', '<>', '\\xff', '`', 'from:<usertest@', 'insecure.org', 'nmap.scanme.org', '|'])
k14: Final = Later(calm_finder, '(?i)\\b(antispam|relaytest)[@%](insecure\\.org|nmap\\.scanme\\.org)\\b|:<antispam@\\[?[0-9.]+\\]?>|FROM:<usertest@')
k15: Final = frozenset(['gopher', 'http'])
k16: Final = frozenset(['internal', 'outbound'])
k17: Final = ('Rcpt To:',)
k18: Final = set(['external', 'inbound'])
k19: Final = frozenset(['mail_server', 'monitor', 'scanner', 'trusted_relay'])
k20: Final = ('Rcpt To:',)
k21: Final = frozenset(['requiretls'])
k22: Final = frozenset([2525, 587])
k23: Final = Later(calm_finder, '(?i)^XEXCH50 +(-|[0-9]{7})')
k24: Final = Later(calm_finder, '(?i)\\$\\{run\\{|\\$\\{jndi:|\\$\\{[^ }]*\\$\\{|\\$\\{(lower|upper):|\\$\\{::-|\\(\\)[ \\t]*\\{|<"?;|;[ \\t]*(for|while) |^TO:.*(\\$\\(|`).*(\\$\\{?IFS|base64|curl|wget|/bin/)|^FROM:.*`.*\\$\\{?IFS|<"?\\||\\+:?"\\||" +-(X|O|o|be|C)')
k25: Final = Glance(['$(', '${', ';', '`', '|'])
k26: Final = Later(calm_finder, '(?i)^[^"]*(\\$\\{|\\$\\(|`[^`]+`)|^"?\\||\\\\x(2f|20)|/bin/(ba|da|k|z)?sh|(wget|curl)[ \\t]+\\S*[/.]|\\$\\{?IFS|^"?-(be|X/|OQ|oQ/|C/)')
k27: Final = Later(calm_finder, '\\$\\{|\\$\\(|`|;|\\|')
k28: Final = Later(calm_finder, '(?i)\\$\\{jndi:|\\$\\{[^ }]*\\$\\{[^ }]*:|\\$\\{(lower|upper):|\\$\\{::-')
k29: Final = Later(calm_finder, '(\\\\xff){8}|(\\\\xFF){8}|[<(]{50}|(<>){25}')
k30: Final = Later(calm_finder, '\\(\\)[ \\t]*\\{')
def k0_rule_73(f: Fields) -> tuple[int, ...]:
    v0 = f.get('smtp.command.parameters') or ()
    if v0 and any(k1(e) is not None for e in v0):
        return (73,)
    return ()
def k0_rule_74(f: Fields) -> tuple[int, ...]:
    v0 = f.get('smtp.command.parameters') or ()
    if v0 and any(k2(e) is not None for e in v0):
        return (74,)
    return ()
def k0_rule_181(f: Fields) -> tuple[int, ...]:
    v0 = f.get('smtp.command.parameters') or ()
    if (v0 and any(k3(e) is not None or k4(e) is not None for e in v0)):
        return (181,)
    return ()
k0_rules = {73: k0_rule_73, 74: k0_rule_74, 181: k0_rule_181}
def k5_rule_53(f: Fields) -> tuple[int, ...]:
    g1 = f.get('smtp.command.local_part')
    if g1 is not None and (k6(g1) is not None):
        return (53,)
    return ()
def k5_rule_83(f: Fields) -> tuple[int, ...]:
    g1 = f.get('smtp.command.local_part')
    if g1 is not None and (k7(g1) is not None):
        return (83,)
    return ()
def k5_rule_140(f: Fields) -> tuple[int, ...]:
    g1 = f.get('smtp.command.local_part')
    if g1 is not None and (k8(g1) is not None):
        return (140,)
    return ()
def k5_rule_152(f: Fields) -> tuple[int, ...]:
    g1 = f.get('smtp.command.local_part')
    if g1 is not None and (k9(g1) is not None):
        return (152,)
    return ()
def k5_rule_179(f: Fields) -> tuple[int, ...]:
    g1 = f.get('smtp.command.local_part')
    if g1 is not None and (k10(g1) is not None):
        return (179,)
    return ()
def k5_rule_232(f: Fields) -> tuple[int, ...]:
    g1 = f.get('smtp.command.local_part')
    if g1 is not None and (k11(g1) is not None):
        return (232,)
    return ()
k5_rules = {53: k5_rule_53, 83: k5_rule_83, 140: k5_rule_140, 152: k5_rule_152, 179: k5_rule_179, 232: k5_rule_232}
def match(f: Fields) -> tuple[int, ...]:
    out: tuple[int, ...] = ()
    g3 = f.get('smtp.command.argument')
    if glances: g3 = k13.of(g3)
    v5 = f.get('network.direction')
    v7 = f.get('smtp.command.line')
    r0 = '\x1f'.join(f.get('smtp.command.parameters') or ())
    if r0 and (not r0.isascii() or 'auth=' in (w := r0.lower()) or 'orcpt=' in w or 'size=' in w):
        v0 = f.get('smtp.command.parameters') or ()
        if any(not e.isascii() or e[:5].lower() == 'auth=' and (len(e) >= 8) or e[:6].lower() == 'orcpt=' and (len(e) >= 9) or e[:5].lower() == 'size=' and (len(e) >= 6 and not e[5:].isdigit() or len(e) >= 18) for e in v0):
            for n in k0(v0): out += k0_rules[n](f)
    g1 = f.get('smtp.command.local_part')
    if glances: g1 = k12.of(g1)
    if g1 and (not g1.isascii() or '"' in g1 and ('" ' in g1 or '+"' in g1 or '+:"' in g1) or '/' in g1 or ';' in g1 or '`' in g1 or '|' in g1 or (':' in g1 and (':I' in g1 or ':i' in g1)) and (':include:' in (w := g1.lower()))):
        for n in k5(g1): out += k5_rules[n](f)
    v2 = f.get('session.client_role')
    if not (v2 == 'scanner'):
        if g3 is not None and ((not g3.isascii() or ':<antispam@' in (w := g3.lower()) or 'from:<usertest@' in w or 'insecure.org' in w or 'nmap.scanme.org' in w) and k14(g3) is not None):
            out += (171,)
        v4 = f.get('smtp.foreign_protocol')
        if (v4 in k15):
            if (v5 in k16):
                out += (235,)
    if v5 == 'outbound':
        if v2 == 'workstation':
            out += (290,)
            v6 = f.get('destination.port')
            if v6 == 25:
                out += (60,)
        if v7 is not None and (v7.startswith(k17)):
            l8 = f.get('smtp.mail_from')
            if l8 is not None: l8 = l8.lower()
            if not (l8 == '') and refers('contains', f.get('smtp.command.argument'), f.get('smtp.mail_from')):
                out += (233,)
    elif v5 in k18:
        if 'smtpids.proxied.ip' in f and not ((v2 in k19)):
            out += (159,)
    elif v5 == 'internal':
        if v7 is not None and (v7.startswith(k20)):
            l8 = f.get('smtp.mail_from')
            if l8 is not None: l8 = l8.lower()
            if not (l8 == '') and refers('contains', f.get('smtp.command.argument'), f.get('smtp.mail_from')):
                out += (233,)
    v9 = f.get('tls.established')
    if v9 is False:
        v10 = f.get('session.gap')
        v11 = f.get('session.midstream')
        if not (((v10 is True) or (v11 is True))):
            l0 = f.get('smtp.command.parameters') or ()
            if l0: l0 = [e.lower() for e in l0]
            if l0 and not k21.isdisjoint(l0):
                out += (167,)
        v12 = f.get('smtp.starttls.state')
        if v12 == 'offered' and not (v10 is True):
            v6 = f.get('destination.port')
            if (v6 in k22):
                out += (242,)
    if v7 is not None and (v7.startswith(('X', 'x')) and (not v7.isascii() or ('5' in v7 and ('H50' in v7 or 'h50' in v7)) and ('xexch50 ' in (w := v7.lower()))) and k23(v7) is not None):
        out += (69,)
    if g1 is not None and '$' in g1 and ('${run{' in g1.lower()):
        out += (78,)
    if not (g3 is not None and ((not g3.isascii() or '" ' in g3 or '$' in g3 or '()' in g3 or ';' in g3 or '`' in g3 or '|' in g3) and k24(g3) is not None)):
        g13 = f.get('smtp.command.domain')
        if glances: g13 = k25.of(g13)
        if ((g1 is not None and ((not g1.isascii() or '$' in g1 or '-' in g1 or '`' in g1 or '|' in g1 or '/bin/' in (w := g1.lower()) or '\\x' in w or 'curl' in w or 'wget' in w) and k26(g1) is not None)) or (g13 is not None and ((not g13.isascii() or '$' in g13 or ';' in g13 or '`' in g13 or '|' in g13) and k27(g13) is not None))):
            out += (85,)
    if g1 is not None and ('../' in g1):
        out += (109,)
    if g3 is not None and ((not g3.isascii() or '$' in g3) and k28(g3) is not None):
        out += (115,)
    v14 = f.get('smtp.command.parameter_control')
    if v14 is True:
        out += (148,)
    if g3 is not None and ((not g3.isascii() or len(g3) > 512 or '(' in g3 and ('((' in g3 or '(<' in g3 or '<(' in g3) or '<<' in g3 or '<>' in g3 or ('\\' in g3 and ('\\X' in g3 or '\\x' in g3)) and ('\\xff' in (w := g3.lower()))) and k29(g3) is not None):
        out += (172,)
    if g3 is not None and (('()' in g3 and (not g3.isascii() or '{' in g3)) and k30(g3) is not None):
        out += (178,)
    return out
OWNERS = (None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 73, 73, 73, 73, 73, 74, 74, 74, 74, 74, 181, 181, 181, 181, 181, None, 53, 53, 53, 53, 53, 83, 83, 83, 83, 83, 140, 140, 140, 140, 140, 152, 152, 152, 152, 152, 179, 179, 179, 179, 179, 232, 232, 232, 232, 232, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 171, 171, 235, 235, 235, 235, None, None, 290, 60, 60, 60, 233, 233, 233, 233, 233, None, 159, 159, None, 233, 233, 233, 233, 233, None, None, None, 167, 167, 167, 167, 167, 167, 242, 242, 242, 242, 242, 69, 69, 78, 78, 85, 85, 85, 85, 85, 109, 109, 115, 115, 148, 148, 148, 172, 172, 178, 178, None)

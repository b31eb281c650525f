"""The rules for command: EHLO; made by python -m smtpids.rules.function_modules."""
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
    Fields = TypedDict('Fields', {'destination.port': Any, 'network.direction': str, 'session.client_role': str, 'smtp.command.argument': str, 'smtp.command.line': str, 'smtp.helo': str, 'smtp.mail_from': str, 'smtpids.proxied.ip': Any}, total=False)
k0: Final = set(['internal', 'outbound'])
k1: Final = frozenset([3128, 8000, 8080, 8118, 8123, 8888])
k2: Final = ('Rcpt To:',)
k3: Final = frozenset(['*.*', 'ylmf-pc'])
k4: Final = set(['external', 'inbound'])
k5: Final = frozenset(['mail_server', 'monitor', 'scanner', 'trusted_relay'])
k6: Final = Later(sure_scanner, {'\\$\\{|\\$\\(|`[^`]+`|;|\\||/bin/': [85], '(?i)\\$\\{jndi:|\\$\\{[^ }]*\\$\\{[^ }]*:|\\$\\{(lower|upper):|\\$\\{::-': [115], '(\\\\xff){8}|(\\\\xFF){8}|[<(]{50}|(<>){25}': [172], '\\(\\)[ \\t]*\\{': [178]}, many=False)
k7: Final = Later(calm_finder, '\\$\\{|\\$\\(|`[^`]+`|;|\\||/bin/')
k8: Final = Later(calm_finder, '(?i)\\$\\{run\\{|\\$\\{jndi:|\\$\\{[^ }]*\\$\\{|\\$\\{(lower|upper):|\\$\\{::-|\\(\\)[ \\t]*\\{|<"?;|;[ \\t]*(for|while) |^TO:.*(\\$\\(|`).*(\\$\\{?IFS|base64|curl|wget|/bin/)|^FROM:.*`.*\\$\\{?IFS|<"?\\||\\+:?"\\||" +-(X|O|o|be|C)')
k9: Final = Later(calm_finder, '(?i)\\$\\{jndi:|\\$\\{[^ }]*\\$\\{[^ }]*:|\\$\\{(lower|upper):|\\$\\{::-')
k10: Final = Later(calm_finder, '(\\\\xff){8}|(\\\\xFF){8}|[<(]{50}|(<>){25}')
k11: Final = Later(calm_finder, '\\(\\)[ \\t]*\\{')
k12: Final = Glance(['" ', '"|', '$(', '${', '${::-', '${jndi:', '${run{', '((', '()', '(<', '/bin/', ';', '<(', '<<', '<>', '\\xff', '`', '|'])
k13: Final = Later(calm_finder, '(?i)^XEXCH50 +(-|[0-9]{7})')
k14: Final = Later(calm_finder, '^[0-9.]{255}[0-9.]*…?$')
def k6_rule_85(f: Fields) -> tuple[int, ...]:
    g3 = f.get('smtp.command.argument')
    if g3 is not None and (k7(g3) is not None) and not (g3 is not None and (k8(g3) is not None)):
        return (85,)
    return ()
def k6_rule_115(f: Fields) -> tuple[int, ...]:
    g3 = f.get('smtp.command.argument')
    if g3 is not None and (k9(g3) is not None):
        return (115,)
    return ()
def k6_rule_172(f: Fields) -> tuple[int, ...]:
    g3 = f.get('smtp.command.argument')
    if g3 is not None and (k10(g3) is not None):
        return (172,)
    return ()
def k6_rule_178(f: Fields) -> tuple[int, ...]:
    g3 = f.get('smtp.command.argument')
    if g3 is not None and (k11(g3) is not None):
        return (178,)
    return ()
k6_rules = {85: k6_rule_85, 115: k6_rule_115, 172: k6_rule_172, 178: k6_rule_178}
def match(f: Fields) -> tuple[int, ...]:
    out: tuple[int, ...] = ()
    v1 = f.get('session.client_role')
    v4 = f.get('smtp.command.line')
    v0 = f.get('network.direction')
    if v0 in k0:
        if not (v1 == 'scanner'):
            v2 = f.get('destination.port')
            if (v2 in k1):
                out += (105,)
        l3 = (f.get('smtp.command.argument') or '').lower()
        l5 = f.get('smtp.mail_from')
        if l5 is not None: l5 = l5.lower()
        if ((l3 in k3) or ((v4 is not None and (v4.startswith(k2))) and (not (l5 == '')) and (refers('contains', f.get('smtp.command.argument'), f.get('smtp.mail_from'))))):
            out += (233,)
    elif v0 in k4:
        if 'smtpids.proxied.ip' in f:
            if not ((v1 in k5)):
                out += (159,)
    g3 = f.get('smtp.command.argument')
    if glances: g3 = k12.of(g3)
    if g3 and (not g3.isascii() or len(g3) > 512 or '(' in g3 and ('((' in g3 or '()' in g3 or '(<' in g3 or '<(' in g3) or '$' in g3 or ';' in g3 or '<<' in g3 or '<>' in g3 or '`' in g3 or '|' in g3 or '/bin/' in (w := g3.lower()) or '\\xff' in w):
        for n in k6(g3): out += k6_rules[n](f)
    if v4 is not None and (v4.startswith(('X', 'x')) and (not v4.isascii() or ('5' in v4 and ('H50' in v4 or 'h50' in v4)) and ('xexch50 ' in (w := v4.lower()))) and k13(v4) is not None):
        out += (69,)
    v3 = f.get('smtp.command.argument')
    if v3 is not None and ((not v3.isascii() or len(v3) >= 255) and k14(v3) is not None):
        out += (93,)
    if not (v1 == 'scanner'):
        l6 = (f.get('smtp.helo') or '').lower()
        if l6 == 'nmap.scanme.org':
            out += (171,)
    return out
OWNERS = (None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 85, 85, 85, 85, 85, 115, 115, 115, 115, 115, 172, 172, 172, 172, 172, 178, 178, 178, 178, 178, None, None, None, None, None, None, None, 105, 105, 105, 105, 233, 233, 233, 233, 233, None, 159, 159, 159, None, None, None, None, 69, 69, 93, 93, 93, 171, 171, 171, 171, None)

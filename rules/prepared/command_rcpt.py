"""The rules for command: RCPT; made by python -m smtpids.rules.function_modules."""
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
    Fields = TypedDict('Fields', {'network.direction': str, 'session.client_role': str, 'smtp.auth.succeeded': Any, 'smtp.command.argument': str, 'smtp.command.domain': str, 'smtp.command.line': str, 'smtp.command.local_part': str, 'smtp.command.parameter_control': Any, 'smtp.command.parameters': list[str], 'smtp.command.path_form': str, 'smtp.foreign_protocol': str, 'smtp.mail_from': str, 'smtpids.proxied.ip': Any}, total=False)
k0: Final = Later(sure_scanner, {'\\+" *\\|': [53], '^"?;|;[ \\t]*(for|while) .*[ \\t](in|do)[ \\t;]': [140], '" +-(X|O|o|be|C)': [152], '^"?(\\||:include:|/(bin|dev|etc|home|opt|root|tmp|usr|var)/)': [179], '\\+:" *\\|': [232], '(\\$\\(|`).*(\\$\\{?IFS|base64|curl|wget|/bin/)': [293]}, many=False)
k1: Final = Later(calm_finder, '\\+" *\\|')
k2: Final = Later(calm_finder, '^"?;|;[ \\t]*(for|while) .*[ \\t](in|do)[ \\t;]')
k3: Final = Later(calm_finder, '" +-(X|O|o|be|C)')
k4: Final = Later(calm_finder, '^"?(\\||:include:|/(bin|dev|etc|home|opt|root|tmp|usr|var)/)')
k5: Final = Later(calm_finder, '\\+:" *\\|')
k6: Final = Later(calm_finder, '(\\$\\(|`).*(\\$\\{?IFS|base64|curl|wget|/bin/)')
k7: Final = Glance(['" ', '$', '$(', '${', '${run{', '+"', '+:"', '-', '../', '/', '/bin/', ':include:', ';', '\\x', '`', 'curl', 'wget', '|'])
k8: Final = Glance(['" ', '"|', '$(', '${', '${::-', '${jndi:', '${run{', '((', '()', '(<', ':<antispam@', ';', '<(', '<<', '<>', '\\xff', '`', 'from:<usertest@', 'insecure.org', 'nmap.scanme.org', '|'])
k9: Final = Later(calm_finder, '(?i)\\b(antispam|relaytest)[@%](insecure\\.org|nmap\\.scanme\\.org)\\b|:<antispam@\\[?[0-9.]+\\]?>|FROM:<usertest@')
k10: Final = frozenset(['gopher', 'http'])
k11: Final = frozenset(['internal', 'outbound'])
k12: Final = Later(calm_finder, '(?i)^XEXCH50 +(-|[0-9]{7})')
k13: Final = Later(calm_finder, '(?i)^AUTH=.*\\+0[AD]')
k14: Final = Later(calm_finder, '(?i)^ORCPT=.*\\+0[AD]')
k15: Final = Later(calm_finder, '(?i)\\$\\{run\\{|\\$\\{jndi:|\\$\\{[^ }]*\\$\\{|\\$\\{(lower|upper):|\\$\\{::-|\\(\\)[ \\t]*\\{|<"?;|;[ \\t]*(for|while) |^TO:.*(\\$\\(|`).*(\\$\\{?IFS|base64|curl|wget|/bin/)|^FROM:.*`.*\\$\\{?IFS|<"?\\||\\+:?"\\||" +-(X|O|o|be|C)')
k16: Final = Glance(['$(', '${', ';', '`', '|'])
k17: Final = Later(calm_finder, '(?i)^[^"]*(\\$\\{|\\$\\(|`[^`]+`)|^"?\\||\\\\x(2f|20)|/bin/(ba|da|k|z)?sh|(wget|curl)[ \\t]+\\S*[/.]|\\$\\{?IFS|^"?-(be|X/|OQ|oQ/|C/)')
k18: Final = Later(calm_finder, '\\$\\{|\\$\\(|`|;|\\|')
k19: Final = Later(calm_finder, '(?i)\\$\\{jndi:|\\$\\{[^ }]*\\$\\{[^ }]*:|\\$\\{(lower|upper):|\\$\\{::-')
k20: Final = frozenset(['bang', 'percent', 'quoted_at', 'source_route'])
k21: Final = frozenset(['internal', 'outbound'])
k22: Final = frozenset(['scanner', 'trusted_relay'])
k23: Final = frozenset(['external', 'inbound'])
k24: Final = frozenset(['mail_server', 'monitor', 'scanner', 'trusted_relay'])
k25: Final = Later(calm_finder, '(\\\\xff){8}|(\\\\xFF){8}|[<(]{50}|(<>){25}')
k26: Final = Later(calm_finder, '\\(\\)[ \\t]*\\{')
k27: Final = frozenset(['internal', 'outbound'])
k28: Final = ('Rcpt To:',)
def k0_rule_53(f: Fields) -> tuple[int, ...]:
    g0 = f.get('smtp.command.local_part')
    if g0 is not None and (k1(g0) is not None):
        return (53,)
    return ()
def k0_rule_140(f: Fields) -> tuple[int, ...]:
    g0 = f.get('smtp.command.local_part')
    if g0 is not None and (k2(g0) is not None):
        return (140,)
    return ()
def k0_rule_152(f: Fields) -> tuple[int, ...]:
    g0 = f.get('smtp.command.local_part')
    if g0 is not None and (k3(g0) is not None):
        return (152,)
    return ()
def k0_rule_179(f: Fields) -> tuple[int, ...]:
    g0 = f.get('smtp.command.local_part')
    if g0 is not None and (k4(g0) is not None):
        return (179,)
    return ()
def k0_rule_232(f: Fields) -> tuple[int, ...]:
    g0 = f.get('smtp.command.local_part')
    if g0 is not None and (k5(g0) is not None):
        return (232,)
    return ()
def k0_rule_293(f: Fields) -> tuple[int, ...]:
    g0 = f.get('smtp.command.local_part')
    if g0 is not None and (k6(g0) is not None):
        return (293,)
    return ()
k0_rules = {53: k0_rule_53, 140: k0_rule_140, 152: k0_rule_152, 179: k0_rule_179, 232: k0_rule_232, 293: k0_rule_293}
def match(f: Fields) -> tuple[int, ...]:
    out: tuple[int, ...] = ()
    g2 = f.get('smtp.command.argument')
    if glances: g2 = k8.of(g2)
    v4 = f.get('network.direction')
    v6 = f.get('smtp.command.line')
    g0 = f.get('smtp.command.local_part')
    if glances: g0 = k7.of(g0)
    if g0 and (not g0.isascii() or len(g0) > 512 or '"' in g0 and ('" ' in g0 or '+"' in g0 or '+:"' in g0) or '$(' in g0 or '/' in g0 or ';' in g0 or '`' in g0 or '|' in g0 or (':' in g0 and (':I' in g0 or ':i' in g0)) and (':include:' in (w := g0.lower()))):
        for n in k0(g0): out += k0_rules[n](f)
    v1 = f.get('session.client_role')
    if not (v1 == 'scanner'):
        if g2 is not None and ((not g2.isascii() or ':<antispam@' in (w := g2.lower()) or 'from:<usertest@' in w or 'insecure.org' in w or 'nmap.scanme.org' in w) and k9(g2) is not None):
            out += (171,)
        v3 = f.get('smtp.foreign_protocol')
        if (v3 in k10):
            if (v4 in k11):
                out += (235,)
    v5 = f.get('smtp.command.parameters') or ()
    if v6 is not None and (v6.startswith(('X', 'x')) and (not v6.isascii() or ('5' in v6 and ('H50' in v6 or 'h50' in v6)) and ('xexch50 ' in (w := v6.lower()))) and k12(v6) is not None):
        out += (69,)
    if v5 and any(e.startswith(('A', 'a')) and (not e.isascii() or (('=' in e and ('H=' in e or 'h=' in e)) and ('auth=' in (w := e.lower()))) and ('+0' in e)) and k13(e) is not None for e in v5):
        out += (73,)
    if v5 and any(e.startswith(('O', 'o')) and (not e.isascii() or (('=' in e and ('T=' in e or 't=' in e)) and ('orcpt=' in (w := e.lower()))) and ('+0' in e)) and k14(e) is not None for e in v5):
        out += (74,)
    if g0 is not None and '$' in g0 and ('${run{' in g0.lower()):
        out += (78,)
    if not (g2 is not None and ((not g2.isascii() or '" ' in g2 or '$' in g2 or '()' in g2 or ';' in g2 or '`' in g2 or '|' in g2) and k15(g2) is not None)):
        g7 = f.get('smtp.command.domain')
        if glances: g7 = k16.of(g7)
        if ((g0 is not None and ((not g0.isascii() or '$' in g0 or '-' in g0 or '`' in g0 or '|' in g0 or '/bin/' in (w := g0.lower()) or '\\x' in w or 'curl' in w or 'wget' in w) and k17(g0) is not None)) or (g7 is not None and ((not g7.isascii() or '$' in g7 or ';' in g7 or '`' in g7 or '|' in g7) and k18(g7) is not None))):
            out += (85,)
    if g0 is not None and ('../' in g0):
        out += (109,)
    if g2 is not None and ((not g2.isascii() or '$' in g2) and k19(g2) is not None):
        out += (115,)
    v8 = f.get('smtp.auth.succeeded')
    if v8 is False:
        v9 = f.get('smtp.command.path_form')
        if (v9 in k20) and not (((v4 in k21) or (v1 in k22))):
            out += (137,)
    v10 = f.get('smtp.command.parameter_control')
    if v10 is True:
        out += (148,)
    if 'smtpids.proxied.ip' in f and (v4 in k23) and not ((v1 in k24)):
        out += (159,)
    if g2 is not None and ((not g2.isascii() or len(g2) > 512 or '(' in g2 and ('((' in g2 or '(<' in g2 or '<(' in g2) or '<<' in g2 or '<>' in g2 or ('\\' in g2 and ('\\X' in g2 or '\\x' in g2)) and ('\\xff' in (w := g2.lower()))) and k25(g2) is not None):
        out += (172,)
    if g2 is not None and (('()' in g2 and (not g2.isascii() or '{' in g2)) and k26(g2) is not None):
        out += (178,)
    if (v4 in k27):
        if v6 is not None and (v6.startswith(k28)):
            l11 = f.get('smtp.mail_from')
            if l11 is not None: l11 = l11.lower()
            if not (l11 == '') and refers('contains', f.get('smtp.command.argument'), f.get('smtp.mail_from')):
                out += (233,)
    return out
OWNERS = (None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 53, 53, 53, 53, 53, 140, 140, 140, 140, 140, 152, 152, 152, 152, 152, 179, 179, 179, 179, 179, 232, 232, 232, 232, 232, 293, 293, 293, 293, 293, None, None, None, None, None, None, None, None, None, None, None, None, None, 171, 171, 235, 235, 235, 235, None, 69, 69, 73, 73, 74, 74, 78, 78, 85, 85, 85, 85, 85, 109, 109, 115, 115, 137, 137, 137, 137, 137, 148, 148, 148, 159, 159, 172, 172, 178, 178, 233, 233, 233, 233, 233, 233, None)

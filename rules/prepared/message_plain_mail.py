"""The rules for message: plain mail; made by python -m smtpids.rules.function_modules."""
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
    Fields = TypedDict('Fields', {'email.body.text': str, 'email.from.domain': list[str], 'email.from.lookalike': Any, 'email.from.name': list[str], 'email.from.name_address': list[str], 'email.from.own': Any, 'email.header.lines': list[str], 'email.header.longest': Any, 'email.message_id': str, 'email.received_count': Any, 'email.subject': str, 'email.urls': list[str], 'email.x_mailer': str, 'network.direction': str, 'network.type': str, 'session.client_role': str, 'session.gap': Any, 'session.midstream': Any, 'session.one_sided': Any, 'smtp.auth.succeeded': Any, 'smtp.foreign_protocol': str, 'smtp.helo': str, 'smtp.helo_kind': str, 'smtp.mail_from': str, 'smtp.message.accepted': Any, 'smtp.rcpt.domains': list[str], 'smtp.rcpt.foreign': Any, 'smtp.rcpt_to': list[str], 'tls.established': Any}, total=False)
k0: Final = Later(sure_scanner, {'(?i)\\$\\{jndi:|\\$\\{[^ }]*\\$\\{[^ }]*:|\\$\\{(lower|upper):|\\$\\{::-': [115], '(?i)^from:.*(\\\\x00|\\\\x0a|\\x00|\\n)': [117], '^[^:]+:[ \\t]*\\(\\)[ \\t]*\\{': [178], '(?i)^cc:.*(\\$\\(|`).*(\\$\\{?IFS|base64)': [293]}, many=True)
k1: Final = Later(calm_finder, '(?i)\\$\\{jndi:|\\$\\{[^ }]*\\$\\{[^ }]*:|\\$\\{(lower|upper):|\\$\\{::-')
k2: Final = Later(calm_finder, '(?i)^from:.*(\\\\x00|\\\\x0a|\\x00|\\n)')
k3: Final = Later(calm_finder, '^[^:]+:[ \\t]*\\(\\)[ \\t]*\\{')
k4: Final = Later(calm_finder, '(?i)^cc:.*(\\$\\(|`).*(\\$\\{?IFS|base64)')
k5: Final = frozenset(['mail_server', 'trusted_relay'])
k6: Final = Glance(['/', 'activate', 'anmeldung', 'best', 'bienvenid', 'bienvenue', 'confirm', 'error', 'hawkeye keylogger - rebo', 'inscription', 'load', 'newsletter', 'pc name:', 'registr', 'script', 'subscri', 'suscripci', 'svg', 'verify', 'welcome', 'willkommen'])
k7: Final = Later(calm_finder, '(?i)\\b(?:confirm(?:ation|er|ez)?|verify|activate|welcome|subscri(?:be|bed|ption)|registr(?:ation|ierung)|newsletter|best(?:ä|ae)tig(?:en|ung)|willkommen|anmeldung|bienvenid[oa]|bienvenue|inscription|suscripci[oó]n)\\b')
k8: Final = set(['external', 'unknown'])
k9: Final = Later(calm_finder, '(?i)\\b(?:confirm(?:ation|er|ez)?|verify|activate|welcome|subscri(?:be|bed|ption)|registr(?:ation|ierung)|newsletter|best(?:ä|ae)tig(?:en|ung)|willkommen|anmeldung|bienvenid[oa]|bienvenue|inscription|suscripci[oó]n)\\b')
k10: Final = frozenset(['internal', 'outbound'])
k11: Final = frozenset(['gopher', 'http'])
k12: Final = Later(calm_finder, '^(?:PW|SC|KL|CO|CR)_[^/\\s][^/]*/[A-Za-z][A-Za-z0-9-]{2,14}(?:[ _].*)?$')
k13: Final = Later(calm_finder, '(?s)Time: .{1,99}User Name: .{1,300}Computer Name: .{1,300}OSFullName: .{1,300}CPU: .{1,300}RAM: ')
k14: Final = Later(calm_finder, '-----BEGIN (?:(?:RSA|DSA|EC|OPENSSH|ENCRYPTED) )?PRIVATE KEY-----|-----BEGIN PGP PRIVATE KEY BLOCK-----|(?:^|\\n)root:[^:\\s]{0,200}:0:0:|(?:^|\\n)root:\\$[0-9a-z]{1,4}\\$[^:\\s]{8,200}:')
k15: Final = Later(calm_finder, '(?i)file:/{2,5}\\\\\\\\?[^"<> ]*![^"<> ]*')
k16: Final = ('swaks v',)
k17: Final = frozenset(['internal', 'outbound'])
k18: Final = frozenset(['external', 'unknown'])
k19: Final = frozenset(['internal', 'outbound'])
k20: Final = Later(calm_finder, '^(?:PW|SC|KL|CO|CR)_[^/]+/.+')
k21: Final = Later(calm_finder, '(?s)Time: .{1,99}User Name: .{1,300}Computer Name: .{1,300}OSFullName: .{1,300}CPU: .{1,300}RAM: ')
k22: Final = Later(calm_finder, '(?i)^HawkEye Keylogger - Reborn|^Pc Name: ?.{1,80}\\| ?(?:Snake|VIP|404|Matiex|Phoenix|Mass ?Logger)')
k23: Final = Later(calm_finder, '(?is)(?:^|>)\\s*HawkEye Keylogger - Reborn|Pc Name: ?.{1,200}(?:VIP Recovery|Snake (?:Keylogger|Tracker)|404 Keylogger|Matiex Keylogger|Phoenix Keylogger|Mass ?Logger)|(?:VIP Recovery|Snake (?:Keylogger|Tracker)|404 Keylogger|Matiex Keylogger|Phoenix Keylogger|Mass ?Logger).{1,200}Pc Name:')
k24: Final = frozenset(['internal', 'outbound'])
k25: Final = Later(calm_finder, '(?i)^(?:file|smb):[/\\\\]{2,}(?:[^/\\\\]*@)?(?:[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|(?:[a-z0-9_-]+\\.)+(?:[a-z]{2}|com|net|org|info|biz|top|xyz|online|site|shop|club|live|icu|app|dev|cloud))(?:@[a-z0-9]+)?(?::[0-9]+)?[/\\\\]')
k26: Final = Later(calm_finder, '(?i)<(script|svg)[ />]|<[a-z]+ [^>]*\\bon(error|load) *=')
k27: Final = Later(calm_finder, '(?i)<(script|svg)[ />]|<[a-z]+ [^>]*\\bon(error|load) *=')
def k0_rule_115(f: Fields) -> tuple[int, ...]:
    v0 = f.get('email.header.lines') or ()
    if v0 and any(k1(e) is not None for e in v0):
        return (115,)
    return ()
def k0_rule_117(f: Fields) -> tuple[int, ...]:
    v0 = f.get('email.header.lines') or ()
    if v0 and any(k2(e) is not None for e in v0):
        return (117,)
    return ()
def k0_rule_178(f: Fields) -> tuple[int, ...]:
    v0 = f.get('email.header.lines') or ()
    if v0 and any(k3(e) is not None for e in v0):
        return (178,)
    return ()
def k0_rule_293(f: Fields) -> tuple[int, ...]:
    v0 = f.get('email.header.lines') or ()
    if v0 and any(k4(e) is not None for e in v0):
        return (293,)
    return ()
k0_rules = {115: k0_rule_115, 117: k0_rule_117, 178: k0_rule_178, 293: k0_rule_293}
def match(f: Fields) -> tuple[int, ...]:
    out: tuple[int, ...] = ()
    v2 = f.get('network.direction')
    v3 = f.get('session.client_role')
    v8 = f.get('smtp.auth.succeeded')
    g10 = f.get('email.subject')
    if glances: g10 = k6.of(g10)
    v15 = f.get('email.body.text')
    r0 = '\x1f'.join(f.get('email.header.lines') or ())
    if r0 and (not r0.isascii() or '\x00' in r0 or '\n' in r0 or '$' in r0 or '()' in r0 or '\\' in r0 or '`' in r0):
        v0 = f.get('email.header.lines') or ()
        for n in k0(v0): out += k0_rules[n](f)
    v1 = f.get('smtp.message.accepted')
    if v1 is True:
        if v2 == 'inbound':
            out += (108,)
            v4 = f.get('session.gap')
            v5 = f.get('session.midstream')
            v6 = f.get('session.one_sided')
            if not (((v4 is True) or (v5 is True) or (v6 is True) or (v3 in k5))):
                v7 = f.get('smtp.rcpt.foreign')
                if v7 is not None and (v7 >= 1):
                    if v8 is False:
                        out += (139,)
                        v9 = f.get('network.type')
                        if v9 == 'ipv6':
                            out += (210,)
            if g10 is not None and ((not g10.isascii() or len(g10) > 512 or 'activate' in (w := g10.lower()) or 'anmeldung' in w or 'best' in w or 'bienvenid' in w or 'bienvenue' in w or 'confirm' in w or 'inscription' in w or 'newsletter' in w or 'registr' in w or 'subscri' in w or 'suscripci' in w or 'verify' in w or 'welcome' in w or 'willkommen' in w) and k7(g10) is not None):
                out += (257,)
        elif v2 in k8:
            out += (108,)
            if g10 is not None and ((not g10.isascii() or len(g10) > 512 or 'activate' in (w := g10.lower()) or 'anmeldung' in w or 'best' in w or 'bienvenid' in w or 'bienvenue' in w or 'confirm' in w or 'inscription' in w or 'newsletter' in w or 'registr' in w or 'subscri' in w or 'suscripci' in w or 'verify' in w or 'welcome' in w or 'willkommen' in w) and k9(g10) is not None):
                out += (257,)
        j11 = ('\x1f' + '\x1f'.join(x) + '\x1f').lower() if (x := f.get('email.from.name_address')) else ''
        if '@' in j11 and refers('endswith', f.get('email.from.name_address'), f.get('smtp.rcpt.domains')):
            v12 = f.get('email.from.own')
            if not (((v12 is True) or (v8 is True) or (v2 in k10) or (refers('equals', f.get('email.from.domain'), f.get('smtp.rcpt.domains'))))):
                out += (62,)
        if v8 is True:
            out += (199,)
        if not (v3 == 'scanner'):
            v13 = f.get('smtp.foreign_protocol')
            if (v13 in k11):
                out += (235,)
    v14 = f.get('smtp.helo_kind')
    if v14 == 'unqualified':
        if g10 is not None and (('/' in g10 and (not g10.isascii() or ('_' in g10) and (len(g10) > 512 or 'co' in (w := g10.lower()) or 'cr' in w or 'kl' in w or 'pw' in w or 'sc' in w))) and k12(g10) is not None):
            if not (((v2 == 'inbound') or (v15 is not None and ((not v15.isascii() or ((':' in v15 and ('E:' in v15 or 'e:' in v15)) and ('computer name: ' in (w := v15.lower()))) and ((':' in v15 and ('E:' in v15 or 'e:' in v15)) and ('osfullname: ' in (w := v15.lower())))) and k13(v15) is not None)))):
                out += (252,)
        if v2 == 'outbound':
            if v8 is True:
                if v3 == 'workstation':
                    v16 = f.get('tls.established')
                    if v16 is False and (((f.get('email.x_mailer') is None) and (f.get('email.message_id') is None)) or (refers('contains', f.get('email.body.text'), f.get('smtp.helo'))) or (refers('equals', f.get('smtp.rcpt_to'), f.get('smtp.mail_from')))):
                        out += (253,)
    l17 = (f.get('email.x_mailer') or '').lower()
    if v2 == 'outbound' and v15 is not None and ((not v15.isascii() or ('-' in v15 and ('-----B' in v15 or '-----b' in v15) or ':' in v15 and ('T:' in v15 or 't:' in v15) or '-' in v15 and ('Y-----' in v15 or 'y-----' in v15)) and ('-----begin pgp private k' in (w := v15.lower()) or 'private key-----' in w or 'root:' in w)) and k14(v15) is not None):
        out += (57,)
    v18 = f.get('email.header.longest')
    if v18 is not None and (v18 >= 100000):
        out += (72,)
    if r0 and '$' in r0 and ('${run{' in r0.lower()):
        out += (75,)
    v19 = f.get('email.from.lookalike')
    if v19 is True and not (v2 == 'outbound'):
        out += (90,)
    v20 = f.get('email.received_count')
    if v20 is not None and (v20 >= 50):
        out += (116,)
    if v15 is not None and (('!' in v15 and (not v15.isascii() or (('/' in v15 and ('E:/' in v15 or 'e:/' in v15)) and ('file:/' in (w := v15.lower()))) and ('\\' in v15))) and k15(v15) is not None):
        out += (146,)
    if not (v3 == 'scanner') and l17.startswith(k16):
        out += (171,)
    if (v2 in k17) and 'synapse - pascal tcp/ip library' in l17:
        out += (233,)
    if ((v2 in k19) or ((v14 == 'unqualified') and ((v2 in k18)))) and g10 is not None and (('/' in g10 and (not g10.isascii() or ('_' in g10) and (len(g10) > 512 or 'co' in (w := g10.lower()) or 'cr' in w or 'kl' in w or 'pw' in w or 'sc' in w))) and k20(g10) is not None) and v15 is not None and ((not v15.isascii() or ((':' in v15 and ('E:' in v15 or 'e:' in v15)) and ('computer name: ' in (w := v15.lower()))) and ((':' in v15 and ('E:' in v15 or 'e:' in v15)) and ('osfullname: ' in (w := v15.lower())))) and k21(v15) is not None):
        out += (251,)
    if not (v2 == 'inbound') and ((v3 == 'workstation') or (v14 == 'unqualified')) and ((g10 is not None and ((not g10.isascii() or 'hawkeye keylogger - rebo' in (w := g10.lower()) or 'pc name:' in w) and k22(g10) is not None)) or (v15 is not None and ((not v15.isascii() or ('-' in v15 and (' -' in v15) or ':' in v15 and ('E:' in v15 or 'e:' in v15)) and ('hawkeye keylogger - rebo' in (w := v15.lower()) or 'pc name:' in w)) and k23(v15) is not None))):
        out += (255,)
    if not (((v8 is True) or (v2 in k24))):
        v21 = f.get('email.urls') or ()
        if v21 and any((not e.isascii() or ('file' in (w := e.lower()) or 'smb' in w) and (':' in e)) and k25(e) is not None for e in v21):
            out += (287,)
    v22 = f.get('email.from.name') or ()
    if ((g10 is not None and ((not g10.isascii() or 'error' in (w := g10.lower()) or 'load' in w or 'script' in w or 'svg' in w) and k26(g10) is not None)) or (v22 and any((not e.isascii() or 'error' in (w := e.lower()) or 'load' in w or 'script' in w or 'svg' in w) and k27(e) is not None for e in v22))):
        out += (289,)
    return out
OWNERS = (None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 115, 115, 115, 115, 115, 117, 117, 117, 117, 117, 178, 178, 178, 178, 178, 293, 293, 293, 293, 293, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 108, None, None, None, None, None, None, None, 139, 210, 210, 210, 257, 257, None, 108, 257, 257, 62, 62, 62, 62, 62, 199, 199, 235, 235, 235, 235, None, None, 252, 252, 252, 253, 253, 253, 253, 253, 253, None, 57, 57, 72, 72, 72, 75, 75, 90, 90, 90, 116, 116, 116, 146, 146, 171, 171, 233, 233, 251, 251, 255, 255, 287, 287, 287, 287, 289, 289, 289, None)

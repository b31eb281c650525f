"""The rules for message; made by python -m smtpids.rules.function_modules."""
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
    Fields = TypedDict('Fields', {'email.attachments.archive.double_extension': Any, 'email.attachments.archive.member_count': Any, 'email.attachments.archive.members.extension': list[str], 'email.attachments.archive.members.name': list[str], 'email.attachments.archive.ratio': Any, 'email.attachments.archive.unpacked_size': Any, 'email.attachments.content_class': list[str], 'email.attachments.double_extension': Any, 'email.attachments.extension_disagrees': Any, 'email.attachments.file.extension': list[str], 'email.attachments.file.mime_type': list[str], 'email.attachments.file.name': list[str], 'email.attachments.file.size': Any, 'email.attachments.names': list[str], 'email.attachments.right_to_left': Any, 'email.attachments.traces': list[str], 'email.attachments.type_mismatch': Any, 'email.authentication_results_id': list[str], 'email.authentication_results_own': Any, 'email.body.text': str, 'email.from.domain': list[str], 'email.from.lookalike': Any, 'email.from.name': list[str], 'email.from.name_address': list[str], 'email.from.own': Any, 'email.header.lines': list[str], 'email.header.longest': Any, 'email.list_id': str, 'email.message_id': str, 'email.mime.faults': list[str], 'email.mime.parts': Any, 'email.received': list[str], 'email.received_count': Any, 'email.repeated_fields': list[str], 'email.subject': str, 'email.urls': list[str], 'email.x_mailer': str, 'network.direction': str, 'network.type': str, 'session.client_role': str, 'session.gap': Any, 'session.midstream': Any, 'session.one_sided': Any, 'smtp.auth.succeeded': Any, 'smtp.foreign_protocol': str, 'smtp.helo': str, 'smtp.helo_kind': str, 'smtp.mail_from': str, 'smtp.message.accepted': Any, 'smtp.rcpt.domains': list[str], 'smtp.rcpt.foreign': Any, 'smtp.rcpt_to': list[str], 'tls.established': Any}, total=False)
k0: Final = Later(sure_scanner, {'(?i)\\$\\{jndi:|\\$\\{[^ }]*\\$\\{[^ }]*:|\\$\\{(lower|upper):|\\$\\{::-': [115], '(?i)^from:.*(\\\\x00|\\\\x0a|\\x00|\\n)': [117], '^[^:]+:[ \\t]*\\(\\)[ \\t]*\\{': [178], '(?i)^cc:.*(\\$\\(|`).*(\\$\\{?IFS|base64)': [293]}, many=True)
k1: Final = Later(calm_finder, '(?i)\\$\\{jndi:|\\$\\{[^ }]*\\$\\{[^ }]*:|\\$\\{(lower|upper):|\\$\\{::-')
k2: Final = Later(calm_finder, '(?i)^from:.*(\\\\x00|\\\\x0a|\\x00|\\n)')
k3: Final = Later(calm_finder, '^[^:]+:[ \\t]*\\(\\)[ \\t]*\\{')
k4: Final = Later(calm_finder, '(?i)^cc:.*(\\$\\(|`).*(\\$\\{?IFS|base64)')
k5: Final = Later(calm_finder, '(?i)\\.(?:part[0-9]{1,4}(?:\\.rar)?|z[0-9]{2}|r[0-9]{2}|[0-9]{3})$')
k6: Final = frozenset(['bak', 'dit', 'kdb', 'kdbx', 'ost', 'p12', 'pfx', 'ppk', 'pst', 'sql', 'vhdx', 'vmdk'])
k7: Final = Later(calm_finder, '(?i)^(?:wallet\\.dat|id_(?:rsa|dsa|ecdsa|ed25519)|sam\\.(?:save|hiv)|system\\.(?:save|hiv)|lsass[^.]{0,40}\\.dmp|login data|logins\\.json|key4\\.db|\\.git-credentials|\\.pgpass)$')
k8: Final = frozenset(['bak', 'dit', 'kdb', 'kdbx', 'ost', 'p12', 'pfx', 'ppk', 'pst', 'sql', 'vhdx', 'vmdk'])
k9: Final = Later(calm_finder, '-----BEGIN (?:(?:RSA|DSA|EC|OPENSSH|ENCRYPTED) )?PRIVATE KEY-----|-----BEGIN PGP PRIVATE KEY BLOCK-----|(?:^|\\n)root:[^:\\s]{0,200}:0:0:|(?:^|\\n)root:\\$[0-9a-z]{1,4}\\$[^:\\s]{8,200}:')
k10: Final = frozenset(['mail_server', 'trusted_relay'])
k11: Final = Glance(['/', 'activate', 'anmeldung', 'best', 'bienvenid', 'bienvenue', 'confirm', 'error', 'hawkeye keylogger - rebo', 'inscription', 'load', 'newsletter', 'pc name:', 'registr', 'script', 'subscri', 'suscripci', 'svg', 'verify', 'welcome', 'willkommen'])
k12: Final = Later(calm_finder, '(?i)\\b(?:confirm(?:ation|er|ez)?|verify|activate|welcome|subscri(?:be|bed|ption)|registr(?:ation|ierung)|newsletter|best(?:ä|ae)tig(?:en|ung)|willkommen|anmeldung|bienvenid[oa]|bienvenue|inscription|suscripci[oó]n)\\b')
k13: Final = set(['external', 'unknown'])
k14: Final = Later(calm_finder, '(?i)\\b(?:confirm(?:ation|er|ez)?|verify|activate|welcome|subscri(?:be|bed|ption)|registr(?:ation|ierung)|newsletter|best(?:ä|ae)tig(?:en|ung)|willkommen|anmeldung|bienvenid[oa]|bienvenue|inscription|suscripci[oó]n)\\b')
k15: Final = frozenset([1])
k16: Final = frozenset(['dll', 'jar', 'js', 'ps1', 'reg', 'sys'])
k17: Final = frozenset([True])
k18: Final = frozenset(['appx', 'bat', 'chm', 'cmd', 'cpl', 'exe', 'hta', 'img', 'iso', 'jse', 'lnk', 'msi', 'msix', 'pif', 'scr', 'vbe', 'vbs', 'vhd', 'vhdx', 'wsf', 'wsh', 'xll'])
k19: Final = frozenset(['img', 'iso', 'one', 'vhd', 'vhdx'])
k20: Final = frozenset(['disk_image'])
k21: Final = frozenset(['application/msonenote'])
k22: Final = frozenset(['appx', 'bat', 'chm', 'cmd', 'cpl', 'dll', 'exe', 'hta', 'jar', 'js', 'jse', 'lnk', 'msi', 'msix', 'pif', 'ps1', 'reg', 'scr', 'sys', 'vbe', 'vbs', 'wsf', 'wsh', 'xll'])
k23: Final = frozenset(['executable'])
k24: Final = frozenset(['internal', 'outbound'])
k25: Final = frozenset(['gopher', 'http'])
k26: Final = Later(sure_scanner, {'[\'"][^`]*`[^`]+`': [47], '["\'];[^;]+;': [94]}, many=True)
k27: Final = frozenset(['application/x-tar'])
k28: Final = Later(calm_finder, '[\'"][^`]*`[^`]+`')
k29: Final = frozenset(['application/zip'])
k30: Final = Later(calm_finder, '["\'];[^;]+;')
k31: Final = frozenset(['image/svg+xml', 'text/html'])
k32: Final = frozenset(['event_handler', 'script'])
k33: Final = frozenset(['image/svg+xml'])
k34: Final = frozenset([True])
k35: Final = frozenset(['equation_object'])
k36: Final = frozenset([True])
k37: Final = Later(calm_finder, '(?i)\\.(?:exe|scr|pif|bat|cmd|cpl|msi|msix|appx|jar|js|jse|vbs|vbe|wsf|wsh|hta|ps1|reg|lnk|chm|dll|sys|xll)[ .]*$')
k38: Final = frozenset([True])
k39: Final = frozenset(['executable'])
k40: Final = frozenset([True])
k41: Final = frozenset(['unclosed_quote_before_encrypted'])
k42: Final = frozenset(['from'])
k43: Final = Later(calm_finder, '(?i)file:/{2,5}\\\\\\\\?[^"<> ]*![^"<> ]*')
k44: Final = ('swaks v',)
k45: Final = frozenset(['format_code'])
k46: Final = frozenset(['external', 'unknown'])
k47: Final = frozenset(['internal', 'outbound'])
k48: Final = Later(calm_finder, '^(?:PW|SC|KL|CO|CR)_[^/]+/.+')
k49: Final = Later(calm_finder, '(?s)Time: .{1,99}User Name: .{1,300}Computer Name: .{1,300}OSFullName: .{1,300}CPU: .{1,300}RAM: ')
k50: Final = Later(calm_finder, '^(?:PW|SC|KL|CO|CR)_[^/\\s][^/]*/[A-Za-z][A-Za-z0-9-]{2,14}(?:[ _].*)?$')
k51: Final = Later(calm_finder, '(?s)Time: .{1,99}User Name: .{1,300}Computer Name: .{1,300}OSFullName: .{1,300}CPU: .{1,300}RAM: ')
k52: Final = frozenset(['clipboard.txt', 'cookies.txt', 'keylogs.txt', 'keystrokes.txt', 'passwords.txt', 'user.txt'])
k53: Final = Later(calm_finder, '(?i)Pc ?Name: ?\\S')
k54: Final = Later(calm_finder, '(?i)^HawkEye Keylogger - Reborn|^Pc Name: ?.{1,80}\\| ?(?:Snake|VIP|404|Matiex|Phoenix|Mass ?Logger)')
k55: Final = Later(calm_finder, '(?is)(?:^|>)\\s*HawkEye Keylogger - Reborn|Pc Name: ?.{1,200}(?:VIP Recovery|Snake (?:Keylogger|Tracker)|404 Keylogger|Matiex Keylogger|Phoenix Keylogger|Mass ?Logger)|(?:VIP Recovery|Snake (?:Keylogger|Tracker)|404 Keylogger|Matiex Keylogger|Phoenix Keylogger|Mass ?Logger).{1,200}Pc Name:')
k56: Final = frozenset(['internal', 'outbound'])
k57: Final = Later(calm_finder, '(?i)^(?:file|smb):[/\\\\]{2,}(?:[^/\\\\]*@)?(?:[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|(?:[a-z0-9_-]+\\.)+(?:[a-z]{2}|com|net|org|info|biz|top|xyz|online|site|shop|club|live|icu|app|dev|cloud))(?:@[a-z0-9]+)?(?::[0-9]+)?[/\\\\]')
k58: Final = Later(calm_finder, '(?i)<(script|svg)[ />]|<[a-z]+ [^>]*\\bon(error|load) *=')
k59: Final = Later(calm_finder, '(?i)<(script|svg)[ />]|<[a-z]+ [^>]*\\bon(error|load) *=')
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
def k26_rule_47(f: Fields) -> tuple[int, ...]:
    l22 = f.get('email.attachments.file.mime_type') or ()
    if l22: l22 = [e.lower() for e in l22]
    if l22 and not k27.isdisjoint(l22):
        v27 = f.get('email.attachments.archive.members.name') or ()
        if v27 and any(k28(e) is not None for e in v27):
            return (47,)
    return ()
def k26_rule_94(f: Fields) -> tuple[int, ...]:
    l22 = f.get('email.attachments.file.mime_type') or ()
    if l22: l22 = [e.lower() for e in l22]
    if l22 and not k29.isdisjoint(l22):
        v27 = f.get('email.attachments.archive.members.name') or ()
        if v27 and any(k30(e) is not None for e in v27):
            return (94,)
    return ()
k26_rules = {47: k26_rule_47, 94: k26_rule_94}
def match(f: Fields) -> tuple[int, ...]:
    out: tuple[int, ...] = ()
    v2 = f.get('smtp.message.accepted')
    v6 = f.get('email.body.text')
    v8 = f.get('smtp.auth.succeeded')
    v9 = f.get('smtp.helo_kind')
    v10 = f.get('session.client_role')
    g17 = f.get('email.subject')
    if glances: g17 = k11.of(g17)
    v19 = f.get('email.attachments.content_class') or ()
    v23 = f.get('email.attachments.traces') or ()
    r0 = '\x1f'.join(f.get('email.header.lines') or ())
    if r0 and (not r0.isascii() or '\x00' in r0 or '\n' in r0 or '$' in r0 or '()' in r0 or '\\' in r0 or '`' in r0):
        v0 = f.get('email.header.lines') or ()
        for n in k0(v0): out += k0_rules[n](f)
    v1 = f.get('network.direction')
    if v1 == 'outbound':
        if v2 is True:
            v3 = f.get('email.attachments.file.name') or ()
            if v3 and any((not e.isascii() or '.' in e) and k5(e) is not None for e in v3):
                out += (142,)
            if (((x := f.get('email.attachments.file.extension')) and not k6.isdisjoint([e.lower() for e in x])) or ((x := f.get('email.attachments.archive.members.extension')) and not k8.isdisjoint([e.lower() for e in x])) or (v3 and any((not e.isascii() or len(e) > 512 or '.git-credentials' in (w := e.lower()) or '.pgpass' in w or 'id_' in w or 'key4.db' in w or 'login data' in w or 'logins.json' in w or 'lsass' in w or 'sam.' in w or 'system.' in w or 'wallet.dat' in w) and k7(e) is not None for e in v3))):
                out += (173,)
        if v6 is not None and ((not v6.isascii() or ('-' in v6 and ('-----B' in v6 or '-----b' in v6) or ':' in v6 and ('T:' in v6 or 't:' in v6) or '-' in v6 and ('Y-----' in v6 or 'y-----' in v6)) and ('-----begin pgp private k' in (w := v6.lower()) or 'private key-----' in w or 'root:' in w)) and k9(v6) is not None):
            out += (57,)
        l7 = (f.get('email.x_mailer') or '').lower()
        if 'synapse - pascal tcp/ip library' in l7:
            out += (233,)
        if v8 is True:
            if v9 == 'unqualified':
                if v10 == 'workstation':
                    v11 = f.get('tls.established')
                    if v11 is False and (((f.get('email.x_mailer') is None) and (f.get('email.message_id') is None)) or (refers('contains', f.get('email.body.text'), f.get('smtp.helo'))) or (refers('equals', f.get('smtp.rcpt_to'), f.get('smtp.mail_from')))):
                        out += (253,)
    elif v1 == 'inbound':
        if v2 is True:
            out += (108,)
            v12 = f.get('session.gap')
            v13 = f.get('session.midstream')
            v14 = f.get('session.one_sided')
            if not (((v12 is True) or (v13 is True) or (v14 is True) or (v10 in k10))):
                v15 = f.get('smtp.rcpt.foreign')
                if v15 is not None and (v15 >= 1):
                    if v8 is False:
                        out += (139,)
                        v16 = f.get('network.type')
                        if v16 == 'ipv6':
                            out += (210,)
            if g17 is not None and ((not g17.isascii() or len(g17) > 512 or 'activate' in (w := g17.lower()) or 'anmeldung' in w or 'best' in w or 'bienvenid' in w or 'bienvenue' in w or 'confirm' in w or 'inscription' in w or 'newsletter' in w or 'registr' in w or 'subscri' in w or 'suscripci' in w or 'verify' in w or 'welcome' in w or 'willkommen' in w) and k12(g17) is not None):
                out += (257,)
        v18 = f.get('email.authentication_results_own')
        if v18 is True:
            if not (((v10 == 'trusted_relay') or (refers('contains', f.get('email.received'), f.get('email.authentication_results_id'))))):
                out += (88,)
    elif v1 in k13:
        if v2 is True:
            out += (108,)
            if g17 is not None and ((not g17.isascii() or len(g17) > 512 or 'activate' in (w := g17.lower()) or 'anmeldung' in w or 'best' in w or 'bienvenid' in w or 'bienvenue' in w or 'confirm' in w or 'inscription' in w or 'newsletter' in w or 'registr' in w or 'subscri' in w or 'suscripci' in w or 'verify' in w or 'welcome' in w or 'willkommen' in w) and k14(g17) is not None):
                out += (257,)
    elif v1 == 'internal':
        l7 = (f.get('email.x_mailer') or '').lower()
        if 'synapse - pascal tcp/ip library' in l7:
            out += (233,)
    if not (((v1 == 'internal') or (v2 is False))):
        l4 = f.get('email.attachments.file.extension') or ()
        if l4: l4 = [e.lower() for e in l4]
        v20 = f.get('email.attachments.archive.double_extension') or ()
        v21 = f.get('email.attachments.archive.member_count') or ()
        l5 = f.get('email.attachments.archive.members.extension') or ()
        if l5: l5 = [e.lower() for e in l5]
        if (((v20 and not k17.isdisjoint(v20)) and (v21 and any(e <= 10 for e in v21))) or ((v21 and not k15.isdisjoint(v21)) and ((l5 and not k16.isdisjoint(l5)))) or (l5 and not k18.isdisjoint(l5))):
            out += (2,)
        if ((v19 and not k20.isdisjoint(v19)) or ((x := f.get('email.attachments.file.mime_type')) and not k21.isdisjoint([e.lower() for e in x])) or (l4 and not k19.isdisjoint(l4))):
            out += (4,)
        if ((v19 and not k23.isdisjoint(v19)) or (l4 and not k22.isdisjoint(l4))):
            out += (8,)
        j23 = ('\x1f' + '\x1f'.join(x) + '\x1f').lower() if (x := f.get('email.attachments.traces')) else ''
        if 'vba' in j23 and 'auto_run' in j23:
            out += (13,)
    if v2 is True:
        j24 = ('\x1f' + '\x1f'.join(x) + '\x1f').lower() if (x := f.get('email.from.name_address')) else ''
        if '@' in j24 and refers('endswith', f.get('email.from.name_address'), f.get('smtp.rcpt.domains')):
            v25 = f.get('email.from.own')
            if not (((v25 is True) or (v8 is True) or ('email.list_id' in f) or (v1 in k24) or (refers('equals', f.get('email.from.domain'), f.get('smtp.rcpt.domains'))))):
                out += (62,)
        if v8 is True:
            out += (199,)
        if not (v10 == 'scanner'):
            v26 = f.get('smtp.foreign_protocol')
            if (v26 in k25):
                out += (235,)
    r27 = '\x1f'.join(f.get('email.attachments.archive.members.name') or ())
    if r27 and (not r27.isascii() or ';' in r27 or '`' in r27):
        v27 = f.get('email.attachments.archive.members.name') or ()
        for n in k26(v27): out += k26_rules[n](f)
    if not (v2 is False):
        l22 = f.get('email.attachments.file.mime_type') or ()
        if l22: l22 = [e.lower() for e in l22]
        v28 = f.get('email.attachments.file.size') or ()
        if v28 and any(e > 20480 for e in v28):
            j23 = ('\x1f' + '\x1f'.join(x) + '\x1f').lower() if (x := f.get('email.attachments.traces')) else ''
            if 'script_decodes' in j23 and ('script_made_file' in j23 or 'data_url' in j23) and (l22 and not k31.isdisjoint(l22)):
                out += (11,)
        if (v23 and not k32.isdisjoint(v23)) and l22 and not k33.isdisjoint(l22):
            out += (21,)
    v29 = f.get('email.attachments.archive.ratio') or ()
    if v29 and any(e > 200 for e in v29):
        v30 = f.get('email.attachments.archive.unpacked_size') or ()
        if v30 and any(e > 536870912 for e in v30):
            out += (1,)
    v31 = f.get('email.attachments.double_extension') or ()
    if v31 and not k34.isdisjoint(v31):
        out += (5,)
    if v23 and not k35.isdisjoint(v23):
        out += (9,)
    v32 = f.get('email.attachments.extension_disagrees') or ()
    if v32 and not k36.isdisjoint(v32):
        v33 = f.get('email.attachments.names') or ()
        if v33 and any((not e.isascii() or '.' in e) and k37(e) is not None for e in v33):
            out += (15,)
    j27 = ('\x1f' + '\x1f'.join(x) + '\x1f').lower() if (x := f.get('email.attachments.archive.members.name')) else ''
    v34 = f.get('email.attachments.right_to_left') or ()
    if ((v34 and not k38.isdisjoint(v34)) or ('\u202d' in j27 or '\u202e' in j27)):
        out += (20,)
    if v19 and not k39.isdisjoint(v19):
        v35 = f.get('email.attachments.type_mismatch') or ()
        if v35 and not k40.isdisjoint(v35):
            out += (22,)
    v36 = f.get('email.mime.faults') or ()
    if v36 and not k41.isdisjoint(v36):
        out += (67,)
    v37 = f.get('email.header.longest')
    if v37 is not None and (v37 >= 100000):
        out += (72,)
    if r0 and '$' in r0 and ('${run{' in r0.lower()):
        out += (75,)
    v38 = f.get('email.from.lookalike')
    if v38 is True and not (v1 == 'outbound'):
        out += (90,)
    v39 = f.get('email.received_count')
    if v39 is not None and (v39 >= 50):
        out += (116,)
    l40 = f.get('email.repeated_fields') or ()
    if l40: l40 = [e.lower() for e in l40]
    if l40 and not k42.isdisjoint(l40):
        out += (127,)
    if v6 is not None and (('!' in v6 and (not v6.isascii() or (('/' in v6 and ('E:/' in v6 or 'e:/' in v6)) and ('file:/' in (w := v6.lower()))) and ('\\' in v6))) and k43(v6) is not None):
        out += (146,)
    if not (v10 == 'scanner'):
        l7 = (f.get('email.x_mailer') or '').lower()
        if l7.startswith(k44):
            out += (171,)
    v41 = f.get('email.mime.parts')
    if v41 is not None and (v41 >= 1000):
        out += (174,)
    if v23 and not k45.isdisjoint(v23):
        out += (234,)
    if ((v1 in k47) or ((v9 == 'unqualified') and ((v1 in k46)))) and g17 is not None and (('/' in g17 and (not g17.isascii() or ('_' in g17) and (len(g17) > 512 or 'co' in (w := g17.lower()) or 'cr' in w or 'kl' in w or 'pw' in w or 'sc' in w))) and k48(g17) is not None) and v6 is not None and ((not v6.isascii() or ((':' in v6 and ('E:' in v6 or 'e:' in v6)) and ('computer name: ' in (w := v6.lower()))) and ((':' in v6 and ('E:' in v6 or 'e:' in v6)) and ('osfullname: ' in (w := v6.lower())))) and k49(v6) is not None):
        out += (251,)
    if v9 == 'unqualified' and g17 is not None and (('/' in g17 and (not g17.isascii() or ('_' in g17) and (len(g17) > 512 or 'co' in (w := g17.lower()) or 'cr' in w or 'kl' in w or 'pw' in w or 'sc' in w))) and k50(g17) is not None) and not (((v1 == 'inbound') or (v6 is not None and ((not v6.isascii() or ((':' in v6 and ('E:' in v6 or 'e:' in v6)) and ('computer name: ' in (w := v6.lower()))) and ((':' in v6 and ('E:' in v6 or 'e:' in v6)) and ('osfullname: ' in (w := v6.lower())))) and k51(v6) is not None)))):
        out += (252,)
    if not (v1 == 'inbound') and ((v10 == 'workstation') or (v9 == 'unqualified')) and ((g17 is not None and ((not g17.isascii() or 'hawkeye keylogger - rebo' in (w := g17.lower()) or 'pc name:' in w) and k54(g17) is not None)) or (v6 is not None and ((not v6.isascii() or ('-' in v6 and (' -' in v6) or ':' in v6 and ('E:' in v6 or 'e:' in v6)) and ('hawkeye keylogger - rebo' in (w := v6.lower()) or 'pc name:' in w)) and k55(v6) is not None)) or ((((x := f.get('email.attachments.file.name')) and not k52.isdisjoint([e.lower() for e in x]))) and (v6 is not None and ((not v6.isascii() or ((':' in v6 and ('E:' in v6 or 'e:' in v6)) and ('name:' in (w := v6.lower()))) and ('pc' in (w := v6.lower()))) and k53(v6) is not None)))):
        out += (255,)
    if not (((v8 is True) or (v1 in k56))):
        v42 = f.get('email.urls') or ()
        if v42 and any((not e.isascii() or ('file' in (w := e.lower()) or 'smb' in w) and (':' in e)) and k57(e) is not None for e in v42):
            out += (287,)
    v43 = f.get('email.from.name') or ()
    if ((g17 is not None and ((not g17.isascii() or 'error' in (w := g17.lower()) or 'load' in w or 'script' in w or 'svg' in w) and k58(g17) is not None)) or (v43 and any((not e.isascii() or 'error' in (w := e.lower()) or 'load' in w or 'script' in w or 'svg' in w) and k59(e) is not None for e in v43))):
        out += (289,)
    return out
OWNERS = (None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 115, 115, 115, 115, 115, 117, 117, 117, 117, 117, 178, 178, 178, 178, 178, 293, 293, 293, 293, 293, None, 47, 47, 47, 47, 47, 47, 47, 47, 94, 94, 94, 94, 94, 94, 94, 94, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 142, 142, 173, 173, 57, 57, 233, 233, 233, 253, 253, 253, 253, 253, 253, None, None, 108, None, None, None, None, None, None, None, 139, 210, 210, 210, 257, 257, 88, 88, 88, 88, None, None, 108, 257, 257, None, 233, 233, 233, None, None, None, 2, 2, 2, 2, 2, 2, 4, 4, 8, 8, 13, 13, 13, None, 62, 62, 62, 62, 62, 199, 199, 235, 235, 235, 235, None, None, None, None, None, None, None, 11, 11, 11, 11, 11, 21, 21, 1, 1, 1, 1, 1, 5, 5, 5, 9, 9, 15, 15, 15, 15, 15, 20, 20, 20, 20, 22, 22, 22, 22, 67, 67, 67, 72, 72, 72, 75, 75, 90, 90, 90, 116, 116, 116, 127, 127, 127, 127, 146, 146, 171, 171, 171, 171, 174, 174, 174, 234, 234, 251, 251, 252, 252, 255, 255, 287, 287, 287, 287, 289, 289, 289, None)

"""The rules for message; made by python -m smtpids.rules.function_modules."""
import re2
from smtpids.rules.interpreter import refers, texts
from smtpids.rules.operands import address_number as number, time_part as part
from smtpids.rules.operands import calm_finder, glob_finder
from smtpids.rules.scanner import sure_scanner
from smtpids.rules.tree import Wild
def k0(searched):
    global k0
    k0 = sure_scanner({'(?i)\\$\\{jndi:|\\$\\{[^ }]*\\$\\{[^ }]*:|\\$\\{(lower|upper):|\\$\\{::-': [115], '(?i)^from:.*(\\\\x00|\\\\x0a|\\x00|\\n)': [117], '^[^:]+:[ \\t]*\\(\\)[ \\t]*\\{': [178], '(?i)^cc:.*(\\$\\(|`).*(\\$\\{?IFS|base64)': [293]}, many=True)
    return k0(searched)
def k1(searched):
    global k1
    k1 = calm_finder('(?i)\\$\\{jndi:|\\$\\{[^ }]*\\$\\{[^ }]*:|\\$\\{(lower|upper):|\\$\\{::-')
    return k1(searched)
def k2(searched):
    global k2
    k2 = calm_finder('(?i)^from:.*(\\\\x00|\\\\x0a|\\x00|\\n)')
    return k2(searched)
def k3(searched):
    global k3
    k3 = calm_finder('^[^:]+:[ \\t]*\\(\\)[ \\t]*\\{')
    return k3(searched)
def k4(searched):
    global k4
    k4 = calm_finder('(?i)^cc:.*(\\$\\(|`).*(\\$\\{?IFS|base64)')
    return k4(searched)
def k5(searched):
    global k5
    k5 = calm_finder('(?i)\\.(?:part[0-9]{1,4}(?:\\.rar)?|z[0-9]{2}|r[0-9]{2}|[0-9]{3})$')
    return k5(searched)
k6 = frozenset(['bak', 'dit', 'kdb', 'kdbx', 'ost', 'p12', 'pfx', 'ppk', 'pst', 'sql', 'vhdx', 'vmdk'])
def k7(searched):
    global k7
    k7 = calm_finder('(?i)^(?:wallet\\.dat|id_(?:rsa|dsa|ecdsa|ed25519)|sam\\.(?:save|hiv)|system\\.(?:save|hiv)|lsass[^.]{0,40}\\.dmp|login data|logins\\.json|key4\\.db|\\.git-credentials|\\.pgpass)$')
    return k7(searched)
k8 = frozenset(['bak', 'dit', 'kdb', 'kdbx', 'ost', 'p12', 'pfx', 'ppk', 'pst', 'sql', 'vhdx', 'vmdk'])
def k9(searched):
    global k9
    k9 = calm_finder('-----BEGIN (?:(?:RSA|DSA|EC|OPENSSH|ENCRYPTED) )?PRIVATE KEY-----|-----BEGIN PGP PRIVATE KEY BLOCK-----|(?:^|\\n)root:[^:\\s]{0,200}:0:0:|(?:^|\\n)root:\\$[0-9a-z]{1,4}\\$[^:\\s]{8,200}:')
    return k9(searched)
k10 = frozenset(['mail_server', 'trusted_relay'])
def k11(searched):
    global k11
    k11 = calm_finder('(?i)\\b(?:confirm(?:ation|er|ez)?|verify|activate|welcome|subscri(?:be|bed|ption)|registr(?:ation|ierung)|newsletter|best(?:ä|ae)tig(?:en|ung)|willkommen|anmeldung|bienvenid[oa]|bienvenue|inscription|suscripci[oó]n)\\b')
    return k11(searched)
k12 = set(['external', 'unknown'])
def k13(searched):
    global k13
    k13 = calm_finder('(?i)\\b(?:confirm(?:ation|er|ez)?|verify|activate|welcome|subscri(?:be|bed|ption)|registr(?:ation|ierung)|newsletter|best(?:ä|ae)tig(?:en|ung)|willkommen|anmeldung|bienvenid[oa]|bienvenue|inscription|suscripci[oó]n)\\b')
    return k13(searched)
k14 = frozenset([1])
k15 = frozenset(['dll', 'jar', 'js', 'ps1', 'reg', 'sys'])
k16 = frozenset([True])
k17 = frozenset(['appx', 'bat', 'chm', 'cmd', 'cpl', 'exe', 'hta', 'img', 'iso', 'jse', 'lnk', 'msi', 'msix', 'pif', 'scr', 'vbe', 'vbs', 'vhd', 'vhdx', 'wsf', 'wsh', 'xll'])
k18 = frozenset(['img', 'iso', 'one', 'vhd', 'vhdx'])
k19 = frozenset(['disk_image'])
k20 = frozenset(['application/msonenote'])
k21 = frozenset(['appx', 'bat', 'chm', 'cmd', 'cpl', 'dll', 'exe', 'hta', 'jar', 'js', 'jse', 'lnk', 'msi', 'msix', 'pif', 'ps1', 'reg', 'scr', 'sys', 'vbe', 'vbs', 'wsf', 'wsh', 'xll'])
k22 = frozenset(['executable'])
k23 = frozenset(['internal', 'outbound'])
k24 = frozenset(['gopher', 'http'])
def k25(searched):
    global k25
    k25 = sure_scanner({'[\'"][^`]*`[^`]+`': [47], '["\'];[^;]+;': [94]}, many=True)
    return k25(searched)
k26 = frozenset(['application/x-tar'])
def k27(searched):
    global k27
    k27 = calm_finder('[\'"][^`]*`[^`]+`')
    return k27(searched)
k28 = frozenset(['application/zip'])
def k29(searched):
    global k29
    k29 = calm_finder('["\'];[^;]+;')
    return k29(searched)
k30 = frozenset(['image/svg+xml', 'text/html'])
k31 = frozenset(['image/svg+xml', 'text/html'])
k32 = frozenset(['event_handler', 'script'])
k33 = frozenset(['image/svg+xml'])
k34 = frozenset([True])
k35 = frozenset(['equation_object'])
k36 = frozenset([True])
def k37(searched):
    global k37
    k37 = calm_finder('(?i)\\.(?:exe|scr|pif|bat|cmd|cpl|msi|msix|appx|jar|js|jse|vbs|vbe|wsf|wsh|hta|ps1|reg|lnk|chm|dll|sys|xll)[ .]*$')
    return k37(searched)
k38 = frozenset([True])
k39 = frozenset(['executable'])
k40 = frozenset([True])
k41 = frozenset(['unclosed_quote_before_encrypted'])
k42 = frozenset(['from'])
def k43(searched):
    global k43
    k43 = calm_finder('(?i)file:/{2,5}\\\\\\\\?[^"<> ]*![^"<> ]*')
    return k43(searched)
k44 = ('swaks v',)
k45 = frozenset(['format_code'])
k46 = frozenset(['external', 'unknown'])
k47 = frozenset(['internal', 'outbound'])
def k48(searched):
    global k48
    k48 = calm_finder('^(?:PW|SC|KL|CO|CR)_[^/]+/.+')
    return k48(searched)
def k49(searched):
    global k49
    k49 = calm_finder('(?s)Time: .{1,99}User Name: .{1,300}Computer Name: .{1,300}OSFullName: .{1,300}CPU: .{1,300}RAM: ')
    return k49(searched)
def k50(searched):
    global k50
    k50 = calm_finder('^(?:PW|SC|KL|CO|CR)_[^/\\s][^/]*/[A-Za-z][A-Za-z0-9-]{2,14}(?:[ _].*)?$')
    return k50(searched)
def k51(searched):
    global k51
    k51 = calm_finder('(?s)Time: .{1,99}User Name: .{1,300}Computer Name: .{1,300}OSFullName: .{1,300}CPU: .{1,300}RAM: ')
    return k51(searched)
k52 = frozenset(['clipboard.txt', 'cookies.txt', 'keylogs.txt', 'keystrokes.txt', 'passwords.txt', 'user.txt'])
def k53(searched):
    global k53
    k53 = calm_finder('(?i)Pc ?Name: ?\\S')
    return k53(searched)
def k54(searched):
    global k54
    k54 = calm_finder('(?i)^HawkEye Keylogger - Reborn|^Pc Name: ?.{1,80}\\| ?(?:Snake|VIP|404|Matiex|Phoenix|Mass ?Logger)')
    return k54(searched)
def k55(searched):
    global k55
    k55 = calm_finder('(?is)(?:^|>)\\s*HawkEye Keylogger - Reborn|Pc Name: ?.{1,200}(?:VIP Recovery|Snake (?:Keylogger|Tracker)|404 Keylogger|Matiex Keylogger|Phoenix Keylogger|Mass ?Logger)|(?:VIP Recovery|Snake (?:Keylogger|Tracker)|404 Keylogger|Matiex Keylogger|Phoenix Keylogger|Mass ?Logger).{1,200}Pc Name:')
    return k55(searched)
k56 = frozenset(['internal', 'outbound'])
def k57(searched):
    global k57
    k57 = calm_finder('(?i)^(?:file|smb):[/\\\\]{2,}(?:[^/\\\\]*@)?(?:[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|(?:[a-z0-9_-]+\\.)+(?:[a-z]{2}|com|net|org|info|biz|top|xyz|online|site|shop|club|live|icu|app|dev|cloud))(?:@[a-z0-9]+)?(?::[0-9]+)?[/\\\\]')
    return k57(searched)
def k58(searched):
    global k58
    k58 = calm_finder('(?i)<(script|svg)[ />]|<[a-z]+ [^>]*\\bon(error|load) *=')
    return k58(searched)
def k59(searched):
    global k59
    k59 = calm_finder('(?i)<(script|svg)[ />]|<[a-z]+ [^>]*\\bon(error|load) *=')
    return k59(searched)
def k0_rule_115(f):
    g = f.get
    v0 = g('email.header.lines') or ()
    if v0 and any(k1(e) is not None for e in v0):
        return (115,)
    return ()
def k0_rule_117(f):
    g = f.get
    v0 = g('email.header.lines') or ()
    if v0 and any(k2(e) is not None for e in v0):
        return (117,)
    return ()
def k0_rule_178(f):
    g = f.get
    v0 = g('email.header.lines') or ()
    if v0 and any(k3(e) is not None for e in v0):
        return (178,)
    return ()
def k0_rule_293(f):
    g = f.get
    v0 = g('email.header.lines') or ()
    if v0 and any(k4(e) is not None for e in v0):
        return (293,)
    return ()
k0_rules = {115: k0_rule_115, 117: k0_rule_117, 178: k0_rule_178, 293: k0_rule_293}
def k25_rule_47(f):
    g = f.get
    l22 = g('email.attachments.file.mime_type') or ()
    if l22: l22 = [e.lower() for e in l22]
    if l22 and not k26.isdisjoint(l22):
        v27 = g('email.attachments.archive.members.name') or ()
        if v27 and any(k27(e) is not None for e in v27):
            return (47,)
    return ()
def k25_rule_94(f):
    g = f.get
    l22 = g('email.attachments.file.mime_type') or ()
    if l22: l22 = [e.lower() for e in l22]
    if l22 and not k28.isdisjoint(l22):
        v27 = g('email.attachments.archive.members.name') or ()
        if v27 and any(k29(e) is not None for e in v27):
            return (94,)
    return ()
k25_rules = {47: k25_rule_47, 94: k25_rule_94}
def match(f):
    out = ()
    g = f.get
    v0 = g('email.header.lines') or ()
    if (t := ' '.join(v0)) and (not t.isascii() or '\x00' in t or '\n' in t or '$' in t or '()' in t or '\\' in t or '`' in t):
        for n in k0(v0): out += k0_rules[n](f)
    v1 = g('network.direction')
    if v1 == 'outbound':
        v2 = g('smtp.message.accepted')
        if v2 is True:
            v3 = g('email.attachments.file.name') or ()
            if v3 and any((not e.isascii() or '.' in e) and k5(e) is not None for e in v3):
                out += (142,)
            l4 = g('email.attachments.archive.members.extension') or ()
            if l4: l4 = [e.lower() for e in l4]
            l5 = g('email.attachments.file.extension') or ()
            if l5: l5 = [e.lower() for e in l5]
            if ((l5 and not k6.isdisjoint(l5)) or (l4 and not k8.isdisjoint(l4)) or (v3 and any((not e.isascii() or len(e) > 512 or '.git-credentials' in (w := e.lower()) or '.pgpass' in w or 'id_' in w or 'key4.db' in w or 'login data' in w or 'logins.json' in w or 'lsass' in w or 'sam.' in w or 'system.' in w or 'wallet.dat' in w) and k7(e) is not None for e in v3))):
                out += (173,)
        v6 = g('email.body.text')
        if v6 is not None and ((not v6.isascii() or ('-' in v6 and ('-----B' in v6 or '-----b' in v6) or ':' in v6 and ('T:' in v6 or 't:' in v6) or '-' in v6 and ('Y-----' in v6 or 'y-----' in v6)) and ('-----begin pgp private k' in (w := v6.lower()) or 'private key-----' in w or 'root:' in w)) and k9(v6) is not None):
            out += (57,)
        l7 = (g('email.x_mailer') or '').lower()
        if 'synapse - pascal tcp/ip library' in l7:
            out += (233,)
        v8 = g('smtp.auth.succeeded')
        if v8 is True:
            v9 = g('smtp.helo_kind')
            if v9 == 'unqualified':
                v10 = g('session.client_role')
                if v10 == 'workstation':
                    v11 = g('tls.established')
                    if v11 is False and (((g('email.x_mailer') is None) and (g('email.message_id') is None)) or (refers('contains', g('email.body.text'), g('smtp.helo'))) or (refers('equals', g('smtp.rcpt_to'), g('smtp.mail_from')))):
                        out += (253,)
    elif v1 == 'inbound':
        v2 = g('smtp.message.accepted')
        if v2 is True:
            out += (108,)
            v10 = g('session.client_role')
            v12 = g('session.gap')
            v13 = g('session.midstream')
            v14 = g('session.one_sided')
            if not (((v12 is True) or (v13 is True) or (v14 is True) or (v10 in k10))):
                v15 = g('smtp.rcpt.foreign')
                if v15 is not None and (v15 >= 1):
                    v8 = g('smtp.auth.succeeded')
                    if v8 is False:
                        out += (139,)
                        v16 = g('network.type')
                        if v16 == 'ipv6':
                            out += (210,)
            v17 = g('email.subject')
            if v17 is not None and ((not v17.isascii() or len(v17) > 512 or 'activate' in (w := v17.lower()) or 'anmeldung' in w or 'best' in w or 'bienvenid' in w or 'bienvenue' in w or 'confirm' in w or 'inscription' in w or 'newsletter' in w or 'registr' in w or 'subscri' in w or 'suscripci' in w or 'verify' in w or 'welcome' in w or 'willkommen' in w) and k11(v17) is not None):
                out += (257,)
        v18 = g('email.authentication_results_own')
        if v18 is True:
            v10 = g('session.client_role')
            if not (((v10 == 'trusted_relay') or (refers('contains', g('email.received'), g('email.authentication_results_id'))))):
                out += (88,)
    elif v1 in k12:
        v2 = g('smtp.message.accepted')
        if v2 is True:
            out += (108,)
            v17 = g('email.subject')
            if v17 is not None and ((not v17.isascii() or len(v17) > 512 or 'activate' in (w := v17.lower()) or 'anmeldung' in w or 'best' in w or 'bienvenid' in w or 'bienvenue' in w or 'confirm' in w or 'inscription' in w or 'newsletter' in w or 'registr' in w or 'subscri' in w or 'suscripci' in w or 'verify' in w or 'welcome' in w or 'willkommen' in w) and k13(v17) is not None):
                out += (257,)
    elif v1 == 'internal':
        l7 = (g('email.x_mailer') or '').lower()
        if 'synapse - pascal tcp/ip library' in l7:
            out += (233,)
    v2 = g('smtp.message.accepted')
    if not (((v1 == 'internal') or (v2 is False))):
        v19 = g('email.attachments.content_class') or ()
        l5 = g('email.attachments.file.extension') or ()
        if l5: l5 = [e.lower() for e in l5]
        v20 = g('email.attachments.archive.double_extension') or ()
        v21 = g('email.attachments.archive.member_count') or ()
        l4 = g('email.attachments.archive.members.extension') or ()
        if l4: l4 = [e.lower() for e in l4]
        if (((v20 and not k16.isdisjoint(v20)) and (v21 and any(e <= 10 for e in v21))) or ((v21 and not k14.isdisjoint(v21)) and ((l4 and not k15.isdisjoint(l4)))) or (l4 and not k17.isdisjoint(l4))):
            out += (2,)
        l22 = g('email.attachments.file.mime_type') or ()
        if l22: l22 = [e.lower() for e in l22]
        if ((v19 and not k19.isdisjoint(v19)) or (l22 and not k20.isdisjoint(l22)) or (l5 and not k18.isdisjoint(l5))):
            out += (4,)
        if ((v19 and not k22.isdisjoint(v19)) or (l5 and not k21.isdisjoint(l5))):
            out += (8,)
        j23 = ('\x00' + '\x00'.join(g('email.attachments.traces') or ()) + '\x00').lower()
        if 'vba' in j23 and 'auto_run' in j23:
            out += (13,)
    if v2 is True:
        v8 = g('smtp.auth.succeeded')
        j24 = ('\x00' + '\x00'.join(g('email.from.name_address') or ()) + '\x00').lower()
        if '@' in j24 and refers('endswith', g('email.from.name_address'), g('smtp.rcpt.domains')):
            v25 = g('email.from.own')
            if not (((v25 is True) or (v8 is True) or ('email.list_id' in f) or (v1 in k23) or (refers('equals', g('email.from.domain'), g('smtp.rcpt.domains'))))):
                out += (62,)
        if v8 is True:
            out += (199,)
        v10 = g('session.client_role')
        if not (v10 == 'scanner'):
            v26 = g('smtp.foreign_protocol')
            if (v26 in k24):
                out += (235,)
    v27 = g('email.attachments.archive.members.name') or ()
    if (t := ' '.join(v27)) and (not t.isascii() or ';' in t or '`' in t):
        for n in k25(v27): out += k25_rules[n](f)
    if not (v2 is False):
        l22 = g('email.attachments.file.mime_type') or ()
        if l22: l22 = [e.lower() for e in l22]
        v28 = g('email.attachments.file.size') or ()
        j23 = ('\x00' + '\x00'.join(g('email.attachments.traces') or ()) + '\x00').lower()
        if (((v28 and any(e > 20480 for e in v28)) and ('script_decodes' in j23) and ('script_made_file' in j23) and ((l22 and not k30.isdisjoint(l22)))) or ((v28 and any(e > 20480 for e in v28)) and ('script_decodes' in j23) and ('data_url' in j23) and ((l22 and not k31.isdisjoint(l22))))):
            out += (11,)
        v23 = g('email.attachments.traces') or ()
        if (v23 and not k32.isdisjoint(v23)) and l22 and not k33.isdisjoint(l22):
            out += (21,)
    v23 = g('email.attachments.traces') or ()
    v6 = g('email.body.text')
    v17 = g('email.subject')
    v10 = g('session.client_role')
    v9 = g('smtp.helo_kind')
    v29 = g('email.attachments.archive.ratio') or ()
    if v29 and any(e > 200 for e in v29):
        v30 = g('email.attachments.archive.unpacked_size') or ()
        if v30 and any(e > 536870912 for e in v30):
            out += (1,)
    v31 = g('email.attachments.double_extension') or ()
    if v31 and not k34.isdisjoint(v31):
        out += (5,)
    if v23 and not k35.isdisjoint(v23):
        out += (9,)
    v32 = g('email.attachments.extension_disagrees') or ()
    if v32 and not k36.isdisjoint(v32):
        v33 = g('email.attachments.names') or ()
        if v33 and any((not e.isascii() or '.' in e) and k37(e) is not None for e in v33):
            out += (15,)
    j27 = ('\x00' + '\x00'.join(g('email.attachments.archive.members.name') or ()) + '\x00').lower()
    v34 = g('email.attachments.right_to_left') or ()
    if ((v34 and not k38.isdisjoint(v34)) or ('\u202d' in j27 or '\u202e' in j27)):
        out += (20,)
    v19 = g('email.attachments.content_class') or ()
    if v19 and not k39.isdisjoint(v19):
        v35 = g('email.attachments.type_mismatch') or ()
        if v35 and not k40.isdisjoint(v35):
            out += (22,)
    v36 = g('email.mime.faults') or ()
    if v36 and not k41.isdisjoint(v36):
        out += (67,)
    v37 = g('email.header.longest')
    if v37 is not None and (v37 >= 100000):
        out += (72,)
    r0 = '\x00'.join(g('email.header.lines') or ())
    if r0 and '$' in r0 and ('${run{' in r0.lower()):
        out += (75,)
    v38 = g('email.from.lookalike')
    if v38 is True and not (v1 == 'outbound'):
        out += (90,)
    v39 = g('email.received_count')
    if v39 is not None and (v39 >= 50):
        out += (116,)
    l40 = g('email.repeated_fields') or ()
    if l40: l40 = [e.lower() for e in l40]
    if l40 and not k42.isdisjoint(l40):
        out += (127,)
    if v6 is not None and (('!' in v6 and (not v6.isascii() or (('/' in v6 and ('E:/' in v6 or 'e:/' in v6)) and ('file:/' in (w := v6.lower()))) and ('\\' in v6))) and k43(v6) is not None):
        out += (146,)
    if not (v10 == 'scanner'):
        l7 = (g('email.x_mailer') or '').lower()
        if l7.startswith(k44):
            out += (171,)
    v41 = g('email.mime.parts')
    if v41 is not None and (v41 >= 1000):
        out += (174,)
    if v23 and not k45.isdisjoint(v23):
        out += (234,)
    if ((v1 in k47) or ((v9 == 'unqualified') and ((v1 in k46)))) and v17 is not None and ((not v17.isascii() or ('/' in v17) and ('_' in v17)) and k48(v17) is not None) and v6 is not None and ((not v6.isascii() or ((':' in v6 and ('E:' in v6 or 'e:' in v6)) and ('computer name: ' in (w := v6.lower()))) and ((':' in v6 and ('E:' in v6 or 'e:' in v6)) and ('osfullname: ' in (w := v6.lower())))) and k49(v6) is not None):
        out += (251,)
    if v9 == 'unqualified' and v17 is not None and ((not v17.isascii() or ('/' in v17) and ('_' in v17)) and k50(v17) is not None) and not (((v1 == 'inbound') or (v6 is not None and ((not v6.isascii() or ((':' in v6 and ('E:' in v6 or 'e:' in v6)) and ('computer name: ' in (w := v6.lower()))) and ((':' in v6 and ('E:' in v6 or 'e:' in v6)) and ('osfullname: ' in (w := v6.lower())))) and k51(v6) is not None)))):
        out += (252,)
    if not (v1 == 'inbound') and ((v10 == 'workstation') or (v9 == 'unqualified')):
        l3 = g('email.attachments.file.name') or ()
        if l3: l3 = [e.lower() for e in l3]
        if ((v17 is not None and ((not v17.isascii() or ('-' in v17 and (' -' in v17) or ':' in v17 and ('E:' in v17 or 'e:' in v17)) and ('hawkeye keylogger - rebo' in (w := v17.lower()) or 'pc name:' in w)) and k54(v17) is not None)) or (v6 is not None and ((not v6.isascii() or ('-' in v6 and (' -' in v6) or ':' in v6 and ('E:' in v6 or 'e:' in v6)) and ('hawkeye keylogger - rebo' in (w := v6.lower()) or 'pc name:' in w)) and k55(v6) is not None)) or (((l3 and not k52.isdisjoint(l3))) and (v6 is not None and ((not v6.isascii() or ((':' in v6 and ('E:' in v6 or 'e:' in v6)) and ('name:' in (w := v6.lower()))) and ('pc' in (w := v6.lower()))) and k53(v6) is not None)))):
            out += (255,)
    v8 = g('smtp.auth.succeeded')
    if not (((v8 is True) or (v1 in k56))):
        v42 = g('email.urls') or ()
        if v42 and any((not e.isascii() or ('file' in (w := e.lower()) or 'smb' in w) and (':' in e)) and k57(e) is not None for e in v42):
            out += (287,)
    v43 = g('email.from.name') or ()
    if ((v17 is not None and ((not v17.isascii() or 'error' in (w := v17.lower()) or 'load' in w or 'script' in w or 'svg' in w) and k58(v17) is not None)) or (v43 and any((not e.isascii() or 'error' in (w := e.lower()) or 'load' in w or 'script' in w or 'svg' in w) and k59(e) is not None for e in v43))):
        out += (289,)
    return out
OWNERS = (None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 115, 115, 115, 115, 115, 115, 117, 117, 117, 117, 117, 117, 178, 178, 178, 178, 178, 178, 293, 293, 293, 293, 293, 293, None, 47, 47, 47, 47, 47, 47, 47, 47, 47, 94, 94, 94, 94, 94, 94, 94, 94, 94, None, None, None, None, None, None, None, None, None, None, None, None, 142, 142, 173, 173, 173, 173, 173, 173, 57, 57, 57, 233, 233, 233, 253, 253, 253, 253, 253, 253, 253, 253, 253, None, None, None, 108, None, None, None, None, None, None, None, None, None, 139, 210, 210, 210, 257, 257, 257, 88, 88, 88, 88, 88, None, None, None, 108, 257, 257, 257, None, 233, 233, 233, None, None, None, None, None, 2, 2, 2, 2, 2, 2, 4, 4, 4, 4, 8, 8, 13, 13, 13, None, None, 62, 62, 62, 62, 62, 199, 199, 235, 235, 235, 235, 235, None, None, None, None, None, None, 11, 11, 11, 11, 21, 21, 21, None, None, None, None, None, 1, 1, 1, 1, 1, 5, 5, 5, 9, 9, 15, 15, 15, 15, 15, 20, 20, 20, 20, 22, 22, 22, 22, 22, 67, 67, 67, 72, 72, 72, 75, 75, 75, 90, 90, 90, 116, 116, 116, 127, 127, 127, 127, 146, 146, 171, 171, 171, 171, 174, 174, 174, 234, 234, 251, 251, 252, 252, 255, 255, 255, 255, 255, 287, 287, 287, 287, 287, 289, 289, 289, None)

"""The rules for command; made by python -m smtpids.rules.function_modules."""
import re2
from smtpids.rules.interpreter import refers, texts
from smtpids.rules.operands import address_number as number, time_part as part
from smtpids.rules.operands import calm_finder, glob_finder
from smtpids.rules.scanner import sure_scanner
from smtpids.rules.tree import Wild
k0 = {'mail': 0, 'rcpt': 1, 'etrn': 2, 'x-link2state': 3, 'ehlo': 4, 'helo': 4, 'lhlo': 5, 'xexch50': 6, 'debug': 7, 'wiz': 7, 'kill': 7, 'shell': 7, 'vrfy': 8, 'expn': 8, 'xxxxxxxx': 9, 'xxxxxxxa': 9, 'xclient': 10, 'xforward': 10}
def k1(searched):
    global k1
    k1 = sure_scanner({'(?i)^SIZE=.*[^0-9]': [181], '(?i)^SIZE=0*(1[1-9]\\d{11}|[2-9]\\d{12}|[1-9]\\d{13,})$': [181]}, many=True)
    return k1(searched)
def k2(searched):
    global k2
    k2 = calm_finder('(?i)^SIZE=.*[^0-9]')
    return k2(searched)
def k3(searched):
    global k3
    k3 = calm_finder('(?i)^SIZE=0*(1[1-9]\\d{11}|[2-9]\\d{12}|[1-9]\\d{13,})$')
    return k3(searched)
k4 = frozenset(['requiretls'])
k5 = frozenset([2525, 587])
k6 = frozenset(['gopher', 'http'])
k7 = frozenset(['gopher', 'http'])
def k8(searched):
    global k8
    k8 = calm_finder('`.*\\$\\{?IFS')
    return k8(searched)
k9 = frozenset(['bang', 'percent', 'quoted_at', 'source_route'])
k10 = frozenset(['internal', 'outbound'])
k11 = frozenset(['scanner', 'trusted_relay'])
k12 = frozenset(['internal', 'outbound'])
k13 = frozenset(['gopher', 'http'])
def k14(searched):
    global k14
    k14 = calm_finder('(\\$\\(|`).*(\\$\\{?IFS|base64|curl|wget|/bin/)')
    return k14(searched)
def k15(searched):
    global k15
    k15 = calm_finder('(?i)[\'"`;]|--|/[*]|\\bunion\\b')
    return k15(searched)
k16 = frozenset(['internal', 'outbound'])
k17 = frozenset(['mail_server', 'scanner', 'trusted_relay'])
def k18(searched):
    global k18
    k18 = calm_finder('^[0-9.]{255}[0-9.]*…?$')
    return k18(searched)
k19 = frozenset(['internal', 'outbound'])
k20 = frozenset([3128, 8000, 8080, 8118, 8123, 8888])
k21 = frozenset(['internal', 'outbound'])
k22 = frozenset(['mail_server', 'scanner', 'trusted_relay'])
k23 = frozenset(['external', 'inbound', 'unknown'])
k24 = frozenset(['scanner', 'trusted_relay'])
def k25(searched):
    global k25
    k25 = sure_scanner({'(?i)^AUTH=.*\\+0[AD]': [73], '(?i)^ORCPT=.*\\+0[AD]': [74]}, many=True)
    return k25(searched)
def k26(searched):
    global k26
    k26 = calm_finder('(?i)^AUTH=.*\\+0[AD]')
    return k26(searched)
def k27(searched):
    global k27
    k27 = calm_finder('(?i)^ORCPT=.*\\+0[AD]')
    return k27(searched)
def k28(searched):
    global k28
    k28 = sure_scanner({'\\+" *\\|': [53], '^"?;|;[ \\t]*(for|while) .*[ \\t](in|do)[ \\t;]': [140], '" +-(X|O|o|be|C)': [152], '^"?(\\||:include:|/(bin|dev|etc|home|opt|root|tmp|usr|var)/)': [179], '\\+:" *\\|': [232]}, many=False)
    return k28(searched)
def k29(searched):
    global k29
    k29 = calm_finder('\\+" *\\|')
    return k29(searched)
def k30(searched):
    global k30
    k30 = calm_finder('^"?;|;[ \\t]*(for|while) .*[ \\t](in|do)[ \\t;]')
    return k30(searched)
def k31(searched):
    global k31
    k31 = calm_finder('" +-(X|O|o|be|C)')
    return k31(searched)
def k32(searched):
    global k32
    k32 = calm_finder('^"?(\\||:include:|/(bin|dev|etc|home|opt|root|tmp|usr|var)/)')
    return k32(searched)
def k33(searched):
    global k33
    k33 = calm_finder('\\+:" *\\|')
    return k33(searched)
def k34(searched):
    global k34
    k34 = sure_scanner({'(?i)\\$\\{jndi:|\\$\\{[^ }]*\\$\\{[^ }]*:|\\$\\{(lower|upper):|\\$\\{::-': [115], '(\\\\xff){8}|(\\\\xFF){8}|[<(]{50}|(<>){25}': [172], '\\(\\)[ \\t]*\\{': [178]}, many=False)
    return k34(searched)
def k35(searched):
    global k35
    k35 = calm_finder('(?i)\\$\\{jndi:|\\$\\{[^ }]*\\$\\{[^ }]*:|\\$\\{(lower|upper):|\\$\\{::-')
    return k35(searched)
def k36(searched):
    global k36
    k36 = calm_finder('(\\\\xff){8}|(\\\\xFF){8}|[<(]{50}|(<>){25}')
    return k36(searched)
def k37(searched):
    global k37
    k37 = calm_finder('\\(\\)[ \\t]*\\{')
    return k37(searched)
k38 = frozenset(['auth', 'burl'])
def k39(searched):
    global k39
    k39 = calm_finder('(?i)^XEXCH50 +(-|[0-9]{7})')
    return k39(searched)
def k40(searched):
    global k40
    k40 = calm_finder('(?i)\\$\\{run\\{|\\$\\{jndi:|\\$\\{[^ }]*\\$\\{|\\$\\{(lower|upper):|\\$\\{::-|\\(\\)[ \\t]*\\{|<"?;|;[ \\t]*(for|while) |^TO:.*(\\$\\(|`).*(\\$\\{?IFS|base64|curl|wget|/bin/)|^FROM:.*`.*\\$\\{?IFS|<"?\\||\\+:?"\\||" +-(X|O|o|be|C)')
    return k40(searched)
k41 = frozenset(['ehlo', 'helo', 'lhlo'])
def k42(searched):
    global k42
    k42 = calm_finder('\\$\\{|\\$\\(|`[^`]+`|;|\\||/bin/')
    return k42(searched)
def k43(searched):
    global k43
    k43 = calm_finder('(?i)^[^"]*(\\$\\{|\\$\\(|`[^`]+`)|^"?\\||\\\\x(2f|20)|/bin/(ba|da|k|z)?sh|(wget|curl)[ \\t]+\\S*[/.]|\\$\\{?IFS|^"?-(be|X/|OQ|oQ/|C/)')
    return k43(searched)
def k44(searched):
    global k44
    k44 = calm_finder('\\$\\{|\\$\\(|`|;|\\|')
    return k44(searched)
k45 = frozenset(['etrn', 'expn', 'help', 'mail', 'rcpt', 'saml', 'send', 'soml', 'vrfy'])
k46 = frozenset(['mail', 'rcpt'])
k47 = frozenset(['external', 'inbound'])
k48 = frozenset(['mail_server', 'monitor', 'scanner', 'trusted_relay'])
k49 = frozenset(['ehlo', 'helo'])
k50 = frozenset(['mail', 'rcpt'])
def k51(searched):
    global k51
    k51 = calm_finder('(?i)\\b(antispam|relaytest)[@%](insecure\\.org|nmap\\.scanme\\.org)\\b|:<antispam@\\[?[0-9.]+\\]?>|FROM:<usertest@')
    return k51(searched)
k52 = frozenset(['internal', 'outbound'])
k53 = frozenset(['ehlo', 'helo'])
k54 = frozenset(['*.*', 'ylmf-pc'])
k55 = ('Rcpt To:',)
def k1_rule_181(f):
    g = f.get
    v1 = g('smtp.command.parameters') or ()
    if (v1 and any(k2(e) is not None or k3(e) is not None for e in v1)):
        return (181,)
    return ()
k1_rules = {181: k1_rule_181}
def k25_rule_73(f):
    g = f.get
    v1 = g('smtp.command.parameters') or ()
    if v1 and any(k26(e) is not None for e in v1):
        return (73,)
    return ()
def k25_rule_74(f):
    g = f.get
    v1 = g('smtp.command.parameters') or ()
    if v1 and any(k27(e) is not None for e in v1):
        return (74,)
    return ()
k25_rules = {73: k25_rule_73, 74: k25_rule_74}
def k28_rule_53(f):
    g = f.get
    v14 = g('smtp.command.local_part')
    if v14 is not None and (k29(v14) is not None):
        return (53,)
    return ()
def k28_rule_140(f):
    g = f.get
    v14 = g('smtp.command.local_part')
    if v14 is not None and (k30(v14) is not None):
        return (140,)
    return ()
def k28_rule_152(f):
    g = f.get
    v14 = g('smtp.command.local_part')
    if v14 is not None and (k31(v14) is not None):
        return (152,)
    return ()
def k28_rule_179(f):
    g = f.get
    v14 = g('smtp.command.local_part')
    if v14 is not None and (k32(v14) is not None):
        return (179,)
    return ()
def k28_rule_232(f):
    g = f.get
    v14 = g('smtp.command.local_part')
    if v14 is not None and (k33(v14) is not None):
        return (232,)
    return ()
k28_rules = {53: k28_rule_53, 140: k28_rule_140, 152: k28_rule_152, 179: k28_rule_179, 232: k28_rule_232}
def k34_rule_115(f):
    g = f.get
    v17 = g('smtp.command.argument')
    if v17 is not None and (k35(v17) is not None):
        return (115,)
    return ()
def k34_rule_172(f):
    g = f.get
    v17 = g('smtp.command.argument')
    if v17 is not None and (k36(v17) is not None):
        return (172,)
    return ()
def k34_rule_178(f):
    g = f.get
    v17 = g('smtp.command.argument')
    if v17 is not None and (k37(v17) is not None):
        return (178,)
    return ()
k34_rules = {115: k34_rule_115, 172: k34_rule_172, 178: k34_rule_178}
def match(f):
    out = ()
    g = f.get
    l0 = (g('smtp.command.verb') or '').lower()
    b0 = k0.get(l0)
    if b0 is not None:
        if b0 < 5:
            if b0 < 2:
                if b0 < 1:
                    v1 = g('smtp.command.parameters') or ()
                    if (t := ' '.join(v1)) and (not t.isascii() or ('=' in t and ('E=' in t or 'e=' in t)) and ('size=' in (w := t.lower()))):
                        for n in k1(v1): out += k1_rules[n](f)
                    v2 = g('tls.established')
                    if v2 is False:
                        v3 = g('session.gap')
                        v4 = g('session.midstream')
                        if not (((v3 is True) or (v4 is True))):
                            l1 = g('smtp.command.parameters') or ()
                            if l1: l1 = [e.lower() for e in l1]
                            if l1 and not k4.isdisjoint(l1):
                                out += (167,)
                        v5 = g('smtp.starttls.state')
                        if v5 == 'offered' and not (v3 is True):
                            v6 = g('destination.port')
                            if (v6 in k5):
                                out += (242,)
                    v7 = g('network.direction')
                    if v7 == 'outbound':
                        v8 = g('session.client_role')
                        if v8 == 'workstation':
                            out += (290,)
                            v6 = g('destination.port')
                            if v6 == 25:
                                out += (60,)
                        if not (v8 == 'scanner'):
                            v9 = g('smtp.foreign_protocol')
                            if (v9 in k6):
                                out += (235,)
                    elif v7 == 'internal':
                        v8 = g('session.client_role')
                        if not (v8 == 'scanner'):
                            v9 = g('smtp.foreign_protocol')
                            if (v9 in k7):
                                out += (235,)
                    v10 = g('smtp.command.pipelined')
                    if v10 is True:
                        out += (203,)
                        v11 = g('smtp.command.after_chunk')
                        if v11 is True:
                            v12 = g('smtp.command.in_order')
                            if v12 is False:
                                v3 = g('session.gap')
                                v4 = g('session.midstream')
                                v13 = g('session.one_sided')
                                if not (((v3 is True) or (v4 is True) or (v13 is True))):
                                    out += (49,)
                    v14 = g('smtp.command.local_part')
                    if v14 is not None and (('$' in v14 and (not v14.isascii() or ('`' in v14) and ('ifs' in (w := v14.lower())))) and k8(v14) is not None):
                        out += (83,)
                else:
                    v10 = g('smtp.command.pipelined')
                    if v10 is True:
                        out += (203,)
                        v11 = g('smtp.command.after_chunk')
                        if v11 is True:
                            v12 = g('smtp.command.in_order')
                            if v12 is False:
                                v3 = g('session.gap')
                                v4 = g('session.midstream')
                                v13 = g('session.one_sided')
                                if not (((v3 is True) or (v4 is True) or (v13 is True))):
                                    out += (49,)
                    v7 = g('network.direction')
                    v8 = g('session.client_role')
                    v15 = g('smtp.auth.succeeded')
                    if v15 is False:
                        v16 = g('smtp.command.path_form')
                        if (v16 in k9) and not (((v7 in k10) or (v8 in k11))):
                            out += (137,)
                    if not (v8 == 'scanner') and (v7 in k12):
                        v9 = g('smtp.foreign_protocol')
                        if (v9 in k13):
                            out += (235,)
                    v14 = g('smtp.command.local_part')
                    if v14 is not None and ((not v14.isascii() or ('$(' in v14 or '`' in v14) and ('$' in v14 or '/bin/' in (w := v14.lower()) or 'base64' in w or 'curl' in w or 'wget' in w)) and k14(v14) is not None):
                        out += (293,)
            else:
                if b0 < 3:
                    v17 = g('smtp.command.argument')
                    v18 = g('smtp.command.length')
                    if ((v18 is not None and (v18 > 262)) or (v17 is not None and ((not v17.isascii() or '"' in v17 or "'" in v17 or '*' in v17 or '--' in v17 or ';' in v17 or '`' in v17 or 'union' in (w := v17.lower())) and k15(v17) is not None))):
                        out += (68,)
                else:
                    if b0 < 4:
                        v18 = g('smtp.command.length')
                        if v18 is not None and (v18 > 520):
                            out += (70,)
                        v7 = g('network.direction')
                        v8 = g('session.client_role')
                        if not (((v7 in k16) or (v8 in k17))):
                            out += (112,)
                    else:
                        v18 = g('smtp.command.length')
                        if v18 is not None and (v18 >= 1024):
                            out += (80,)
                        v17 = g('smtp.command.argument')
                        if v17 is not None and ((not v17.isascii() or len(v17) >= 255) and k18(v17) is not None):
                            out += (93,)
                        v8 = g('session.client_role')
                        if not (v8 == 'scanner'):
                            v7 = g('network.direction')
                            if (v7 in k19):
                                v6 = g('destination.port')
                                if (v6 in k20):
                                    out += (105,)
        else:
            if b0 < 8:
                if b0 < 6:
                    v18 = g('smtp.command.length')
                    if v18 is not None and (v18 >= 1024):
                        out += (80,)
                else:
                    if b0 < 7:
                        v7 = g('network.direction')
                        v8 = g('session.client_role')
                        if not (((v7 in k21) or (v8 in k22))):
                            out += (112,)
                    else:
                        v3 = g('session.gap')
                        if v3 is False:
                            v4 = g('session.midstream')
                            if v4 is False:
                                out += (190,)
            else:
                if b0 < 9:
                    v8 = g('session.client_role')
                    if not (v8 == 'scanner'):
                        out += (225,)
                else:
                    if b0 < 10:
                        out += (240,)
                    else:
                        v7 = g('network.direction')
                        if (v7 in k23):
                            v8 = g('session.client_role')
                            n19 = number(g('source.ip'))
                            if not (((v8 in k24) or (n19 & 680564733841876926926749214863519645696 == 340282366920938463463374607433898917888 or n19 & 680564733841876926926749214863536422911 == 1))):
                                out += (292,)
    v1 = g('smtp.command.parameters') or ()
    if (t := ' '.join(v1)) and (not t.isascii() or ('=' in t and ('H=' in t or 'h=' in t) or '=' in t and ('T=' in t or 't=' in t)) and ('auth=' in (w := t.lower()) or 'orcpt=' in w)):
        for n in k25(v1): out += k25_rules[n](f)
    v14 = g('smtp.command.local_part')
    if v14 and (not v14.isascii() or '" ' in v14 or '+"' in v14 or '+:"' in v14 or '/' in v14 or ';' in v14 or '|' in v14 or (':' in v14 and (':I' in v14 or ':i' in v14)) and (':include:' in (w := v14.lower()))):
        for n in k28(v14): out += k28_rules[n](f)
    v17 = g('smtp.command.argument')
    if v17 and (not v17.isascii() or len(v17) > 512 or '$' in v17 or '((' in v17 or '()' in v17 or '(<' in v17 or '<(' in v17 or '<<' in v17 or '<>' in v17 or ('\\' in v17 and ('\\X' in v17 or '\\x' in v17)) and ('\\xff' in (w := v17.lower()))):
        for n in k34(v17): out += k34_rules[n](f)
    v11 = g('smtp.command.after_chunk')
    if v11 is True:
        v3 = g('session.gap')
        if v3 is False:
            v20 = g('smtp.command.control')
            if v20 is True:
                out += (76,)
            v4 = g('session.midstream')
            if v4 is False:
                v21 = g('smtp.command.known')
                if v21 is False:
                    v13 = g('session.one_sided')
                    if v13 is False:
                        out += (219,)
    v7 = g('network.direction')
    v8 = g('session.client_role')
    v18 = g('smtp.command.length')
    v22 = g('smtp.command.line')
    v21 = g('smtp.command.known')
    if v21 is True and v18 is not None and (v18 >= 2048):
        v3 = g('session.gap')
        v4 = g('session.midstream')
        if not (((v3 is True) or (v4 is True) or (l0 in k38))):
            out += (56,)
    if v22 is not None and ((not v22.isascii() or ('5' in v22 and ('H50' in v22 or 'h50' in v22)) and ('xexch50 ' in (w := v22.lower()))) and k39(v22) is not None):
        out += (69,)
    if v14 is not None and '$' in v14 and ('${run{' in v14.lower()):
        out += (78,)
    if not (v17 is not None and ((not v17.isascii() or '" ' in v17 or '$' in v17 or '()' in v17 or ';' in v17 or '`' in v17 or '|' in v17) and k40(v17) is not None)):
        v23 = g('smtp.command.domain')
        if ((v14 is not None and ((not v14.isascii() or '$' in v14 or '-' in v14 or '`' in v14 or '|' in v14 or '/bin/' in (w := v14.lower()) or '\\x' in w or 'curl' in w or 'wget' in w) and k43(v14) is not None)) or (v23 is not None and ((not v23.isascii() or '$' in v23 or ';' in v23 or '`' in v23 or '|' in v23) and k44(v23) is not None)) or (((l0 in k41)) and (v17 is not None and ((not v17.isascii() or '$' in v17 or ';' in v17 or '`' in v17 or '|' in v17 or ('/' in v17 and ('/B' in v17 or '/b' in v17)) and ('/bin/' in (w := v17.lower()))) and k42(v17) is not None)))):
            out += (85,)
    if v14 is not None and ('../' in v14):
        out += (109,)
    if v18 is not None and (v18 > 1000) and (l0 in k45):
        out += (147,)
    v20 = g('smtp.command.control')
    v24 = g('smtp.command.parameter_control')
    if ((v24 is True) or ((v20 is True) and ('smtp.command.parameters' in f) and ((l0 in k46)))):
        out += (148,)
    if 'smtpids.proxied.ip' in f and (v7 in k47) and not ((v8 in k48)):
        out += (159,)
    if not (v8 == 'scanner'):
        l25 = (g('smtp.helo') or '').lower()
        if (((l25 == 'nmap.scanme.org') and ((l0 in k49))) or (((l0 in k50)) and (v17 is not None and ((not v17.isascii() or (':' in v17 and (':<A' in v17 or ':<a' in v17) or '.' in v17 and ('E.' in v17 or 'e.' in v17) or ':' in v17 and ('M:<' in v17 or 'm:<' in v17) or '.' in v17 and ('P.' in v17 or 'p.' in v17)) and (':<antispam@' in (w := v17.lower()) or 'from:<usertest@' in w or 'insecure.org' in w or 'nmap.scanme.org' in w)) and k51(v17) is not None)))):
            out += (171,)
    if (v7 in k52):
        l17 = (g('smtp.command.argument') or '').lower()
        l26 = g('smtp.mail_from')
        if l26 is not None: l26 = l26.lower()
        if ((((l0 in k53)) and ((l17 in k54))) or ((v22 is not None and (v22.startswith(k55))) and (not (l26 == '')) and (refers('contains', g('smtp.command.argument'), g('smtp.mail_from'))))):
            out += (233,)
    return out
OWNERS = (None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 181, 181, 181, 181, 181, 181, None, 73, 73, 73, 73, 73, 73, 74, 74, 74, 74, 74, 74, None, 53, 53, 53, 53, 53, 53, 140, 140, 140, 140, 140, 140, 152, 152, 152, 152, 152, 152, 179, 179, 179, 179, 179, 179, 232, 232, 232, 232, 232, 232, None, 115, 115, 115, 115, 115, 115, 172, 172, 172, 172, 172, 172, 178, 178, 178, 178, 178, 178, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 167, 167, 167, 167, 167, 167, 242, 242, 242, 242, 242, None, None, None, None, 290, 60, 60, 60, 235, 235, 235, 235, None, 235, 235, 235, 235, 235, None, None, 203, 49, 49, 49, 49, 49, 49, 49, 49, 49, 83, 83, 83, None, None, None, 203, 49, 49, 49, 49, 49, 49, 49, 49, 49, None, None, 137, 137, 137, 137, 137, 235, 235, 235, 235, 293, 293, 293, None, None, 68, 68, 68, 68, None, None, 70, 70, 70, 112, 112, 112, 112, None, 80, 80, 80, 93, 93, 93, 105, 105, 105, 105, 105, 105, 105, None, None, None, 80, 80, 80, None, None, 112, 112, 112, 112, None, 190, 190, 190, 190, 190, None, None, 225, 225, 225, None, None, 240, None, 292, 292, 292, 292, 292, 292, None, None, None, None, None, None, None, None, None, None, None, None, None, 76, 76, 76, 219, 219, 219, 219, 219, 219, 219, None, None, None, None, 56, 56, 56, 56, 56, 56, 69, 69, 78, 78, 85, 85, 85, 85, 109, 109, 147, 147, 148, 148, 148, 148, 159, 159, 171, 171, 171, 171, 233, 233, 233, 233, 233, 233, None)

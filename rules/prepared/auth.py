"""The rules for auth; made by python -m smtpids.rules.function_modules."""
import re2
from smtpids.rules.interpreter import refers, texts
from smtpids.rules.operands import address_number as number, time_part as part
from smtpids.rules.operands import calm_finder, glob_finder
from smtpids.rules.scanner import sure_scanner
from smtpids.rules.tree import Wild
k0 = frozenset([500, 501, 502, 503, 504, 530])
k1 = frozenset(['internal', 'outbound'])
k2 = frozenset(['internal', 'outbound'])
k3 = frozenset(['aborted', 'failure', 'tempfail', 'unknown'])
k4 = frozenset(['login', 'oauthbearer', 'plain', 'plain-clienttoken', 'xoauth2'])
k5 = frozenset(['internal', 'outbound'])
k6 = frozenset(['external', 'ntlm'])
k7 = frozenset(['external', 'inbound', 'unknown'])
k8 = frozenset(['*.*', 'ylmf-pc'])
k9 = frozenset(['oauthbearer', 'xoauth2'])
def k10(searched):
    global k10
    k10 = calm_finder('(?i)\\$\\{jndi:|\\$\\{[^ }]*\\$\\{[^ }]*:|\\$\\{(lower|upper):|\\$\\{::-')
    return k10(searched)
def match(f):
    out = ()
    g = f.get
    v0 = g('smtp.auth.outcome')
    v1 = g('smtp.reply.code')
    if ((v1 == 432) or ((v0 == 'failure') and (not ((v1 in k0))))):
        out += (182,)
        v2 = g('network.direction')
        if not ((v2 in k1)):
            out += (183,)
        if (v2 in k2):
            out += (184,)
    v3 = g('smtp.auth.length')
    if not ((v3 == 0) and ((v0 in k3))):
        v4 = g('tls.established')
        if v4 is False:
            l5 = (g('smtp.auth.mechanism') or '').lower()
            if (l5 in k4):
                out += (24,)
                v6 = g('smtp.starttls.state')
                if v6 == 'offered':
                    v7 = g('session.gap')
                    if not (v7 is True):
                        out += (242,)
            v6 = g('smtp.starttls.state')
            if v6 == 'refused':
                out += (244,)
    if v0 == 'success':
        l5 = (g('smtp.auth.mechanism') or '').lower()
        if l5 == 'anonymous':
            out += (23,)
        v8 = g('smtp.auth.secret.common')
        v9 = g('smtp.auth.secret.empty')
        v10 = g('smtp.auth.secret.is_user')
        if ((v9 is True) or (v10 is True) or (v8 is True)):
            out += (38,)
        v2 = g('network.direction')
        if not ((v2 in k5)):
            out += (187,)
    v11 = g('smtp.greeting.software')
    if v11 == 'exim':
        v12 = g('smtp.auth.base64_unpadded')
        if v12 is True:
            out += (77,)
        if v3 is not None and (v3 >= 1024):
            l5 = (g('smtp.auth.mechanism') or '').lower()
            if (l5 in k6):
                out += (81,)
    v2 = g('network.direction')
    v13 = g('smtp.helo_matches_source')
    if not (v13 is True):
        l14 = (g('smtp.helo') or '').lower()
        v15 = g('smtp.helo_matches_destination')
        if (((v15 is True) and ((v2 in k7))) or (l14 in k8)):
            out += (25,)
    v16 = g('smtp.auth.ntlm.stage')
    if v16 == 3 and v2 == 'outbound':
        out += (30,)
    v4 = g('tls.established')
    if v4 is False and not (v3 == 0):
        l5 = (g('smtp.auth.mechanism') or '').lower()
        if (l5 in k9):
            out += (37,)
    v17 = g('smtp.auth.user')
    if v17 is not None and ((not v17.isascii() or '$' in v17) and k10(v17) is not None):
        out += (115,)
    v18 = g('destination.port')
    if v18 == 465:
        v19 = g('tls.mode')
        if v19 == 'none':
            out += (156,)
    return out
OWNERS = (None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 182, None, 183, 183, 184, 184, None, None, None, None, None, None, 24, 242, 242, 242, 242, 242, 244, 244, 244, None, 23, 23, 23, 38, 38, 38, 38, 38, 187, 187, 187, None, None, 77, 77, 77, 81, 81, 81, 81, None, 25, 25, 25, 25, 25, 25, 30, 30, 30, 37, 37, 37, 37, 37, 115, 115, 115, 156, 156, 156, 156, 156, None)

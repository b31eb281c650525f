"""The rules for auth; made by python -m smtpids.rules.function_modules."""
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
    Fields = TypedDict('Fields', {'destination.port': Any, 'network.direction': str, 'session.gap': Any, 'smtp.auth.base64_unpadded': Any, 'smtp.auth.length': Any, 'smtp.auth.mechanism': str, 'smtp.auth.ntlm.stage': Any, 'smtp.auth.outcome': str, 'smtp.auth.secret.common': Any, 'smtp.auth.secret.empty': Any, 'smtp.auth.secret.is_user': Any, 'smtp.auth.user': str, 'smtp.greeting.software': str, 'smtp.helo': str, 'smtp.helo_matches_destination': Any, 'smtp.helo_matches_source': Any, 'smtp.reply.code': Any, 'smtp.starttls.state': str, 'tls.established': Any, 'tls.mode': str}, total=False)
k0: Final = frozenset([500, 501, 502, 503, 504, 530])
k1: Final = frozenset(['internal', 'outbound'])
k2: Final = frozenset(['internal', 'outbound'])
k3: Final = frozenset(['aborted', 'failure', 'tempfail', 'unknown'])
k4: Final = frozenset(['login', 'oauthbearer', 'plain', 'plain-clienttoken', 'xoauth2'])
k5: Final = frozenset(['internal', 'outbound'])
k6: Final = frozenset(['external', 'ntlm'])
k7: Final = frozenset(['external', 'inbound', 'unknown'])
k8: Final = frozenset(['*.*', 'ylmf-pc'])
k9: Final = frozenset(['oauthbearer', 'xoauth2'])
k10: Final = Later(calm_finder, '(?i)\\$\\{jndi:|\\$\\{[^ }]*\\$\\{[^ }]*:|\\$\\{(lower|upper):|\\$\\{::-')
def match(f: Fields) -> tuple[int, ...]:
    out: tuple[int, ...] = ()
    v2 = f.get('network.direction')
    v4 = f.get('tls.established')
    v0 = f.get('smtp.auth.outcome')
    v1 = f.get('smtp.reply.code')
    if ((v1 == 432) or ((v0 == 'failure') and (not ((v1 in k0))))):
        out += (182,)
        if not ((v2 in k1)):
            out += (183,)
        if (v2 in k2):
            out += (184,)
    v3 = f.get('smtp.auth.length')
    if not ((v3 == 0) and ((v0 in k3))):
        if v4 is False:
            l5 = (f.get('smtp.auth.mechanism') or '').lower()
            if (l5 in k4):
                out += (24,)
                v6 = f.get('smtp.starttls.state')
                if v6 == 'offered':
                    v7 = f.get('session.gap')
                    if not (v7 is True):
                        out += (242,)
            v6 = f.get('smtp.starttls.state')
            if v6 == 'refused':
                out += (244,)
    if v0 == 'success':
        l5 = (f.get('smtp.auth.mechanism') or '').lower()
        if l5 == 'anonymous':
            out += (23,)
        v8 = f.get('smtp.auth.secret.common')
        v9 = f.get('smtp.auth.secret.empty')
        v10 = f.get('smtp.auth.secret.is_user')
        if ((v9 is True) or (v10 is True) or (v8 is True)):
            out += (38,)
        if not ((v2 in k5)):
            out += (187,)
    v11 = f.get('smtp.greeting.software')
    if v11 == 'exim':
        v12 = f.get('smtp.auth.base64_unpadded')
        if v12 is True:
            out += (77,)
        if v3 is not None and (v3 >= 1024):
            l5 = (f.get('smtp.auth.mechanism') or '').lower()
            if (l5 in k6):
                out += (81,)
    v13 = f.get('smtp.helo_matches_source')
    if not (v13 is True):
        l14 = (f.get('smtp.helo') or '').lower()
        v15 = f.get('smtp.helo_matches_destination')
        if (((v15 is True) and ((v2 in k7))) or (l14 in k8)):
            out += (25,)
    v16 = f.get('smtp.auth.ntlm.stage')
    if v16 == 3 and v2 == 'outbound':
        out += (30,)
    if v4 is False and not (v3 == 0):
        l5 = (f.get('smtp.auth.mechanism') or '').lower()
        if (l5 in k9):
            out += (37,)
    v17 = f.get('smtp.auth.user')
    if v17 is not None and ((not v17.isascii() or '$' in v17) and k10(v17) is not None):
        out += (115,)
    v18 = f.get('destination.port')
    if v18 == 465:
        v19 = f.get('tls.mode')
        if v19 == 'none':
            out += (156,)
    return out
OWNERS = (None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 182, 183, 183, 184, 184, None, None, None, None, None, 24, 242, 242, 242, 242, 242, 244, 244, 244, None, 23, 23, 23, 38, 38, 38, 38, 38, 187, 187, None, None, 77, 77, 77, 81, 81, 81, 81, 25, 25, 25, 25, 25, 25, 30, 30, 30, 37, 37, 37, 37, 115, 115, 115, 156, 156, 156, 156, 156, None)

"""The rules for anomaly; made by python -m smtpids.rules.function_modules."""
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
    Fields = TypedDict('Fields', {'destination.port': Any, 'network.direction': str, 'session.client_role': str, 'session.gap': Any, 'session.midstream': Any, 'session.one_sided': Any, 'smtp.anomaly.detail': str, 'smtp.anomaly.kind': str, 'smtp.anomaly.side': str, 'smtp.end_of_data.verb': str, 'smtp.foreign_protocol': str, 'smtp.greeting.version': str, 'smtp.starttls.injected.kind': str, 'tls.established': Any}, total=False)
k0: Final[dict[Any, int]] = {'client_before_banner': 0, 'cleartext_after_tls': 1, 'starttls_injection': 2, 'foreign_protocol': 3, 'limit_reached': 4, 'server_first_in_tls': 5, 'smuggling_accepted': 6, 'ambiguous_end_of_data': 7, 'plaintext_after_starttls': 8, 'starttls_response_injection': 9, 'heartbeat_overread': 10, 'heartbeat_overread_answered': 11}
k1: Final = frozenset(['internal', 'outbound'])
k2: Final = frozenset(['mail_server', 'monitor', 'scanner', 'trusted_relay'])
k3: Final = Later(calm_finder, '^4\\.(97|98|99)(\\.[0-2])?$')
k4: Final = set(['internal', 'outbound'])
k5: Final = frozenset(['socks4', 'socks5'])
k6: Final = frozenset(['monitor', 'scanner'])
k7: Final = frozenset(['http', 'rdp', 'rpc', 'rtsp', 'sip', 'smb', 'ssh'])
k8: Final = set(['external', 'inbound'])
k9: Final = frozenset(['mail_server', 'monitor', 'scanner', 'trusted_relay'])
k10: Final = frozenset(['command_octets', 'held_octets', 'pending', 'reply_octets'])
k11: Final = frozenset(['mail', 'rcpt'])
def match(f: Fields) -> tuple[int, ...]:
    out: tuple[int, ...] = ()
    v0 = f.get('smtp.anomaly.kind')
    b0 = k0.get(v0)
    if b0 is not None:
        if b0 < 6:
            if b0 < 3:
                if b0 < 1:
                    v1 = f.get('destination.port')
                    if v1 == 25:
                        v2 = f.get('network.direction')
                        v3 = f.get('session.client_role')
                        v4 = f.get('session.gap')
                        v5 = f.get('session.midstream')
                        if not (((v4 is True) or (v5 is True) or ('smtp.foreign_protocol' in f) or (v2 in k1) or (v3 in k2))):
                            out += (66,)
                else:
                    if b0 < 2:
                        out += (84,)
                        v6 = f.get('smtp.anomaly.side')
                        if v6 == 'client':
                            v7 = f.get('smtp.greeting.version')
                            if v7 is not None and ((not v7.isascii() or ('4.' in v7) and ('97' in v7 or '98' in v7 or '99' in v7)) and k3(v7) is not None):
                                out += (82,)
                            v4 = f.get('session.gap')
                            if v4 is False:
                                v8 = f.get('tls.established')
                                if v8 is True:
                                    out += (280,)
                    else:
                        out += (86,)
                        out += (218,)
                        v9 = f.get('smtp.starttls.injected.kind')
                        if v9 == 'verb':
                            out += (237,)
            else:
                if b0 < 4:
                    v2 = f.get('network.direction')
                    if v2 in k4:
                        v3 = f.get('session.client_role')
                        if not (v3 == 'scanner'):
                            v10 = f.get('smtp.foreign_protocol')
                            if v10 == 'connect':
                                out += (105,)
                            if (v10 in k5):
                                out += (231,)
                        if not ((v3 in k6)):
                            v10 = f.get('smtp.foreign_protocol')
                            if (v10 in k7):
                                out += (132,)
                    elif v2 in k8:
                        v10 = f.get('smtp.foreign_protocol')
                        if v10 == 'proxy':
                            v3 = f.get('session.client_role')
                            if not ((v3 in k9)):
                                out += (159,)
                else:
                    if b0 < 5:
                        v4 = f.get('session.gap')
                        v5 = f.get('session.midstream')
                        v11 = f.get('session.one_sided')
                        if not (((v4 is True) or (v5 is True) or (v11 is True) or ('smtp.foreign_protocol' in f))):
                            l12 = (f.get('smtp.anomaly.detail') or '').lower()
                            if (l12 in k10):
                                out += (150,)
                    else:
                        out += (211,)
        else:
            if b0 < 9:
                if b0 < 7:
                    out += (228,)
                else:
                    if b0 < 8:
                        l13 = (f.get('smtp.end_of_data.verb') or '').lower()
                        if (l13 in k11):
                            out += (230,)
                    else:
                        v4 = f.get('session.gap')
                        if v4 is False:
                            out += (243,)
            else:
                if b0 < 10:
                    v4 = f.get('session.gap')
                    if v4 is False:
                        out += (246,)
                else:
                    if b0 < 11:
                        out += (274,)
                    else:
                        out += (275,)
    return out
OWNERS = (None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 66, 66, 66, 66, 66, 66, 66, 66, None, None, 84, None, None, 82, 82, 82, 280, 280, 280, 280, 280, None, 86, 218, 237, 237, 237, None, None, None, None, None, None, None, 105, 105, 231, 231, 132, 132, 132, 132, None, 159, 159, 159, 159, 159, None, None, 150, 150, 150, 150, 150, 150, 150, None, 211, None, None, None, 228, None, None, 230, 230, 230, None, 243, 243, 243, None, None, 246, 246, 246, None, None, 274, None, 275, None)

"""ATT&CK, as far as tags of rules need it: tactics, numbers of techniques, some names.

The numbers are those of ATT&CK 17 for enterprises. A later version may add techniques behind the
last one, which pass; the names are those of techniques that mail has to do with.
"""

from __future__ import annotations

import re
from typing import Final

from smtpids.pattern import Pattern

TACTICS: Final = frozenset(
    [
        "reconnaissance",
        "resource-development",
        "initial-access",
        "execution",
        "persistence",
        "privilege-escalation",
        "defense-evasion",
        "credential-access",
        "discovery",
        "lateral-movement",
        "collection",
        "command-and-control",
        "exfiltration",
        "impact",
    ]
)
"""The tactics, as Sigma writes them."""

#: Numbers of techniques; behind a point the number of the last sub-technique.
_NUMBERS: Final = (
    "1001.3 1003.8 1005 1006 1007 1008 1010 1011.1 1012 1014 1016.2 1018 1020.1 1021.8 1025 "
    "1027.17 1029 1030 1033 1036.11 1037.5 1039 1040 1041 1046 1047 1048.3 1049 1052.1 1053.7 "
    "1055.15 1056.4 1057 1059.12 1068 1069.3 1070.9 1071.4 1072 1074.2 1078.4 1080 1082 1083 "
    "1087.4 1090.4 1091 1092 1095 1098.7 1102.3 1104 1105 1106 1110.4 1111 1112 1113 1114.3 1115 "
    "1119 1120 1123 1124 1125 1127.3 1129 1132.2 1133 1134.5 1135 1136.3 1137.6 1140 1176.2 1185 "
    "1187 1189 1190 1195.3 1197 1199 1200 1201 1202 1203 1204.4 1205.2 1207 1210 1211 1212 1213.5 "
    "1216.2 1217 1218.15 1219.3 1220 1221 1222.2 1480.2 1482 1484.2 1485.1 1486 1489 1490 1491.2 "
    "1495 1496.4 1497.3 1498.2 1499.4 1505.6 1518.1 1525 1526 1528 1529 1530 1531 1534 1535 1537 "
    "1538 1539 1542.5 1543.5 1546.16 1547.15 1548.6 1550.4 1552.8 1553.6 1554 1555.6 1556.9 "
    "1557.3 1558.4 1559.3 1560.3 1561.2 1562.12 1563.2 1564.14 1565.3 1566.4 1567.4 1568.3 1569.3 "
    "1570 1571 1572 1573.2 1574.14 1578.5 1580 1583.8 1584.8 1585.3 1586.3 1587.4 1588.7 1589.3 "
    "1590.6 1591.4 1592.4 1593.3 1594 1595.3 1596.5 1597.2 1598.4 1599.1 1600.2 1601.2 1602.2 "
    "1606.2 1608.6 1609 1610 1611 1612 1613 1614.1 1615 1619 1620 1621 1622 1647 1648 1649 1650 "
    "1651 1652 1653 1654 1656 1657 1659 1665 1666 1667 1668 1669 1671 1672 1673 1674 1675 "
)
_SUBS: Final = {
    int(number): int(subs or 0)
    for number, _, subs in (word.partition(".") for word in _NUMBERS.split())
}
_LAST: Final = max(_SUBS)
_TECHNIQUE: Final = Pattern(r"t(\d{4})(?:\.(\d{3}))?", re.ASCII)
_GROUP_OR_SOFTWARE: Final = Pattern(r"[gs]\d{4}", re.ASCII)


def is_known(word: str) -> bool:
    """Tell whether a tactic, technique, group or software of that word may exist."""
    if word in TACTICS or _GROUP_OR_SOFTWARE.fullmatch(word):
        return True
    found = _TECHNIQUE.fullmatch(word)
    if found is None:
        return False
    number, sub = int(found[1]), int(found[2] or 0)
    if number > _LAST:
        return True
    return sub <= _SUBS.get(number, -1) and found[2] != "000"


def looks_like_technique(word: str) -> bool:
    """Tell whether a word is written as a technique is."""
    return _TECHNIQUE.fullmatch(word) is not None


NAMES: Final[dict[str, str]] = {
    "t1001": "Data Obfuscation",
    "t1020": "Automated Exfiltration",
    "t1027": "Obfuscated Files or Information",
    "t1027.006": "HTML Smuggling",
    "t1027.013": "Encrypted/Encoded File",
    "t1030": "Data Transfer Size Limits",
    "t1036": "Masquerading",
    "t1036.002": "Right-to-Left Override",
    "t1036.007": "Double File Extension",
    "t1036.008": "Masquerade File Type",
    "t1040": "Network Sniffing",
    "t1041": "Exfiltration Over C2 Channel",
    "t1046": "Network Service Discovery",
    "t1048": "Exfiltration Over Alternative Protocol",
    "t1048.003": "Exfiltration Over Unencrypted Non-C2 Protocol",
    "t1056": "Input Capture",
    "t1056.001": "Keylogging",
    "t1056.003": "Web Portal Capture",
    "t1059": "Command and Scripting Interpreter",
    "t1059.004": "Unix Shell",
    "t1059.005": "Visual Basic",
    "t1059.007": "JavaScript",
    "t1071": "Application Layer Protocol",
    "t1071.003": "Mail Protocols",
    "t1078": "Valid Accounts",
    "t1078.001": "Default Accounts",
    "t1087": "Account Discovery",
    "t1087.003": "Email Account",
    "t1090": "Proxy",
    "t1090.003": "Multi-hop Proxy",
    "t1095": "Non-Application Layer Protocol",
    "t1102": "Web Service",
    "t1105": "Ingress Tool Transfer",
    "t1110": "Brute Force",
    "t1110.001": "Password Guessing",
    "t1110.002": "Password Cracking",
    "t1110.003": "Password Spraying",
    "t1110.004": "Credential Stuffing",
    "t1114": "Email Collection",
    "t1114.003": "Email Forwarding Rule",
    "t1119": "Automated Collection",
    "t1132": "Data Encoding",
    "t1132.001": "Standard Encoding",
    "t1133": "External Remote Services",
    "t1137": "Office Application Startup",
    "t1187": "Forced Authentication",
    "t1190": "Exploit Public-Facing Application",
    "t1199": "Trusted Relationship",
    "t1203": "Exploitation for Client Execution",
    "t1204": "User Execution",
    "t1204.001": "Malicious Link",
    "t1204.002": "Malicious File",
    "t1210": "Exploitation of Remote Services",
    "t1211": "Exploitation for Defense Evasion",
    "t1218": "System Binary Proxy Execution",
    "t1221": "Template Injection",
    "t1496": "Resource Hijacking",
    "t1498": "Network Denial of Service",
    "t1498.002": "Reflection Amplification",
    "t1499": "Endpoint Denial of Service",
    "t1499.001": "OS Exhaustion Flood",
    "t1499.002": "Service Exhaustion Flood",
    "t1528": "Steal Application Access Token",
    "t1534": "Internal Spearphishing",
    "t1539": "Steal Web Session Cookie",
    "t1550": "Use Alternate Authentication Material",
    "t1550.001": "Application Access Token",
    "t1552": "Unsecured Credentials",
    "t1552.004": "Private Keys",
    "t1553": "Subvert Trust Controls",
    "t1553.005": "Mark-of-the-Web Bypass",
    "t1555": "Credentials from Password Stores",
    "t1557": "Adversary-in-the-Middle",
    "t1557.001": "LLMNR/NBT-NS Poisoning and SMB Relay",
    "t1557.002": "ARP Cache Poisoning",
    "t1560": "Archive Collected Data",
    "t1562": "Impair Defenses",
    "t1562.006": "Indicator Blocking",
    "t1562.010": "Downgrade Attack",
    "t1564": "Hide Artifacts",
    "t1565": "Data Manipulation",
    "t1565.002": "Transmitted Data Manipulation",
    "t1566": "Phishing",
    "t1566.001": "Spearphishing Attachment",
    "t1566.002": "Spearphishing Link",
    "t1571": "Non-Standard Port",
    "t1572": "Protocol Tunneling",
    "t1573": "Encrypted Channel",
    "t1573.002": "Asymmetric Cryptography",
    "t1583": "Acquire Infrastructure",
    "t1583.001": "Domains",
    "t1584": "Compromise Infrastructure",
    "t1584.004": "Server",
    "t1584.005": "Botnet",
    "t1585.002": "Email Accounts",
    "t1586": "Compromise Accounts",
    "t1586.002": "Email Accounts",
    "t1587": "Develop Capabilities",
    "t1587.003": "Digital Certificates",
    "t1589": "Gather Victim Identity Information",
    "t1589.002": "Email Addresses",
    "t1590": "Gather Victim Network Information",
    "t1592": "Gather Victim Host Information",
    "t1592.002": "Software",
    "t1594": "Search Victim-Owned Websites",
    "t1595": "Active Scanning",
    "t1595.001": "Scanning IP Blocks",
    "t1595.002": "Vulnerability Scanning",
    "t1595.003": "Wordlist Scanning",
    "t1598": "Phishing for Information",
    "t1598.002": "Spearphishing Attachment",
    "t1598.003": "Spearphishing Link",
    "t1600": "Weaken Encryption",
    "t1608": "Stage Capabilities",
    "t1656": "Impersonation",
    "t1657": "Financial Theft",
    "t1667": "Email Bombing",
    "t1672": "Email Spoofing",
}
"""Names of techniques."""

"""Writes the dashboards: overview.py says what is shown, panels.py how it looks.

`python grafana/build.py` writes dashboards/*.json, `--check` fails if they are not what it would
write. The JSON is Grafana's classic model, which Grafana 10 and later import and provision.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main(arguments: list[str]) -> int:
    """Write the dashboards, or compare them with what would be written."""
    # a script finds what lies beside it, but not the package that it is in
    sys.path.insert(0, str(HERE.parent))
    from grafana_foundation_sdk.cog.encoder import JSONEncoder

    from grafana.overview import overview

    path = HERE / "dashboards" / "smtpids-overview.json"
    text = json.dumps(overview(), cls=JSONEncoder, indent=2, sort_keys=True) + "\n"
    if "--check" not in arguments:
        path.write_text(text)
    elif not path.is_file() or path.read_text() != text:
        print(f"{path.name} is not fresh; run python grafana/build.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

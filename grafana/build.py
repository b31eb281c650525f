"""Writes the dashboards: a module for each says what is shown, looks.py how it looks.

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

    from grafana.alert_log import alert_log
    from grafana.overview import overview
    from grafana.rule_detail import rule_detail
    from grafana.sensor_health import sensor_health

    made = {
        f"{dashboard.uid}.json": json.dumps(dashboard, cls=JSONEncoder, indent=2, sort_keys=True)
        for dashboard in (overview(), rule_detail(), sensor_health(), alert_log())
    }
    folder = HERE / "dashboards"
    folder.mkdir(exist_ok=True)
    stale = False
    for path in sorted({*folder.glob("*.json"), *(folder / name for name in made)}):
        text = made.get(path.name, "") + "\n"
        if path.is_file() and path.read_text() == text:
            continue
        if "--check" in arguments:
            print(f"{path.name} is not fresh; run python grafana/build.py", file=sys.stderr)
            stale = True
        elif path.name in made:
            path.write_text(text)
        else:
            path.unlink()
    return int(stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

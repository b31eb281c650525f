"""Records the captures of this folder.

    python -m pcaps.record.record install           unpack the servers and clients, once
    python -m pcaps.record.record list              name the scenes
    python -m pcaps.record.record record [FILE...]  play all scenes, or these, and keep the captures
    python -m pcaps.record.record tables            write README.md's table and expected.yml anew

To be run from the project's root, as root, with the project's test requirements installed.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from pathlib import Path

from pcaps.record import logs, packages, tables
from pcaps.record.captures import recording
from pcaps.record.machines import SERVER, Machine, connect, wait_for
from pcaps.record.scene import Scene, Stage
from pcaps.record.scenes import SCENES
from pcaps.record.servers import AUTHORITY

FOLDER = Path(__file__).parents[1]


def play(scene: Scene) -> None:
    """Play one scene and keep its capture, if the server's log bears out what the scene says."""
    server = Machine("mail.example.org", [scene.server.layer] if scene.server.layer else [])
    client = Machine("client.example.net", scene.client_layers)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        stack.enter_context(client)
        stack.enter_context(server)
        between = None
        if scene.bad_cable:
            between = stack.enter_context(Machine("cable", []))
        connect(client, server, between)
        if between is not None:
            words = [sys.executable, "-m", "pcaps.record.bad_cable"]
            stack.enter_context(between.running(words))
        scene.server.start(server)
        client.write(AUTHORITY, server.read(AUTHORITY))
        if scene.box:
            words = [sys.executable, "-m", "pcaps.record.proxy", scene.box, str(scene.port)]
            stack.enter_context(server.running(words))
            probe = f"src {SERVER} and sport = :{scene.port}"
            wait_for(lambda: bool(server.run(["ss", "-Hltn", probe]).stdout), "the box")
        kept = folder / scene.file
        machine = server if scene.capture.at_server else client
        with recording(machine, scene.capture, kept):
            scene.act(Stage(client, server, folder))
        wait_for(
            lambda: not logs.differences(scene, scene.server.log(server)),
            f"the log to agree: {logs.differences(scene, scene.server.log(server))}",
            5,
        )
        (FOLDER / scene.file).write_bytes(kept.read_bytes())


def main(arguments: list[str]) -> int:
    """Do what the arguments say; return the exit code."""
    match arguments:
        case ["install"]:
            subprocess.run(["apt-get", "update", "-q"], check=True)
            packages.install()
        case ["list"]:
            for scene in SCENES:
                print(f"{scene.file:40} {scene.shows}")
        case ["record", *names]:
            for scene in SCENES:
                if not names or scene.file in names:
                    print(scene.file, flush=True)
                    play(scene)
                    tables.write(FOLDER, [scene])
        case ["tables"]:
            tables.write(FOLDER, [scene for scene in SCENES if (FOLDER / scene.file).exists()])
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

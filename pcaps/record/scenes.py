"""All scenes, and which file each is from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pcaps.record import scenes_attacks, scenes_cleartext, scenes_ordinary

if TYPE_CHECKING:
    from pcaps.record.scene import Scene

MODULES = {
    "scenes_ordinary.py": scenes_ordinary.SCENES,
    "scenes_cleartext.py": scenes_cleartext.SCENES,
    "scenes_attacks.py": scenes_attacks.SCENES,
}

SCENES = tuple(scene for scenes in MODULES.values() for scene in scenes)


def origin(scene: Scene) -> str:
    """Return the name of the file that has the scene."""
    return next(name for name, scenes in MODULES.items() if scene in scenes)

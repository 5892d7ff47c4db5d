"""Refuse to build a package without the front-end files: its pages could not update by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = ("htmx.min.js", "hx-sse.min.js", "hx-upsert.min.js")


class FrontEndCheck(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        missing = [name for name in VENDOR if not Path(self.root, "static", "vendor", name).is_file()]
        if missing:
            raise RuntimeError(f"static/vendor/ lacks {', '.join(missing)}: run `make dist`, which fetches them and then builds")

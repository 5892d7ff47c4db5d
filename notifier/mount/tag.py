"""An HTML element for a template: its attributes are escaped, whatever they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from markupsafe import escape


@dataclass(frozen=True, slots=True)
class Tag:
    """An element without content. An attribute without a value has None."""

    name: str
    attributes: Mapping[str, str | None] = field(default_factory=dict)

    def __html__(self) -> str:
        written = "".join(f" {name}" if value is None else f' {name}="{escape(value)}"' for name, value in self.attributes.items())
        return f"<{self.name}{written}></{self.name}>"

    def __str__(self) -> str:
        return self.__html__()

"""Join JavaScript modules, and style sheets, into one file.

Each module is put after the modules that it imports, without `import` and `export`, comments, indentation and most line ends; all share
one scope, so their top-level names must differ. For pages of other sites the result is a classic script. What that imports while it runs
becomes a second part: a module with its hash in its name, which the first part checks before it runs it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_IMPORT = re.compile(r'^import \{ ([^}]*) \} from "(\.[^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) (\w+))", re.MULTILINE)
_TOP_LEVEL = re.compile(r"^(?:export )?(?:async )?(?:function|const|let|class) ([\w$]+)", re.MULTILINE)
_LATER = re.compile(r'import\("(\./[^"]+)"\)')
_COMMENT = re.compile(r"^\s*(?://.*|/\*\*(?:[^*]|\*(?!/))*\*/)\n|[ \t]+// .*$", re.MULTILINE)
_STYLE_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_INDENTATION = re.compile(r"^\s+", re.MULTILINE)
# After these no statement ends, and before those one ends without semicolon and line end, too.
_LINE_END = re.compile(r"(?<=[{;,(\[])\n|;?\n(?=[})\]])")
_SHORT_HASH = 16


@dataclass(frozen=True, slots=True)
class Bundle:
    """`part`: the name of the second part, with its hash in it, and its bytes."""

    script: bytes
    part: tuple[str, bytes]


def joined_modules(entrances: Sequence[Path]) -> bytes:
    """A module that does what loading the modules `entrances` in this order does."""
    modules: dict[Path, str] = {}
    for entrance in entrances:
        _collect(entrance.resolve(), modules, {})
    return _joined(modules).encode()


def joined_styles(sheets: Sequence[Path]) -> bytes:
    """The style sheets in this order."""
    return "".join(_INDENTATION.sub("", _STYLE_COMMENT.sub("", sheet.read_text())) for sheet in sheets).encode()


def bundle(main: Path, loader: Path, part_name: str) -> Bundle:
    """The script that does what loading the module `main` does.

    `loader`: the module of `loadPart(name, integrity)`. `part_name`: the name of the second part, with a place for its hash.
    """
    first: dict[Path, str] = {}
    _collect(loader.resolve(), first, {})
    _collect(main.resolve(), first, {})
    later = _LATER.search(first[main.resolve()])
    if later is None:
        raise ValueError(f"{main} imports no second part")
    entrance = (main.parent / later[1]).resolve()
    second: dict[Path, str] = {}
    _collect(entrance, second, first)
    shared = ",".join(sorted({name for source in second.values() for name, path in _imported(source, second) if path in first}))
    exported = ",".join(_EXPORT.findall(second[entrance]))
    body = f"export default({{{shared}}})=>{{\n{_joined(second)}return{{{exported}}}}};\n".encode()
    name = part_name.format(hashlib.sha256(body).hexdigest()[:_SHORT_HASH])
    call = f'loadPart("{name}","{integrity(body)}").then((part)=>part.default({{{shared}}}))'
    code = _joined(first).replace(later[0], call)
    return Bundle(f'(()=>{{"use strict";\n{code}}})();\n'.encode(), (name, body))


def integrity(script: bytes) -> str:
    """The value of an `integrity` attribute."""
    return "sha384-" + base64.b64encode(hashlib.sha384(script).digest()).decode()


def _collect(module: Path, into: dict[Path, str], known: dict[Path, str]) -> None:
    """Read `module` after all that it imports, unless `known` has it."""
    if module in into or module in known:
        return
    source = module.read_text()
    for _, imported in _IMPORT.findall(source):
        _collect((module.parent / imported).resolve(), into, known)
    into[module] = source


def _imported(source: str, modules: dict[Path, str]) -> list[tuple[str, Path]]:
    folder = next(path for path, text in modules.items() if text is source).parent
    found = _IMPORT.findall(source)
    return [(name, (folder / path).resolve()) for names, path in found for name in names.split(", ")]


def _joined(modules: dict[Path, str]) -> str:
    names = Counter(name for source in modules.values() for name in _TOP_LEVEL.findall(source))
    if twice := [name for name, times in names.items() if times > 1]:
        raise ValueError(f"two of the modules declare {', '.join(twice)}")
    code = "".join(_INDENTATION.sub("", _EXPORT.sub("", _COMMENT.sub("", _IMPORT.sub("", source)))) for source in modules.values())
    return _LINE_END.sub("", code)

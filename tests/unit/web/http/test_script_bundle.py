"""The embedded bell's script: small, in two parts that belong together."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from notifier.database_app import ROOT
from notifier.web.http.script_bundle import bundle, integrity, joined_modules, joined_styles
from notifier.web.presenters import announcement

EMBED = ROOT / "static/js/embed"
EMBED_PAGE = ROOT / "docs/embed.md"


def test_imports_come_first_and_the_second_part_gets_what_the_first_has(tmp_path: Path) -> None:
    for name, text in {
        "main.js": '// Why.\nimport { a } from "./a.js";\n\nexport function run() {\n  return a; // because\n}\nimport("./later.js");\n',
        "a.js": "/** A. */\nexport const a = 1;\n",
        "later.js": 'import { a } from "./a.js";\nimport { b } from "./b.js";\n\nexport const later = a + b;\n',
        "b.js": "export const b = 2;\n",
        "load.js": "export const loadPart = 0;\n",
    }.items():
        (tmp_path / name).write_text(text)

    made = bundle(tmp_path / "main.js", tmp_path / "load.js", "part.{}.js")

    name, part = made.part
    assert part.decode() == "export default({a})=>{\nconst b = 2;const later = a + b;return{later}};\n"
    loads = f'loadPart("{name}","{integrity(part)}").then((part)=>part.default({{a}}))'
    first = "const loadPart = 0;const a = 1;function run() {return a}\n" + loads + ";"
    assert made.script.decode() == f'(()=>{{"use strict";\n{first}}})();\n'


def test_script_without_a_second_part_is_refused(tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text("")

    with pytest.raises(ValueError, match="imports no second part"):
        bundle(tmp_path / "main.js", tmp_path / "main.js", "{}")


def test_modules_that_declare_the_same_name_are_refused(tmp_path: Path) -> None:
    for name in ("a.js", "b.js"):
        (tmp_path / name).write_text("const shared = 1;\n")

    assert joined_modules([tmp_path / "a.js"]) == b"const shared = 1;"
    with pytest.raises(ValueError, match="declare shared"):
        joined_modules([tmp_path / "a.js", tmp_path / "b.js"])


def test_styles_keep_their_order_and_lose_their_comments(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("/* Two\n   lines. */\n@layer a {\n  .b {\n    color: red; /* why */\n  }\n}\n")
    (tmp_path / "b.css").write_text(".c {\n  color: blue;\n}\n")

    assert joined_styles([tmp_path / "a.css", tmp_path / "b.css"]) == b"@layer a {\n.b {\ncolor: red; \n}\n}\n.c {\ncolor: blue;\n}\n"


def test_embedded_bell_is_small() -> None:
    """`/embed.js`, which a page loads before the bell is drawn, and it with the part after it."""
    made = bundle(EMBED / "main.js", EMBED / "load_part.js", "{}")
    sizes = {"first": _kib(made.script), "second": _kib(made.part[1])}

    assert sizes["first"][0] <= 14
    assert sizes["first"][1] <= 6
    assert sizes["first"][1] + sizes["second"][1] <= 14.5
    documented = re.search(r"\((\d+) KiB, (\d+) gzipped\).*?\((\d+) KiB, (\d+) gzipped\)", EMBED_PAGE.read_text(), re.DOTALL)
    assert documented
    assert [int(number) for number in documented.groups()] == [round(size) for part in sizes.values() for size in part]


def _kib(script: bytes) -> tuple[float, float]:
    """The size as it is, and compressed."""
    return len(script) / 1024, len(gzip.compress(script)) / 1024


def test_nothing_writes_markup_or_evaluates_text() -> None:
    unsafe = re.compile(r"\.(?:innerHTML|outerHTML|insertAdjacentHTML)|\beval\(|new Function")
    scripts = list(EMBED.glob("*.js"))

    assert scripts
    assert not [path.name for path in scripts if unsafe.search(path.read_text())]


def test_kinds_are_those_of_the_pages() -> None:
    """Icon, colour and toast depend on the last word of a type, here and there."""
    script = (EMBED / "kinds.js").read_text()
    endings = {kind: tuple(words.split()) for kind, words in re.findall(r'^  (\w+): "([^"]+)"', script, re.MULTILINE)}

    assert endings == announcement._ENDINGS

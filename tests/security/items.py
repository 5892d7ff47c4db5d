"""The items of docs/security.md, and the tests that try each: those with the marker `security`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- items: written by `python -m tests.security.items` -->\n", "<!-- end of items -->\n"

ITEMS = {
    "S1": "Text forges no event, id or comment on a stream",
    "S2": "Lines of a stream end at CR, LF and CR LF only",
    "S3": "Comments on streams hold no text of users",
    "S4": "NUL, lone surrogates and control characters are refused",
    "S5": "Text of users is text wherever it is shown",
    "S6": "All templates escape by themselves",
    "S7": "JSON in pages and attributes is escaped",
    "S8": "The content security policy allows no inline script and no eval",
    "S9": "Links are http, https or a path of the site",
    "S10": "Redirects lead to paths of the site only",
    "S11": "Template syntax in texts is text",
    "S12": "SQL and wildcards in filters are text",
    "S13": "Exports hold no formulas",
    "S14": "What belongs to others looks unknown",
    "S15": "A stream shows the caller's own only, whatever the request names",
    "S16": "Each route admits the roles of one table, and a new route is missed there",
    "S17": "Fields that a caller may not set are refused",
    "S18": "Answers and events have the fields of their models only",
    "S19": "A parameter that is given twice is refused",
    "S20": "Values of another type are refused",
    "S21": "A malformed cursor gets a reset",
    "S22": "The algorithm and the keys of tokens are fixed",
    "S23": "Expiry, use, issuer and audience of tokens are checked",
    "S24": "Weak keys are refused, and files are private",
    "S25": "A token in a URL is ignored",
    "S26": "Cookies are HttpOnly, Secure, SameSite and of this host alone",
    "S27": "Every change by cookie needs a CSRF token",
    "S28": "Requests from other sites are refused",
    "S29": "Signing in and out cannot be forged",
    "S30": "Safe methods change nothing",
    "S31": "CORS is off, and exact where it is on",
    "S32": "Signing in sets new tokens",
    "S33": "Signing out ends tokens and streams",
    "S34": "Disabling, demotion and password changes take effect at once, on open streams too",
    "S35": "No stream outlives its token",
    "S36": "A refresh token that is used twice ends the sign-in",
    "S37": "Failed sign-ins are limited by account and address, and lock out nobody else",
    "S38": "Unknown names answer like wrong passwords",
    "S39": "Hashing passwords takes bounded memory and delays nobody",
    "S40": "Guessable passwords are refused",
    "S41": "A new installation has no users",
    "S42": "A body over 64 KiB is refused, chunked too",
    "S43": "A slow body is given up",
    "S44": "Streams are bounded by user and process, and leave room for pages",
    "S45": "Lengths, numbers and depths are bounded, in errors too",
    "S46": "Sends are limited by sender",
    "S47": "Idempotency keys are bounded and belong to one sender",
    "S48": "Headers of proxies count hop by hop, as configured",
    "S49": "The Host of a request is in no link",
    "S50": "Malformed HTTP is refused",
    "S51": "Every answer carries the security headers",
    "S52": "Private answers are not cached",
    "S53": "Errors reveal nothing of the inside",
    "S54": "What fails, fails closed",
    "S55": "Logs hold no secrets and no forged lines",
    "S56": "Sends, sign-ins, denials and changes are in the audit log",
    "S57": "Metrics are private and hold no names",
    "S58": "A forged hint shows nothing",
    "S59": "Dependencies are pinned by hash, and pages load nothing from elsewhere",
    "S60": "API keys are stored as hashes",
    "S61": "Checks and what follows from them are one transaction",
    "S62": "Cursors tell nothing about other users",
}


def marked_tests() -> dict[str, list[str]]:
    """The tests that try each item, as `file: name`, by item."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for item, name in _marked(ast.parse(path.read_text())):
            found.setdefault(item, []).append(f"{path.relative_to(ROOT / 'tests')}: {name}")
    return found


def table() -> str:
    """The rows of the document."""
    tests = marked_tests()
    rows = [f"| {item} | {text} | {_shown(tests.get(item, []))} |" for item, text in ITEMS.items()]
    return "\n".join(["| item | what holds | tests |", "| --- | --- | --- |", *rows]) + "\n"


def document() -> str:
    """The document with its present table."""
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


def _marked(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in module.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        for mark in node.decorator_list:
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.security":
                yield from ((str(ast.literal_eval(item)), node.name) for item in mark.args)


def _shown(tests: list[str]) -> str:
    """By file: the names would make the table as long as the tests."""
    files = dict.fromkeys(test.partition(":")[0] for test in tests)
    return ", ".join(f"[{Path(file).stem.removeprefix('test_')}](../tests/{file})" for file in files)


if __name__ == "__main__":
    DOCUMENT.write_text(document())

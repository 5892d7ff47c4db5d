"""URLs for links and for `next`, grouped by what a browser does with them (run code, leave the site, stay)."""

from __future__ import annotations

RUNNING = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "\x00javascript:alert(1)",
    "\x0bjavascript:alert(1)",
    "java\nscript:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "blob:https://here.example/0",
    "file:///etc/passwd",
]
LEAVING = ["//evil", "///evil", "/\\evil", "\\\\evil", "\\/evil", "/\t/evil", "/\n/evil", "\t//evil", " //evil", "https:evil", "/\x00/evil"]
RELATIVE = ["", "evil", "./a", "../a", "?a", "#a", "@evil", "evil.example/a", ":80/a", "%2f%2fevil"]
STAYING = ["/", "/video/7", "/a?b=c&d=%20#e", "/%5cevil", "/%2f%2fevil", "/@evil", "/a//b", "/:80", "/.//evil", "/ü", "/a:b@c"]
ABSOLUTE = ["http://a", "https://a.example/b?c#d", "HTTPS://A.example/", "https://a:8443/b", "https://[::1]:8000/", "https://a.example"]
MISLEADING = [
    "https://bank.example@evil/",
    "https://user:secret@evil/",
    "https://@evil/",
    "https:///evil",
    "https://",
    "https://[::1",
    "https://?a",
]

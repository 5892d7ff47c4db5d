"""The label of a device, such as `Chromium on Linux`, from the headers of its browser."""

from __future__ import annotations

_BRANDS = (("Google Chrome", "Chrome"), ("Microsoft Edge", "Edge"), ("Opera", "Opera"), ("Brave", "Brave"), ("Chromium", "Chromium"))
# Browsers name those that they want to be taken for too, so the order matters.
_BROWSERS = (
    *(("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("HeadlessChrome/", "Chromium")),
    *(("Chrome/", "Chrome"), ("CriOS/", "Chrome"), ("Safari/", "Safari")),
)
_SYSTEMS = (
    *(("Android", "Android"), ("iPhone", "iOS"), ("iPad", "iOS"), ("Windows", "Windows"), ("Mac", "macOS")),
    *(("CrOS", "ChromeOS"), ("Linux", "Linux")),
)


def label(agent: str, hints: str) -> str:
    """By the client hints of Chromium (`Sec-CH-UA`) where it sends them, else by `User-Agent`."""
    browser = _named(hints, _BRANDS) or _named(agent, _BROWSERS) or "Browser"
    system = _named(agent, _SYSTEMS)
    return f"{browser} on {system}" if system else browser


def _named(text: str, names: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in names if mark in text), "")

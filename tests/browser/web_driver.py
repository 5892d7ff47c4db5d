"""Clients of the WebDriver protocol: by HTTP as WebKitGTK speaks it, and by Marionette as Firefox does."""

from __future__ import annotations

import base64
import json
import socket
from abc import ABC, abstractmethod
from typing import Any

import httpx

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_PATHS = {
    "Navigate": ("POST", "url"),
    "ExecuteScript": ("POST", "execute/sync"),
    "FindElement": ("POST", "element"),
    "ElementClick": ("POST", "element/{id}/click"),
    "ElementSendKeys": ("POST", "element/{id}/value"),
    "Back": ("POST", "back"),
    "NewWindow": ("POST", "window/new"),
    "CloseWindow": ("DELETE", "window"),
    "GetWindowHandle": ("GET", "window"),
    "SwitchToWindow": ("POST", "window"),
    "SetWindowRect": ("POST", "window/rect"),
    "TakeScreenshot": ("GET", "screenshot"),
}


class WebDriver(ABC):
    """`_command` sends one command of the WebDriver protocol and returns its value."""

    def __init__(self) -> None:
        self._tabs = [self._command("GetWindowHandle")]

    @abstractmethod
    def _command(self, name: str, **parameters: object) -> Any: ...

    def go(self, url: str) -> None:
        self._command("Navigate", url=url)

    def run(self, script: str, *args: object) -> Any:
        return self._command("ExecuteScript", script=script, args=list(args))

    def click(self, selector: str) -> None:
        self._command("ElementClick", id=self._find(selector))

    def fill(self, selector: str, text: str) -> None:
        self._command("ElementSendKeys", id=self._find(selector), text=text)

    def back(self) -> None:
        self._command("Back")

    def new_tab(self) -> None:
        self._tabs.append(self._command("NewWindow", type="tab")["handle"])
        self.switch(-1)

    def close_tab(self) -> None:
        self._command("CloseWindow")
        self._tabs.pop()
        self.switch(-1)

    def switch(self, number: int) -> None:
        self._command("SwitchToWindow", handle=self._tabs[number])

    def resize(self, width: int, height: int) -> None:
        self._command("SetWindowRect", width=width, height=height)

    def picture(self) -> bytes:
        return base64.b64decode(self._command("TakeScreenshot"))

    def _find(self, selector: str) -> str:
        return str(self._command("FindElement", using="css selector", value=selector)[_ELEMENT])


class WebKit(WebDriver):
    def __init__(self, http: httpx.Client, session: str) -> None:
        self._http, self._session = http, session
        super().__init__()

    def _command(self, name: str, **parameters: object) -> Any:
        method, path = _PATHS[name]
        address = f"/session/{self._session}/{path.format(id=parameters.pop('id', ''))}"
        answer = self._http.request(method, address, json=parameters if method == "POST" else None).json()["value"]
        if isinstance(answer, dict) and "error" in answer:
            raise AssertionError(f"{name} {parameters}: {answer['error']} {answer['message']}")
        return answer


class Marionette(WebDriver):
    """Firefox's own protocol: length-prefixed JSON arrays `[type, number, name, parameters]` over a socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._read()
        self._command("NewSession")
        super().__init__()

    def _command(self, name: str, **parameters: object) -> Any:
        message = json.dumps([0, 1, f"WebDriver:{name}", parameters]).encode()
        self._connection.sendall(b"%d:%b" % (len(message), message))
        _, _, error, result = self._read()
        if error:
            raise AssertionError(f"{name} {parameters}: {error['error']} {error['message']}")
        return result["value"] if isinstance(result, dict) and list(result) == ["value"] else result

    def _read(self) -> Any:
        length = b""
        while (digit := self._connection.recv(1)) != b":":
            length += digit
        text = b""
        while len(text) < int(length):
            text += self._connection.recv(int(length) - len(text))
        return json.loads(text)

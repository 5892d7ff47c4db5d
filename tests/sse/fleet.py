"""Read hundreds of streams in one thread."""

from __future__ import annotations

import resource
import selectors
import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType

from tests.sse.errors import Closed
from tests.sse.stream import Stream

_DESCRIPTORS = 20_000


class Fleet:
    """A context manager for streams that are read together and closed together."""

    def __init__(self) -> None:
        self.streams: list[Stream] = []
        self._selector = selectors.DefaultSelector()
        _allow_descriptors()

    def __enter__(self) -> Fleet:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def open(self, url: str, tokens: Iterable[str], headers: Mapping[str, str] | None = None, *, timeout: float = 30.0) -> None:
        """Open one stream per token, all at once. Raises `AssertionError` when the server refuses one."""
        opened = [Stream(url, token, headers, wait=None) for token in tokens]
        for stream in opened:
            self.add(stream)
        self.wait(lambda stream: stream.status == 200 or stream.closed, timeout)
        refused = [stream for stream in opened if stream.status != 200]
        assert not refused, f"{len(refused)} of {len(opened)} streams were refused, for example {refused[0]!r}"

    def add(self, stream: Stream) -> None:
        """Add a stream, open or ended."""
        self.streams.append(stream)
        if stream.closed:
            return
        # The file descriptor of a stream that its owner closed meanwhile, reused by the kernel.
        if stream.fileno() in self._selector.get_map():
            self._selector.unregister(stream.fileno())
        self._selector.register(stream.fileno(), selectors.EVENT_READ, stream)

    def wait(self, satisfied: Callable[[Stream], bool], timeout: float = 10.0) -> float:
        """Read until every stream satisfies the condition. Returns the seconds; raises `TimeoutError` or `Closed`.

        The condition is checked once at the start and then after everything that a stream receives.
        """
        start = time.monotonic()
        waiting = {id(stream): stream for stream in self.streams if not satisfied(stream)}
        while waiting:
            left = start + timeout - time.monotonic()
            if left <= 0:
                example = next(iter(waiting.values()))
                raise TimeoutError(f"after {timeout:g} s {len(waiting)} of {len(self.streams)} streams still wait, for example {example!r}")
            for stream in self._read(left):
                if satisfied(stream):
                    waiting.pop(id(stream), None)
                elif stream.closed:
                    raise Closed(f"{len(waiting)} of {len(self.streams)} streams still wait, and this one has ended: {stream!r}")
        return time.monotonic() - start

    def read_for(self, seconds: float) -> None:
        """Read everything that arrives for `seconds`."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._read(left)

    def close(self) -> None:
        for stream in self.streams:
            stream.close()
        self._selector.close()

    def _read(self, timeout: float) -> list[Stream]:
        """Return the streams that received data or ended."""
        ready = [key for key, _ in self._selector.select(timeout)]
        for key in ready:
            key.data.receive()
            if key.data.closed:
                self._selector.unregister(key.fd)
        return [key.data for key in ready]


def _allow_descriptors() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

"""Simulate the hint traffic of many processes on one Redis: what a single send and what a broadcast cost it, and each process.

Each process is a connection that subscribes to the topics of its streams, and to what all processes read. Only Redis is real, and the
messages; what a process does with one is measured in a loop.
"""

from __future__ import annotations

import argparse
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TypeVar

import redis

from benchmarks.usage import cpu_seconds, memory_kib
from notifier.realtime.hint_protocol import WIDE_CHANNEL, channel_of, decode_hint, encode_hints
from notifier.realtime.topic_names import user_topic
from tests.servers import Redis

_CHUNK_SIZE = 500
_SUBSCRIBED_AT_ONCE = 500
_PUBLISHED_AT_ONCE = 10
_PATIENCE_SECONDS = 60.0

T = TypeVar("T")


class _Processes:
    """Connections that count the bytes they receive."""

    def __init__(self, port: int, count: int, streams: int) -> None:
        self.received = 0
        self._selector = selectors.DefaultSelector()
        self._sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
        for number, one in enumerate(self._sockets):
            one.setblocking(False)
            self._selector.register(one, selectors.EVENT_READ)
            topics = range(number * streams, (number + 1) * streams)
            for part in _slices([WIDE_CHANNEL, *(channel_of(user_topic(user)) for user in topics)], _SUBSCRIBED_AT_ONCE):
                self._send(one, _command("SUBSCRIBE", *part))
        self.rest()

    def rest(self, quiet_seconds: float = 0.5) -> None:
        """Receive until nothing has come for a while."""
        deadline, last = time.monotonic() + _PATIENCE_SECONDS, time.monotonic()
        while time.monotonic() < last + quiet_seconds:
            assert time.monotonic() < deadline, "Redis sends without end"
            if self.receive(0.05):
                last = time.monotonic()

    def receive(self, timeout: float = 0) -> int:
        before = self.received
        for key, _ in self._selector.select(timeout):
            one = key.fileobj
            assert isinstance(one, socket.socket)
            self.received += len(one.recv(1 << 18))
        return self.received - before

    def close(self) -> None:
        for one in self._sockets:
            one.close()
        self._selector.close()

    def _send(self, one: socket.socket, data: bytes) -> None:
        while data:
            try:
                data = data[one.send(data) :]
            except BlockingIOError:
                self.receive(0.01)
        self.receive()


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.hints", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=50, help="default %(default)s")
    parser.add_argument("--streams", type=int, default=20_000, help="of each process, one user each (default %(default)s)")
    parser.add_argument("--sends", type=int, default=20_000, help="single ones (default %(default)s)")
    parser.add_argument("--chunks", type=int, default=200, help="of a broadcast, 500 users each (default %(default)s)")
    options = parser.parse_args()
    users = options.processes * options.streams
    with closing(Redis()) as server:
        server.start()
        before = memory_kib([server.pid])
        with closing(_Processes(server.port, options.processes, options.streams)) as processes, redis.Redis(port=server.port) as publisher:
            taken = (memory_kib([server.pid]) - before) / 1024
            print(f"{options.processes} processes, {users:,} streams: Redis takes {taken:.0f} MiB for them")
            singles = [[user_topic(number * 7919 % users)] for number in range(options.sends)]
            _publish("single send", server, processes, publisher, singles)
            starts = range(0, options.chunks * _CHUNK_SIZE, _CHUNK_SIZE)
            chunks = [[user_topic(user) for user in range(start, start + _CHUNK_SIZE)] for start in starts]
            _publish("chunk of a broadcast", server, processes, publisher, chunks)
    _decode(options.streams, users)


def _publish(name: str, server: Redis, processes: _Processes, publisher: redis.Redis, hints: Sequence[Sequence[str]]) -> None:
    used, received, began_at = cpu_seconds([server.pid]), processes.received, time.monotonic()
    for part in _slices(hints, _PUBLISHED_AT_ONCE):
        with publisher.pipeline(transaction=False) as pipeline:
            for topics in part:
                for channel, text in encode_hints("0" * 8, topics):
                    pipeline.publish(channel, text)
            pipeline.execute()
        processes.receive()
    processes.rest()
    cost = 1e6 * (cpu_seconds([server.pid]) - used) / len(hints)
    size = (processes.received - received) / len(hints)
    took = time.monotonic() - began_at
    print(f"a {name}: {cost:.0f} us of Redis' processor time, {size:,.0f} bytes to all processes; {len(hints):,} in {took:.1f} s")


def _decode(streams: int, users: int) -> None:
    """What one process does with a chunk of a broadcast: decode it, and find its own topics."""
    subscribed = {user_topic(user): None for user in range(0, users, users // streams)}
    ((channel, text),) = encode_hints("0" * 8, [user_topic(user) for user in range(_CHUNK_SIZE)])
    began_at, times = time.process_time(), 1000
    for _ in range(times):
        hint = decode_hint(channel, text.encode())
        assert hint is not None
        [topic for topic in hint[1] if topic in subscribed]
    print(f"a chunk of a broadcast: {1e6 * (time.process_time() - began_at) / times:.0f} us of each process' processor time")


def _slices(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _command(*words: object) -> bytes:
    """A command in the protocol of Redis."""
    parts = [str(word).encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)


if __name__ == "__main__":
    main()

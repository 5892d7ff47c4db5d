"""The public keys of a host application, fetched from the address where it publishes them.

They are fetched again when they are five minutes old and when a token names a key that is not among them, but at most twice a minute
whatever clients send. The last good ones are kept for a day, so that tokens stay valid through an outage of the key server.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK, PyJWKClient, PyJWKSet
from jwt.exceptions import PyJWTError

from notifier.trust_settings import LEAST_RSA_BITS

_log = logging.getLogger("notifier.keys")
FRESH_SECONDS = 300.0
KEPT_SECONDS = 86_400.0
_MAX_FETCHES = 2
_FETCH_WINDOW_SECONDS = 60.0
_TIMEOUT_SECONDS = 3.0
# By the kind of the key, never by what a token or a key set claims.
ALGORITHMS = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}


class KeySet:
    """Keys by their id (`kid`). `fetch` raises `PyJWTError` or `OSError`."""

    def __init__(self, fetch: Callable[[], PyJWKSet], clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: list[PyJWK] = []
        self._fetched_at = float("-inf")
        self._fetched = 0  # successful fetches so far
        self._attempts: deque[float] = deque(maxlen=_MAX_FETCHES)
        self._lock = threading.Lock()
        """Held while keys are fetched, so that requests which come together cause one fetch."""

    def find(self, kid: str | None) -> PyJWK | None:
        """The key of this id; without an id the only key there is."""
        if self._age() > FRESH_SECONDS and (self.empty or not self._lock.locked()):
            self._refresh()
        found = self._match(kid)
        if found is None:
            self._refresh()
            found = self._match(kid)
        return found

    @property
    def empty(self) -> bool:
        """Whether there are no keys: the server was not reached for a day, or since the start."""
        return not self._keys or self._age() > KEPT_SECONDS

    def _match(self, kid: str | None) -> PyJWK | None:
        keys = [] if self.empty else self._keys
        if kid is None:
            return keys[0] if len(keys) == 1 else None
        return next((key for key in keys if key.key_id == kid), None)

    def _refresh(self) -> None:
        """Fetch the keys.

        Not if another request did while this one waited, nor when the attempts of this minute are used up.
        """
        before = self._fetched
        with self._lock:
            now = self._clock()
            used_up = len(self._attempts) == _MAX_FETCHES and now - self._attempts[0] < _FETCH_WINDOW_SECONDS
            if self._fetched != before or used_up:
                return
            self._attempts.append(now)
            try:
                keys = [key for key in self._fetch().keys if key.public_key_use in (None, "sig") and _is_good(key)]
            except (PyJWTError, OSError, ValueError, RecursionError) as error:
                _log.warning("the keys of TRUSTED_JWKS_URL cannot be fetched: %s", error)
                return
            if keys:
                self._keys, self._fetched_at = keys, now
                self._fetched += 1

    def _age(self) -> float:
        return self._clock() - self._fetched_at


def _is_good(key: PyJWK) -> bool:
    """Whether tokens may be signed with this key: of a known kind, and not too short."""
    if str(key.key_type) not in ALGORITHMS:
        return False
    weak = isinstance(key.key, RSAPublicKey) and key.key.key_size < LEAST_RSA_BITS
    if weak:
        _log.warning("the key %r is left out: it has less than %d bits", key.key_id, LEAST_RSA_BITS)
    return not weak


def fetched_from(url: str) -> Callable[[], PyJWKSet]:
    """A function that fetches the key set at `url`. Redirects are not followed."""
    client = PyJWKClient(url, cache_jwk_set=False, timeout=_TIMEOUT_SECONDS)
    return lambda: client.get_jwk_set(refresh=True)

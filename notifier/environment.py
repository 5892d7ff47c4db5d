"""Values of settings as the environment and its files give them.

Imports nothing that is slow: `notifier push` needs one secret.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Collection, Mapping
from ipaddress import ip_address
from pathlib import Path

PREFIX = "NOTIFIER_"
SECRET_SETTINGS = frozenset(
    {
        *("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SECRET_KEY_PREVIOUS", "METRICS_TOKEN"),
        *("MAIL_URL", "TRUSTED_SECRET", "TRUSTED_PUBLIC_KEY", "OIDC_CLIENT_SECRET"),
    }
)
# Read by the command's client and by the examples.
_CLIENT_VARIABLES = frozenset({"NOTIFIER_API_KEY", "NOTIFIER_URL"})
_METRICS_PREFIX = "notifier-metrics-"
MIN_SECRET_LENGTH = 32
TOO_SHORT = f"at least {MIN_SECRET_LENGTH} random characters, such as `openssl rand -hex 32` prints"


class SettingError(ValueError):
    """An invalid setting. The text names the setting, its value and what is allowed."""


def value_of(environ: Mapping[str, str], name: str) -> str | None:
    """Return the text of a setting, or None. A secret may be in a file. Raises `SettingError`."""
    variable = PREFIX + name
    if name in SECRET_SETTINGS and (file := environ.get(variable + "_FILE")):
        if variable in environ:
            raise SettingError(f"{variable} and {variable}_FILE are both set; set one of them")
        secret = _read(Path(file), f"{variable}_FILE={file!r}")
        if not secret:
            raise SettingError(f"{variable}_FILE={file!r} is empty")
        return secret
    value = environ.get(variable)
    if value is None or not value.strip():
        return None
    if not _is_text(value):
        raise SettingError(f"{variable} is not UTF-8")
    return value.strip()


def warnings(environ: Mapping[str, str], settings: Collection[str]) -> list[str]:
    """Name the variables with our prefix that are no settings, a line each.

    Each with the setting that was probably meant. Kubernetes sets `NOTIFIER_PORT_…` and `NOTIFIER_SERVICE_…` for a service of our name:
    these are passed over.
    """
    known = {PREFIX + name for name in settings} | {f"{PREFIX}{name}_FILE" for name in SECRET_SETTINGS} | _CLIENT_VARIABLES
    services = tuple(name.removesuffix("SERVICE_HOST") for name in environ if name.startswith(PREFIX) and name.endswith("SERVICE_HOST"))
    injected = tuple(f"{service}{part}" for service in services for part in ("SERVICE_", "PORT"))
    unknown = [name for name in environ if name.startswith(PREFIX) and name not in known and not name.startswith(injected)]
    return [f"{shown} is not a setting" + _nearest(shown, known) for shown in map(ascii_only, sorted(unknown))]


def ascii_only(name: str) -> str:
    """Escape what is no printable ASCII."""
    return name.encode("ascii", "backslashreplace").decode()


def _nearest(name: str, known: Collection[str]) -> str:
    import difflib

    found = difflib.get_close_matches(name, sorted(known), n=1)
    return f": did you mean {found[0]}?" if found else ""


def signing_key(environ: Mapping[str, str] = os.environ) -> str:
    """Return the secret that the server on this machine signs tokens with. Raises `SettingError`."""
    given = value_of(environ, "SECRET_KEY")
    if given is None:
        return stored_secret(instance_directory() / "secret_key")
    if len(given) < MIN_SECRET_LENGTH:
        raise SettingError(f"{PREFIX}SECRET_KEY=(not shown) is not allowed: {TOO_SHORT}")
    return given


def stored_secret(file: Path) -> str:
    """Read the signing key from `file`, created on first use.

    Of processes that start at once the first to create it wins.
    """
    if not file.exists():
        _create(file)
    return _read(file, f"the signing key {str(file)!r}")


def instance_directory() -> Path:
    """The directory of the default database and key, where Flask finds it too."""
    beside = Path(__file__).resolve().parent.parent
    prefix = Path(os.path.abspath(sys.prefix))
    if beside.is_relative_to(prefix):
        return prefix / "var" / "notifier-instance"
    if beside.name.lower() == "site-packages":
        return _prefix_of(beside) / "var" / "notifier-instance"
    return beside / "instance"


def metrics_directory() -> str:
    """Make a directory for the counts of all workers of the server that this process is or becomes.

    In memory where there is a place for that: the files are mapped, and on a full disk the next write would end a worker by SIGBUS.
    Directories of servers that were killed are removed.
    """
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()
    for directory in Path(place).glob(f"{_METRICS_PREFIX}*-*"):
        if not Path("/proc", directory.name.removeprefix(_METRICS_PREFIX).partition("-")[0]).exists():
            shutil.rmtree(directory, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"{_METRICS_PREFIX}{os.getpid()}-", dir=place)


def _prefix_of(site_packages: Path) -> Path:
    """The directory of a virtual environment: `PREFIX/lib/python3.X/site-packages`."""
    library = site_packages.parent.parent
    return library.parent if library.name.lower() == "lib" else site_packages.parent


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`, an address or a name."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _create(file: Path) -> None:
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        os.link(fresh, file)
    except FileExistsError:
        return
    except OSError as error:
        raise SettingError(f"the signing key {str(file)!r} cannot be created: {error.strerror}") from None
    finally:
        fresh.unlink(missing_ok=True)


def _read(file: Path, shown: str) -> str:
    """Read a secret. No byte of it is part of an error."""
    try:
        return file.read_bytes().decode().strip()
    except UnicodeDecodeError:
        raise SettingError(f"{shown} cannot be read: it is not UTF-8") from None
    except OSError as error:
        raise SettingError(f"{shown} cannot be read: {error.strerror}") from None


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True

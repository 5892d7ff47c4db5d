#!/usr/bin/env python3
"""run_peers.py - measures servers of the same kind side by side with ssebench.py, and prints medians and ratios.

Peers (servers/): floor (a C loop of send()), nchan (nginx's Nchan, one shared channel), nchan-mine (shared and own channel), naive (Flask, a
generator and a gevent queue per stream), sse-starlette, sse-starlette-redis, flask-sse, better-sse. What they need is installed once into a
cache under the temporary directory by pip and npm, and, for root, by apt; a peer that cannot be had here is left out with the reason.

--product FILE adds servers described in JSON (see product.example.json): one object or a list of
  name; cwd; env; prepare (commands before the start); command; ready (path that answers 200); after_start (commands once it answers);
  ssebench (its own arguments); skip (phases that make no sense for it).
In all strings {port} {streams} {dir} (fresh scratch directory) {python} {bench} (this directory) are filled in.

Default: each server is started, measured and ended in turn, and so on for every round (fresh memory figures). --together: all servers are
up with all their streams connected, and the phases go round among them: quicker and finer in time, but the many waiting streams cost
every server a fifth of its rate, which draws ratios together; memory is taken once.

  run_peers.py --n 1000,10000 --rounds 3
  run_peers.py --only floor,nchan,naive --product product.json --n 10000 --rounds 5 --together --json result.json
"""
from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.request
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import ssebench  # noqa: E402

HERE = Path(__file__).resolve().parent
PEERS_DIR = HERE / "servers"
CACHE = Path(os.environ.get("SSEBENCH_CACHE") or Path(tempfile.gettempdir()) / f"ssebench-peers-{os.getuid()}")
PHASES = ("idle", "paced", "burst", "targeted", "rated", "storm")


class Missing(Exception):
    """A peer that cannot be had on this machine."""


def say(*words: object) -> None:
    print(time.strftime("%H:%M:%S"), *words, file=sys.stderr, flush=True)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


# ---- what the peers need --------------------------------------------------------------------------------------------------------------

def quiet(cmd: list, timeout: float, **kw) -> None:
    r = subprocess.run([str(c) for c in cmd], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout, **kw)
    if r.returncode:
        raise Missing(f"{cmd[0]} {cmd[1]}: {r.stdout.strip()[-200:]}")


_updated = False


def program(name: str, *packages: str) -> str:
    """Path of a program; root may install it from the distribution."""
    global _updated
    if not shutil.which(name) and os.getuid() == 0 and shutil.which("apt-get"):
        env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        if not _updated:
            quiet(["apt-get", "update", "-q"], 180, env=env)
            _updated = True
        quiet(["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages], 300, env=env)
    if not shutil.which(name):
        raise Missing(f"no {name} here ({' '.join(packages)})")
    return shutil.which(name)


def venv(name: str, *packages: str) -> Path:
    d = CACHE / f"venv-{name}"
    if not (d / "ok").exists():
        say(f"making {d.name}")
        shutil.rmtree(d, ignore_errors=True)
        quiet([sys.executable, "-m", "venv", d], 120)
        quiet([d / "bin/pip", "install", "-q", "--disable-pip-version-check", *packages], 300)
        (d / "ok").write_text(subprocess.run([d / "bin/pip", "freeze"], text=True, capture_output=True).stdout)
    return d / "bin"


# ---- contestants ----------------------------------------------------------------------------------------------------------------------

class Contestant:
    """A server that can be started for n streams. `args`: its own ssebench arguments; `skip`: phases that make no sense for it."""

    name, args, skip = "", [], ()

    def prepare(self) -> None:
        """What is done once; raises Missing."""

    def start(self, n: int) -> tuple[int, list[int]]:
        """(port, roots of the process tree to be measured)."""
        raise NotImplementedError

    def arguments(self) -> list[str]:
        return list(self.args)

    def stop(self) -> None:
        pass


class Peer(Contestant):
    def __init__(self, name: str, need, command, args: list[str] = (), skip: tuple = (), redis: bool = False, env: dict | None = None):
        self.name, self.need, self.command, self.args, self.skip, self.redis, self.env = name, need, command, list(args), skip, redis, env or {}
        self.tool, self.running, self.dir = None, [], None

    def prepare(self) -> None:
        CACHE.mkdir(parents=True, exist_ok=True)
        self.tool = self.need()
        if self.redis:
            program("redis-server", "redis-server")

    def start(self, n: int) -> tuple[int, list[int]]:
        self.dir = Path(tempfile.mkdtemp(prefix="ssepeer-"))
        self.dir.chmod(0o755)
        port = free_port()
        env = os.environ | self.env | {"PORT": str(port)}
        if self.redis:
            other = free_port()
            self.running.append(ssebench.Spawned(["redis-server", "--port", str(other), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--maxclients", "60000", "--dir", str(self.dir)], other))
            env["REDIS_URL"] = f"redis://127.0.0.1:{other}"
        command = [str(c) for c in self.command(self.tool, port, self.dir)]
        self.running.append(ssebench.Spawned(command, port, str(self.dir / "log"), env=env, cwd=str(PEERS_DIR)))
        return port, [self.running[-1].pid]

    def stop(self) -> None:
        for s in reversed(self.running):
            s.stop()
        self.running = []
        if self.dir:
            shutil.rmtree(self.dir, ignore_errors=True)


class Product(Contestant):
    def __init__(self, description: dict):
        d = self.d = description
        self.name, self.skip = d["name"], tuple(d.get("skip", ()))
        self.server, self.dir, self.words = None, None, {}

    def fill(self, x):
        if isinstance(x, str):
            for k, v in self.words.items():
                x = x.replace("{" + k + "}", str(v))
            return x
        return [self.fill(y) for y in x]

    def start(self, n: int) -> tuple[int, list[int]]:
        self.dir, port = Path(tempfile.mkdtemp(prefix="sseproduct-")), free_port()
        self.words = {"port": port, "streams": n, "dir": self.dir, "python": sys.executable, "bench": HERE}
        env = os.environ | {k: self.fill(v) for k, v in self.d.get("env", {}).items()}
        cwd = str(Path(self.fill(self.d.get("cwd", "."))).resolve())
        for cmd in self.fill(self.d.get("prepare", [])):
            quiet(cmd, 600, env=env, cwd=cwd)
        self.server = ssebench.Spawned(self.fill(self.d["command"]), port, str(self.dir / "log"), env=env, cwd=cwd, wait=60)
        if path := self.d.get("ready"):
            end = time.monotonic() + 60
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).close()
                    break
                except (OSError, urllib.error.URLError) as e:
                    if time.monotonic() > end:
                        raise Missing(f"{path} never answered 200: {e}") from None
                    time.sleep(0.1)
        for cmd in self.fill(self.d.get("after_start", [])):
            quiet(cmd, 1800, env=env, cwd=cwd)
        return port, [self.server.pid]

    def arguments(self) -> list[str]:
        return self.fill(self.d.get("ssebench", []))

    def stop(self) -> None:
        if self.server:
            self.server.stop()
            self.server = None
        if self.dir:
            shutil.rmtree(self.dir, ignore_errors=True)


def need_floor() -> Path:
    compiler = shutil.which("gcc") or shutil.which("cc") or program("gcc", "gcc", "libc6-dev")
    quiet([compiler, "-O2", "-o", CACHE / "floor", PEERS_DIR / "floor.c"], 60)
    return CACHE / "floor"


def need_nchan() -> tuple[str, str]:
    nginx = program("nginx", "nginx", "libnginx-mod-nchan")

    def built_how() -> tuple[str, Path]:
        said = subprocess.run([nginx, "-V"], capture_output=True, text=True).stderr
        return said, Path(next((w.split("=", 1)[1] for w in said.split() if w.startswith("--modules-path=")), "/usr/lib/nginx/modules")) / "ngx_nchan_module.so"
    said, module = built_how()
    if "--add-module" in said and "nchan" in said:
        return nginx, ""
    if not module.exists() and os.getuid() == 0 and shutil.which("apt-get"):
        quiet(["apt-get", "install", "-y", "-q", "--no-install-recommends", "libnginx-mod-nchan"], 300, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})
    if not module.exists():
        raise Missing("nginx here has no Nchan module (libnginx-mod-nchan)")
    return nginx, f"load_module {module};"


def nchan_command(tool, port: int, scratch: Path) -> list:
    text = (PEERS_DIR / "nchan.conf").read_text()
    user = "user root;" if os.getuid() == 0 else ""
    for k, v in {"@MODULE@": tool[1], "@DIR@": str(scratch), "@PORT@": str(port), "@USER@": user}.items():
        text = "\n".join(line if line.startswith("#") else line.replace(k, v) for line in text.split("\n"))
    (scratch / "nginx.conf").write_text(text)
    return [tool[0], "-c", scratch / "nginx.conf", "-e", scratch / "error.log"]


def need_node() -> Path:
    node = program("node", "nodejs", "npm")
    d = CACHE / "better-sse"
    if not (d / "node_modules/better-sse").exists():
        d.mkdir(parents=True, exist_ok=True)
        (d / "package.json").write_text('{"private": true, "type": "module"}')
        quiet([program("npm", "npm"), "install", "--no-audit", "--no-fund", "--ignore-scripts", "better-sse"], 180, cwd=d)
    shutil.copy(PEERS_DIR / "better_sse.mjs", d)
    return Path(node)


def peers() -> dict[str, Contestant]:
    uvicorn = lambda t, port, d: [t / "uvicorn", "starlette_app:app", "--port", port, "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--backlog", "4096", "--log-level", "warning"]  # noqa: E731
    gunicorn = lambda app: lambda t, port, d: [t / "gunicorn", "-c", "gunicorn.conf.py", app]  # noqa: E731
    starlette = lambda: venv("starlette", "sse-starlette", "starlette", "uvicorn", "uvloop", "httptools", "redis")  # noqa: E731
    by = ["--bystander", "/healthz"]
    all_ = [
        Peer("floor", need_floor, lambda t, port, d: [t, port], by),
        Peer("nchan", need_nchan, nchan_command, by, skip=("targeted", "rated")),
        Peer("nchan-mine", need_nchan, nchan_command, [*by, "--get", "/mine/{i}"]),
        Peer("naive", lambda: venv("gunicorn", "flask", "gunicorn[gevent]"), gunicorn("naive:app"), by),
        Peer("sse-starlette", starlette, uvicorn, by),
        Peer("sse-starlette-redis", starlette, uvicorn, by, redis=True),
        Peer("flask-sse", lambda: venv("flask-sse", "flask-sse", "redis", "gunicorn[gevent]"), gunicorn("flask_sse_app:app"), [*by, "--get", "/stream", "--settle", "4", "--conc", "1000"], skip=("targeted", "rated", "storm"), redis=True),
        Peer("better-sse", need_node, lambda t, port, d: [t, CACHE / "better-sse/better_sse.mjs", port], by),
    ]
    return {p.name: p for p in all_}


# ---- the race -------------------------------------------------------------------------------------------------------------------------

class Late(Exception):
    """A measurement that took longer than its bound."""


def bounded(seconds: float, work):
    """work(), interrupted after so many seconds."""
    def ring(*_):
        raise Late(f"took longer than {seconds:g} s")
    before = signal.signal(signal.SIGALRM, ring)
    left, t = signal.getitimer(signal.ITIMER_REAL)[0], time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, min(seconds, left) if left else seconds)
    try:
        return work()
    finally:
        signal.setitimer(signal.ITIMER_REAL, max(0.01, left - (time.monotonic() - t)) if left else 0)
        signal.signal(signal.SIGALRM, before)


def begin(c: Contestant, n: int, options: list[str]) -> ssebench.Bench:
    port, roots = c.start(n)
    a = ssebench.arguments([*options, *c.arguments(), "--name", c.name, "--port", str(port), "-n", str(n)])
    for phase in c.skip:
        setattr(a, phase, 0)
    return ssebench.Bench(a, roots)


def in_turn(contestants: list[Contestant], n: int, rounds: int, options: list[str], limit: float = 240) -> list[dict]:
    """Each started, measured and ended, round by round. One dictionary for each measurement; `error` where one failed."""
    out = []
    for r in range(rounds):
        for c in contestants:
            say(f"round {r + 1}/{rounds}: {c.name}, {n} streams")
            try:
                out.append(bounded(limit, lambda c=c: begin(c, n, options).all()))
            except (Exception, SystemExit) as e:
                out.append({"name": c.name, "n": n, "error": f"{type(e).__name__}: {e}"})
                say(f"  {c.name}: {e}")
            finally:
                c.stop()
    return out


def together(contestants: list[Contestant], n: int, rounds: int, options: list[str], limit: float = 240) -> list[dict]:
    """All up and connected; the phases go round among them. One dictionary for each contestant and round."""
    benches, out = {}, []
    try:
        for c in contestants:
            say(f"connecting {c.name}, {n} streams")

            def up(c=c):
                b = benches[c] = begin(c, n, options)
                b.warm()
                b.connect()
                if b.a.idle:
                    b.idle()
            try:
                bounded(limit, up)
            except (Exception, SystemExit) as e:
                say(f"  {c.name}: {e}")
                out.append({"name": c.name, "n": n, "error": f"{type(e).__name__}: {e}"})
                if b := benches.pop(c, None):
                    b.close()
                c.stop()
        for r in range(rounds):
            rows = {c: dict(b.out) for c, b in benches.items()}
            for phase in PHASES[1:]:
                for c, b in list(benches.items()):
                    if getattr(b.a, phase):
                        try:
                            rows[c][phase] = bounded(limit, getattr(b, phase))
                        except (Exception, SystemExit) as e:
                            say(f"  {c.name}, {phase}: {e}")
                            rows[c]["error"] = f"{phase}: {e}"
                            benches.pop(c)
                            b.close()
            say(f"round {r + 1}/{rounds} done")
            out += rows.values()
        for c, b in benches.items():
            end = b.close()
            for row in out:
                if row["name"] == c.name and "bystander" in end:
                    row["bystander"] = end["bystander"]
    finally:
        for b in benches.values():
            b.close()
        for c in contestants:
            c.stop()
    return out


# ---- the answer -----------------------------------------------------------------------------------------------------------------------

COLUMNS = [("KiB/conn", "kib_per_conn"), ("paced msg/s", "paced.fanout_msg_s"), ("p50 ms", "paced.p50_ms"), ("p99 ms", "paced.p99_ms"), ("all have it ms", "paced.all_p50_ms"), ("CPU us/msg", "paced.srv_us_per_msg"),
           ("burst msg/s", "burst.msg_s"), ("posts/s", "targeted.pub_s"), ("p99 ms at --rate", "rated.p99_ms"), ("set-up p99 ms", "connect.setup_p99_ms"), ("CPU ms/conn", "connect.srv_ms_per_conn"), ("idle CPU %", "idle.srv_cpu_pct"),
           ("storm s", "storm.back_s"), ("stranger p99 ms", "bystander.all.p99_ms"), ("lost", "*.lost"), ("doubled", "*.duplicates"), ("down", "down")]
RATIOS = [("memory", "kib_per_conn"), ("paced rate", "paced.fanout_msg_s"), ("paced p99", "paced.p99_ms"), ("burst rate", "burst.msg_s"), ("CPU per message", "paced.srv_us_per_msg"), ("set-up CPU", "connect.srv_ms_per_conn"), ("storm", "storm.back_s")]


def value(row: dict, path: str) -> float | None:
    if path == "down":
        return row["n"] - row["connect"]["live"] if "connect" in row else None
    head, _, rest = path.partition(".")
    if head == "*":
        got = [row[p][rest] for p in PHASES if p in row and rest in row[p]]
        return sum(got) if got else None
    for key in path.split("."):
        if not isinstance(row, dict) or key not in row:
            return None
        row = row[key]
    return None if row == -1 else row


def median(rows: list[dict], name: str, path: str) -> float | None:
    got = [v for r in rows if r["name"] == name and (v := value(r, path)) is not None]
    return statistics.median(got) if got else None


def ratio(rows: list[dict], name: str, other: str, path: str) -> float | None:
    """Median of one by the median of the other."""
    a, b = median(rows, name, path), median(rows, other, path)
    return a / b if a is not None and b and b > 0 else None


def number(x: float | None) -> str:
    if x is None:
        return "-"
    return f"{x:,.0f}" if abs(x) >= 100 or x == int(x) else f"{x:.1f}" if abs(x) >= 10 else f"{x:.2f}" if abs(x) >= 0.1 else f"{x:.3f}"


def markdown(head: list[str], body: list[list[str]]) -> str:
    return "\n".join(["| " + " | ".join(head) + " |", "|" + " --- |" * len(head), *("| " + " | ".join(b) + " |" for b in body)])


def table(rows: list[dict]) -> str:
    """Markdown: medians, then ratios to floor, nchan and naive, for each number of streams."""
    out = []
    for n in sorted({r["n"] for r in rows}):
        mine = [r for r in rows if r["n"] == n]
        names = list(dict.fromkeys(r["name"] for r in mine))
        columns = [c for c in COLUMNS if any(median(mine, x, c[1]) is not None for x in names)]
        out.append(f"### {n:,} streams, medians\n\n" + markdown(["server", "runs", *(c[0] for c in columns)],
                   [[x, str(sum(r["name"] == x and "error" not in r for r in mine)), *(number(median(mine, x, c[1])) for c in columns)] for x in names]))
        for base in ("floor", "nchan", "naive"):
            if base in names and median(mine, base, "down") is not None:
                ratios = [c for c in RATIOS if (median(mine, base, c[1]) or 0) > 0 and (base, c[0]) != ("floor", "memory")]
                out.append(f"### {n:,} streams, ratios to {base}\n\n" + markdown(["server", *(c[0] for c in ratios)], [[x, *(number(ratio(mine, x, base, c[1])) for c in ratios)] for x in names]))
        out += [f"{r['name']}: {r['error']}" for r in mine if "error" in r]
    return "\n\n".join(out)


def versions() -> dict:
    said = {"python": platform.python_version(), "kernel": platform.release(), "cpus": os.cpu_count(), "load": os.getloadavg()}
    for ok in sorted(CACHE.glob("venv-*/ok")):
        said[ok.parent.name] = ok.read_text().split()
    return said


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--only", help="peers, by comma ('none': only the products)")
    p.add_argument("--product", action="append", default=[], metavar="FILE", help="JSON description of a server, or of several")
    p.add_argument("--n", default="1000", help="numbers of streams, by comma")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--together", action="store_true", help="all up at once, phases go round among them")
    p.add_argument("--json", metavar="FILE", help="write every measurement")
    p.add_argument("--idle", default="0")
    p.add_argument("--paced", default="20")
    p.add_argument("--burst", default="100")
    p.add_argument("--targeted", default="0")
    p.add_argument("--rated", default="0")
    p.add_argument("--storm", action="store_true")
    p.add_argument("--size", default="250")
    p.add_argument("--wait-quiet", type=float, default=30, metavar="S", help="wait at most so many seconds for a quiet machine")
    p.add_argument("--limit", type=float, default=240, help="seconds one measurement may take")
    p.add_argument("options", nargs="*", help="more ssebench options for all, after --")
    a = p.parse_args()
    known = peers()
    names = [] if a.only == "none" else a.only.split(",") if a.only else list(known)
    if unknown := [x for x in names if x not in known]:
        p.error(f"no such peer: {', '.join(unknown)} (there are {', '.join(known)})")
    chosen: list[Contestant] = []
    for file in a.product:
        d = json.loads(Path(file).read_text())
        chosen += [Product(x) for x in (d if isinstance(d, list) else [d])]
    for x in names:
        try:
            known[x].prepare()
            chosen.append(known[x])
        except (Missing, OSError, subprocess.SubprocessError) as e:
            say(f"left out: {x}: {e}")
    ssebench.raise_limits()
    if a.wait_quiet and (used := ssebench.wait_quiet(a.wait_quiet)) > 0.25:
        say(f"others use {used:.1f} cores: read ratios and CPU per message, not rates")
    options = ["--idle", a.idle, "--paced", a.paced, "--burst", a.burst, "--targeted", a.targeted, "--rated", a.rated, "--size", a.size, *(["--storm"] if a.storm else []), *a.options]
    rows: list[dict] = []
    try:
        for n in (int(x) for x in a.n.split(",")):
            rows += (together if a.together else in_turn)(chosen, n, a.rounds, options, a.limit)
    except KeyboardInterrupt:
        traceback.print_exc(limit=1)
    finally:
        for c in chosen:
            c.stop()
    print(table(rows))
    if a.json:
        Path(a.json).write_text(json.dumps({"versions": versions(), "runs": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()

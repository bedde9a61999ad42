"""Reverse proxies that end TLS before a page: a small one of our own, nginx and Caddy."""

import asyncio
import shutil
import ssl
import subprocess
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

NAME = "hukka.example.fi"
DEPLOY = Path(__file__).parents[2] / "docs/deploy"
HEAD = 65536


class OwnProxy:
    """One request a connection; says who asked as `X-Forwarded-For`, and may take a prefix off."""

    def __init__(self, files, port, upstream, takes_off="", keeps_host=True):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(files.cert, files.key)
        self._upstream = upstream
        self._takes_off = takes_off
        self._keeps_host = keeps_host
        self._loop = asyncio.new_event_loop()
        self._port = port

    async def _serve(self, started):
        server = await asyncio.start_server(
            self._answer, "127.0.0.1", self._port, ssl=self._context
        )
        self._ended = asyncio.Event()
        started()
        async with server:
            await self._ended.wait()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _answer(self, reader, writer):
        ends, there = [writer], None
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._upstream)
            ends.append(up_writer)
            up_writer.write(self._told(head, writer.get_extra_info("peername")[0]).encode())
            there = asyncio.ensure_future(_pump(reader, up_writer))
            await _pump(up_reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            if there is not None:
                there.cancel()
            for end in ends:
                end.transport.abort() if self._ended.is_set() else end.close()

    def _told(self, head, peer):
        method, path, _ = head[0].split(" ")
        if self._takes_off and path.startswith(f"{self._takes_off}/"):
            path = path.removeprefix(self._takes_off)
        kept = [h for h in head[1:] if not h.lower().startswith(("connection:", "x-forwarded-for"))]
        before = [h.partition(":")[2] for h in head if h.lower().startswith("x-forwarded-for:")]
        if not self._keeps_host:
            kept = [h for h in kept if not h.lower().startswith("host:")]
            kept.append(f"Host: 127.0.0.1:{self._upstream}")
        kept += ["Connection: close", f"X-Forwarded-For: {','.join([*before, peer])}"]
        return "\r\n".join([f"{method} {path} HTTP/1.1", *kept, "", ""])

    @contextmanager
    def running(self):
        started = Event()
        thread = Thread(target=self._loop.run_until_complete, args=(self._serve(started.set),))
        thread.start()
        assert started.wait(10)
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._ended.set)
            thread.join(10)
            self._loop.close()


async def _pump(reader, writer):
    try:
        while more := await reader.read(HEAD):
            writer.write(more)
            await writer.drain()
    except OSError:
        return


@contextmanager
def proxy(kind, files, folder, port, upstream, **more):
    """A proxy of `kind` on `port` before the page at `upstream`; `more` is for our own."""
    if kind == "own":
        with OwnProxy(files, port, upstream, **more).running():
            yield
        return
    program = installed(kind)
    write = {"nginx": nginx_conf, "caddy": caddyfile}[kind]
    file = write(folder, files, upstream, port)
    words = {
        "nginx": ["-e", folder / "error.log", "-c", file, "-g", "daemon off;"],
        "caddy": ["run", "--adapter", "caddyfile", "--config", file],
    }[kind]
    process = subprocess.Popen(
        [program, *map(str, words)],
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def installed(kind):
    """The program; skips where there is none."""
    program = shutil.which(kind) or shutil.which(kind, path="/usr/sbin:/sbin")
    if program is None:
        pytest.skip(f"no {kind} on this machine")
    return program


def nginx_conf(folder, files, upstream, port):
    """`docs/deploy/nginx.conf` with this test's files and ports, in what surrounds it."""
    site = (DEPLOY / "nginx.conf").read_text()
    for ours, here in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("/etc/ssl/hukka/fullchain.pem", str(files.cert)),
        ("/etc/ssl/hukka/key.pem", str(files.key)),
        ("127.0.0.1:8470", f"127.0.0.1:{upstream}"),
    ):
        assert site.count(ours) == 1, ours
        site = site.replace(ours, here)
    paths = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = folder / "nginx.conf"
    file.write_text(
        f"pid {folder}/nginx.pid;\nevents {{}}\nhttp {{\naccess_log off;\n{paths}{site}}}\n"
    )
    return file


def caddyfile(folder, files, upstream, port):
    """`docs/deploy/Caddyfile` likewise; its certificate is given, not asked for."""
    site = (DEPLOY / "Caddyfile").read_text()
    for ours, here in (
        (
            f"\n{NAME} {{",
            f"\n{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n"
            f"{NAME}:{port} {{\n\tbind 127.0.0.1\n\ttls {files.cert} {files.key}",
        ),
        ("127.0.0.1:8470", f"127.0.0.1:{upstream}"),
    ):
        assert site.count(ours) == 1, ours
        site = site.replace(ours, here)
    file = folder / "Caddyfile"
    file.write_text(site)
    return file

"""Servers that tests send to, all on loopback, and channels that send to them."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from hil.tell.sections import TellSettings


class Mailbox:
    """What a mail server took; `answer` is what it says to a message, `refuses` to an address."""

    def __init__(self):
        self.mails, self.answer, self.to = [], "250 taken", []
        self.refuses = {}

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.answer.startswith("250"):
            self.mails.append(envelope.content.decode())
            self.to.append(envelope.rcpt_tos)
        return self.answer


@contextmanager
def mail_server(port, **options):
    """A mail server on loopback; gives its mailbox."""
    box = Mailbox()
    controller = Controller(box, "127.0.0.1", port, **options)
    controller.factory = lambda: SMTP(box, hostname="test", **controller.SMTP_kwargs)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


class Hook(ThreadingHTTPServer):
    """A server for webhooks; `status` is what it answers."""

    daemon_threads = True

    def __init__(self, port):
        self.got, self.status, self.forgets = [], 200, False
        self.news = threading.Condition()
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.status < 300:
            with self.server.news:
                self.server.got.append((dict(self.headers), body, json.loads(body)))
                self.server.news.notify_all()
        if self.server.forgets:  # took it, and dies before it says so
            self.close_connection = True
            return
        self.send_response(self.server.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *args):
        pass


@contextmanager
def hook_server(port, context=None):
    """A server for webhooks on loopback."""
    server = Hook(port)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def mail(port, **told):
    return {
        "kind": "mail",
        "to": ["duty@example.org"],
        "sender": "hukka@example.org",
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
    } | told


def hook(port, **told):
    return {"kind": "webhook", "url": f"http://127.0.0.1:{port}/alarms"} | told


def channels(**told):
    return TellSettings.model_validate({"page": "https://desk.example.org", "channels": told})

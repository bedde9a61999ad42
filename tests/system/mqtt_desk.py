"""A real broker on loopback, and somebody who listens."""

import contextlib
import json
import os
import shutil
import subprocess
import threading
from collections import deque

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion


@contextlib.contextmanager
def broker(folder, port, *lines):
    """A mosquitto on loopback."""
    found = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/opt/homebrew/sbin")
    if found is None:
        pytest.skip("mosquitto is not installed")
    file = folder / "mosquitto.conf"
    own = ("user root",) if os.geteuid() == 0 else ()  # else it becomes who cannot read our keys
    text = "\n".join((f"listener {port} 127.0.0.1", *own, *lines)) + "\n"
    file.write_text(text, encoding="utf-8")
    with subprocess.Popen([found, "-c", str(file)], stderr=subprocess.PIPE, text=True) as process:
        try:
            for line in process.stderr:
                if "running" in line:
                    break
            yield
        finally:
            process.terminate()


@contextlib.contextmanager
def listener(port, topic, **options):
    """Hears a topic; gives what came."""
    got, there = deque(), threading.Event()
    client = Client(CallbackAPIVersion.VERSION2)
    client.on_connect = lambda c, *rest: c.subscribe(topic, qos=1)
    client.on_subscribe = lambda *rest: there.set()
    arrived = threading.Semaphore(0)

    def hear(_, data, message):
        got.append(json.loads(message.payload))
        arrived.release()

    client.on_message = hear
    if options:
        client.username_pw_set(**options)
    client.connect("127.0.0.1", port)
    client.loop_start()
    assert there.wait(10)
    try:
        yield got, arrived
    finally:
        client.disconnect()
        client.loop_stop()


def bus(port, **told):
    plain = {"kind": "mqtt", "host": "127.0.0.1", "port": port, "tls": False, "topic": "a/b"}
    return plain | told

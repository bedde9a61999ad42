"""Messages over MQTT, at least once: the key in each says if it came before."""

import json
from collections.abc import Callable
from pathlib import Path

from paho.mqtt.client import Client, error_string
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from hil.tell.sections import Mqtt
from hil.tell.sending import TIMEOUT_S, Message, NotSent, secret_of, tls_of
from twin.clock import NS_PER_S, monotonic_ns


class MqttSender:
    """Opens a connection a message: there are few of them."""

    def __init__(self, told: Mqtt, folder: Path) -> None:
        self._told, self._folder = told, folder

    def send(self, message: Message, now_ns: int) -> str:
        """Hand it over; returns when the broker has acknowledged it.

        Raises:
            NotSent: not reached, not let in, or not acknowledged in time.
        """
        told = self._told
        client = self._client()
        refused: list[str] = []
        client.on_connect = lambda c, data, flags, code, properties: _note(code, refused)
        body = json.dumps(message.data, ensure_ascii=False)
        where = f"{told.host}:{told.port}"
        try:
            client.connect(told.host, told.port)
            until_ns = monotonic_ns() + round(TIMEOUT_S * NS_PER_S)
            _turn(client, lambda: client.is_connected() or bool(refused), until_ns)
            if refused:
                raise NotSent(f"{where}: {refused[0]}")
            sent = client.publish(told.topic, body, qos=1)
            _turn(client, sent.is_published, until_ns)
        except (OSError, ValueError, RuntimeError) as error:
            raise NotSent(f"{where}: {error}") from None
        finally:
            client.disconnect()
        return f"acknowledged by {where}"

    def _client(self) -> Client:
        told = self._told
        client = Client(CallbackAPIVersion.VERSION2)
        client.connect_timeout = TIMEOUT_S
        if told.tls:
            client.tls_set_context(tls_of(told.ca, self._folder))
        if told.user is not None:
            password = None if told.password is None else secret_of(told.password, self._folder)
            client.username_pw_set(told.user, password)
        return client


def _note(code: ReasonCode, refused: list[str]) -> None:
    if code.is_failure:
        refused.append(str(code))


def _turn(client: Client, done: Callable[[], bool], until_ns: int) -> None:
    """Let the client work until `done`; NotSent when its time is over or the line is lost."""
    while not done():
        left_ns = until_ns - monotonic_ns()
        if left_ns <= 0:
            raise NotSent(f"no answer within {TIMEOUT_S:g} s")
        code = client.loop(min(left_ns / NS_PER_S, 0.5))
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS and not done():
            raise NotSent(f"the connection ended: {error_string(code)}")

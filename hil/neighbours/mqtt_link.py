"""One connection to a broker, without a thread: it moves when it is asked to.

A connection that is gone is never revived: the next one is a new object that knows nothing, so
that what has to be sent again is known to the spool alone.
"""

import ssl
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from hil.neighbours.settings import Mqtt, first_line
from twin.clock import NS_PER_S, monotonic_ns
from twin.closing import Closing
from twin.errors import BadInput, LinkLost

CONNECT_S: Final = 5.0
"""Longest wait for a connection, and for the broker's yes to it [s]."""
KEEPALIVE_S: Final = 30
_TURN_S: Final = 0.05


class BrokerLink(Closing):
    """Connected when it is made; close it, or use `with`."""

    def __init__(
        self,
        told: Mqtt,
        folder: Path,
        client_id: str,
        will: tuple[str, bytes] | None = None,
    ) -> None:
        """Connect to the broker of `told`, whose files are relative to `folder`.

        `will` is the topic and what the broker says there, retained, when this connection dies.

        Raises:
            LinkLost: nobody answers, or the broker refuses.
            BadInput: a file cannot be used.
        """
        self.where = told.broker
        self._answer: ReasonCode | None = None
        self._gone = ""
        self._unconfirmed: set[int] = set()
        """Of the messages of QoS 1: numbers come again after 65 535, those of QoS 0 count too."""
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=True,
            protocol=paho.MQTTv311,
            reconnect_on_failure=False,
        )
        self._client.connect_timeout = CONNECT_S
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        if will is not None:
            self._client.will_set(will[0], will[1], qos=1, retain=True)
        if told.user is not None and told.password_file is not None:
            password = first_line(folder / told.password_file)
            self._client.username_pw_set(told.user, password)
        if told.place.scheme == "mqtts":
            self._client.tls_set_context(_tls(told, folder))
        try:
            self._client.connect(told.place.host, told.place.port, KEEPALIVE_S)
            self._wait_for_yes()
        except (OSError, ValueError) as error:
            self.close()
            raise LinkLost(f"{self.where}: {_why(error)}") from None
        except BaseException:
            self.close()
            raise

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool = False) -> int:
        """Send; the number by which `is_acknowledged` knows the message [-].

        Raises:
            LinkLost: the connection is gone.
        """
        info = self._client.publish(topic, payload, qos=qos, retain=retain)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise LinkLost(f"{self.where}: {paho.error_string(info.rc)}")
        if qos:
            self._unconfirmed.add(info.mid)
        return info.mid

    def is_acknowledged(self, number: int) -> bool:
        """Whether the broker has confirmed that message; one of QoS 0 has nothing to confirm."""
        return number not in self._unconfirmed

    def turn(self, wait_s: float = _TURN_S) -> None:
        """Send and receive for at most `wait_s` [s], less where something happens.

        Raises:
            LinkLost: the connection is gone.
        """
        code = self._client.loop(wait_s)
        if self._answer is not None and self._answer.is_failure:
            raise LinkLost(f"{self.where}: the broker says: {self._answer}")
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS or self._gone:
            raise LinkLost(f"{self.where}: {self._gone or paho.error_string(code)}")

    def settle(self, number: int, timeout_s: float) -> bool:
        """Wait for the broker to confirm; False when it did not within `timeout_s` [s]."""
        until = monotonic_ns() + int(timeout_s * NS_PER_S)
        while not self.is_acknowledged(number) and monotonic_ns() < until:
            self.turn()
        return self.is_acknowledged(number)

    def close(self) -> None:
        """Leave, without the will being told."""
        with suppress(OSError, ValueError):
            self._client.disconnect()
            self._client.loop(_TURN_S)
        if (socket := self._client.socket()) is not None:
            socket.close()

    def _wait_for_yes(self) -> None:
        until = monotonic_ns() + int(CONNECT_S * NS_PER_S)
        while self._answer is None:
            self.turn()
            if monotonic_ns() > until:
                raise LinkLost(f"{self.where}: no answer within {CONNECT_S:g} s")

    def _on_connect(self, *told: Any) -> None:  # noqa: ANN401 - client, data, flags, reason
        self._answer = told[3]

    def _on_disconnect(self, *told: Any) -> None:  # noqa: ANN401 - client, data, flags, reason
        self._gone = str(told[3])

    def _on_publish(self, *told: Any) -> None:  # noqa: ANN401 - client, data, number
        self._unconfirmed.discard(told[2])


def _tls(told: Mqtt, folder: Path) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(
            cafile=None if told.ca is None else str(folder / told.ca)
        )
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if told.cert is not None and told.key is not None:
            context.load_cert_chain(folder / told.cert, folder / told.key)
    except (OSError, ssl.SSLError) as error:
        raise BadInput(f"mqtt: ca, cert or key cannot be used: {error}") from None
    return context


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    return getattr(error, "strerror", None) or str(error)

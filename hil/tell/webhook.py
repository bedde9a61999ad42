"""Messages as HTTP POST with JSON, signed where there is a secret."""

import hashlib
import hmac
import http.client
import json
from pathlib import Path
from urllib.parse import urlsplit

from hil.tell.sections import Webhook
from hil.tell.sending import TIMEOUT_S, Message, NotSent, secret_of, tls_of

_AGAIN = (408, 425, 429)
"""Answers below 500 that ask for patience."""


class WebhookSender:
    """Follows no redirection: what is signed for one address is not for another."""

    def __init__(self, told: Webhook, folder: Path) -> None:
        self._told, self._folder = told, folder

    def send(self, message: Message, now_ns: int) -> str:
        """Hand it over; what was answered.

        Raises:
            NotSent: not reached, or an answer other than 2xx.
        """
        body = json.dumps(message.data, ensure_ascii=False).encode()
        headers = self._headers(message.key, body, now_ns)
        parts = urlsplit(self._told.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = self._connection()
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            said = answer.read(200).decode("utf-8", "replace").strip()
        except (OSError, http.client.HTTPException) as error:
            raise NotSent(f"{parts.netloc}: {error or type(error).__name__}") from None
        finally:
            connection.close()
        text = f"{answer.status} {answer.reason} {said}".strip()
        if not 200 <= answer.status < 300:
            raise NotSent(text, answer.status < 500 and answer.status not in _AGAIN)
        return text

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self._told.url)
        host = str(parts.hostname)
        if parts.scheme == "http":
            return http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT_S)
        tls = tls_of(self._told.ca, self._folder)
        return http.client.HTTPSConnection(host, parts.port, timeout=TIMEOUT_S, context=tls)

    def _headers(self, key: str, body: bytes, now_ns: int) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "hukka",
            "Idempotency-Key": key,
        }
        if self._told.secret is not None:
            secret = secret_of(self._told.secret, self._folder)
            stamp = str(now_ns // 1_000_000_000)
            headers["X-Hukka-Timestamp"] = stamp
            headers["X-Hukka-Signature"] = f"sha256={signature(secret, stamp, body)}"
        return headers


def signature(secret: str, stamp: str, body: bytes) -> str:
    """HMAC-SHA256 of `STAMP.BODY` in hexadecimal digits."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()

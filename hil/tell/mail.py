"""Messages as e-mail, handed to a mail server."""

import smtplib
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses
from pathlib import Path

from hil.tell.sections import Mail
from hil.tell.sending import TIMEOUT_S, Message, NotSent, secret_of, tls_of


class MailSender:
    """Opens a connection a message: there are few, and mail servers end idle ones."""

    def __init__(self, told: Mail, folder: Path) -> None:
        self._told, self._folder = told, folder

    def send(self, message: Message, now_ns: int) -> str:
        """Hand it over, to those who have not got it yet; what was answered.

        Raises:
            NotSent: not reached, not let in, or refused for some or all.
        """
        mail = letter(message, self._told, now_ns)
        everybody = [address for _, address in getaddresses([str(mail["To"])])]
        to = [a for a in everybody if not message.to or a in message.to]
        if not to:
            return f"{', '.join(message.to)} is told no more"
        try:
            with self._connected() as server:
                self._enter(server)
                refused = server.send_message(mail, to_addrs=to)
        except smtplib.SMTPResponseException as error:
            text = error.smtp_error
            said = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
            hard = 500 <= error.smtp_code < 600
            raise NotSent(f"{error.smtp_code} {said}", hard, message.to) from None
        except smtplib.SMTPRecipientsRefused as error:
            refused = error.recipients
            raise NotSent(_refused(refused), _hard(refused), message.to) from None
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(f"{self._told.host}:{self._told.port}: {error}") from None
        took = f"taken for {', '.join(a for a in to if a not in refused)}"
        if refused:
            raise NotSent(f"{took}; {_refused(refused)}", _hard(refused), tuple(refused))
        return took

    def _connected(self) -> smtplib.SMTP:
        told = self._told
        if told.security == "tls":
            tls = tls_of(told.ca, self._folder)
            return smtplib.SMTP_SSL(told.host, told.port, timeout=TIMEOUT_S, context=tls)
        return smtplib.SMTP(told.host, told.port, timeout=TIMEOUT_S)

    def _enter(self, server: smtplib.SMTP) -> None:
        told = self._told
        if told.security == "starttls":
            server.starttls(context=tls_of(told.ca, self._folder))
        if told.user is not None and told.password is not None:
            server.login(told.user, secret_of(told.password, self._folder))


def letter(message: Message, told: Mail, now_ns: int) -> EmailMessage:
    """The e-mail of a message; all of one alarm are one conversation."""
    domain = told.sender.rpartition("@")[2].strip("> ")
    mail = EmailMessage()
    mail["Subject"] = " ".join(message.subject.split())
    mail["From"] = told.sender
    mail["To"] = ", ".join(told.to)
    mail["Date"] = format_datetime(datetime.fromtimestamp(now_ns // 1_000_000_000, UTC))
    mail["Message-ID"] = f"<{message.key}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    if message.data.get("number") is not None:
        desk = message.key.partition(".")[0]
        mail["References"] = f"<{desk}.alarm{message.data['number']}@{domain}>"
    mail.set_content(message.text, cte="quoted-printable")  # not every server takes 8 bits
    return mail


def _hard(recipients: dict[str, tuple[int, bytes]]) -> bool:
    """Whether patience helps nobody."""
    return all(code >= 500 for code, _ in recipients.values())


def _refused(recipients: dict[str, tuple[int, bytes]]) -> str:
    said = (
        f"{who} refused: {code} {text.decode('utf-8', 'replace')}"
        for who, (code, text) in recipients.items()
    )
    return "; ".join(said)

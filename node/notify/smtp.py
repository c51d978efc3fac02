"""E-mail: one message over SMTP to the server that the settings name.

The message's id stands in Message-ID and X-Duban-Id, the same at each try: a server or a reader
that has it already drops a second one. Decides nothing on when. RFC 5321, 5322, 3834.
"""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import parseaddr

from node.config import Config
from node.notify.message import Message, Undelivered

SECONDS = 10.0


class Smtp:
    """The way to a mail server; a connection per message."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def send(self, message: Message) -> None:
        """Hand an e-mail over. Raises Undelivered; for good where the server refuses with 5xx."""
        config = self._config
        try:
            with self._connect() as server:
                if config.smtp_tls == "starttls":
                    server.starttls(context=ssl.create_default_context())
                if config.smtp_user is not None:
                    server.login(config.smtp_user, config.smtp_password or "")
                server.send_message(self._written(message))
        except smtplib.SMTPRecipientsRefused as refused:
            code, said = next(iter(refused.recipients.values()))
            raise Undelivered(_detail(code, said), code >= 500) from None
        except smtplib.SMTPDataError as refused:
            detail = _detail(refused.smtp_code, refused.smtp_error)
            raise Undelivered(detail, refused.smtp_code >= 500) from None
        except smtplib.SMTPResponseException as refused:  # our name or password: a setting's fault
            raise Undelivered(_detail(refused.smtp_code, refused.smtp_error)) from None
        except (smtplib.SMTPException, OSError) as error:
            raise Undelivered(f"{type(error).__name__}: {error}") from None

    def _connect(self) -> smtplib.SMTP:
        config = self._config
        host, port = config.smtp_host or "", config.smtp_port
        if config.smtp_tls == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
        return smtplib.SMTP(host, port, timeout=SECONDS)

    def _written(self, message: Message) -> EmailMessage:
        made = EmailMessage()
        made["From"] = self._config.smtp_from
        made["To"] = message.to
        made["Subject"] = message.subject
        domain = parseaddr(self._config.smtp_from)[1].rpartition("@")[2] or "duban.invalid"
        made["Message-ID"] = f"<{message.id}@{domain}>"
        made["X-Duban-Id"] = message.id
        made["Auto-Submitted"] = "auto-generated"
        made.set_content(message.text)
        return made


def _detail(code: int, said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return f"{code} {text}"

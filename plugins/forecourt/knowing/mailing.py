"""Messages as a mail, and the program that takes it."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from forecourt.knowing.alerts import Message, key
from forecourt.knowing.channels import Channels

_SENDMAIL_SECONDS = 60


def mail(channels: Channels, title: str, messages: Sequence[Message], now: datetime) -> bytes:
    """The messages as a mail (RFC 5322). Nothing but fixed words and checked addresses stands in its head."""
    written = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    written["Subject"] = f"{title}: {len(messages)} to know" if len(messages) > 1 else f"{title}: 1 to know"
    written["From"] = channels.sender
    written["To"] = ", ".join(channels.mail)
    written["Date"] = now
    written["Message-ID"] = f"<{key(messages)}@{channels.sender.rpartition('@')[2]}>"
    written["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer of a machine comes back
    written.set_content("\n\n".join(each.text for each in messages) + "\n")
    return written.as_bytes()


def hand_over(sendmail: str, message: bytes) -> str:
    """Give a mail to ``sendmail -t -i``; a sentence where it was not taken, else ""."""
    lines = message.replace(b"\r\n", b"\n")  # as programs of Unix are handed it
    try:
        done = subprocess.run(
            [sendmail, "-t", "-i"], input=lines, capture_output=True, timeout=_SENDMAIL_SECONDS, check=False
        )
    except OSError as error:
        return f"{Path(sendmail).name} could not be run: {error.strerror}"
    except subprocess.TimeoutExpired:
        return f"{Path(sendmail).name} did not end within {_SENDMAIL_SECONDS} seconds"
    return f"{Path(sendmail).name} ended with exit code {done.returncode}" if done.returncode else ""

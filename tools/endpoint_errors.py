"""How a call to an endpoint fails, and what may be done about it."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

from tools.base import ToolError
from tools.endpoint_reply import EndpointReply

_PASSING_STATUS = frozenset({408, 409, 425, 429})
_BILLED_STATUS = frozenset({408})
"""The service took too long: it may have worked all the time."""
_UNBILLED_STATUS = frozenset({500, 501, 503, 529})
"""Of the server errors, those that say that nothing was done; a gateway that lost the model behind
it (502, 504) cannot know."""
_FILTERED = re.compile(r"content.{0,30}(filter|policy)|(filter|policy).{0,30}content", re.I)
"""A prompt that a filter has read is charged for, though it ends in 400."""


class Failure(StrEnum):
    """What kind of failure it is."""

    REFUSED = "refused"
    """Asking again would be refused again: 4xx, a certificate that does not hold."""
    PASSING = "passing"
    """May be over soon: too many requests, a server error, a connection lost, silence."""
    MALFORMED = "malformed"
    """The server answered, with what is no chat completion."""


class EndpointError(ToolError):
    """The endpoint gave no whole reply. One line, fit for a user, without the key."""

    def __init__(
        self,
        message: str,
        *,
        failure: Failure = Failure.REFUSED,
        status: int | None = None,
        partial: EndpointReply | None = None,
        retry_after_s: float | None = None,
        maybe_billed: bool = False,
    ) -> None:
        super().__init__(message)
        self.failure = failure
        self.status = status
        """The HTTP status, or the one that a stream names as it breaks off."""
        self.partial = partial
        """What had come before it failed: it has to be paid for."""
        self.retry_after_s = retry_after_s
        """How long the server asks to be left alone."""
        self.maybe_billed = maybe_billed or partial is not None
        """The model may have worked for it."""


def failure_of_status(status: int) -> Failure:
    """Whether asking again may help after this HTTP status."""
    passing = status in _PASSING_STATUS or status >= 500
    return Failure.PASSING if passing else Failure.REFUSED


def is_maybe_billed(status: int, words: str) -> bool:
    """Whether a provider may charge for a request that ended in this HTTP status."""
    if status in _BILLED_STATUS or (status == 400 and _FILTERED.search(words)):
        return True
    return status >= 500 and status not in _UNBILLED_STATUS


def parse_retry_after(value: str | None) -> float | None:
    """Seconds from a Retry-After header, which is a number or a date; None where it is neither."""
    if not value:
        return None
    with suppress(ValueError):
        seconds = float(value)
        return None if math.isnan(seconds) else max(0.0, seconds)
    with suppress(ValueError, OverflowError):  # a date may be out of the calendar
        when = parsedate_to_datetime(value)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (when - datetime.now(UTC)).total_seconds())
    return None

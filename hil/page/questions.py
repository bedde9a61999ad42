"""What can be asked of the page: every GET of the API, answered from the source."""

import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from hil.page import asked, plain
from hil.page.evidence_view import evidence_view
from hil.page.kpis import key_figures
from hil.page.site_view import site_view
from hil.page.source import Source
from twin.clock import utc_ns
from twin.errors import BadInput

Question = Callable[[Request], Response]


def answered(
    content: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """JSON that nobody keeps."""
    return Response(plain.body(content), status, headers, media_type="application/json")


def _question(answer: Callable[["Questions", Request], Any]) -> Callable[..., Response]:
    @wraps(answer)
    def question(self: "Questions", request: Request) -> Response:
        return answered(answer(self, request))

    return question


class Questions:
    """Answers from one source; each may take the time of a disk, so they run in threads."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def site(self) -> dict[str, Any]:
        """All but who asks, which the door adds."""
        return site_view(self._source)

    @_question
    def now(self, request: Request) -> Any:  # noqa: ANN401
        """The newest that is known."""
        asked.only(request.query_params)
        return plain.moment(self._source.now())

    @_question
    def at(self, request: Request) -> Any:  # noqa: ANN401
        """A moment of the past with the alarms of then; null where nothing was recorded."""
        asked.only(request.query_params, "t")
        t_ns = asked.time_ns(request.query_params, "t")
        if t_ns is None:
            raise BadInput("t: must be given, in ms")
        seen = self._source.at(t_ns)
        if seen is None:
            return None
        return {**plain.moment(seen), "alarms": plain.alarms(self._source.alarms(t_ns))}

    @_question
    def span(self, request: Request) -> Any:  # noqa: ANN401
        """First and last recorded time."""
        asked.only(request.query_params)
        span = self._source.span_ns()
        if span is None:
            return None
        return {"from_ms": plain.ms(span[0]), "to_ms": plain.ms(span[1])}

    @_question
    def series(self, request: Request) -> Any:  # noqa: ANN401
        """Numbers over time."""
        params = request.query_params
        asked.only(params, "keys", "from", "to", "most")
        keys = asked.keys(params, self._source.keys())
        most = asked.whole(params, "most", 600, 2, asked.MOST_STRETCHES)
        return plain.series(keys, self._source.series(keys, *self._span(request), most))

    @_question
    def alarms(self, request: Request) -> Any:  # noqa: ANN401
        """The list of alarms, of a past moment too."""
        asked.only(request.query_params, "t")
        t_ns = asked.time_ns(request.query_params, "t")
        return plain.alarms(self._source.alarms(t_ns))

    @_question
    def history(self, request: Request) -> Any:  # noqa: ANN401
        """The journal of alarms."""
        asked.only(request.query_params, "from", "to")
        return plain.timed(self._source.history(*self._span(request)))

    def evidence(self, request: Request) -> Response:
        """Why an alarm is there."""
        asked.only(request.query_params)
        number = alarm_number(request)
        told = evidence_view(self._source, number)
        if told is None:
            return answered({"error": f"there is no alarm {number}"}, 404)
        return answered(told)

    @_question
    def rates(self, request: Request) -> Any:  # noqa: ANN401
        """How many alarms there were."""
        asked.only(request.query_params, "from", "to")
        told = self._source.rates(*self._span(request))
        if told is None:
            return None
        floods = [{"from_ms": plain.ms(a), "to_ms": plain.ms(b)} for a, b in told["floods"]]
        return {**plain.timed(told), "floods": floods}

    @_question
    def health(self, request: Request) -> Any:  # noqa: ANN401
        """How links, processes, clock and disk are, or were at a moment if that was kept."""
        asked.only(request.query_params, "t")
        t_ns = asked.time_ns(request.query_params, "t")
        if t_ns is None:
            return plain.health(self._source.health())
        kept = self._source.health_at(t_ns)
        return None if kept is None else {**plain.health(kept[1]), "t_ms": plain.ms(kept[0])}

    @_question
    def kpis(self, request: Request) -> Any:  # noqa: ANN401
        """Key figures over a span."""
        asked.only(request.query_params, "from", "to")
        return key_figures(self._source, *self._span(request))

    @_question
    def procedures(self, request: Request) -> Any:  # noqa: ANN401
        """Procedures that run or ran, or did at a moment."""
        asked.only(request.query_params, "t")
        t_ns = asked.time_ns(request.query_params, "t")
        return plain.timed(self._source.procedures(t_ns))

    def _span(self, request: Request) -> tuple[int, int]:
        """What is asked for; else everything up to now, though the newest is not on disk yet."""
        whole = self._source.span_ns()
        if whole is not None:
            now_ns = utc_ns() if self._source.kind == "monitor" else self._source.newest_ns()
            whole = whole[0], max(whole[1], now_ns)
        return asked.span_ns(request.query_params, whole)


def alarm_number(request: Request) -> int:
    """The number in the path [-]."""
    text = request.path_params["number"]
    if not re.fullmatch(r"\d{1,15}", text):
        raise BadInput(f"alarm {text!r}: must be a number")
    return int(text)

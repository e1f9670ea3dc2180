"""The one HTTP client: guarded, patient, and silent about secrets and people.

What it promises: one deadline from connect to last byte; bodies whole and in bounds; no
redirect to another origin, and no credential there; never called earlier than the other side
asked; one layer of retries with a budget; https and public addresses unless the config names
the host. Its log event tells method, host, path template, status and milliseconds.
"""

import logging
import weakref
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import httpx
import tenacity

from connectors.kit import waiting
from connectors.kit.addresses import checked, same_origin, segment
from connectors.kit.auth.credential import Credential
from connectors.kit.body import Response, Truncated, read_body, refuse_web_page, refused
from connectors.kit.clock import Clock
from connectors.kit.limits import Limiter
from connectors.kit.network import DEADLINE, GuardedBackend, GuardedTransport, Resolve
from connectors.kit.network import resolve as ask_resolver
from core import log
from core.contract import Network
from core.errors import Broken, HubError, Unavailable

for library in ("httpx", "httpcore"):
    # They log whole addresses, query strings and passwords in them.
    logging.getLogger(library).setLevel(logging.WARNING)

_log = log.get("segmenthub.http")

DEADLINE_SECONDS = 60.0
MOST_REDIRECTS = 3
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
AGAIN = frozenset({408, 425, 429})

Params = Mapping[str, str]


class Client:
    """Speaks to one origin with one credential."""

    def __init__(
        self,
        base_url: str,
        *,
        credential: Credential | Callable[[], Credential | None] | None = None,
        network: Network = Network(),  # noqa: B008 - frozen
        limiter: Limiter | None = None,
        clock: Clock | None = None,
        resolve: Resolve = ask_resolver,
        again: Collection[int] = AGAIN,
        meaning: Callable[[Response], HubError | None] = lambda _: None,
        prepare: Callable[[], None] = lambda: None,
        renew: Callable[[Credential], bool] = lambda _: False,
    ) -> None:
        """Take where to speak to; a callable `credential` is asked anew for every attempt.

        `prepare` is called before an attempt waits for its turn, to renew a token. `renew`
        replaces a credential that was refused with 401; where it could, the request goes again.

        `again` are the statuses that mean: later, please. `meaning` knows what other refusals
        mean to this vendor; where that is Unavailable, the request is sent again too.
        """
        self._base = checked(base_url, network)
        self._credential = credential if callable(credential) else lambda: credential
        self._network = network
        self._limiter = limiter
        self._clock = clock or Clock()
        self._again = frozenset(again)
        self._meaning = meaning
        self._prepare = prepare
        self._renew = renew
        self._budget = waiting.Budget()
        self._http = httpx.Client(
            transport=GuardedTransport(GuardedBackend(network, self._clock, resolve)),
            headers={
                "User-Agent": "segmenthub",
                "Accept": "application/json",
                "Accept-Encoding": "gzip, deflate",
            },
            follow_redirects=False,
            trust_env=False,
        )
        weakref.finalize(self, self._http.close)

    def request(
        self,
        method: str,
        path: str,
        *,
        values: Mapping[str, str] | None = None,
        params: Params | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        link: str | None = None,
        accept: Collection[int] = (),
        idempotent: bool | None = None,
        authenticated: bool = True,
        deadline: float = DEADLINE_SECONDS,
    ) -> Response:
        """Send one request and read its whole answer.

        `path` is a template below the base address (`/orders/{order}/refunds`), filled from
        `values`; only the template is ever logged. `link` is a whole address that the other side
        gave, asked for instead, at the same origin unless `authenticated` is off. Statuses in
        `accept` come back as answers; else 401 and 403 raise Unauthorized, other refusals
        Broken, and what heals by itself Unavailable, after retries where repeating is harmless.
        """
        url = self._address(path, values or {}, params or {}, link, authenticated=authenticated)

        used: Credential | None = None

        def build() -> httpx.Request:
            nonlocal used
            used = self._credential() if authenticated else None
            return self._http.build_request(
                method,
                url,
                json=json,
                data=form,
                headers={**(used.headers_for(method, str(url)) if used else {}), **(headers or {})},
                timeout=deadline,
            )

        def attempt() -> Response:
            if authenticated:
                self._prepare()
            answer = self._once(build, where, path, deadline)
            if used and answer.status == 401 and 401 not in accept and self._renew(used):  # noqa: PLR2004 - HTTP's own
                answer = self._once(build, where, path, deadline)
            return answer

        where = f"{method} {url.host} {path}"
        harmless = method in IDEMPOTENT if idempotent is None else idempotent
        return self._patiently(lambda: self._judge(attempt(), accept), where, harmless=harmless)

    def _patiently(self, once: Callable[[], Response], where: str, *, harmless: bool) -> Response:
        def stop(state: tenacity.RetryCallState) -> bool:
            again = _again(state)
            if again.seconds:
                return state.idle_for + again.seconds > waiting.LONGEST_WAIT
            return state.attempt_number >= waiting.ATTEMPTS or not self._budget.spend()

        def wait(state: tenacity.RetryCallState) -> float:
            return max(waiting.pause(state.attempt_number), _again(state).seconds or 0.0)

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda error: harmless and isinstance(error, _Again)),
            stop=stop,
            wait=wait,
            sleep=self._clock.sleep,
            reraise=True,
        )
        try:
            return retrying(once)
        except _Again as again:
            raise self._unavailable(where, again) from None

    def _unavailable(self, where: str, again: "_Again") -> Unavailable:
        if not again.seconds:
            return Unavailable(f"{where} {again.what}; the next run tries again")
        moment = waiting.instant(self._clock, again.seconds)
        return Unavailable(
            f"{where} {again.what} and asks to wait until {moment:%Y-%m-%d %H:%M:%S} UTC",
            not_before=moment,
        )

    def _address(
        self,
        path: str,
        values: Mapping[str, str],
        params: Params,
        link: str | None,
        *,
        authenticated: bool,
    ) -> httpx.URL:
        if link is None:
            filled = path.format(**{name: segment(value) for name, value in values.items()})
            url = httpx.URL(f"{str(self._base).rstrip('/')}{filled}")
            return url.copy_merge_params(params) if params else url
        try:
            url = self._base.join(link)
        except httpx.InvalidURL:
            raise Broken(f"{self._base.host} gave a link that cannot be read") from None
        if authenticated and not same_origin(url, self._base):
            raise Broken(f"{self._base.host} gave a link to another host; it was not followed")
        return url if authenticated else checked(str(url), self._network)

    def _once(
        self, build: Callable[[], httpx.Request], where: str, template: str, deadline: float
    ) -> Response:
        turn: AbstractContextManager[None] = (
            self._limiter.turn(self._clock) if self._limiter else nullcontext()
        )
        with turn:
            request = build()
            begun = self._clock.monotonic()
            until = DEADLINE.set(begun + deadline)
            status: int | None = None
            try:
                answer = self._follow(request, where)
                status = answer.status
            except httpx.HTTPError as error:
                raise _Again(_what_happened(error)) from None
            except Truncated:
                raise _Again("sent half an answer") from None
            finally:
                DEADLINE.reset(until)
                _log.info(
                    "request",
                    method=request.method,
                    host=request.url.host,
                    path=template,
                    status=status,
                    ms=round((self._clock.monotonic() - begun) * 1000),
                )
        return answer

    def _follow(self, request: httpx.Request, where: str) -> Response:
        for _ in range(MOST_REDIRECTS + 1):
            response = self._http.send(request, stream=True)
            try:
                follow = self._redirect(request, response, where)
                if follow is None:
                    body = read_body(response, where)
                    links = {
                        rel: link["url"]
                        for rel, link in response.links.items()
                        if rel and "url" in link
                    }
                    return Response(response.status_code, response.headers, body, where, links)
            finally:
                response.close()
            request = follow
        raise Broken(f"{where} leads in a circle of redirects")

    def _redirect(
        self, request: httpx.Request, response: httpx.Response, where: str
    ) -> httpx.Request | None:
        if not response.has_redirect_location:
            return None
        try:
            url = request.url.join(response.headers["location"])
        except httpx.InvalidURL:
            raise Broken(f"{where} redirects to an address that cannot be read") from None
        if request.method not in {"GET", "HEAD"} or not same_origin(url, request.url):
            raise Broken(
                f"{where} answered {response.status_code}: it sends us elsewhere, which is not "
                "followed; if the system has moved, write its new address in the config"
            )
        return self._http.build_request(
            request.method, url, headers=request.headers, extensions=request.extensions
        )

    def _judge(self, answer: Response, accept: Collection[int]) -> Response:
        status = answer.status
        if status in accept or status < 300:  # noqa: PLR2004 - HTTP's own numbers
            if status not in accept:
                refuse_web_page(answer.headers.get("content-type", ""), answer.where)
            self._budget.earn()
            return answer
        heals = status in self._again or status >= 500  # noqa: PLR2004
        meaning = None if heals else self._meaning(answer)
        if heals or isinstance(meaning, Unavailable):
            seconds = waiting.parse_retry_after(answer.headers.get_list("retry-after"), self._clock)
            if seconds and self._limiter:
                self._limiter.hold(self._clock.monotonic() + seconds)
            raise _Again(f"answered {status}", seconds)
        raise meaning or refused(f"{answer.where} answered {status}", status)


class _Again(Exception):
    """It may go better later; perhaps the other side said when."""

    def __init__(self, what: str, seconds: float | None = None) -> None:
        self.what = what
        self.seconds = seconds
        super().__init__(what)


def _again(state: tenacity.RetryCallState) -> _Again:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, _Again) else _Again("")


def _what_happened(error: httpx.HTTPError) -> str:
    # The library's own words may quote what the other side sent.
    if isinstance(error, httpx.TimeoutException):
        return "took longer than it may"
    if isinstance(error, httpx.ConnectError):
        return "cannot be reached"
    return "broke the connection off"

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

from connectors.kit.auth.credential import Credential
from connectors.kit.clock import Clock
from connectors.kit.http import waiting
from connectors.kit.http.addresses import checked, same_origin, segment
from connectors.kit.http.body import Response, Truncated, read_body
from connectors.kit.http.limits import Limiter
from connectors.kit.http.meaning import UNAUTHORIZED, Expired, is_untouched, plain_meaning
from connectors.kit.http.network import DEADLINE, GuardedBackend, GuardedTransport, Resolve
from connectors.kit.http.network import resolve as ask_resolver
from connectors.kit.http.waiting import TryAgain
from core import log
from core.contract import Network
from core.errors import Broken, HubError, Unauthorized, Unavailable

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
        renew: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take where to speak to; a callable `credential` is asked anew for every attempt.

        `again` are the statuses that mean: later, please. `meaning` is asked of every answer,
        good ones too, and returns the error that it is to this vendor, else None: Unavailable
        sends the request again, not before the instant that it names; Expired asks `renew` for
        a new credential once, and sends the request again where there is one. `prepare` is called
        before an attempt waits for its turn at the limiter: a token is renewed there.
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
        self._patience = waiting.Patience(self._clock)
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
        fill: Mapping[str, str] | None = None,
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
        `fill`; only the template is ever logged. `link` is a whole address that the other side
        gave, asked for instead, at the same origin unless `authenticated` is off. Statuses in
        `accept` come back as answers; else 401 and 403 raise Unauthorized, other refusals
        Broken, and what heals by itself Unavailable, after retries where repeating is harmless.
        A 429 has done nothing yet, so that any method is sent again.
        """
        url = self._address(path, fill or {}, params or {}, link, authenticated=authenticated)

        def build() -> httpx.Request:
            credential = self._credential() if authenticated else None
            proof = credential.headers_for(method, str(url)) if credential else {}
            return self._http.build_request(
                method,
                url,
                json=json,
                data=form,
                headers={**proof, **(headers or {})},
                timeout=deadline,
            )

        where = f"{method} {url.host} {path}"
        harmless = method in IDEMPOTENT if idempotent is None else idempotent

        def once() -> Response:
            if authenticated:
                self._prepare()
            return self._judge(self._once(build, where, path, deadline), accept)

        try:
            return self._patience.run(once, harmless=harmless)
        except Expired as expired:
            if not authenticated or not self._renew():
                raise Unauthorized(str(expired)) from None
        try:
            # Refused for its credential, the request has done nothing yet.
            return self._patience.run(once, harmless=harmless)
        except Expired as expired:
            raise Unauthorized(str(expired)) from None

    def _address(
        self,
        path: str,
        fill: Mapping[str, str],
        params: Params,
        link: str | None,
        *,
        authenticated: bool,
    ) -> httpx.URL:
        if link is None:
            filled = path.format(**{name: segment(value) for name, value in fill.items()})
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
                raise TryAgain(f"{where} {_what_happened(error)}") from None
            except Truncated:
                raise TryAgain(f"{where} sent half an answer") from None
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
        error = self._meaning(answer)
        if error is None and answer.status not in accept:
            error = plain_meaning(answer, self._again)
        if error is None:
            self._patience.budget.earn()
            return answer
        if isinstance(error, Unavailable):
            seconds = self._wait_asked_for(answer, error)
            if seconds and self._limiter:
                self._limiter.hold(self._clock.monotonic() + seconds)
            what, said = str(error), f"{answer.where} answered {answer.status}"
            raise TryAgain(
                what if what.startswith(said) else f"{said}: {what}",
                seconds,
                is_untouched=is_untouched(answer, error),
            )
        if answer.status == UNAUTHORIZED and type(error) is Unauthorized:
            raise Expired(str(error))
        raise error

    def _wait_asked_for(self, answer: Response, error: Unavailable) -> float | None:
        asked = waiting.parse_retry_after(answer.headers.get_list("retry-after"), self._clock)
        if error.not_before is None:
            return asked
        return max(asked or 0.0, waiting.seconds_until(error.not_before, self._clock))


def _what_happened(error: httpx.HTTPError) -> str:
    # The library's own words may quote what the other side sent.
    if isinstance(error, httpx.TimeoutException):
        return "took longer than it may"
    if isinstance(error, httpx.ConnectError):
        return "cannot be reached"
    return "broke the connection off"

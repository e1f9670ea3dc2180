"""The one HTTP client: guarded, patient, and silent about secrets and people.

It promises one deadline from connect to last byte; bodies whole and in bounds; no redirect to
another origin, and no credential there; no call before the other side asked for it; one layer of
retries; https and public addresses. Its log tells method, host, path, status and milliseconds.
"""

import logging
import tempfile
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx

from connectors.kit.auth.credential import Credential
from connectors.kit.clock import Clock
from connectors.kit.formats import Format, JsonLines
from connectors.kit.http import retries
from connectors.kit.http.addresses import checked, same_origin, segment
from connectors.kit.http.body import Response, Truncated, read_body, spool
from connectors.kit.http.limits import Limiter, RateCosts, RateHeaders
from connectors.kit.http.meaning import UNAUTHORIZED, Expired, is_untouched, plain_meaning
from connectors.kit.http.network import DEADLINE, GuardedTransport, Resolve
from connectors.kit.http.network import resolve as ask_resolver
from connectors.kit.http.retries import TryAgain
from core import log
from core.contract import Network
from core.errors import Broken, HubError, Unauthorized, Unavailable

for library in ("httpx", "httpcore"):
    # They log whole addresses, query strings and passwords in them.
    logging.getLogger(library).setLevel(logging.WARNING)

_log = log.get("segmenthub.http")

DEADLINE_SECONDS = 60.0
DOWNLOAD_SECONDS = 900.0
LARGEST_DOWNLOAD = 4 * 2**30
"""Bytes after decoding."""
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
        learns: RateHeaders | RateCosts | None = None,
        clock: Clock | None = None,
        resolve: Resolve = ask_resolver,
        again: Collection[int] = AGAIN,
        meaning: Callable[[Response], HubError | None] = lambda _: None,
        prepare: Callable[[str], None] = lambda _: None,
        renew: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take where to speak to; a callable `credential` is asked anew for every attempt.

        `again` are the statuses that mean: later, please. `meaning` is asked of every answer,
        good ones too, and returns the error that it is to this vendor, else None: Unavailable
        sends the request again, not before the instant that it names; Expired asks `renew` for
        a new credential once, and sends the request again where there is one. `prepare` is called
        with the path before an attempt waits for its turn at the limiter: a token is renewed there.
        """
        self._base = checked(base_url, network)
        self._credential = credential if callable(credential) else lambda: credential
        self._network = network
        self._limiter = limiter or Limiter()
        self._learns = learns
        self._clock = clock or Clock()
        self._again = frozenset(again)
        self._meaning = meaning
        self._prepare = prepare
        self._renew = renew
        self._patience = retries.Patience(self._clock)
        self._http = httpx.Client(
            transport=GuardedTransport(network, self._clock, resolve),
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
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        link: str | None = None,
        accept: Collection[int] = (),
        idempotent: bool | None = None,
        authenticated: bool = True,
        deadline: float = DEADLINE_SECONDS,
    ) -> Response:
        """Send one request and read its whole answer.

        The body is `json`, a `form`, or `content` as it stands with a Content-Type in `headers`.
        `path` is a template below the base address (`/orders/{order}/refunds`), filled from
        `fill`; only the template is ever logged. `link` is a whole address that the other side
        gave, asked for instead, at the same origin unless `authenticated` is off. Statuses in
        `accept` come back as answers; else 401 and 403 raise Unauthorized, other refusals
        Broken, and what heals by itself Unavailable, after retries where repeating is harmless.
        A 429 has done nothing yet, so that any method is sent again.
        """
        url = self._address(path, fill or {}, params or {}, link, authenticated=authenticated)

        def build() -> httpx.Request:
            credential = (self._credential() if authenticated else None) or Credential({})
            proof, more = credential.headers_for(method, str(url)), credential.params
            return self._http.build_request(
                method,
                url.copy_merge_params(more) if more else url,
                json=json,
                data=form,
                content=content,
                headers={**proof, **(headers or {})},
                timeout=deadline,
            )

        where = f"{method} {url.host} {path}".rstrip()
        harmless = method in IDEMPOTENT if idempotent is None else idempotent

        def once() -> Response:
            if authenticated:
                self._prepare(path)
            return self._accepted(self._once(build, where, path, deadline, read_body), accept)

        for is_renewed in (False, True):
            try:
                # Refused for its credential, a request has done nothing yet.
                return self._patience.run(once, harmless=harmless)
            except Expired as expired:
                if is_renewed or not authenticated or not self._renew():
                    raise Unauthorized(str(expired)) from None
        raise AssertionError("a second refusal is raised above")

    @contextmanager
    def download(
        self,
        link: str,
        reads: Format = JsonLines(),  # noqa: B008 - frozen
        *,
        hosts: Collection[str] = (),
        largest: int = LARGEST_DOWNLOAD,
        deadline: float = DOWNLOAD_SECONDS,
    ) -> Iterator[Iterator[Any]]:
        """Fetch a file onto the disk, without the credential, and give its rows one by one.

        The file lies at our origin or at one of `hosts`. Raises Broken where it is larger than
        `largest` bytes, cut off, or unreadable; rows before the fault have been given by then.
        """
        url = self._address("", {}, {}, link, authenticated=False)
        if not same_origin(url, self._base) and url.host not in hosts:
            raise Broken(f"{self._base.host} gave a file at another host; it was not fetched")
        where = f"GET {url.host} (file)"
        with tempfile.TemporaryFile() as file:

            def build() -> httpx.Request:
                accept = {"Accept": f"{reads.accept}, */*"}
                return self._http.build_request("GET", url, headers=accept, timeout=deadline)

            def once() -> Response:
                spooled = partial(spool, file=file, largest=largest)
                return self._accepted(self._once(build, where, "(file)", deadline, spooled), ())

            self._patience.run(once, harmless=True)
            file.seek(0)
            yield reads.records(file, where)

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
        self,
        build: Callable[[], httpx.Request],
        where: str,
        template: str,
        deadline: float,
        read: Callable[[httpx.Response, str], bytes],
    ) -> Response:
        with self._limiter.turn(self._clock, template, where):
            request = build()
            begun = self._clock.monotonic()
            until = DEADLINE.set(begun + deadline)
            status: int | None = None
            try:
                answer = self._follow(request, where, read)
                status = answer.status
            except httpx.HTTPError as error:
                raise TryAgain(f"{where} {retries.reason(error)}") from None
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

    def _follow(
        self,
        request: httpx.Request,
        where: str,
        read: Callable[[httpx.Response, str], bytes],
    ) -> Response:
        for _ in range(MOST_REDIRECTS + 1):
            response = self._http.send(request, stream=True)
            try:
                follow = self._redirect(request, response, where)
                if follow is None:
                    return Response.of(response, read(response, where), where)
            finally:
                response.close()
            request = follow
        told = Response.of(response, b"", where)
        raise self._meaning(told) or Broken(f"{where} leads in a circle of redirects")

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

    def _accepted(self, answer: Response, accept: Collection[int]) -> Response:
        if self._learns is not None:
            self._limiter.hold(self._learns.wait(answer, self._clock), self._clock)
        error = self._meaning(answer)
        if error is None and answer.status not in accept:
            error = plain_meaning(answer, self._again)
        if error is None:
            self._patience.budget.earn()
            return answer
        if isinstance(error, Unavailable):
            seconds = retries.wait_asked_for(answer.headers, error, self._clock)
            self._limiter.hold(seconds, self._clock)
            what, said = str(error), f"{answer.where} answered {answer.status}"
            raise TryAgain(
                what if what.startswith(said) else f"{said}: {what}",
                seconds,
                is_untouched=is_untouched(answer, error),
            )
        if answer.status == UNAUTHORIZED and type(error) is Unauthorized:
            raise Expired(str(error))
        raise error

"""The targets of a destination: looked up by name, created where that is allowed, read back."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar, TypeVar

from pydantic import PrivateAttr, SecretStr

from connectors.kit.http.body import Response, dig
from connectors.kit.http.client import DEADLINE_SECONDS
from connectors.kit.http.meaning import FORBIDDEN, REFUSED, web_page
from connectors.kit.rejects import without_addresses
from connectors.kit.rest import Rest
from connectors.kit.streams import Declared, Raw, filled_from
from connectors.kit.writing.batches import Batch, Edit, KnownTarget, Unwritable
from connectors.kit.writing.catalogue import NameList, Names
from core.contract import Destination, Found, Target
from core.errors import Broken, Unauthorized

CARRIED = "yes"
ERRORS = 300
T = TypeVar("T")


class Targets(Rest, Destination):
    """The targets that a destination writes to, by declaration."""

    catalogue: ClassVar[Mapping[str, Names]] = {}
    """Lists in which targets are looked up by name, by the kind of target."""
    read_back: ClassVar[Mapping[str, Declared]] = {}
    """Lists that show who carries a target, by its kind. One with `fill` is read per target, filled
    from the target's row in the catalogue (`id` and `name` are always there); one without shows
    everybody, and is read once for all targets. Sets `can_read_back` unless the class does."""
    reasons: ClassVar[Sequence[str]] = (
        "message", "error.message", "errors.0.message", "errors.0.detail", "errors.0.title",
        "detail", "error", "title",
    )  # fmt: skip
    """Paths at which a refusal says why; the first that holds a text is told."""
    verdict_statuses: ClassVar[Collection[int]] = (400, 404, 413, 422)
    """Statuses of `send` that are verdicts on what was sent, and no fault of ours."""
    one_scan: ClassVar[bool] = True

    _looked_up: dict[str, Any] = PrivateAttr(default_factory=dict)
    _looking: bool = PrivateAttr(default=False)

    @property
    def vendor(self) -> str:
        """The vendor as messages name it."""
        return type(self).__name__

    def carried(self, raw: Raw, known: KnownTarget) -> Any:  # noqa: ARG002 - for overriding
        """Return what a row of `read_back` has at a target; nothing, or False: not carried.

        A row of a list per target carries a tag unless this says otherwise.
        """
        return True

    def known(self, target: Target) -> KnownTarget | None:
        """Look a target up; None where it is missing and may be created. Raises Unwritable."""
        names = self.catalogue.get(target.kind)
        if names is None:
            return KnownTarget(target, target.name)
        return self._names(target.kind, names).find(target)

    def look_ups(self, edits: Sequence[Edit]) -> int:
        """Return the most requests that look up and create the targets of some edits."""
        kinds = {each.change.target.kind for each in edits}
        lists = {_rows_of(names) for kind, names in self.catalogue.items() if kind in kinds}
        creating = {
            each.known.target
            for each in edits
            if each.adds and each.change.target.kind in self.catalogue
            and self.catalogue[each.change.target.kind].create
        }  # fmt: skip
        return len(lists) + len(creating)

    def once(self, name: str, look_up: Callable[[], T]) -> T:
        """Return what a look-up gives, which is asked once per push."""
        if name not in self._looked_up:
            self._looked_up[name] = look_up()
        found: T = self._looked_up[name]
        return found

    def send(
        self,
        method: str,
        path: str,
        *,
        fill: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        accept: Collection[int] | None = None,
        deadline: float = DEADLINE_SECONDS,
    ) -> Response:
        """Send a request that says what shall be, so that sending it again does no harm.

        Answers with `verdict_statuses`, or with those in `accept`, come back; of any other 403
        the vendor's own words are told.
        """
        accepted = self.verdict_statuses if accept is None else accept
        answer = self.client.request(
            method,
            path,
            fill=self._filled(path, fill or {}),
            params=params,
            json=json,
            headers=headers,
            accept={*accepted, FORBIDDEN},
            idempotent=True,
            deadline=deadline,
        )
        if answer.status == FORBIDDEN and FORBIDDEN not in accepted:
            raise web_page(answer) or Unauthorized(
                f"{answer.where}: {self.reason_of(answer)}; {REFUSED}"
            )
        return answer

    def reason_of(self, answer: Response) -> str:
        """Return why the vendor refused: its own words, without addresses and our secrets."""
        said = (answer.find(path) for path in self.reasons)
        words = next((each for each in said if isinstance(each, str) and each.strip()), "")
        settings = [getattr(self, name) for name in type(self).model_fields]
        secrets = (each.get_secret_value() for each in settings if isinstance(each, SecretStr))
        for secret in filter(None, secrets):
            words = words.replace(secret, "…")
        return without_addresses(
            f"{self.vendor} refuses it ({answer.status}): {words}".rstrip(": ")
        )

    @contextmanager
    def one_look(self) -> Iterator[None]:
        """Look targets up once within the block; within a push of the hub once for all of it."""
        outermost = not self._looking
        if outermost:
            # Outside of a push nobody says when what was looked up has become old.
            self._looked_up.clear()
        self._looking = True
        try:
            yield
        finally:
            self._looking = not outermost

    def begin_push(self) -> None:
        """Forget what was looked up for an earlier push."""
        self._looked_up.clear()
        self._looking = True

    def exists(self, target: Target) -> bool:
        """Whether the target is there already, as whatever; assumed where no catalogue tells."""
        with self.one_look():
            try:
                return target.kind not in self.catalogue or self.known(target) is not None
            except Unwritable:
                return True

    def carriers(self, target: Target) -> Iterator[Found]:
        """Carriers of the target now; empty where it does not exist yet and may be created.

        Raises Broken for a target that cannot be written.
        """
        return (found for _, found in self.carriers_of([target]))

    def carriers_of(self, targets: Sequence[Target]) -> Iterator[tuple[Target, Found]]:
        """Carriers of several targets, each beside its target; everybody is read once."""
        with self.one_look():
            known = [found for each in targets if (found := self._readable(each)) is not None]
            for declared, some in self._scans(known):
                fill = declared.fill and filled_from(declared, _row_of(some[0]))
                for row in self.every_row(declared, fill or None):
                    yield from self._found(row, declared, some)

    def _scans(self, known: Iterable[KnownTarget]) -> Iterable[tuple[Declared, list[KnownTarget]]]:
        """The lists that show the carriers of targets, each beside its targets."""
        everybody: dict[int, tuple[Declared, list[KnownTarget]]] = {}
        for each in known:
            declared = self.read_back[each.target.kind]
            if declared.fill:
                yield declared, [each]
            else:
                everybody.setdefault(id(declared), (declared, []))[1].append(each)
        yield from everybody.values()

    def _names(self, kind: str, names: Names) -> NameList:
        # Kinds that share a list are found in one reading of it.
        rows = self.once(_rows_of(names), lambda: [*self.rows_in(names.of)])
        return self.once(_list_of(kind), lambda: NameList(self.vendor, kind, names, rows))

    def _readable(self, target: Target) -> KnownTarget | None:
        if reason := self.refusal(target):
            raise Broken(reason)
        try:
            return self.known(target)
        except Unwritable as unwritable:
            raise Broken(str(unwritable)) from None

    def _found(
        self, row: Raw, declared: Declared, known: Iterable[KnownTarget]
    ) -> Iterator[tuple[Target, Found]]:
        for each in known:
            value = self.carried(row, each)
            key = dig(row, declared.id)
            if value not in (None, "", False) and key is not None:
                is_text = each.target.kind == "field" and value is not True
                yield each.target, Found(str(key), str(value) if is_text else CARRIED)

    def why_not(
        self, look: Callable[[Target], KnownTarget | None], target: Target
    ) -> KnownTarget | Unwritable | None:
        """Look a target up, or create it; the reason where it cannot be written."""
        try:
            return look(target)
        except Unwritable as unwritable:
            return unwritable

    def check_there(self, batch: Batch) -> None:
        """Look targets of a catalogue up once more; raises Unwritable for one that is gone."""
        for each in batch.edits:
            kind = each.change.target.kind
            # One that was just created may not be listed yet.
            names = self.catalogue.get(kind) if each.known.raw else None
            if names and each.id not in self.once(f"ids of {kind}s", partial(_ids, self, names)):
                raise Unwritable(
                    f"{self.vendor} deleted the {names.noun or kind} {each.change.target.name!r} "
                    "while it was written to; the next push looks for it anew"
                )

    def create(self, target: Target) -> KnownTarget:
        """Create a target that is missing; raises Unwritable where the vendor refuses."""
        if (found := self.known(target)) is not None:
            # Another spelling of its name was created just before.
            return found
        names = self.catalogue[target.kind]
        if names.create is None:
            raise Unwritable(f"{self.vendor} has no {target.kind} {target.name!r}")
        answer = names.create(self, target.name)
        if answer.status < ERRORS:
            return self._names(target.kind, names).created(target, answer)
        # Somebody else may have created it since it was looked up.
        self._looked_up.pop(_list_of(target.kind), None)
        self._looked_up.pop(_rows_of(names), None)
        if (found := self.known(target)) is not None:
            return found
        raise Unwritable(f"{names.noun or target.kind} {target.name!r}: {self.reason_of(answer)}")


def _list_of(kind: str) -> str:
    return f"list of {kind}s"


def _rows_of(names: Names) -> str:
    return f"rows of {names.of}"


def _row_of(known: KnownTarget) -> Raw:
    return {**known.raw, "id": known.id, "name": known.target.name}


def _ids(connection: Targets, names: Names) -> set[str]:
    return {str(dig(row, names.id)) for row in connection.rows_in(names.of)}

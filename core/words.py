"""Words of people and shops in English, Danish, Norwegian and Swedish, and what they mean."""

from collections.abc import Callable, Mapping


def _table(meanings: Mapping[object, str]) -> dict[str, object]:
    return {word: meaning for meaning, words in meanings.items() for word in words.split()}


GENDERS = _table(
    {
        "female": "f female woman k kvinde kvinne kvinna",
        "male": "m male man mand mann",
        "other": "other andet anden annet annan annat",
    }
)
CHANNELS = _table(
    {
        "web": "web online webshop netbutik nettbutikk nätbutik webbutik e-handel",
        "pos": "pos till shop store butik butikk kasse kassa",
    }
)
YES_NO = _table(
    {True: "yes y ja j true sand sann sant 1", False: "no n nej nei false falsk falskt usand 0"}
)
MESSAGE_KINDS = _table(
    {
        "campaign": "campaign kampagne kampanje kampanj nyhedsbrev nyhetsbrev newsletter",
        "automation": "automation automatisering flow",
        "transactional": "transactional transaktionel transaksjonell transaktionell",
    }
)


def understood(table: Mapping[str, object]) -> Callable[[object], object]:
    """Read a word of a table in any case; anything else stays as it is, to be checked."""

    def read(value: object) -> object:
        return table.get(value.strip().casefold(), value) if isinstance(value, str) else value

    return read

"""A record that parses but cannot be stored."""


class RecordRejected(ValueError):
    """One record goes to quarantine: the field at fault and why; never holds a value."""

    def __init__(self, path: str, reason: str) -> None:
        """Name the field and the reason, in words for a person."""
        super().__init__(reason)
        self.path = path
        self.reason = reason

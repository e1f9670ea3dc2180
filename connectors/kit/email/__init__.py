"""Email tools: what connections to a list of one have in common."""

from connectors.kit.email.leaving import EmailList

__all__ = ["EmailList"]

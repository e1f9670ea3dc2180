"""The config: one TOML file to checked objects, or every mistake in it at once."""

from core.config.connections import ConnectionConfig, Pull
from core.config.json_schema import schema
from core.config.loading import Config, HubConfig, load

__all__ = ["Config", "ConnectionConfig", "HubConfig", "Pull", "load", "schema"]

"""The config: load one TOML file as checked objects, or report all its mistakes at once."""

from core.config.connections import ConnectionConfig, Pull
from core.config.json_schema import schema
from core.config.loading import Config, HubConfig, load

__all__ = ["Config", "ConnectionConfig", "HubConfig", "Pull", "load", "schema"]

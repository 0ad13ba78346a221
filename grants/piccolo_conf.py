"""Where piccolo finds the engine and the one app whose tables are migrated."""

from piccolo.conf.apps import AppRegistry

from grants.shell.database import DB

__all__ = ["APP_REGISTRY", "DB"]
APP_REGISTRY = AppRegistry(apps=["grants.piccolo_app"])

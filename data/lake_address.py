"""Who counts a lake: the setting that names a Spark. Apart from the rest, so that a start that checks it loads no engine."""

from __future__ import annotations

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

SETTING = "IEUM_LAKE"


def is_spark(url: str) -> bool:
    """Whether an address is one of Spark's Thrift server: `hive://host:port/database`."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return False
    return parsed.get_backend_name() == "hive" and bool(parsed.host)

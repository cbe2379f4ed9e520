"""The plans of the statements that a store sends, as its own server makes them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from attrs import frozen
from psycopg import RawCursor

from bankcore.stores.postgres.connection import Connection, Statement

__all__ = ["Explained", "explaining"]


@frozen
class Explained:
    """What a statement reads: its scans, the rows that they looked at, and the pages touched."""

    sql: str
    scans: tuple[str, ...]
    rows: int
    pages: int
    text: str


@contextmanager
def explaining(url: str) -> Iterator[list[Explained]]:
    """Explains, with the settings of its session, each statement with rows that a store sends meanwhile."""
    plans: list[Explained] = []
    real_trip, real_ask = Connection.trip, Connection.ask

    def explain(connection: Connection, sql: str, given: Sequence[object]) -> None:
        if sql.split()[0] not in ("SELECT", "WITH") or "INSERT" in sql:
            return
        with psycopg.connect(url, cursor_factory=RawCursor) as other:
            for name in ("plan_cache_mode", "enable_bitmapscan", "work_mem", "jit"):
                ((value,),) = connection.conn.execute(f"SHOW {name}".encode()).fetchall()
                other.execute(f"SET {name} = '{value}'".encode())
            ((found,),) = other.execute(
                f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql.replace('FOR UPDATE', '')}".encode(), given
            ).fetchall()
        plans.append(_explained(sql, found[0]["Plan"]))

    def ask(self: Connection, sql: str, given: Sequence[object]) -> Any:
        explain(self, sql, given)
        return real_ask(self, sql, given)

    def trip(self: Connection, statements: Sequence[Statement]) -> Any:
        for sql, given in statements:
            explain(self, sql, given)
        return real_trip(self, statements)

    Connection.trip, Connection.ask = trip, ask  # type: ignore[method-assign]
    try:
        yield plans
    finally:
        Connection.trip, Connection.ask = real_trip, real_ask  # type: ignore[method-assign]


def _explained(sql: str, plan: dict[str, Any]) -> Explained:
    scans, rows = [], 0
    for node in _nodes(plan):
        if "Relation Name" in node:
            scans.append(f"{node['Node Type']} {node['Relation Name']}")
            looked = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            rows += round(looked * node["Actual Loops"])
    pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return Explained(sql, tuple(dict.fromkeys(scans)), rows, pages, json.dumps(plan, indent=1))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)

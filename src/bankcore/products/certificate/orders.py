"""Orders and the shares in them, as their records hold them.

An order goes REQUESTED, OPEN, ACTIVE, MATURED, PAID, or ends FAILED or CANCELLED; a share goes
CONFIRMED, SHARE, PAID, or ends WITHDRAWN, REFUNDED, EXITED or SOLD.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from enum import Enum
from functools import cached_property, lru_cache
from typing import Any

from attrs import evolve, frozen

from bankcore.calendars import parse_date
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, canonical_json
from bankcore.product.records import every, existing, written
from bankcore.products.certificate import registry
from bankcore.products.certificate.config import OrderConfig
from bankcore.products.certificate.refusals import NotConfirmed, OrderClosed
from bankcore.rates import Rate

__all__ = ["Order", "Share", "ShareState", "State", "fresh_share", "order_in", "shares_of", "the_share"]


class State(Enum):
    """Where an order stands."""

    REQUESTED = "requested"
    OPEN = "open"
    ACTIVE = "active"
    MATURED = "matured"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ShareState(Enum):
    """Where one participant stands."""

    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    REFUNDED = "refunded"
    SHARE = "share"
    EXITED = "exited"
    SOLD = "sold"
    PAID = "paid"


@frozen(slots=False)
class Order:
    """An order, later its certificate; `record` is the version it is read from."""

    record: Record

    @property
    def data(self) -> Mapping[str, Any]:
        return self.record.data

    @property
    def programme(self) -> str:
        return self.record.id.partition(":")[0]

    @property
    def id(self) -> str:
        return self.record.id.partition(":")[2]

    @property
    def state(self) -> State:
        return State(self.data["state"])

    @cached_property
    def config(self) -> OrderConfig:
        """What everybody agreed to."""
        return _config(canonical_json(self.data["config"]))

    @property
    def deadline(self) -> date:
        """The last day on which anybody can confirm."""
        return parse_date(self.data["initiated_on"]) + timedelta(days=self.config.window)

    @property
    def leave_until(self) -> date:
        """The last day on which anybody can leave."""
        return self.deadline - timedelta(days=self.config.lock)

    @property
    def link_until(self) -> date:
        """The last day of the link, once there is one."""
        return parse_date(self.data["link_until"])

    @property
    def reconfirm_until(self) -> date | None:
        """The last day to agree to a changed configuration."""
        text = self.data["reconfirm_until"]
        return parse_date(text) if text else None

    @property
    def base(self) -> Rate:
        """The rate before the tier's factor."""
        return Rate.parse(self.data["base"])

    # --- of the certificate

    @property
    def rate(self) -> Rate:
        return Rate.parse(self.data["rate"])

    @property
    def principal(self) -> int:
        return int(self.data["principal"])

    @property
    def value_on(self) -> date:
        return parse_date(self.data["value_on"])

    @property
    def matures_on(self) -> date:
        return parse_date(self.data["matures_on"])

    @property
    def pay_on(self) -> date:
        return parse_date(self.data["pay_on"])

    def next(self, **changes: Any) -> Record:
        """The order's following version."""
        return self.record.next(**_plain(changes))

    def check_state(self, *states: State) -> None:
        """Raises OrderClosed in any other state."""
        if self.state not in states:
            raise OrderClosed(self.id, self.state.value, self.deadline)

    def check_running(self, today: date) -> None:
        """Raises OrderClosed unless it is an open certificate before its maturity."""
        self.check_state(State.ACTIVE)
        if today >= self.matures_on:
            raise OrderClosed(self.id, State.MATURED.value, self.deadline)


@frozen
class Share:
    """What one participant has in an order; `place` counts confirmations."""

    record: Record

    @property
    def data(self) -> Mapping[str, Any]:
        return self.record.data

    @property
    def participant(self) -> str:
        return self.record.id.rpartition(":")[2]

    @property
    def state(self) -> ShareState:
        return ShareState(self.data["state"])

    @property
    def amount(self) -> int:
        return int(self.data["amount"])

    @property
    def place(self) -> tuple[int, str]:
        """Earliest confirmation first, then by id."""
        return int(self.data["place"]), self.participant

    @property
    def confirmed_on(self) -> date:
        return parse_date(self.data["on"])

    @property
    def frozen(self) -> str:
        """Why the share is frozen; nothing where it is not."""
        return str(self.data["frozen"])

    def agrees(self, order: Order) -> bool:
        """Whether the participant agreed to the present configuration."""
        return bool(self.data["config"] == order.data["digest"])

    def next(self, **changes: Any) -> Share:
        """The share after a change, still to be written."""
        return evolve(self, record=self.record.next(**_plain(changes)))


def order_in(books: Books, programme: str, order: str) -> Order:
    """The order; raises NotFound."""
    return Order(existing(books, registry.ORDER, programme, order))


def shares_of(books: Books, order: Order, state: ShareState | None = None) -> list[Share]:
    """The shares of an order in a state, earliest confirmation first."""
    found = (Share(record) for record in every(books, registry.SHARE, order.record.id))
    return sorted((s for s in found if state in (None, s.state)), key=lambda share: share.place)


def the_share(books: Books, order: Order, participant: str, state: ShareState) -> Share:
    """A participant's share in a state; raises NotConfirmed."""
    record = books.record(registry.SHARE, f"{order.record.id}:{participant}")
    if record is None or Share(record).state is not state:
        raise NotConfirmed(order.id, participant)
    return Share(record)


def fresh_share(books: Books, order: Order, participant: str, **data: Any) -> Share:
    """A share from here on, whatever stood in its record before."""
    blank = {"exits": 0, "frozen": "", "consents": [], "offer": "", "paid": 0, "cost": 0}
    id = (order.programme, order.id, participant)
    return Share(written(books, registry.SHARE, *id, **blank, **_plain(data)))


@lru_cache(maxsize=1_000)
def _config(text: str) -> OrderConfig:
    return OrderConfig.from_data(json.loads(text))


def _plain(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Enumerations by value, dates as text."""
    plain = {name: getattr(value, "value", value) for name, value in changes.items()}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in plain.items()}

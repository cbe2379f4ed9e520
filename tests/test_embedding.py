"""The programs in examples/embedding, run as they stand."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from http.client import HTTPConnection
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from bankcore import Amount, Bank, Unit, open_store, verify
from bankcore.aio import AsyncBank
from bankcore.errors import BadRows
from bankcore.products.current import CashIn, OpenAccount, OpenProgramme
from bankcore.products.parties import RegisterParty

FOLDER = Path(__file__).parents[1] / "examples" / "embedding"
CNY = Unit("CNY/2")


def program(name: str) -> Any:
    spec = spec_from_file_location(f"embedding_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = module_from_spec(spec)  # named, as workers ask for its functions
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def book(tmp_path: Path) -> str:
    """The path of a book with two customers, one of whom has 100.00."""
    path = str(tmp_path / "mall.db")
    with open_store(path, create=True) as store, Bank.create(store, opened_on=date(2024, 5, 1)) as bank:
        parties = ("li", "wang")
        opening = [RegisterParty(it) for it in parties] + [OpenAccount("street", it) for it in parties]
        bank.handle_all([OpenProgramme("street")], "programme")
        bank.handle_all(opening, "accounts")
        bank.handle(CashIn("li", Amount.parse("100.00", CNY)), "cash")
    return path


@pytest.fixture
def bank(book: str) -> Iterator[Bank]:
    with open_store(book) as store, Bank.open(store) as bank:
        yield bank
        assert not verify(bank.ledger.reader, bank.ledger.book).findings


def paid(bank: Bank) -> str:
    return bank.amount("bank:demand:wang").decimal()


def test_threaded_web_service(bank: Bank) -> None:
    with program("web_service").service(bank, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()

        def post(key: str, amount: str) -> tuple[int, dict[str, Any]]:
            connection = HTTPConnection("127.0.0.1", server.server_port, timeout=30)
            form = {"payer": "li", "payee": "wang", "amount": amount}
            connection.request("POST", "/", json.dumps(form), {"Idempotency-Key": key})
            answer = connection.getresponse()
            found = answer.status, json.loads(answer.read())
            connection.close()
            return found

        with ThreadPoolExecutor(8) as clients:
            answers = list(clients.map(lambda n: post(f"t{n % 20}", "6.00"), range(40)))
        assert [status for status, _ in answers].count(200) >= 16  # 16 of the 20 keys fit into 100.00
        assert {status for status, _ in answers} == {200, 422}
        assert post("t", "6.001")[1]["code"] == "bad_amount"
        server.shutdown()
        thread.join()
    assert paid(bank) == "96.00"


def test_asyncio_service(book: str) -> None:
    service, said = program("async_service"), []

    async def scene() -> None:
        with open_store(book) as store:
            async with AsyncBank(Bank.open(store)) as bank, await service.serve(bank, 0) as server:
                following = asyncio.create_task(service.follow(bank, said.append))
                port = server.sockets[0].getsockname()[1]
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                for key in ("t1", "t1", "t2"):
                    form = {"key": key, "payer": "li", "payee": "wang", "amount": "40.00"}
                    writer.write(json.dumps(form).encode() + b"\n")
                writer.write(b"nonsense\n")
                answers = [json.loads(await reader.readline()) for _ in range(4)]
                assert [it.get("replayed", it.get("code")) for it in answers] == [
                    False,
                    True,
                    False,
                    "bad_request",
                ]
                writer.close()
                await writer.wait_closed()
                while len(said) < 2:
                    await asyncio.sleep(0.01)
                following.cancel()
                assert (await bank.amount("bank:demand:wang")).decimal() == "80.00"

    asyncio.run(asyncio.wait_for(scene(), 30))
    assert len(said) == 2


def test_batch_job(bank: Bank, tmp_path: Path) -> None:
    path = tmp_path / "transfers.csv"
    rows = "".join(f"{n},li,wang,0.60\n" for n in range(170))
    path.write_text(f"id,payer,payee,amount\n{rows}", encoding="utf-8")
    job = program("batch_job")
    assert job.run(bank, path) == {"done": 166, "balance_floor_breached": 4}
    assert job.run(bank, path) == {"replayed": 166, "balance_floor_breached": 4}
    assert paid(bank) == "99.60"


def test_workers_that_are_forked(bank: Bank, book: str) -> None:
    jobs = [(f"task/{n % 15}", "li", "wang", "5.00") for n in range(30)]  # each delivered twice
    outcomes = program("workers").run(book, jobs)
    assert sorted(outcomes) == ["done"] * 15 + ["replayed"] * 15
    assert paid(bank) == "75.00"  # this process has its own store, and sees what they wrote


def test_opening_balances_of_many_customers(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    rows = [f"deposit:c{n:05},liability,c{n:05},0,{n}.25\n" for n in range(10_000)]
    path.write_text("account,type,party,floor,balance\n" + "".join(rows), encoding="utf-8")
    opening = program("opening_balances")
    with open_store(tmp_path / "new.db", create=True) as store:
        bank = Bank.create(store, opened_on=date(2024, 5, 1))
        begun = time.process_time()
        assert opening.run(bank, path) == 3
        assert time.process_time() - begun < 15  # seconds of CPU; about 3
        assert opening.run(bank, path) == 3
        assert bank.amount("deposit:c09999") == Amount.parse("9999.25", CNY)
        path.write_text("account,type,balance\na,liability,x\n", encoding="utf-8")
        with pytest.raises(BadRows, match="line 2, column balance"):
            opening.run(bank, path)


def test_the_page_names_every_program() -> None:
    page = (FOLDER.parents[1] / "docs" / "embedding.md").read_text(encoding="utf-8")
    assert [it.name for it in FOLDER.glob("*.py") if f"(../examples/embedding/{it.name})" not in page] == []

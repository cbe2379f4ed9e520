"""An asyncio service: a line of JSON in, a line of JSON out, and a task that follows the feed.

python examples/embedding/async_service.py mall.db 8081
echo '{"key": "t1", "payer": "li", "payee": "wang", "amount": "5.00"}' | nc localhost 8081
"""

import asyncio
import json
import sys
from collections.abc import Callable

from bankcore import Amount, Bank, open_store
from bankcore.aio import AsyncBank
from bankcore.errors import BankcoreError
from bankcore.products.current import Transfer


async def pay(bank: AsyncBank, line: bytes) -> dict:
    """The answer to one line."""
    try:
        form = json.loads(line)
        amount = Amount.parse(form["amount"], "CNY/2")
        (receipt,) = await bank.handle(Transfer(form["payer"], form["payee"], amount), form["key"])
    except BankcoreError as refusal:
        return refusal.as_dict()
    except (KeyError, TypeError, ValueError) as error:
        return {"code": "bad_request", "message": str(error)}
    return {"number": receipt.number, "replayed": receipt.replayed}


async def follow(bank: AsyncBank, tell: Callable[[str], object]) -> None:
    """Tell of every transfer, also of those that other processes make, for ever."""
    feed = bank.feed("mailer")
    async for entry in feed.entries(follow=0.05):
        if entry.transaction.kind == "current.transfer":
            tell(f"transaction {entry.number} is done")
        await feed.acknowledge(entry.number)


async def serve(bank: AsyncBank, port: int) -> asyncio.Server:
    """A server that answers line by line."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for line in reader:
            writer.write(json.dumps(await pay(bank, line)).encode() + b"\n")
            await writer.drain()
        writer.close()

    return await asyncio.start_server(talk, "127.0.0.1", port)


async def main(place: str, port: int) -> None:
    with open_store(place) as store:
        async with AsyncBank(Bank.open(store)) as bank, await serve(bank, port):
            await follow(bank, print)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))

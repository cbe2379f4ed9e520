"""Workers in processes of their own, as a task queue such as Celery forks them.

    python examples/embedding/workers.py mall.db

A store belongs to the process that opened it: each worker opens its own after the fork.  With Celery that is
a function connected to `worker_process_init`.  Several processes may write one book; a task that was
delivered twice has the same key, and is done once.
"""

import atexit
import multiprocessing
import sys

from bankcore import Amount, Bank, open_store
from bankcore.errors import BankcoreError
from bankcore.products.current import Transfer

bank: Bank


def begin(place: str) -> None:
    """Open the store in the worker, once."""
    global bank
    store = open_store(place)
    bank = Bank.open(store)
    atexit.register(store.close)


def task(job: tuple[str, str, str, str]) -> str:
    """Make one transfer; what became of it."""
    key, payer, payee, amount = job
    try:
        (receipt,) = bank.handle(Transfer(payer, payee, Amount.parse(amount, "CNY/2")), key)
        return "replayed" if receipt.replayed else "done"
    except BankcoreError as refusal:
        return refusal.code


def run(place: str, jobs: list[tuple[str, str, str, str]], workers: int = 2) -> list[str]:
    """Give jobs to workers."""
    with multiprocessing.get_context("fork").Pool(workers, begin, (place,)) as pool:
        outcomes = pool.map(task, jobs, chunksize=1)
        pool.close()
        pool.join()
    return outcomes


if __name__ == "__main__":
    print(run(sys.argv[1], [(f"task/{n}", "li", "wang", "1.00") for n in range(10)]))

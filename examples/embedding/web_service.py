"""A threaded web service: one bank for all threads, which share its commits.

    python examples/embedding/web_service.py mall.db 8080
    curl -H 'Idempotency-Key: t1' -d '{"payer": "li", "payee": "wang", "amount": "5.00"}' localhost:8080

A client that had no answer sends the same key again: the payment is made once.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bankcore import Amount, Bank, open_store
from bankcore.errors import BankcoreError
from bankcore.products.current import Transfer


def service(bank: Bank, port: int) -> ThreadingHTTPServer:
    """A server whose requests are transfers, each in a thread of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            try:
                form = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                amount = Amount.parse(form["amount"], bank.ledger.book.base_unit)
                command = Transfer(form["payer"], form["payee"], amount)
                (receipt,) = bank.handle(command, self.headers["Idempotency-Key"])
                self.answer(200, {"number": receipt.number, "replayed": receipt.replayed})
            except BankcoreError as refusal:  # 503: the same request may succeed later
                self.answer(503 if refusal.transient else 422, refusal.as_dict())
            except (KeyError, ValueError) as error:
                self.answer(400, {"code": "bad_request", "message": str(error)})

        def answer(self, status: int, data: dict) -> None:
            body = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    with (
        open_store(sys.argv[1]) as store,
        Bank.open(store) as bank,
        service(bank, int(sys.argv[2])) as server,
    ):
        server.serve_forever()

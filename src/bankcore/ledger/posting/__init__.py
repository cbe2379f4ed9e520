"""Posting: how a request becomes an entry of the journal.

The path of one transaction:

 1. `desk` accepts it; `queue` lines it up with the other waiting requests; the first of them leads.
 2. The desk takes the write lock.  The state `Known` of the book (head, closed dates, limits, hot accounts)
    is kept if nobody else has written, and read again otherwise.  A `Batch` begins with an empty `Draft`.
 3. Holds past their expiry expire first, each by an entry of the ledger's own.
 4. *Fast path.*  `ordinary` accepts, in one pass over whole numbers, a transaction with a new key whose legs
    balance and to which no rule could object.  The store's unique index confirms that the key is new; if it
    is not, everything is decided again with look-ups.  Every other transaction takes steps 5 to 8.
 5. *Shape.*  `shape` checks the transaction by itself: types, texts, dates, at least two legs or a record.
 6. *Key.*  If the store or the draft has it, `replays` returns the first receipt again, or KeyConflict.
 7. *Case.*  The transaction with all it is checked against: accounts, hold, link, versions, limits, meters.
 8. *Checks.*  `checks` goes through the case in one declared order, which decides the refusal that is named;
    `limits` measures floors, ceilings and velocity limits at every instant that they bind.
 9. *Numbers and digest.*  It gets the next number, its postings the next sequences and the balances after
    them; its one line of text is chained to the line before by SHA-256.
10. The entry and its rows are added to the draft: moved accounts, versions, holds, limits and closed dates
    count from now on.  `undo` records each change as long as it may have to be undone.
11. When all requests are decided the rows go to the store together, and are committed.
12. Each caller gets a receipt or a refusal.  If the store fails, all fail, and the known state is dropped.

Everything else is that path, taken several times inside `undo.together()`, which keeps all or nothing:
a *group* and a list that is all or nothing (`verdicts`); an *operation* (`operations`), whose rules run one
after the other under one key, key#2, ...; an *attempt* in it, whose `otherwise` is written where a rule of
the ledger refuses; a *preview*, of which nothing is kept.  Requests that *share a commit* share the draft.
A rule reads the `overlay`: the draft, then the store; so it sees everything decided before it, for any
caller, and nothing has to be stored early for it.
"""

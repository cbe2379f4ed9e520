"""Posting: how what somebody asks for becomes an entry of the journal.

One transaction travels like this.

 1. `desk` takes it in; `queue` lines it up with all who wait at that time; the first of them leads.
 2. The desk takes the write lock.  What is `Known` of the book (head, closed dates, limits, hot accounts)
    is kept if nobody else has written, and read again otherwise.  A `Batch` begins with an empty `Draft`.
 3. Holds whose instant has come expire first, each by an entry of the ledger's own.
 4. *At sight.*  `ordinary` accepts a transaction with a new key whose legs balance and that meets no rule
    which could object, in one pass over whole numbers.  That the key is new the store's unique index says;
    if it is not, all is decided again with look-ups.  Every other transaction takes steps 5 to 8.
 5. *Shape.*  `shape` judges the transaction by itself: types, texts, dates, at least two legs or a record.
 6. *Key.*  Does the store or the draft have it?  `replays` gives the first receipt again, or KeyConflict.
 7. *Case.*  The transaction with all it meets: accounts, hold, link, versions, limits, meters.
 8. *Checks.*  `checks` goes through the case in one declared order, which decides the refusal that is named;
    `limits` measures floors, ceilings and velocity limits at every instant that they bind.
 9. *Numbers and digest.*  It takes the next number, its postings the next sequences and the balances after
    them; its one line of text is chained to the line before by SHA-256.
10. The draft takes the entry in, with its rows: accounts have moved, versions, holds, limits and closed dates
    count from now on.  `undo` notes what is done while somebody may have to take it back.
11. When all requests are decided the rows go to the store at once, and are committed.
12. Each caller gets a receipt or a refusal.  Should the store fail, all fail, and nothing is known any more.

Everything else is that path, walked several times inside `undo.together()`, which keeps all or nothing:
a *group* and a list that is all or nothing (`verdicts`); an *operation* (`operations`), whose rules run one
after the other under one key, key#2, ...; an *attempt* in it, which writes what it says otherwise where a
rule of the ledger refuses; a *preview*, of which nothing is kept.  Requests that *share a commit* share the
draft.  A rule asks the `overlay`: the draft, then the store; so it sees what was decided before it, whoever
asked for that, and nothing is stored early on its account.
"""

"""Conditions that the rows of a book must meet, as every engine keeps them.

Each query returns the number of wrong rows of one book, and one of them.  The walk over the journal checks
that transactions are numbered without a gap, and have as many postings and records as are stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

__all__ = ["conditions"]

# The ids of books in a table, one seek each: the next book created would take over rows of a missing one.
_STRANGERS: Final = """
    WITH RECURSIVE ids(id) AS (
        SELECT min(book_id) FROM "{table}"
        UNION ALL SELECT (SELECT min(book_id) FROM "{table}" WHERE book_id > ids.id)
            FROM ids WHERE id IS NOT NULL
        {most})
    SELECT count(*), min(id) FROM ids WHERE {book} >= 0 AND id NOT IN (SELECT book_id FROM book)"""
_WRONG: Final = {
    "{} postings without their transaction, such as number {}": """
        SELECT count(*), min(number) FROM posting WHERE book_id = {book} AND number NOT BETWEEN 1 AND (
            SELECT max(number) FROM "transaction" WHERE book_id = {book})""",
    "{} postings held by no hold, such as number {}": """
        SELECT count(*), min(number) FROM pending_posting p WHERE book_id = {book} AND NOT EXISTS (
            SELECT 1 FROM hold h WHERE h.book_id = p.book_id AND h.number = p.number)""",
    "{} holds without their transaction, such as number {}": """
        SELECT count(*), min(number) FROM hold h WHERE book_id = {book} AND NOT EXISTS (
            SELECT 1 FROM "transaction" t WHERE t.book_id = h.book_id AND t.number = h.number)""",
    "{} resolutions without their transaction or their hold, such as number {}": """
        SELECT count(*), min(number) FROM resolution r WHERE book_id = {book} AND NOT EXISTS (
            SELECT 1 FROM "transaction" t JOIN hold h ON h.book_id = t.book_id
            WHERE t.book_id = r.book_id AND t.number = r.number AND h.number = r.resolves)""",
    "{} holds whose postings are not counted 1, 2, ..., such as number {}": """
        SELECT count(*), min(number) FROM (SELECT number FROM pending_posting WHERE book_id = {book}
            GROUP BY number HAVING min(leg) <> 1 OR max(leg) <> count(*)) wrong""",
    "{} holds that live though something resolved them, or that never began, such as number {}": """
        SELECT count(*), min(number) FROM live_hold l WHERE book_id = {book} AND NOT EXISTS (
            SELECT 1 FROM hold h WHERE h.book_id = l.book_id AND h.number = l.number
            AND {same} AND NOT EXISTS (
                SELECT 1 FROM resolution r WHERE r.book_id = h.book_id AND r.resolves = h.number))""",
    "{} holds that nothing resolved and that do not live, such as number {}": """
        SELECT count(*), min(number) FROM hold h WHERE book_id = {book} AND NOT EXISTS (
            SELECT 1 FROM live_hold l WHERE l.book_id = h.book_id AND l.number = h.number) AND NOT EXISTS (
            SELECT 1 FROM resolution r WHERE r.book_id = h.book_id AND r.resolves = h.number)""",
    "{} postings without their account, such as account {}": """
        SELECT count(*), min(account_id) FROM posting WHERE book_id = {book} AND account_id NOT IN (
            SELECT account_id FROM account WHERE book_id = {book})""",
    "{} records without their transaction, such as number {}": """
        SELECT count(*), min(number) FROM record r WHERE book_id = {book} AND number NOT BETWEEN 1 AND (
            SELECT max(number) FROM "transaction" t WHERE t.book_id = r.book_id)""",
    "{} accounts without the record that opened them, such as {}": """
        SELECT count(*), min(path) FROM account a WHERE book_id = {book} AND NOT EXISTS (
            SELECT 1 FROM record r WHERE r.book_id = a.book_id AND r.kind = 'account' AND r.id = a.path
            AND r.version = 1 AND r.number = a.opened_by)""",
    "{} transactions whose records are not counted 1, 2, ..., such as number {}": """
        SELECT count(*), min(number) FROM (SELECT number FROM record WHERE book_id = {book}
            GROUP BY number HAVING min(place) <> 1 OR max(place) <> count(*)) wrong""",
    "{} transactions that stand between those of a group, such as in {}": """
        SELECT count(*), min(group_name) FROM (SELECT group_name FROM member
            WHERE book_id = {book}
            GROUP BY group_name HAVING max(number) - min(number) + 1 <> count(*)) wrong""",
    "{} account records without their account, such as {}": """
        SELECT count(*), min(id) FROM record r WHERE book_id = {book} AND kind = 'account' AND NOT EXISTS (
            SELECT 1 FROM account a WHERE a.book_id = r.book_id AND a.path = r.id)""",
    "{} accounts without their balance, such as {}": """
        SELECT count(*), min(path) FROM account a WHERE book_id = {book} AND NOT EXISTS (
            SELECT 1 FROM balance b WHERE b.book_id = a.book_id AND b.account_id = a.account_id)""",
    "{} balances without their account, such as account {}": """
        SELECT count(*), min(account_id) FROM balance b WHERE book_id = {book} AND NOT EXISTS (
            SELECT 1 FROM account a WHERE a.book_id = b.book_id AND a.account_id = b.account_id)""",
    "{} balances that do not follow the newest record of their account, such as {}": """
        SELECT count(*), min(a.path) FROM balance b JOIN account a USING (book_id, account_id)
        WHERE b.book_id = {book} AND b.version {differs} (SELECT max(r.version) FROM record r
            WHERE r.book_id = a.book_id AND r.kind = 'account' AND r.id = a.path)""",
    "{} consumers of the feed that are beyond the last transaction, such as {}": """
        SELECT count(*), min(name) FROM consumer WHERE book_id = {book} AND number > (
            SELECT coalesce(max(number), 0) FROM "transaction" WHERE book_id = {book})""",
    "{} record heads that are not the newest version, such as {}": """
        SELECT count(*), min(kind || ' ' || id) FROM record_head h
        WHERE book_id = {book} AND version {differs} (
            SELECT max(r.version) FROM record r
            WHERE r.book_id = h.book_id AND r.kind = h.kind AND r.id = h.id)""",
    "{} record versions without a record head, such as {}": """
        SELECT count(*), min(kind || ' ' || id) FROM record r WHERE book_id = {book} AND NOT EXISTS (
            SELECT 1 FROM record_head h WHERE h.book_id = r.book_id AND h.kind = r.kind AND h.id = r.id)""",
}


def conditions(
    tables: Sequence[str], *, book: str, differs: str, same_expiry: str, most: str
) -> dict[str, str]:
    """The queries of an engine by the sentence that says what is wrong, with its words for some parts.

    `book` is the parameter with the id of the book; `differs` compares values that may be NULL, and
    `same_expiry` two of them; `most` bounds a recursion where the engine can.
    """
    strangers = {
        f"{{}} books have rows of {table} and are not there, such as number {{}}": _STRANGERS.format(
            table=table, book=book, most=most
        )
        for table in tables
    }
    wrong = {
        sentence: sql.format(book=book, differs=differs, same=same_expiry) for sentence, sql in _WRONG.items()
    }
    return {**strangers, **wrong}

"""The programme and who takes part: customers, third parties, and cash for demand accounts."""

from __future__ import annotations

from functools import partial

from bankcore.errors import BadTerms, UnitMismatch
from bankcore.ledger.accounts import Account, AccountPath, Status
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, open_account
from bankcore.product import voucher
from bankcore.product.plan import Plan
from bankcore.product.records import existing, fresh, minor_units, rescheduled
from bankcore.product.refusals import AlreadyTaken
from bankcore.products.certificate import accounts, commands, registry
from bankcore.products.certificate.commands.fields import words_of
from bankcore.products.certificate.refusals import AccountNotNormal, ChannelNotAdmitted, PaidIntermediary
from bankcore.products.certificate.terms import CertificateTerms, Profile

__all__ = [
    "change_terms",
    "check_normal",
    "deposit",
    "missing",
    "open_programme",
    "operation",
    "payee",
    "permit_third_party",
    "register_customer",
    "register_third_party",
]


operation = partial(voucher.operation, "certificate")


def missing(books: Books, wanted: tuple[Account, ...]) -> tuple[Record, ...]:
    """Records that open those of the accounts that are not there yet.

    Raises UnitMismatch, AlreadyTaken where somebody opened an account of certificates by hand.
    """
    opening = []
    known = books.accounts([account.path for account in wanted])
    for account in wanted:
        stored = known.get(account.path)
        if stored is None:
            opening.append(open_account(account))
        elif stored.unit != account.unit:
            raise UnitMismatch(stored.unit, account.unit, account.path)
        elif account.path.within("certificate") and (stored.type, stored.floor) != (account.type, 0):
            raise AlreadyTaken("account", account.path)
    return tuple(opening)


def check_normal(books: Books, customer: str) -> None:
    """Raises AccountNotNormal unless the demand account takes debits and credits."""
    path = accounts.demand(customer)
    account = books.account(path)
    if account is None or account.status is not Status.OPEN:
        raise AccountNotNormal(path, "missing" if account is None else account.status.value)


def payee(books: Books, customer: str, frozen: str = "") -> AccountPath:
    """Where a customer is paid: the demand account, or suspense where it takes nothing or a court forbids."""
    account = books.account(accounts.demand(customer))
    if frozen or account is None or not account.status.takes_credits:
        return accounts.suspense(customer)
    return accounts.demand(customer)


# --- the programme ----------------------------------------------------------------------------------


def open_programme(terms: CertificateTerms, command: commands.OpenProgramme, books: Books) -> Plan:
    """Open the bank's accounts.  Refuses: AlreadyTaken, UnitMismatch."""
    programme = command.programme
    id = fresh(books, registry.TERMS, programme)
    pairs = [[books.today.isoformat(), terms.as_data()]]
    records = (
        *missing(books, accounts.bank_accounts(terms.unit, books.today)),
        Record(registry.TERMS, id, {"schedule": pairs}),
    )
    return Plan((operation(books, terms, programme, "open", f"open programme {programme}", records=records),))


def change_terms(terms: CertificateTerms, command: commands.ChangeTerms, books: Books) -> Plan:
    """Schedule new terms.  Refuses: BadTerms for a past date or another unit, SteppedEarlyRate."""
    start = command.effective_on or books.today
    if start < books.today:
        raise BadTerms("effective_on", f"{start} is before the business date {books.today}")
    record = rescheduled(CertificateTerms, books, registry.TERMS, command.programme, command.terms, start)
    text = f"terms from {start}: {', '.join(sorted(command.terms))}"
    return Plan((operation(books, terms, command.programme, "terms", text, records=(record,)),))


# --- customers and third parties ----------------------------------------------------------------------


def register_customer(terms: CertificateTerms, command: commands.RegisterCustomer, books: Books) -> Plan:
    """Open a demand account where there is none.  Refuses: AlreadyTaken, UnitMismatch."""
    programme, customer = command.programme, command.customer
    id = fresh(books, registry.CUSTOMER, programme, customer)
    wanted = accounts.customer_accounts(customer, terms.unit, books.today)
    records = (
        *missing(books, wanted),
        Record(registry.CUSTOMER, id, {"registered_on": books.today.isoformat()}),
    )
    text = f"register customer {customer}"
    return Plan((operation(books, terms, programme, "register-customer", text, records=records),))


def register_third_party(terms: CertificateTerms, command: commands.RegisterThirdParty, books: Books) -> Plan:
    """Note identity and permissions.

    Refuses, in this order: UnitMismatch, PaidIntermediary under the Chinese profile,
    ChannelNotAdmitted, AlreadyTaken.
    """
    programme, third_party = command.programme, command.third_party
    limit = minor_units(terms, command.limit)
    if command.paid and terms.profile is Profile.CN:
        raise PaidIntermediary(third_party)
    channels = words_of(command.channels)
    for channel in channels:
        if channel not in terms.channels:
            raise ChannelNotAdmitted(channel, ", ".join(terms.channels))
    id = fresh(books, registry.THIRD_PARTY, programme, third_party)
    data = {"channels": list(channels), "limit": limit, "paid": command.paid, "permitted": True}
    text = f"register third party {third_party}"
    records = (Record(registry.THIRD_PARTY, id, data),)
    return Plan((operation(books, terms, programme, "register-third-party", text, records=records),))


def permit_third_party(terms: CertificateTerms, command: commands.PermitThirdParty, books: Books) -> Plan:
    """Give or take a third party's permission.  Refuses: NotFound."""
    record = existing(books, registry.THIRD_PARTY, command.programme, command.third_party)
    text = f"{command.third_party} may {'' if command.permitted else 'not '}initiate orders"
    records = (record.next(permitted=command.permitted),)
    return Plan((operation(books, terms, command.programme, "permit", text, records=records),))


def deposit(terms: CertificateTerms, command: commands.Deposit, books: Books) -> Plan:
    """Cash into a demand account.  Refuses: UnitMismatch, NotFound, AccountNotNormal."""
    programme, customer = command.programme, command.customer
    amount = minor_units(terms, command.amount)
    existing(books, registry.CUSTOMER, programme, customer)
    check_normal(books, customer)
    debit, credit = {accounts.CASH: amount}, {accounts.demand(customer): amount}
    text = f"cash of {customer}"
    return Plan((operation(books, terms, programme, "deposit", text, debit=debit, credit=credit),))

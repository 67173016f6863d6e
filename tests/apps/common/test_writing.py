"""Transactions of the hot paths are transactions, whatever connection they begin on."""

import pytest
from django.db import OperationalError, connection
from psycopg.pq import TransactionStatus

from apps.common.statements import run
from apps.common.transactions import reading, writing
from tests.apps.sync.ops import log, one, workout
from tests.conftest import Person


def status() -> TransactionStatus:
    """Return whether the connection is in a transaction."""
    found: TransactionStatus = connection.connection.pgconn.transaction_status
    return found


class TestWriting:
    def test_is_one_transaction_also_on_a_connection_just_opened(self) -> None:
        connection.close()
        with reading(), writing():
            run("SELECT 1", {})
            assert status() == TransactionStatus.INTRANS
        assert status() == TransactionStatus.IDLE

    def test_pushes_one_after_the_other_need_no_standing_connection(self, athlete: Person) -> None:
        ops = [workout() for _ in range(3)]
        for op in ops:
            connection.close()  # as at the end of every request
            assert one(athlete, op)["status"] == "applied"
        assert [op for _, op, *_ in log(athlete)] == [op["op"] for op in ops]

    def test_that_lost_its_connection_is_not_told_as_committed(self) -> None:
        def lose_it() -> None:
            with reading(), writing():
                run("SELECT 1", {})
                connection.connection.close()

        try:
            with pytest.raises(OperationalError):
                lose_it()
        finally:
            connection.close()

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from db.engine import connect, create_engine, living
from db.errors import DatabaseUnreachable, RuleBroken

BROKEN = """
    INSERT INTO liptako.source (code, name, kind, licence, attribution, redistributable)
    VALUES ('x', 'x', 'gossip', 'x', 'x', true)
"""


def test_what_breaks_a_rule_is_refused_by_its_name_and_nothing_stays(database_url: str) -> None:
    with pytest.raises(RuleBroken, match="the database refuses this") as refused:
        with connect(database_url) as connection:
            connection.execute(text(BROKEN))
    assert refused.value.rule == "ck_source_kind_is_a_word"
    with connect(database_url) as connection:
        assert connection.scalar(text("SELECT count(*) FROM liptako.source")) == 0


def test_what_is_not_committed_is_rolled_back(database_url: str) -> None:
    good = BROKEN.replace("gossip", "news")
    with connect(database_url) as connection:
        connection.execute(text(good))
    with connect(database_url) as connection:
        assert connection.scalar(text("SELECT count(*) FROM liptako.source")) == 0


def test_a_session_has_our_settings(database_url: str) -> None:
    engine = create_engine(database_url, statement_timeout_s=1.5, application="a test")
    shown = {}
    with engine.connect() as connection:
        for name in ("timezone", "jit", "plan_cache_mode", "statement_timeout", "application_name"):
            shown[name] = connection.scalar(text(f"SHOW {name}"))
    engine.dispose()
    assert shown == {
        "timezone": "UTC",
        "jit": "off",
        "plan_cache_mode": "force_custom_plan",
        "statement_timeout": "1500ms",
        "application_name": "a test",
    }


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(DatabaseUnreachable, match=r"127\.0\.0\.1:9/nowhere"):
        with connect("postgresql://me:secret@127.0.0.1:9/nowhere"):
            pass


def test_a_connection_that_was_lost_in_the_pool_is_replaced(database_url: str) -> None:
    engine = create_engine(database_url, pool_size=2)
    with engine.connect() as one, engine.connect() as other:
        assert one.scalar(text("SELECT 1")) == other.scalar(text("SELECT 1")) == 1
    with connect(database_url) as killer:
        killer.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    for _ in range(2):
        with living(engine) as connection:
            assert connection.scalar(text("SELECT 1")) == 1
            assert connection.in_transaction()
    engine.dispose()


def test_where_no_server_answers_there_is_no_living_connection() -> None:
    engine = create_engine("postgresql://nobody@127.0.0.1:9/nowhere")
    with pytest.raises(OperationalError):
        living(engine)

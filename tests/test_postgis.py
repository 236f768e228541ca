from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.postgis import given_server, serving_postgis

if TYPE_CHECKING:
    from tests.postgis import PostgisServer


def test_a_server_that_is_given_replaces_ours(
    postgis_server: PostgisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgis_server.create("given_test", "template0")
    monkeypatch.setenv("TEST_DATABASE_URL", url)
    with serving_postgis() as server:
        assert server.admin_url == url
        created = server.create("created_test", "template0")
        with psycopg.connect(created) as connection:
            assert connection.info.dbname == "created_test"
        server.drop("created_test")
    postgis_server.drop("given_test")


@pytest.mark.parametrize("name", ["liptako", "test", "", "my_tests"])
def test_a_database_that_is_not_for_tests_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="must end in _test"):
        given_server(f"postgresql://me@host/{name}")


def test_a_template_in_use_can_be_cloned_all_the_same(postgis_server: PostgisServer) -> None:
    url = postgis_server.create("busy_test", "template0")
    user = psycopg.connect(url)
    postgis_server.close("busy_test")
    clone = postgis_server.create("clone_test", "busy_test")
    with psycopg.connect(clone) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError):
        user.execute("SELECT 1")
    user.close()
    for name in ("busy_test", "clone_test"):
        postgis_server.drop(name)


def test_each_test_has_a_database_of_its_own(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url) as connection:
        assert connection.info.dbname.endswith("_test")
        assert connection.execute("SELECT to_regtype('geometry')").fetchone() == (None,)

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from db.errors import HomeUnusable, InvalidDatabaseUrl
from db.settings import Settings, default_home, normalise_url, plain_url

REST = "me:p%40ss@host:5433/incidents?sslmode=require"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_a_url_becomes_the_one_that_is_needed(scheme: str) -> None:
    assert normalise_url(f"{scheme}://{REST}") == f"postgresql+psycopg://{REST}"
    assert plain_url(f"{scheme}://{REST}") == f"postgresql://{REST}"


@pytest.mark.parametrize(
    "url", ["", "host=here password=secret", "mysql://me:secret@host/x", "postgresql+asyncpg://x"]
)
def test_other_urls_are_refused_without_repeating_their_password(url: str) -> None:
    with pytest.raises(InvalidDatabaseUrl, match="must be postgresql://") as caught:
        normalise_url(url)
    assert "secret" not in str(caught.value)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://here/x")
    monkeypatch.setenv("LIPTAKO_HOME", "/srv/liptako")
    monkeypatch.setenv("LIPTAKO_POSTGRES", "packages")
    read = Settings()
    assert read.database_url == "postgresql://here/x"
    assert (read.home, read.postgres) == (Path("/srv/liptako"), "packages")


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "LIPTAKO_HOME", "LIPTAKO_POSTGRES"):
        monkeypatch.setenv(name, "")
    read = Settings()
    assert (read.database_url, read.postgres) == (None, None)
    assert read.home == default_home()


def test_only_the_two_ways_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIPTAKO_POSTGRES", "docker")
    with pytest.raises(ValidationError, match="'installed' or 'packages'"):
        Settings()


@pytest.mark.parametrize(
    "uid, home",
    [(0, "/var/lib/liptako"), (1000, "/home/me/.local/share/liptako")],
)
def test_the_default_home(monkeypatch: pytest.MonkeyPatch, uid: int, home: str) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setattr("os.geteuid", lambda: uid)
    assert default_home() == Path(home)


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("pathlib.Path.home", nowhere)
    with pytest.raises(HomeUnusable, match="set LIPTAKO_HOME"):
        default_home()

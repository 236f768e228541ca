from __future__ import annotations

import pytest
from pydantic import ValidationError

from api.settings import Settings


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIPTAKO_TITLE", "Sahel")
    monkeypatch.setenv("LIPTAKO_DEFAULT_LIMIT", "50")
    monkeypatch.setenv("LIPTAKO_PUBLIC_URL", "https://data.example/")
    monkeypatch.setenv("LIPTAKO_CONTACT_EMAIL", "")
    read = Settings()
    assert (read.title, read.default_limit) == ("Sahel", 50)
    assert read.public_url == "https://data.example"
    assert read.contact_email is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"default_limit": 0},
        {"max_limit": 10_001},
        {"default_limit": 100, "max_limit": 10},
        {"max_offset": -1},
        {"statement_timeout_s": -1},
        {"pool_size": 0},
        {"root_path": "liptako"},
        {"trusted_proxies": "proxy.example"},
        {"pool_wait_s": 0},
        {"workers": 0},
        {"log_format": "xml"},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(wrong)

"""What an operator may set: the environment, read once, when asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.proxies import trusted
from db.jobs.job import Limits
from db.made_files import MadeFiles, default_folder
from db.read import WHOLE
from db.snapshots.publication import Publication

Limit = Annotated[int, Field(ge=1, le=WHOLE)]


class Settings(BaseSettings):
    """Settings of the server; each is the environment variable ``LIPTAKO_<NAME>``.

    Parameters
    ----------
    title, description, attribution : str
        Of the service as a whole.
    contact_name, contact_url, contact_email : str
        Whom to ask; shown by QGIS with every layer.
    licence : str
        Of collections whose rows name none.
    creators, publisher : str
        Whom the citation of a snapshot names: its authors, with semicolons between, and who
        publishes it. The publisher where there are no authors, the contact where there is neither.
    public_url : str, optional
        The address under which clients reach the service. Where it is missing, links are made
        from what each request and its proxy say; a public service sets it.
    trusted_proxies : str
        Addresses and networks of the proxies that are believed what they say of a client
        (``Forwarded``, ``X-Forwarded-*``), separated by commas; ``*`` for anybody.
    root_path : str
        Path at which a proxy mounts the service, ``/liptako``; empty for the root.
    default_limit, max_limit : int
        Features on a page where a client asks for none, and at most.
    max_offset : int
        Most features that ``offset`` passes over; further on, ``next`` links lead.
    former_max_age_s : int
        Seconds for which caches may keep answers about former states that can never change,
        without asking. A licence that is withdrawn takes effect in them only then.
    statement_timeout_s : float
        Seconds after which the database gives up a statement; 0 for never.
    pool_size : int
        Connections to the database that each worker keeps; as many again may be opened for a
        while.
    pool_wait_s : float
        Seconds that a request waits for a connection when all are in use, before it is told to
        ask again later.
    tile_cache_mb : int
        Megabytes of vector tiles that each process keeps; 0 for none.
    files_folder : Path, optional
        Where files are kept that were made for somebody; a folder of this user in that for
        temporary files where it is missing. Servers of one database share it.
    files_mb : int
        Megabytes of such files, the last one of which may take half.
    export_seconds : float
        For which one export may be written that was asked for as a job (``/exports``).
    allow_origin : str
        Whose scripts in browsers may read the answers; ``*`` for anybody's.
    workers : int
        Processes that answer requests.
    shutdown_grace_s : int
        Seconds that running requests have to end when the server is told to.
    metrics : bool
        Whether ``/metrics`` tells Prometheus what was counted. It is no secret, and nobody else's
        business: a proxy should keep it inside.
    access_log : bool
        Whether a line is written for every request.
    log_format : str
        ``text`` for people or ``json``, an object a line, for programs.
    log_to : str
        ``stderr`` or ``stdout``.
    processes_enabled : bool
        Whether strangers may have analyses computed (OGC API - Processes). It needs a role of the
        database that may write.
    processes_running, processes_waiting, processes_per_client : int
        Such jobs that run at once over all workers, that may wait besides, and that one client may
        have waiting or running.
    processes_seconds : float
        For which one of them may compute.
    processes_memory_mb : int
        Megabytes that one of them may take, a few hundred of which are the program's own.
    processes_kept_hours : float
        For which an ended one and its results are kept.
    """

    model_config = SettingsConfigDict(env_prefix="LIPTAKO_", env_ignore_empty=True, frozen=True)

    title: str = "Liptako"
    description: str = (
        "Incidents in Liptako-Gourma, the tri-border land of Mali, Niger and Burkina Faso: what "
        "happened where and when, how well that is known, and what each report claims."
    )
    attribution: str = "Liptako; each row names its own source, licence and attribution"
    contact_name: str = "Operator of this Liptako server"
    contact_url: str | None = None
    contact_email: str | None = None
    licence: str = "as each row states"
    creators: str = ""
    publisher: str = ""
    public_url: str | None = None
    trusted_proxies: str = "127.0.0.0/8, ::1"
    root_path: str = ""
    default_limit: Limit = 1_000
    max_limit: Limit = WHOLE
    max_offset: int = Field(default=100_000, ge=0)
    former_max_age_s: int = Field(default=2_592_000, ge=0)
    statement_timeout_s: float = Field(default=30.0, ge=0)
    pool_size: int = Field(default=5, ge=1)
    pool_wait_s: float = Field(default=3.0, gt=0)
    tile_cache_mb: int = Field(default=64, ge=0)
    files_folder: Path | None = None
    files_mb: int = Field(default=2_048, ge=2)
    export_seconds: float = Field(default=600.0, ge=1, le=86_400)
    allow_origin: str = "*"
    workers: int = Field(default=1, ge=1)
    shutdown_grace_s: int = Field(default=10, ge=1)
    metrics: bool = False
    access_log: bool = True
    log_format: Literal["text", "json"] = "text"
    log_to: Literal["stderr", "stdout"] = "stderr"
    processes_enabled: bool = True
    processes_running: int = Field(default=1, ge=1)
    processes_waiting: int = Field(default=8, ge=0)
    processes_per_client: int = Field(default=4, ge=1)
    processes_seconds: float = Field(default=60.0, ge=1, le=86_400)
    processes_memory_mb: int = Field(default=2_048, ge=256)
    processes_kept_hours: float = Field(default=24.0, gt=0, le=8_784)

    @property
    def publication(self) -> Publication:
        """Whom and what a citation of a snapshot names."""
        creators = tuple(name.strip() for name in self.creators.split(";") if name.strip())
        publisher = self.publisher.strip() or self.contact_name
        return Publication(
            title=self.title,
            description=self.description,
            creators=creators or (publisher,),
            publisher=publisher,
            address=self.public_url,
        )

    @property
    def job_limits(self) -> Limits:
        """What is granted to strangers who have analyses computed."""
        return Limits(
            running=self.processes_running,
            waiting=self.processes_waiting,
            per_client=self.processes_per_client,
            seconds=self.processes_seconds,
            memory_mb=self.processes_memory_mb,
            kept_s=self.processes_kept_hours * 3600,
            export_seconds=self.export_seconds,
            folder=str(self.files_folder or default_folder()),
            files_mb=self.files_mb,
        )

    @property
    def made_files(self) -> MadeFiles:
        """Where files are kept that were made for somebody."""
        folder = self.files_folder or default_folder()
        return MadeFiles(folder, self.files_mb << 20, self.processes_kept_hours * 3600)

    @field_validator("public_url", "root_path")
    @classmethod
    def _without_last_slash(cls, text: str | None) -> str | None:
        return None if text is None else text.rstrip("/")

    @field_validator("root_path")
    @classmethod
    def _begins_with_a_slash(cls, path: str) -> str:
        if path and not path.startswith("/"):
            raise ValueError("it begins with '/'")
        return path

    @field_validator("trusted_proxies")
    @classmethod
    def _names_networks(cls, text: str) -> str:
        trusted(text)
        return text

    @model_validator(mode="after")
    def _default_is_within_maximum(self) -> Self:
        if self.default_limit > self.max_limit:
            raise ValueError(
                f"default_limit {self.default_limit} is greater than max_limit {self.max_limit}"
            )
        return self

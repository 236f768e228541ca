"""By whom and where a snapshot is published: what its data do not say themselves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What a citation takes from the settings of the service.

    Parameters
    ----------
    title, description : str
        Of the database.
    creators : tuple of str
        Whom to name as its authors; one at least.
    publisher : str
    address : str, optional
        Of the service, without a last slash; missing where it is not public.
    doi : str, optional
        Under which the snapshot is registered, like ``10.5281/zenodo.1234``.
    """

    title: str
    description: str
    creators: tuple[str, ...]
    publisher: str
    address: str | None = None
    doi: str | None = None

    def url(self, name: str) -> str | None:
        """Where the snapshot of a name is; by its DOI if it has one."""
        if self.doi is not None:
            return f"https://doi.org/{self.doi}"
        return None if self.address is None else f"{self.address}/snapshots/{name}"

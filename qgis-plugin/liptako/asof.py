"""The control "as known on": which state of the data all layers of a server show."""

from __future__ import annotations

from qgis.PyQt.QtCore import QDate, QDateTime, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QCheckBox, QDateEdit, QHBoxLayout, QWidget

from .words import tr


class AsKnownOn(QWidget):
    """A day, and whether it counts; stands beside the temporal controller.

    ``changed`` carries the day as ISO 8601, or nothing for the present state.
    """

    changed = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = QCheckBox(tr("As known on"), self)
        self.day = QDateEdit(QDateTime.currentDateTimeUtc().date(), self)
        self.day.setCalendarPopup(True)
        self.day.setDisplayFormat("yyyy-MM-dd")
        # The server refuses the future: what will be recorded is not known.
        self.day.setMaximumDate(QDateTime.currentDateTimeUtc().date())
        self.day.setEnabled(False)
        self.setToolTip(tr("Show what had been recorded by the end of this day (UTC)"))
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        row.addWidget(self.box)
        row.addWidget(self.day)
        self.box.toggled.connect(self._toggled)
        self.day.dateChanged.connect(self._moved)

    @property
    def asof(self) -> str | None:
        """The day that counts, if one does."""
        chosen: QDate = self.day.date()
        return str(chosen.toString(Qt.DateFormat.ISODate)) if self.box.isChecked() else None

    def bind_to_file(self, version: str | None) -> None:
        """A file has one state: show which, and offer no other."""
        self.box.setChecked(False)
        self.setEnabled(False)
        told = "A file holds one state of the data: version {version}"
        self.setToolTip(tr(told, version=version or "?"))

    def bind_to_server(self) -> None:
        """A server knows all its states."""
        self.setEnabled(True)
        self.setToolTip(tr("Show what had been recorded by the end of this day (UTC)"))

    def _toggled(self, on: bool) -> None:
        self.day.setEnabled(on)
        self.changed.emit(self.asof)

    def _moved(self, _: QDate) -> None:
        if self.box.isChecked():
            self.changed.emit(self.asof)

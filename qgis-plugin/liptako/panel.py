"""The panel: where from, which layers, what reports claim, how far the borders are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDockWidget,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QTabWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from .words import tr

if TYPE_CHECKING:
    from .source import Offer

_WIDTH = 320
_OFFER = Qt.ItemDataRole.UserRole


class Panel(QDockWidget):
    """Shows what it is given, and says what its user wants.

    ``connecting`` carries an address or a path, ``chosen`` the layer that is highlighted,
    ``adding`` layers and the style of the first of them.
    """

    connecting = pyqtSignal(str)
    chosen = pyqtSignal(object)
    adding = pyqtSignal(list, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Liptako", parent)
        self.setObjectName("LiptakoPanel")
        self.address = QLineEdit(self)
        self.address.setPlaceholderText(tr("Address of a Liptako server, or a GeoPackage"))
        self.connect_button = QPushButton(tr("Connect"), self)
        self.file_button = QPushButton(tr("Open a file"), self)
        self.layers = QListWidget(self)
        self.layers.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.styles = QComboBox(self)
        self.styles.setToolTip(tr("Style"))
        self.add_button = QPushButton(tr("Add"), self)
        self.add_button.setEnabled(False)
        self.claims = QTextBrowser(self)
        self.claims.setHtml(f"<p>{tr('Select an incident on the map')}</p>")
        self.distances = QTextBrowser(self)
        hint = tr("Click on the map: distances to each border, by each boundary source")
        self.distances.setHtml(f"<p>{hint}</p>")
        self.tabs = QTabWidget(self)
        self._lay_out()
        self.connect_button.clicked.connect(self._connect)
        self.address.returnPressed.connect(self._connect)
        self.file_button.clicked.connect(self._ask_for_file)
        self.layers.currentItemChanged.connect(self._choose)
        self.layers.itemDoubleClicked.connect(self._add)
        self.add_button.clicked.connect(self._add)

    def offer(self, offers: list[Offer]) -> None:
        """Show the layers of a source."""
        self.layers.clear()
        for each in offers:
            item = QListWidgetItem(each.title)
            item.setToolTip(each.description)
            item.setData(_OFFER, each)
            self.layers.addItem(item)
        self.add_button.setEnabled(bool(offers))
        if offers:
            self.layers.setCurrentRow(0)

    def offer_styles(self, styles: list[tuple[str, str]]) -> None:
        """Show the styles of the highlighted layer."""
        self.styles.clear()
        for name, title in styles:
            self.styles.addItem(title, name)
        self.styles.setEnabled(bool(styles))

    def show_claims(self, html: str) -> None:
        """Show what reports say of an incident."""
        self.claims.setHtml(html)
        self.tabs.setCurrentWidget(self.claims)

    def show_distances(self, html: str) -> None:
        """Show how far the borders are."""
        self.distances.setHtml(html)
        self.tabs.setCurrentWidget(self.distances)

    def _lay_out(self) -> None:
        whole = QWidget(self)
        column = QVBoxLayout(whole)
        column.addWidget(self.address)
        column.addLayout(_row(self.connect_button, self.file_button))
        shown = QWidget(self)
        below = QVBoxLayout(shown)
        below.setContentsMargins(0, 0, 0, 0)
        below.addWidget(self.layers)
        below.addLayout(_row(self.styles, self.add_button))
        self.tabs.addTab(shown, tr("Layers"))
        self.tabs.addTab(self.claims, tr("Claims"))
        self.tabs.addTab(self.distances, tr("Borders"))
        column.addWidget(self.tabs)
        whole.setMinimumWidth(_WIDTH)
        self.setWidget(whole)

    def _connect(self) -> None:
        if self.address.text().strip():
            self.connecting.emit(self.address.text().strip())

    def _ask_for_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("Open a file"), "", "GeoPackage (*.gpkg)")
        if path:
            self.address.setText(path)
            self._connect()

    def _choose(self, item: QListWidgetItem | None, _: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(_OFFER))

    def _add(self, *_: object) -> None:
        offers = [item.data(_OFFER) for item in self.layers.selectedItems()]
        self.adding.emit(offers, self.styles.currentData() if len(offers) == 1 else None)


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget)
    return row

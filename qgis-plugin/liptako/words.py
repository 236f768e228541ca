"""The texts of the plugin, in English and French, chosen by the language of QGIS."""

from __future__ import annotations

from qgis.PyQt.QtCore import QLocale, QSettings

FRENCH = {
    "Address of a Liptako server, or a GeoPackage": "Adresse d'un serveur Liptako, ou GeoPackage",
    "Connect": "Connecter",
    "Open a file": "Ouvrir un fichier",
    "Layers": "Couches",
    "Style": "Style",
    "Add": "Ajouter",
    "As known on": "Tel que connu le",
    "Show what had been recorded by the end of this day (UTC)": (
        "Montrer ce qui était enregistré à la fin de ce jour (UTC)"
    ),
    "A file holds one state of the data: version {version}": (
        "Un fichier contient un seul état des données : version {version}"
    ),
    "Select an incident on the map": "Sélectionnez un incident sur la carte",
    "No report makes a claim about it": "Aucun rapport n'affirme rien à son sujet",
    "denies": "nie",
    "published": "publié",
    "date not known": "date inconnue",
    "Distance to borders": "Distance aux frontières",
    "Click on the map: distances to each border, by each boundary source": (
        "Cliquez sur la carte : distances à chaque frontière, selon chaque source"
    ),
    "Sources disagree by {metres} m": "Les sources diffèrent de {metres} m",
    "Borders": "Frontières",
    "Claims": "Affirmations",
    "Geodesic, WGS 84. None of the sources is the truth.": (
        "Géodésique, WGS 84. Aucune des sources n'est la vérité."
    ),
    "Nothing answers at {address}: {reason}": "Rien ne répond à {address} : {reason}",
    "There are no layers of Liptako in {address}": "Il n'y a pas de couches Liptako dans {address}",
    "QGIS cannot open the layer {layer}: {reason}": (
        "QGIS ne peut pas ouvrir la couche {layer} : {reason}"
    ),
    "The layer borders is not at hand: connect first": (
        "La couche des frontières manque : connectez d'abord"
    ),
    "{layers} layers show what was known on {day}": (
        "{layers} couches montrent ce qui était connu le {day}"
    ),
    "{layers} layers show the present state": "{layers} couches montrent l'état présent",
    "Panel of Liptako": "Panneau de Liptako",
}


def language() -> str:
    """``fr`` where QGIS speaks French, else ``en``."""
    settings = QSettings()
    own = settings.value("locale/overrideFlag", False, type=bool)
    name = str(settings.value("locale/userLocale", "")) if own else QLocale.system().name()
    return "fr" if name.startswith("fr") else "en"


def tr(text: str, **values: object) -> str:
    """A text in the language of QGIS, with values in its places."""
    chosen = FRENCH.get(text, text) if language() == "fr" else text
    return chosen.format(**values) if values else chosen

"""Languages of a legend: English, as everything is written here, and what stands for it elsewhere.

A text is looked up by its English form; one that has no other is shown in English. So nothing
fails for want of a translation, and a test tells which legends still lack one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Wording:
    """A language.

    Parameters
    ----------
    code : str
        ISO 639-1.
    texts : mapping of English text to text
    """

    code: str
    texts: Mapping[str, str]

    def text(self, english: str) -> str:
        """A text in this language, or as it is."""
        return self.texts.get(english, english)

    def word(self, word: str) -> str:
        """A word of a closed list, as people write it.

        A word that means another thing than the text of that spelling has an entry of its own.

        Examples
        --------
        >>> ENGLISH.word("air_strike")
        'Air strike'
        """
        if word in self.texts:
            return self.texts[word]
        plain = word.replace("_", " ")
        return self.text(plain[:1].upper() + plain[1:])

    def words(self, words: Iterable[str]) -> str:
        """Words of a closed list, with commas between and one capital letter.

        Examples
        --------
        >>> ENGLISH.words(["attack", "air_strike"])
        'Attack, air strike'
        """
        first, *others = (self.word(word) for word in words)
        return ", ".join([first, *(other[:1].lower() + other[1:] for other in others)])


ENGLISH = Wording(
    "en",
    {
        "adm0": "Country",
        "adm1": "First level",
        "adm2": "Second level",
        "near": "Near a place",
        "CH": "Clustered, high intensity",
        "CL": "Clustered, low intensity",
        "DH": "Dispersed, high intensity",
        "DL": "Dispersed, low intensity",
    },
)
"""Words that are not their own explanation."""

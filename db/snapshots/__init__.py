"""States of the data under a name, each with the hash of every layer: what can be cited.

``names``         the rule of a name
``prints``        a layer at a version -> canonical lines, and their hash
``manifest``      what a snapshot states of itself
``signed``        a manifest with its signature, as a document
``keys``          who signs it (Ed25519)
``kept``          the snapshots that there are
``creation``      a snapshot is made
``verification``  ... and checked, layer by layer
``publication``   by whom and where it is published
``citation``      a snapshot as text, BibTeX and CITATION.cff
``datacite``      ... and as the metadata of a DOI
``folder``        a snapshot as a folder of files
"""

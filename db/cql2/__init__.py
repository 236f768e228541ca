"""Filter expressions after OGC's Common Query Language CQL2, compiled to SQL.

- ``filter``      the value that a query carries: a text and its language
- ``words``       text -> words of the language, each with its place
- ``text``        words -> the tree that CQL2 JSON writes, in linear time
- ``nodes``       what a filter is made of
- ``tree``        either language -> nodes, within limits
- ``terms``       a node as SQL, with what sort of value it is
- ``arithmetic``  ``comparison``  ``temporal``  ``spatial``  ``arrays``  the operators
- ``function``    what a function of our own is
- ``places``  ``casualties``  our own functions, by what they are about
- ``functions``   all of them by name
- ``condition``   nodes and a layer -> a condition on its columns

Values reach SQL as bound parameters only, and names only by way of the layer's own fields.

References
----------
OGC 21-065r2, Common Query Language (CQL2) 1.0, 2024.
"""

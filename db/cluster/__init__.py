"""The private database server: PostgreSQL with PostGIS, without an administrator.

Read in this order; each file imports only files above it:

- ``locks``       a lock on a file, freed by the kernel when its holder dies
- ``account``     the user that the server runs as; root gives itself up here
- ``home``        the folder LIPTAKO_HOME: what lies in it, what it must be able to do
- ``binaries``    an installed PostgreSQL >= 14 that has PostGIS
- ``apt``         apt with lists and cache of its own, for any user
- ``packages``    else Debian's signed packages, unpacked into a folder (``apt`` fetches them)
- ``choice``      which of the two, in view of the data that is already there
- ``postmaster``  whether a server runs on a data folder, and its end
- ``server``      initdb, settings and start
- ``sessions``    what is asked of a running server: are you ours, have you our database
- ``starting``    from whatever state the folder is in to a server that answers
- ``status``      what there is to know about a cluster
- ``checks``      what ``liptako db doctor`` prints
- ``cluster``     `Cluster`: all of it behind start, stop, status, reset and upgrade
- ``serving``     `serving_database`: DATABASE_URL, else a cluster for as long as we run

Three locks keep simultaneous programs apart, and none of them can go stale: ``start.lock``
is held while a server is started or stopped, ``users.lock`` is shared by all programs that use the
server, and ``server.lock`` is held by the server itself.
"""

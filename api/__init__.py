"""HTTP going out: layers as OGC API - Features, and as pages for people.

In reading order:

``settings``           what an operator may set
``errors``             one table from error to status, and the body of an error
``media``              which representation a request asks for
``links``              absolute addresses, also behind a proxy
``service``            what every request shares: settings, database, what is remembered
``responses``          bytes and their validators, 304 included
``values``             text of a parameter -> value of a field
``params``             query string -> what is asked of a layer
``schemas``            queryables, sortables and schemas of a layer
``licences``           under which licences a layer's rows stand
``collections``        layers as collections
``page_links``         the links of features: other forms, downloads, the next page
``paging``             one page of a layer, read at one state of the data
``representations``    features as GeoJSON, JSON-FG, CSV, FlatGeobuf, or by lines
``recorded``           at which state of the data a request is answered
``selections``, ``differences``
                       which features are compared, and how differences are written
``former_items``       links to what a feature was, and the answer for one that is no more
``streamed``           bodies that are made while they are sent
``file_body``          files as bodies, whole or a range of them
``openapi``            the description of this API
``tilesets``, ``tile_paths``  what is told of vector tiles, and what that description says of them
``html``               pages for people, and how values are written in them
``tables``, ``maps``, ``feature_page``  what those pages show
``change_paths``       what the description says of versions, changes and comparisons
``methods``, ``execution``, ``process_paths``
                       what is told of analyses, and what somebody may ask to be computed
``snapshot_paths``     what that description says of snapshots
``service_pages``, ``collection_routes``, ``items``, ``totals``, ``features``, ``item_versions``,
``feed``, ``comparison``, ``tiles``, ``styles``,
``analyses``, ``processes``, ``jobs``, ``snapshots``, ``exports``, ``health``, ``stylesheet``
                       the resources: each a function from request to response
``error_answers``      errors as answers
``headers``            what every response carries; HEAD and OPTIONS
``proxies``            whom we believe what they say of a client
``journal``, ``log``   the number of a request, and what is kept of it
``metrics``            what is counted of requests, for Prometheus
``attendance``         statements of clients that hang up are called off
``encodings``, ``compression``  bodies as gzip, zstd or br, piece by piece
``app``                all of it, put together: :func:`api.app.create_app`
"""

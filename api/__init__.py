"""HTTP going out: layers as OGC API - Features, and as pages for people.

In reading order:

``settings``    what an operator may set
``errors``      one table from error to status, and the body of an error
``media``       which representation a request asks for
``links``       absolute addresses, also behind a proxy
``service``     what every request shares: settings, database, caches
``responses``   bytes and pages with their validators, 304 included
``params``      query string -> what is asked
``values``      text of a parameter -> value of a field
``schemas``     queryables, sortables and schemas of a layer
``licences``    under which licences a layer's rows stand
``collections`` layers as collections
``paging``      one page of a layer, read at one state of the data
``items``       the pages of features
``features``    one feature
``maps``        small maps, drawn as SVG
``html``        pages for people
``openapi``     the description of this API
``service_pages``  landing page, conformance, API description
``health``      whether it is ready
``headers``     what every response carries; HEAD and OPTIONS
``app``         all of it, put together
"""

"""The abstract tests of OGC API - Features Parts 1 and 2, and the classes of OGC's suite for them.

Names and numbers are those of the abstract test suites of 17-069r4 (Part 1, Annex A) and 18-058r1
(Part 2, Annex A); what is to be shown is told in our own words. OGC's suite is
ets-ogcapi-features10 1.9.
"""

from __future__ import annotations

ABSTRACT_TESTS: dict[str, tuple[str, str]] = {
    "/conf/core/http": ("GeneralHttp", "answers are HTTP/1.1"),
    "/conf/core/root-op": ("LandingPage", "the landing page answers with 200"),
    "/conf/core/root-success": ("LandingPage", "it leads to description, conformance and data"),
    "/conf/core/api-definition-op": ("ApiDefinition", "every link to the description works"),
    "/conf/core/api-definition-success": ("ApiDefinition", "the description is valid OpenAPI 3.0"),
    "/conf/core/conformance-op": ("Conformance", "the declaration answers with 200"),
    "/conf/core/conformance-success": ("Conformance", "it lists the classes that are kept"),
    "/conf/core/crs84": ("FeaturesBBox and others", "without `crs`, coordinates are of CRS84"),
    "/conf/core/fc-md-op": ("FeatureCollections", "the list of collections answers with 200"),
    "/conf/core/fc-md-success": ("FeatureCollections", "it has links and every collection"),
    "/conf/core/fc-md-links": ("FeatureCollections", "`self`, `alternate`, each with its type"),
    "/conf/core/fc-md-items": ("FeatureCollections", "each collection is described in the list"),
    "/conf/core/fc-md-items-links": ("FeatureCollections", "`items` in every representation"),
    "/conf/core/fc-md-extent": ("FeatureCollections", "the extent holds every feature"),
    "/conf/core/fc-md-extent-multi": ("none", "the first box and interval hold every feature"),
    "/conf/core/sfc-md-op": ("FeatureCollection", "every collection answers with 200"),
    "/conf/core/sfc-md-success": ("FeatureCollection", "it is as its entry in the list"),
    "/conf/core/fc-op": ("Features", "features of every collection answer with 200"),
    "/conf/core/fc-bbox-definition": ("FeaturesBBox", "`bbox` is described as the standard asks"),
    "/conf/core/fc-bbox-response": ("FeaturesBBox", "exactly what meets the box or has no place"),
    "/conf/core/fc-limit-definition": ("FeaturesLimit", "`limit` is described so"),
    "/conf/core/fc-limit-response": ("FeaturesLimit", "never more; over the maximum, the maximum"),
    "/conf/core/fc-time-definition": ("FeaturesTime", "`datetime` is described so"),
    "/conf/core/fc-time-response": (
        "FeaturesTime (its requests never run, its assertion is missing)",
        "exactly what meets the interval or has no time",
    ),
    "/conf/core/query-param-invalid": ("FeaturesErrorConditions", "an invalid value is 400"),
    "/conf/core/query-param-unknown": ("FeaturesErrorConditions", "an unknown parameter is 400"),
    "/conf/core/fc-response": ("Features", "a page is a FeatureCollection with its members"),
    "/conf/core/fc-links": ("Features", "`self`, `alternate`, each with its type, on 3 pages"),
    "/conf/core/fc-timeStamp": ("Features", "if there is one, it is true; we have none"),
    "/conf/core/fc-numberMatched": ("Features", "as many features as the walk returns"),
    "/conf/core/fc-numberReturned": ("Features", "as many features as on the page"),
    "/conf/core/f-op": ("Feature", "a feature answers with 200"),
    "/conf/core/f-success": ("Feature", "it is as it is listed"),
    "/conf/core/f-links": ("Feature", "`self`, `alternate`, `collection`, each with its type"),
    "/conf/geojson/definition": ("none", "GeoJSON is described wherever features are"),
    "/conf/geojson/content": ("none", "features are GeoJSON and fit their schema"),
    "/conf/html/definition": ("none", "HTML is described wherever there is a page"),
    "/conf/html/content": ("none", "pages are HTML 5 and have the links of JSON"),
    "/conf/oas30/completeness": ("none", "every answer is described"),
    "/conf/oas30/exceptions-codes": ("none", "every status of a refusal is described"),
    "/conf/oas30/oas-definition-1": ("ApiDefinition", "the description comes as JSON and HTML"),
    "/conf/oas30/oas-definition-2": ("ApiDefinition", "it says that it is OpenAPI 3.0"),
    "/conf/oas30/oas-impl": ("none", "every path that is described is there"),
    "/conf/oas30/security": ("none", "no lock is described, and there is none"),
    "/conf/crs/crs-uri": ("DiscoveryCollection(s)CrsUri", "systems are named by OGC's URIs"),
    "/conf/crs/default-crs": ("DiscoveryCollection(s)DefaultCrs", "CRS84 is the first"),
    "/conf/crs/storageCrs": ("DiscoveryCollection(s)StorageCrs", "the stored one is listed"),
    "/conf/crs/crs-parameter": ("Feature(s)CrsParameter", "`Content-Crs` names what was asked for"),
    "/conf/crs/crs-parameter-default": ("Feature(s)CrsParameterDefault", "else CRS84"),
    "/conf/crs/crs-parameter-invalid": ("Feature(s)CrsParameterInvalid", "others are 400"),
    "/conf/crs/crs-parameter-transform": (
        "Feature(s)CrsParameterTransform (its assertion is missing)",
        "coordinates are those that PROJ gives",
    ),
    "/conf/crs/bbox-crs-parameter": ("BBoxCrsParameter", "a box finds the same in every system"),
    "/conf/crs/bbox-crs-parameter-default": ("BBoxCrsParameterDefault", "CRS84 is the default"),
    "/conf/crs/bbox-crs-parameter-invalid": ("BBoxCrsParameterInvalid", "others are 400"),
}
"""Name -> class of OGC's suite, and what is to be shown."""

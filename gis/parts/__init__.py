"""Analyses over parts of the incidents, on several processes or machines: the same answers.

A method whose answer is exact does not depend on how the incidents are cut: each part knows its own
and whatever lies near enough to matter to them, and what the parts say is put together by rule.

==================  ============================================================================
``engine``          who computes with parts: what such a one must be able to do
``cut``             places into parts of equal size, and who is near a part
``files``           a part as a GeoParquet file
``dask_engine``     parts computed by Dask, in processes here or on a cluster
``borders``         distances to borders
``clusters``        density clusters
``links``           pairs close in space and time
``sums``            sums of ranges by cell of a table
==================  ============================================================================
"""

-- One of :parts parts of what comes in through ingest(): whole chains, so that two sessions hardly share a name.
\ir settings.psql
CALL bench.tell(:part, :parts);

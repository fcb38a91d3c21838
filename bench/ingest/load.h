/*-------------------------------------------------------------------------
 * load.h
 *	  The load generator of bench/ingest; see load.c and corpus.c.
 *-------------------------------------------------------------------------*/
#ifndef BENCH_INGEST_LOAD_H
#define BENCH_INGEST_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A producer's world, made once from a seed: the same seed tells the same. */
typedef struct Corpus
{
	int			njobs;
	int			ndatasets;
	bool		large;			/* 16 kB events instead of 4 kB */
	bool		random_ids;		/* runs have UUIDv4 instead of UUIDv7 */
	int64_t		began_us;		/* of the load, microseconds since 1970 */
	uint64_t	seed;
	struct Template *templates; /* START and COMPLETE of each job */
} Corpus;

/* What differs between two runs of one job. */
typedef struct Told
{
	uint64_t	run;			/* number of the run */
	bool		ends;			/* COMPLETE instead of START */
	bool		churns;			/* its output has a column nobody had before */
	int64_t		began_us;		/* when the run did, microseconds since 1970 */
	int64_t		at_us;			/* event time, likewise */
} Told;

extern void corpus_make(Corpus *corpus);
extern size_t corpus_largest(const Corpus *corpus);
extern size_t corpus_write(const Corpus *corpus, const Told *told, char *body);

#endif

/*
 * generate.c: a lineage graph of any size, the same one for the same seed.
 *
 *   generate nodes JOBS NAMESPACES SEED DIR       jobs and datasets
 *   generate columns EDGES NAMESPACES SEED DIR    columns of datasets
 *
 * Jobs stand in 20 layers.  Each writes one or two datasets and reads mostly what the layer before
 * wrote near its own place (so that paths part and meet again), sometimes a dataset of an earlier
 * layer chosen by Zipf's law (so that there are hubs), and once in a thousand times one of a later
 * layer (so that there are cycles).  Columns do the same between the tables of 20 layers.
 *
 * Writes into DIR, for COPY in text form: namespace, and node and edge, or dataset_field and
 * column_edge; and for whoever reads edges without a database: edges.bin, pairs of int32.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A count of the command line. */
#define NUMBER(text) strtoll(text, NULL, 10)

#define LAYERS 20
#define COLUMNS 12

static uint64_t state;

static uint64_t
draw(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 2685821657736338717ULL;
}

static int64_t
below(int64_t n)
{
	return (int64_t) (draw() % (uint64_t) n);
}

static double
unit(void)
{
	return (draw() >> 11) * (1.0 / 9007199254740992.0);
}

/* A place below n, place i about as often as 1 / (i + 1). */
static int64_t
zipf(int64_t n)
{
	int64_t		place = (int64_t) exp(unit() * log((double) n + 1)) - 1;

	return place >= n ? n - 1 : place;
}

static FILE *
create(const char *dir, const char *name)
{
	char		path[4096];
	FILE	   *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	if (file == NULL)
	{
		perror(path);
		exit(1);
	}
	setvbuf(file, NULL, _IOFBF, 1 << 20);
	return file;
}

static void
finish(FILE *file)
{
	if (ferror(file) || fclose(file) != 0)
	{
		perror("generate");
		exit(1);
	}
}

static void
put_namespaces(const char *dir, int64_t n)
{
	FILE	   *file = create(dir, "namespace");

	for (int64_t i = 1; i <= n; i++)
		fprintf(file, "%lld\tspace_%lld\t2026-01-01Z\t2026-01-01Z\n", (long long) i, (long long) i);
	finish(file);
}

static void
put_pair(FILE *file, int32_t src, int32_t dst)
{
	int32_t		pair[2] = {src, dst};

	fwrite(pair, sizeof(pair), 1, file);
}

/* What one kind of graph is written into. */
typedef struct Files
{
	FILE	   *points;
	FILE	   *edges;
	FILE	   *pairs;
	int64_t		namespaces;
	int32_t    *space;			/* of each id */
	int64_t		nedges;
} Files;

static void
put_edge(Files *files, int32_t src, int32_t dst)
{
	fprintf(files->edges, "%d\t%d\tdata\t%d\t%d\t2026-01-01Z\n", src, dst,
			files->space[src], files->space[dst]);
	put_pair(files->pairs, src, dst);
	files->nedges++;
}

static void
put_node(Files *files, int32_t id, int64_t place, int is_job)
{
	files->space[id] = 1 + (int32_t) (place % files->namespaces);
	fprintf(files->points, "%d\t%s\t%d\t%c%d\n", id, is_job ? "job" : "dataset",
			files->space[id], is_job ? 'j' : 'd', id);
}

/* Datasets of layers so far; first[l] is where layer l begins, 0 are the sources. */
static int32_t
choose_input(const int32_t *datasets, const int64_t *first, int layer, double place)
{
	double		kind = unit();
	int64_t		n = first[layer + 1] - first[layer];

	if (kind < 0.25 || n == 0)
		return datasets[zipf(first[layer + 1])];
	return datasets[first[layer] + ((int64_t) (place * n) + below(9) - 4 + n) % n];
}

/* Neighbours in a layer share a namespace: a pipeline is of one team. */
static int64_t
space_of(int64_t place, int64_t count, int64_t namespaces, int layer)
{
	return place * namespaces / count + layer % 2;
}

static void
make_nodes(int64_t jobs, int64_t namespaces, const char *dir)
{
	Files		files = {create(dir, "node"), create(dir, "edge"), create(dir, "edges.bin"), namespaces,
	calloc((size_t) jobs * 4 + 1000, sizeof(int32_t)), 0};
	int32_t    *datasets = calloc((size_t) jobs * 3 + 1000, sizeof(int32_t));
	int32_t    *waiting = calloc((size_t) jobs / 100 + 1000, sizeof(int32_t));
	int64_t		first[LAYERS + 2] = {0};
	int64_t		per_layer = jobs / LAYERS;
	int64_t		n = 0;
	int64_t		nwaiting = 0;
	int32_t		id = 1;

	for (int64_t i = 0; i < per_layer * 2; i++)
	{
		put_node(&files, id, space_of(i, per_layer * 2, namespaces, 0), 0);
		datasets[n++] = id++;
	}
	first[1] = n;
	for (int layer = 0; layer < LAYERS; layer++)
	{
		int64_t		count = layer == LAYERS - 1 ? jobs - per_layer * (LAYERS - 1) : per_layer;

		for (int64_t i = 0; i < count; i++)
		{
			int64_t		space = space_of(i, count, namespaces, layer);
			int32_t		job = id++;
			int32_t		seen[3] = {0};
			int			ninputs = 1 + (unit() < 0.75) + (unit() < 0.3);
			int			noutputs = 1 + (unit() < 0.05);

			put_node(&files, job, space, 1);
			for (int k = 0; k < ninputs; k++)
			{
				seen[k] = choose_input(datasets, first, layer, (double) i / count);
				if ((k == 0 || seen[k] != seen[0]) && (k < 2 || seen[k] != seen[1]))
					put_edge(&files, seen[k], job);
			}
			if (unit() < 0.003)
				waiting[nwaiting++] = job;
			for (int k = 0; k < noutputs; k++)
			{
				put_node(&files, id, space, 0);
				put_edge(&files, job, id);
				datasets[n++] = id++;
			}
		}
		first[layer + 2 > LAYERS + 1 ? LAYERS + 1 : layer + 2] = n;
	}
	/* Back edges: what a later layer wrote is read by an earlier job. */
	for (int64_t i = 0; i < nwaiting; i++)
	{
		int32_t		dataset = datasets[first[1] + below(n - first[1])];

		if (dataset > waiting[i] + 4)
			put_edge(&files, dataset, waiting[i]);
	}
	printf("%d nodes, %lld edges\n", id - 1, (long long) files.nedges);
	finish(files.points);
	finish(files.edges);
	finish(files.pairs);
	free(files.space);
	free(datasets);
	free(waiting);
}

/* Tables of COLUMNS columns; each column of a table comes from two columns of earlier ones. */
static void
make_columns(int64_t edges, int64_t namespaces, const char *dir)
{
	FILE	   *fields = create(dir, "dataset_field");
	FILE	   *tables = create(dir, "node");
	FILE	   *list = create(dir, "column_edge");
	FILE	   *pairs = create(dir, "edges.bin");
	int64_t		per_layer = edges / (2L * COLUMNS) / (LAYERS - 1);
	int64_t		n = per_layer * LAYERS;
	int64_t		nedges = 0;

	for (int64_t t = 0; t < n; t++)
	{
		int64_t		layer = t / per_layer;
		double		place = (double) (t % per_layer) / per_layer;
		int64_t		space = 1 + space_of(t % per_layer, per_layer, namespaces, (int) layer) % namespaces;

		fprintf(tables, "%lld\tdataset\t%lld\td%lld\n", (long long) t + 1, (long long) space, (long long) t + 1);
		for (int c = 0; c < COLUMNS; c++)
		{
			int32_t		dst = (int32_t) (t * COLUMNS + c + 1);
			int32_t		last = 0;

			fprintf(fields, "%d\t%lld\t%lld\tc%d\n", dst, (long long) t + 1, (long long) space, c);
			for (int k = 0; k < 2 && layer > 0; k++)
			{
				int64_t		from = unit() < 0.2 ? zipf(layer * per_layer) :
					(layer - 1) * per_layer + ((int64_t) (place * per_layer) + below(9) - 4 + per_layer) % per_layer;
				int32_t		src;

				if (unit() < 0.001)
					from = below(n);
				src = (int32_t) (from * COLUMNS + below(COLUMNS) + 1);
				if (src == dst || src == last)
					continue;
				last = src;
				fprintf(list, "%d\t%d\t%lld\t%lld\t%lld\t%lld\tf\t[]\n", src, dst, (long long) t + 1, (long long) t + 1,
						1LL + space_of(from % per_layer, per_layer, namespaces, (int) (from / per_layer)) % namespaces,
						(long long) space);
				put_pair(pairs, src, dst);
				nedges++;
			}
		}
	}
	printf("%lld columns, %lld edges\n", (long long) n * COLUMNS, (long long) nedges);
	finish(fields);
	finish(tables);
	finish(list);
	finish(pairs);
}

int
main(int argc, char **argv)
{
	if (argc != 6)
	{
		fprintf(stderr, "usage: see the head of generate.c\n");
		return 2;
	}
	state = (uint64_t) NUMBER(argv[4]) * 2654435761ULL + 88172645463325252ULL;
	put_namespaces(argv[5], NUMBER(argv[3]));
	if (strcmp(argv[1], "nodes") == 0)
		make_nodes(NUMBER(argv[2]), NUMBER(argv[3]), argv[5]);
	else
		make_columns(NUMBER(argv[2]), NUMBER(argv[3]), argv[5]);
	return 0;
}

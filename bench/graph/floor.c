/*
 * floor.c: the least that a walk can cost: a breadth-first walk over a CSR in memory, nothing else.
 *
 *   floor FILE choose               a hub, a median node and a leaf: "hub median leaf"
 *   floor FILE START up|down DEPTH  counts what is reached (DEPTH 0: all), the start left out
 *
 * FILE holds pairs of int32 (source, target).  The second form prints the count, and the least of some
 * walks in milliseconds of CPU; the graph is built before the clock starts, the marks of the nodes are
 * cleared within it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct Graph
{
	int32_t		n;				/* ids are below */
	int32_t    *first;
	int32_t    *other;
} Graph;

static int32_t *pairs;
static int64_t npairs;

static void
read_pairs(const char *path)
{
	FILE	   *file = fopen(path, "rb");

	if (file == NULL || fseek(file, 0, SEEK_END) != 0)
	{
		perror(path);
		exit(1);
	}
	npairs = ftell(file) / 8;
	rewind(file);
	pairs = malloc((size_t) npairs * 8 + 8);
	if (pairs == NULL || fread(pairs, 8, (size_t) npairs, file) != (size_t) npairs)
	{
		perror(path);
		exit(1);
	}
	fclose(file);
}

static Graph
build(int up)
{
	Graph		graph = {0, NULL, NULL};

	for (int64_t i = 0; i < 2 * npairs; i++)
		if (pairs[i] >= graph.n)
			graph.n = pairs[i] + 1;
	graph.first = calloc((size_t) graph.n + 2, sizeof(int32_t));
	graph.other = malloc((size_t) npairs * sizeof(int32_t) + 4);
	for (int64_t i = 0; i < npairs; i++)
		graph.first[pairs[2 * i + up] + 2]++;
	for (int32_t i = 2; i <= graph.n + 1; i++)
		graph.first[i] += graph.first[i - 1];
	for (int64_t i = 0; i < npairs; i++)
		graph.other[graph.first[pairs[2 * i + up] + 1]++] = pairs[2 * i + !up];
	return graph;
}

static int64_t
walk(const Graph *graph, int32_t start, int64_t depth, uint64_t *seen, int32_t *queue)
{
	int64_t		head = 0;
	int64_t		tail = 1;
	int64_t		level_end = 1;
	int64_t		level = 0;

	memset(seen, 0, ((size_t) graph->n / 64 + 1) * 8);
	queue[0] = start;
	seen[start / 64] |= 1ULL << (start % 64);
	while (head < tail)
	{
		int32_t		node;

		if (head == level_end)
		{
			level++;
			level_end = tail;
		}
		if (depth > 0 && level >= depth)
			break;
		node = queue[head++];
		for (int32_t i = graph->first[node]; i < graph->first[node + 1]; i++)
		{
			int32_t		next = graph->other[i];
			uint64_t	bit = 1ULL << (next % 64);

			if (seen[next / 64] & bit)
				continue;
			seen[next / 64] |= bit;
			queue[tail++] = next;
		}
	}
	return tail - 1;
}

static double
cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

typedef struct Sample
{
	int32_t		node;
	int64_t		reached;
} Sample;

static int
compare_samples(const void *a, const void *b)
{
	int64_t		left = ((const Sample *) a)->reached;
	int64_t		right = ((const Sample *) b)->reached;

	return (left > right) - (left < right);
}

/* Of nodes all over the graph that reach anything, the one in the middle. */
static int32_t
median(const Graph *graph, int64_t depth, int only_ends, const Graph *back, uint64_t *seen, int32_t *queue)
{
	Sample		samples[400];
	int			n = 0;
	int32_t		step = graph->n / 399 + 1;

	for (int32_t i = 1; i < graph->n && n < 400; i += step)
	{
		int32_t		node = i;

		while (only_ends && node < graph->n - 1 && back->first[node + 1] > back->first[node])
			node++;
		samples[n].node = node;
		samples[n].reached = walk(graph, node, depth, seen, queue);
		if (samples[n].reached > 1)
			n++;
	}
	qsort(samples, (size_t) n, sizeof(Sample), compare_samples);
	return n == 0 ? 1 : samples[n / 2].node;
}

int
main(int argc, char **argv)
{
	Graph		down;
	Graph		up;
	uint64_t   *seen;
	int32_t    *queue;
	int32_t		hub = 1;

	if (argc != 3 && argc != 5)
	{
		fprintf(stderr, "usage: see the head of floor.c\n");
		return 2;
	}
	read_pairs(argv[1]);
	down = build(0);
	up = build(1);
	seen = malloc(((size_t) down.n / 64 + 1) * 8);
	queue = malloc(((size_t) down.n + 1) * sizeof(int32_t));
	if (argc == 3)
	{
		for (int32_t i = 1; i < down.n; i++)
			if (down.first[i + 1] - down.first[i] > down.first[hub + 1] - down.first[hub])
				hub = i;
		printf("%d %d %d\n", hub, median(&down, 10, 0, NULL, seen, queue), median(&up, 0, 1, &down, seen, queue));
	}
	else
	{
		double		least = 1e99;
		int64_t		reached = 0;
		double		began = cpu_ms();

		for (int i = 0; i < 1000 && (i < 3 || cpu_ms() - began < 500); i++)
		{
			double		before = cpu_ms();

			reached = walk(argv[3][0] == 'u' ? &up : &down, (int) strtol(argv[2], NULL, 10), strtoll(argv[4], NULL, 10), seen, queue);
			if (cpu_ms() - before < least)
				least = cpu_ms() - before;
		}
		printf("%lld %.4f\n", (long long) reached, least);
	}
	free(seen);
	free(queue);
	free(down.first);
	free(down.other);
	free(up.first);
	free(up.other);
	free(pairs);
	return 0;
}

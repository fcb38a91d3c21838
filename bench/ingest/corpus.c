/*-------------------------------------------------------------------------
 * corpus.c
 *	  Events as a scheduler with Spark jobs sends them.
 *
 * Each job has one text for START and one for COMPLETE, written out once;
 * what differs from run to run lies at fixed places in it and is patched.
 * Ten jobs are one workflow: their runs of one round have one parent run.
 * Names, columns and SQL are of words drawn at random, since lz4 makes next
 * to nothing of texts that repeat themselves.
 *
 * Text never exceeds the buffer of its template: put() stops the program
 * before it would.
 *-------------------------------------------------------------------------*/
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "load.h"

#define INPUTS 3
#define COLUMNS 20
#define JOBS_OF_WORKFLOW 10
#define TEMPLATE_SIZE 40000
#define PRODUCER "https://github.com/OpenLineage/OpenLineage/tree/1.40.0/integration/spark"
#define SPEC "https://openlineage.io/spec/facets/"
#define UUID_LENGTH 36
#define TIME_LENGTH 27			/* 2026-01-02T03:04:05.000006Z */
#define FRESH_LENGTH 14			/* of the column that churns */

typedef struct Template
{
	char	   *text;
	size_t		len;
	size_t		time;			/* where the parts lie that are patched */
	size_t		run;
	size_t		parent;
	size_t		fresh;
} Template;

static const char *const words[] = {
	"account", "address", "amount", "approval", "asset", "balance", "batch", "branch", "budget", "campaign",
	"carrier", "category", "channel", "charge", "churn", "claim", "client", "cohort", "contract", "country",
	"coupon", "credit", "currency", "customer", "cycle", "daily", "debit", "default", "delivery", "demand",
	"deposit", "device", "discount", "district", "dwell", "email", "engine", "event", "exposure", "factor",
	"feature", "forecast", "fraud", "freight", "gateway", "gross", "holding", "hourly", "household", "impression",
	"income", "index", "insurer", "invoice", "journey", "kpi", "label", "ledger", "limit", "loan",
	"location", "loyalty", "margin", "market", "merchant", "meter", "model", "monthly", "mortgage", "net",
	"network", "notice", "offer", "office", "opening", "order", "origin", "outlet", "owner", "package",
	"partner", "payment", "payroll", "penalty", "period", "phone", "plan", "policy", "portfolio", "premium",
	"price", "product", "profile", "promo", "quality", "quantity", "quota", "ratio", "reading", "rebate",
	"receipt", "refund", "region", "renewal", "request", "reserve", "retail", "return", "revenue", "review",
	"risk", "route", "salary", "sample", "score", "season", "segment", "session", "shipment", "signal",
	"sku", "source", "stock", "store", "supplier", "survey", "target", "tariff", "tax", "tenant",
	"ticket", "tier", "transfer", "treasury", "trip", "usage", "vendor", "visit", "volume", "voucher",
	"wallet", "warehouse", "warranty", "weekly", "weight", "yield", "zone"
};

static const char *const suffixes[] = {
	"id", "name", "date", "amount", "type", "status", "code", "total", "count", "rate", "currency", "created_at", "updated_at"
};

static const char *const types[] = {
	"string", "bigint", "int", "double", "decimal(18,2)", "timestamp", "date", "boolean", "array<string>"
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A number from numbers, evenly spread: splitmix64. */
static uint64_t
mix(uint64_t a, uint64_t b)
{
	uint64_t	z = a + (b + 1) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void put(Template *t, const char *format,...) __attribute__((format(printf, 2, 3)));

static void
put(Template *t, const char *format,...)
{
	va_list		args;
	int			n;

	va_start(args, format);
	n = vsnprintf(t->text + t->len, TEMPLATE_SIZE - t->len, format, args);
	va_end(args);
	if (n < 0 || (size_t) n >= TEMPLATE_SIZE - t->len)
	{
		fprintf(stderr, "load: an event does not fit its buffer\n");
		exit(2);
	}
	t->len += (size_t) n;
}

/* A place to be patched; returns where it is. */
static size_t
put_place(Template *t, int width)
{
	size_t		at = t->len;

	put(t, "%0*d", width, 0);
	return at;
}

static const char *
word(uint64_t key, uint64_t n)
{
	return words[mix(key, n) % COUNT(words)];
}

static void
put_words(Template *t, uint64_t key, int n, const char *between)
{
	for (int i = 0; i < n; i++)
		put(t, "%s%s", i == 0 ? "" : between, word(key, (uint64_t) i));
}

/* Columns are those of the dataset, whoever tells them; it has three themes of seven. */
static void
put_column(Template *t, const Corpus *c, int dataset, int column)
{
	uint64_t	key = mix(c->seed + 1, (uint64_t) dataset);

	put(t, "%s_%s", word(key, (uint64_t) column % 3), suffixes[(key + (uint64_t) column / 3) % COUNT(suffixes)]);
}

/* Small and large events tell of worlds of their own. */
static void
put_lake(Template *t, const Corpus *c, int dataset)
{
	put(t, "s3://%s-%s-%d", c->large ? "sea" : "lake", words[dataset % 12], dataset % 12);
}

static void
put_dataset_name(Template *t, const Corpus *c, int dataset)
{
	uint64_t	key = mix(c->seed + 2, (uint64_t) dataset);

	put(t, "\"namespace\":\"");
	put_lake(t, c, dataset);
	put(t, "\",\"name\":\"");
	put_words(t, key, 2, "/");
	put(t, "_%d\"", dataset);
}

static void
put_facet(Template *t, const char *name, const char *schema)
{
	put(t, "\"%s\":{\"_producer\":\"" PRODUCER "\",\"_schemaURL\":\"" SPEC "%s\"", name, schema);
}

/* The fresh column, when wanted, stands last. */
static void
put_schema(Template *t, const Corpus *c, int dataset, bool output)
{
	put_facet(t, "schema", "1-2-0/SchemaDatasetFacet.json");
	put(t, ",\"fields\":[");
	for (int i = 0; i < COLUMNS; i++)
	{
		uint64_t	key = mix(c->seed + 3, (uint64_t) dataset * COLUMNS + (uint64_t) i);

		put(t, "%s{\"name\":\"", i == 0 ? "" : ",");
		if (output && i == COLUMNS - 1)
			t->fresh = put_place(t, FRESH_LENGTH);
		else
			put_column(t, c, dataset, i);
		put(t, "\",\"type\":\"%s\"", types[key % COUNT(types)]);
		if (c->large)
		{
			put(t, ",\"description\":\"");
			put_words(t, key, 2 + i % 2, " ");
			put(t, "\"");
		}
		put(t, "}");
	}
	put(t, "]}");
}

static void
put_data_source(Template *t, const Corpus *c, int dataset)
{
	put_facet(t, "dataSource", "1-0-1/DatasourceDatasetFacet.json");
	put(t, ",\"name\":\"");
	put_lake(t, c, dataset);
	put(t, "\",\"uri\":\"");
	put_lake(t, c, dataset);
	put(t, "\"}");
}

static void
put_column_lineage(Template *t, const Corpus *c, const int *inputs, int output)
{
	int			n = c->large ? 17 : 1 + output % 2;

	put_facet(t, "columnLineage", "1-2-0/ColumnLineageDatasetFacet.json");
	put(t, ",\"fields\":{");
	for (int i = 0; i < n; i++)
	{
		put(t, "%s\"", i == 0 ? "" : ",");
		put_column(t, c, output, i);
		put(t, "\":{\"inputFields\":[");
		for (int j = 0; j < (c->large ? 2 : 1); j++)
		{
			put(t, "%s{", j == 0 ? "" : ",");
			put_dataset_name(t, c, inputs[(i + j) % INPUTS]);
			put(t, ",\"field\":\"");
			put_column(t, c, inputs[(i + j) % INPUTS], i);
			put(t, "\",\"transformations\":[{\"type\":\"DIRECT\",\"subtype\":\"%s\"}]}",
				(i + j) % 3 == 0 ? "AGGREGATION" : (i + j) % 3 == 1 ? "TRANSFORMATION" : "IDENTITY");
		}
		put(t, "]}");
	}
	put(t, "}}");
}

static void
put_sql(Template *t, const Corpus *c, int job, const int *inputs, int output)
{
	int			n = c->large ? 17 : 2 + job % 4;

	put_facet(t, "sql", "1-1-0/SQLJobFacet.json");
	put(t, ",\"query\":\"INSERT OVERWRITE TABLE out_%d SELECT ", output);
	for (int i = 0; i < n; i++)
	{
		put(t, "%c.", 'a' + i % INPUTS);
		put_column(t, c, inputs[i % INPUTS], i);
		put(t, " AS ");
		put_column(t, c, output, i);
		put(t, i + 1 < n ? ", " : " ");
	}
	put(t, "FROM in_%d a JOIN in_%d b ON a.id = b.id JOIN in_%d c ON b.id = c.id WHERE a.dt >= '%d'\"}",
		inputs[0], inputs[1], inputs[2], 20250101 + job % 28);
}

static const char *
scheduler(const Corpus *c)
{
	return c->large ? "airflow-large" : "airflow-prod";
}

static void
put_job_name(Template *t, const Corpus *c, int job)
{
	put(t, "workflow_%d.", job / JOBS_OF_WORKFLOW);
	put_words(t, mix(c->seed + 4, (uint64_t) job), 2, "_");
	put(t, "_%d", job);
}

static void
put_run_and_job(Template *t, const Corpus *c, int job, const int *inputs, int output)
{
	put(t, "\"run\":{\"runId\":\"");
	t->run = put_place(t, UUID_LENGTH);
	put(t, "\",\"facets\":{");
	put_facet(t, "parent", "1-1-0/ParentRunFacet.json");
	put(t, ",\"run\":{\"runId\":\"");
	t->parent = put_place(t, UUID_LENGTH);
	put(t, "\"},\"job\":{\"namespace\":\"%s\",\"name\":\"workflow_%d\"}}}},",
		scheduler(c), job / JOBS_OF_WORKFLOW);
	put(t, "\"job\":{\"namespace\":\"%s\",\"name\":\"", scheduler(c));
	put_job_name(t, c, job);
	put(t, "\",\"facets\":{");
	put_sql(t, c, job, inputs, output);
	put(t, ",");
	put_facet(t, "jobType", "2-0-3/JobTypeJobFacet.json");
	put(t, ",\"processingType\":\"BATCH\",\"integration\":\"SPARK\",\"jobType\":\"SQL_JOB\"}}},");
}

static void
make_template(const Corpus *c, int job, bool ends, Template *t)
{
	int			inputs[INPUTS];
	int			output = job % c->ndatasets;

	t->text = malloc(TEMPLATE_SIZE);
	if (t->text == NULL)
		exit(2);
	t->len = 0;
	for (int i = 0; i < INPUTS; i++)
		inputs[i] = (int) ((mix(c->seed + 5, (uint64_t) job) + (uint64_t) (i * 37)) % (uint64_t) c->ndatasets);
	put(t, "{\"eventTime\":\"");
	t->time = put_place(t, TIME_LENGTH);
	put(t, "\",\"eventType\":\"%s\",\"producer\":\"" PRODUCER "\","
		"\"schemaURL\":\"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent\",",
		ends ? "COMPLETE" : "START");
	put_run_and_job(t, c, job, inputs, output);
	put(t, "\"inputs\":[");
	for (int i = 0; i < INPUTS; i++)
	{
		put(t, "%s{", i == 0 ? "" : ",");
		put_dataset_name(t, c, inputs[i]);
		put(t, ",\"facets\":{");
		put_data_source(t, c, inputs[i]);
		if (c->large)
		{
			put(t, ",");
			put_schema(t, c, inputs[i], false);
		}
		put(t, "}}");
	}
	put(t, "],\"outputs\":[{");
	put_dataset_name(t, c, output);
	put(t, ",\"facets\":{");
	put_data_source(t, c, output);
	put(t, ",");
	put_schema(t, c, output, true);
	put(t, ",");
	put_column_lineage(t, c, inputs, output);
	put(t, "}}]}");
	t->text = realloc(t->text, t->len + 1);
}

void
corpus_make(Corpus *corpus)
{
	corpus->templates = calloc((size_t) corpus->njobs * 2, sizeof(Template));
	if (corpus->templates == NULL)
		exit(2);
	for (int i = 0; i < 2 * corpus->njobs; i++)
		make_template(corpus, i / 2, i % 2 == 1, &corpus->templates[i]);
}

/* Bytes that any event needs. */
size_t
corpus_largest(const Corpus *corpus)
{
	size_t		largest = 0;

	for (int i = 0; i < 2 * corpus->njobs; i++)
		if (corpus->templates[i].len > largest)
			largest = corpus->templates[i].len;
	return largest;
}

/* Patches lie inside the text, so snprintf()'s zero byte is kept off. */
static void
patch(char *at, size_t width, const char *format,...) __attribute__((format(printf, 3, 4)));

static void
patch(char *at, size_t width, const char *format,...)
{
	char		text[64];
	va_list		args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	memcpy(at, text, width);
}

/* The id of a run: a UUIDv7 of when it began, as the clients of OpenLineage make them since 1.15. */
static void
patch_id(const Corpus *corpus, char *at, int64_t began_us, uint64_t a, uint64_t b)
{
	uint64_t	high = mix(a, b);
	uint64_t	low = mix(b, a ^ UINT64_C(0x5555));
	int			version = 4;

	if (!corpus->random_ids)
	{
		high = (uint64_t) (began_us / 1000) << 16 | (high & 0xffff);
		version = 7;
	}
	patch(at, UUID_LENGTH, "%08x-%04x-%d%03x-8%03x-%012llx", (unsigned) (high >> 32),
		  (unsigned) (high >> 16) & 0xffff, version, (unsigned) high & 0xfff, (unsigned) (low >> 48) & 0xfff,
		  (unsigned long long) low & UINT64_C(0xffffffffffff));
}

static void
patch_time(char *at, int64_t at_us)
{
	time_t		seconds = at_us / 1000000;
	struct tm	tm;

	gmtime_r(&seconds, &tm);
	patch(at, TIME_LENGTH, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", tm.tm_year + 1900, tm.tm_mon + 1,
		  tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int) (at_us % 1000000));
}

/* Writes one event; returns its length. */
size_t
corpus_write(const Corpus *corpus, const Told *told, char *body)
{
	uint64_t	job = told->run % (uint64_t) corpus->njobs;
	uint64_t	round = told->run / (uint64_t) corpus->njobs;
	const Template *t = &corpus->templates[2 * job + (told->ends ? 1 : 0)];

	memcpy(body, t->text, t->len);
	patch_time(body + t->time, told->at_us);
	patch_id(corpus, body + t->run, told->began_us, corpus->seed + 6, told->run);
	/* A workflow has one run in each round, whose time all of its jobs have to agree on. */
	patch_id(corpus, body + t->parent, corpus->began_us + (int64_t) round * 1000, corpus->seed + 7 + round,
			 job / JOBS_OF_WORKFLOW);
	patch(body + t->fresh, FRESH_LENGTH, "c_%012llx",
		  told->churns ? (unsigned long long) told->run + 1 : 0);
	return t->len;
}

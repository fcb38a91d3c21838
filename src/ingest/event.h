/*-------------------------------------------------------------------------
 * event.h
 *	  What one event says, read out of its text; see parse.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_INGEST_EVENT_H
#define OL_INGEST_EVENT_H

#include "base/hash.h"
#include "base/json.h"
#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

typedef enum OlEventKind
{
	OL_EVENT_RUN,
	OL_EVENT_JOB,
	OL_EVENT_DATASET
} OlEventKind;

typedef enum OlNodeKind
{
	OL_NODE_DATASET,
	OL_NODE_JOB,
	OL_NODE_STEP				/* of the event's job, towards a target */
} OlNodeKind;

typedef enum OlEdgeKind
{
	OL_EDGE_DATA,
	OL_EDGE_DERIVES,
	OL_EDGE_CONTROL
} OlEdgeKind;

typedef enum OlIo
{
	OL_IO_NONE,					/* the dataset of a DatasetEvent */
	OL_IO_INPUT,
	OL_IO_OUTPUT
} OlIo;

/* Why an event cannot be taken. */
typedef struct OlFault
{
	int			sqlstate;
	char	   *message;
	char	   *detail;
} OlFault;

/* Something odd about an event that is taken all the same. */
typedef struct OlIssue
{
	const char *code;
	char	   *path;			/* JSON pointer */
	char	   *message;
} OlIssue;

struct OlName;

/* A mention of a job or dataset by name. */
typedef struct OlRef
{
	char	   *space;			/* namespace */
	char	   *name;
	struct OlName *id;			/* set by names.c */
} OlRef;

typedef struct OlFacet
{
	char	   *name;
	uint32		value;			/* in the event's json */
	const char *body;			/* cleaned text, not terminated */
	uint32		len;
	OlHash		hash;
	bool		deleted;
} OlFacet;

typedef struct OlFacets
{
	OlFacet    *items;			/* by name, each name once */
	int			n;
} OlFacets;

struct OlEvent;

/* A column of a schema facet; nested ones follow their parent. */
typedef struct OlField
{
	char	   *path;
	char	   *type;
	char	   *description;
} OlField;

/* The columns of a dataset; but for hash and path, after ol_schema_load(). */
typedef struct OlSchema
{
	struct OlEvent *event;
	uint32		list;			/* in the event's json */
	bool		is_loaded;
	OlField    *fields;
	int			n;
	int			capacity;
	char	   *path;			/* JSON pointer to the list of columns */
	uint64		path_bytes;		/* bounds what nested names may add up to */
	char	   *json;			/* as kept in dataset_schema.fields */
	OlHash		hash;			/* of json */
} OlSchema;

/* A dataset as one event mentions it. */
typedef struct OlDataset
{
	OlRef		ref;
	OlIo		io;
	char	   *path;			/* JSON pointer to it */
	OlFacets	facets;
	OlFacets	io_facets;		/* inputFacets or outputFacets */
	OlSchema   *schema;			/* NULL when the event tells no columns */
	char	   *source;			/* dataSource.name */
	char	   *source_uri;
	char	   *lifecycle;
	char	   *version;		/* version.datasetVersion */
	bool		has_content;	/* a command told content beyond facets */
	char	   *physical_name;	/* of a command */
	char	   *schema_location;	/* of a command */
	List	   *symlinks;		/* OlRef of other names */
	OlRef	   *former;			/* RENAME: the name it had */
} OlDataset;

/* One end of a link. */
typedef struct OlEnd
{
	OlNodeKind	kind;
	OlRef		ref;			/* of a step: its target */
	OlNodeKind	target_kind;	/* of a step */
	int			step_id;		/* of a step, set by edge.c */
} OlEnd;

/* An edge between nodes as one event states it. */
typedef struct OlLink
{
	OlEdgeKind	kind;
	OlEnd		src;
	OlEnd		dst;
} OlLink;

/* An edge between columns as one event states it. */
typedef struct OlColumnLink
{
	OlRef		src;
	char	   *src_field;
	OlRef		dst;
	char	   *dst_field;		/* empty: every column */
	char	   *transformations;	/* JSON array */
	struct OlColumnSource *source;	/* NULL: from a lineage facet */
} OlColumnLink;

/* A columnLineage facet: whose columns it explains; deleted, by no links. */
typedef struct OlColumnSource
{
	OlRef		dst;
	OlHash		hash;
	char	   *path;			/* JSON pointer to the facet */
	bool		applies;		/* set by column_source.c: its links are to be
								 * stored */
} OlColumnSource;

/* What a command says of the code that a new run is to run. */
typedef struct OlCode
{
	bool		given;
	char	   *location;
	bool		has_hash;
	OlHash		hash;
} OlCode;

/* Another run that the event names as parent or root. */
typedef struct OlRunRef
{
	bool		given;
	pg_uuid_t	run_id;
	char	   *external_id;	/* when runId is no UUID */
	OlRef		job;
} OlRunRef;

typedef struct OlEvent
{
	const char *body;
	uint32		len;
	OlHash		hash;			/* of body */
	OlJson		json;
	OlFault		fault;			/* sqlstate 0: none */
	List	   *issues;			/* OlIssue */

	bool		is_command;		/* written by the API, not by a producer */
	bool		is_new;			/* was not stored; by event_row.c */
	bool		has_set;		/* a set has its datasets; by event_row.c */
	OlEventKind kind;
	char	   *type;			/* eventType in upper case, or NULL */
	TimestampTz time;
	OlRef		job;			/* its dataset for a DatasetEvent */
	OlFacets	job_facets;
	pg_uuid_t	run_id;			/* of a RunEvent */
	char	   *external_id;	/* when runId is no UUID */
	OlFacets	run_facets;
	OlCode		code;			/* of a command */
	OlRunRef	parent;
	OlRunRef	root;
	OlDataset  *datasets;
	int			ndatasets;
	bool		lists_datasets; /* has inputs or outputs; of a command, also
								 * empty */
	bool		replaces;		/* its links replace those before it */
	uint64		copied;			/* bytes of column texts written out
								 * repeatedly */
	List	   *links;			/* OlLink */
	List	   *column_links;	/* OlColumnLink */
	List	   *column_sources; /* OlColumnSource */
} OlEvent;

/*
 * Reads a text; false with event->fault set when it cannot be taken.  Members
 * that only commands have are read of commands alone.
 */
extern bool ol_event_parse(OlEvent *event, const char *body, uint32 len,
						   bool is_command);

/* By time and hash, the order in which events count. */
extern int	ol_event_compare(const OlEvent *a, const OlEvent *b);
extern int	ol_event_compare_stamp(const OlEvent *event, TimestampTz time,
								   const OlHash *hash);

/* Parts of it, for parse.c's own files. */
extern char *ol_path(const char *parent, const char *member);
extern void ol_event_issue(OlEvent *event, const char *code, char *path,
						   const char *format,...) pg_attribute_printf(4, 5);
extern bool ol_event_fault(OlEvent *event, int sqlstate,
						   const char *format,...) pg_attribute_printf(3, 4);
extern bool ol_facets_parse(OlEvent *event, OlFacets *facets, uint32 object,
							const char *path, bool may_delete);
extern void ol_facets_rename(OlFacets *facets, const char *old,
							 const char *new);
extern const OlFacet *ol_facet_told(const OlFacets *facets, const char *name);
extern const OlFacet *ol_facet_find(const OlFacets *facets, const char *name);
extern uint32 ol_facet_value(const OlFacets *facets, const char *name);
extern bool ol_event_code(OlEvent *event, OlHash *code, char **location);
extern OlSchema *ol_schema_parse(OlEvent *event, uint32 facet, char *path,
								 const OlHash *content);
extern void ol_schema_load(OlSchema *schema);
extern bool ol_ref_parse(OlEvent *event, uint32 object, const char *path,
						 OlRef *ref);
extern void ol_links_parse(OlEvent *event);

#endif

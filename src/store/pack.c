/*-------------------------------------------------------------------------
 * pack.c
 *	  Bodies of events as event_store keeps them.
 *
 * The events of a job nearly repeat each other, so a body is an LZ4 block that
 * was made with an earlier text of the same job, its template, before it: what
 * both have is a reference.  Without a template it is a plain block, or the
 * bytes themselves where a block would not be smaller.
 *
 * Before them stand the form, the length of the body and its checksum, so that
 * damage and a template that is not the right one are told from a body.
 * Nothing here trusts what it unpacks: event_body() may be called by anybody
 * with any bytes.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <lz4.h>

#include "base/compat.h"
#include "mb/pg_wchar.h"
#include "port/pg_bswap.h"
#include "port/pg_crc32c.h"
#include "store/pack.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(ol_event_pack);
PG_FUNCTION_INFO_V1(ol_event_body);
PG_FUNCTION_INFO_V1(ol_event_bytes);

typedef enum Form
{
	FORM_RAW = 1,
	FORM_LZ4 = 2,
	FORM_LZ4_TEMPLATE = 3
} Form;

/* Before the bytes; both numbers in network order. */
typedef struct Head
{
	uint8		form;
	uint8		length[4];		/* of the body */
	uint8		checksum[4];	/* CRC-32C of the body */
} Head;

/* What LZ4 makes of a byte at most. */
#define LZ4_MOST_PER_BYTE 255

static uint32
checksum_of(const char *body, uint32 len)
{
	pg_crc32c	crc;

	INIT_CRC32C(crc);
	COMP_CRC32C(crc, body, len);
	FIN_CRC32C(crc);
	return crc;
}

static void
write_number(uint8 *at, uint32 number)
{
	uint32		ordered = pg_hton32(number);

	memcpy(at, &ordered, sizeof(ordered));
}

static uint32
read_number(const uint8 *at)
{
	uint32		ordered;

	memcpy(&ordered, at, sizeof(ordered));
	return pg_ntoh32(ordered);
}

/* template NULL: without one.  Allocated in the caller's context. */
bytea *
ol_pack(const char *body, uint32 len, const char *template,
		uint32 template_len)
{
	static LZ4_stream_t stream; /* 16 kB; of no use between two calls */
	bytea	   *packed = palloc(VARHDRSZ + sizeof(Head) + len);
	char	   *bytes = VARDATA(packed) + sizeof(Head);
	Head		head;
	int			n;

	/* also begins anew, whatever the last call left */
	LZ4_loadDict(&stream, template, template == NULL ? 0 : (int) template_len);
	n = LZ4_compress_fast_continue(&stream, body, bytes, (int) len, (int) len,
								   1);
	head.form = template == NULL ? FORM_LZ4 : FORM_LZ4_TEMPLATE;
	if (n <= 0 || n >= (int) len)
	{
		head.form = FORM_RAW;
		memcpy(bytes, body, len);
		n = (int) len;
	}
	write_number(head.length, len);
	write_number(head.checksum, checksum_of(body, len));
	memcpy(VARDATA(packed), &head, sizeof(Head));
	SET_VARSIZE(packed, VARHDRSZ + sizeof(Head) + n);
	return packed;
}

/* Whether a body may be so long, before memory is asked for. */
static bool
may_be_so_long(uint32 length, Size nbytes, bool is_raw)
{
	if (is_raw)
		return length == nbytes;
	return length <= MaxAllocSize - VARHDRSZ &&
		length / LZ4_MOST_PER_BYTE <= nbytes;
}

/* Whether the bytes are a block of so long a body; template NULL: without. */
static bool
decompress(const char *bytes, Size nbytes, char *body, uint32 length,
		   const char *template, uint32 template_len)
{
	int			n;

	if (template == NULL)
		n = LZ4_decompress_safe(bytes, body, (int) nbytes, (int) length);
	else
		n = LZ4_decompress_safe_usingDict(bytes, body, (int) nbytes,
										  (int) length, template,
										  (int) template_len);
	return n >= 0 && (uint32) n == length;
}

/*
 * The body, with a long header, in the caller's context; NULL with *damage set
 * when it cannot be had.  template is not looked at where none was used.
 */
text *
ol_unpack(const bytea *packed, const char *template, uint32 template_len,
		  const char **damage)
{
	Head		head;
	const char *bytes = VARDATA_ANY(packed) + sizeof(Head);
	Size		nbytes = VARSIZE_ANY_EXHDR(packed) - sizeof(Head);
	uint32		length;
	text	   *body;

	*damage = NULL;
	if (VARSIZE_ANY_EXHDR(packed) < sizeof(Head))
	{
		*damage = "It is shorter than its head.";
		return NULL;
	}
	memcpy(&head, VARDATA_ANY(packed), sizeof(Head));
	length = read_number(head.length);
	if (head.form < FORM_RAW || head.form > FORM_LZ4_TEMPLATE)
		*damage = "Its form is unknown.";
	else if (head.form == FORM_LZ4_TEMPLATE && template == NULL)
		*damage = "Its template is missing.";
	else if (!may_be_so_long(length, nbytes, head.form == FORM_RAW))
		*damage = "Its length is not that of its bytes.";
	if (*damage != NULL)
		return NULL;

	body = palloc(VARHDRSZ + (Size) length);
	SET_VARSIZE(body, VARHDRSZ + length);
	if (head.form == FORM_RAW)
		memcpy(VARDATA(body), bytes, nbytes);
	else if (!decompress(bytes, nbytes, VARDATA(body), length,
						 head.form == FORM_LZ4 ? NULL : template, template_len))
		*damage = "It cannot be decompressed.";
	if (*damage == NULL &&
		checksum_of(VARDATA(body), length) != read_number(head.checksum))
		*damage = "Its checksum is wrong.";
	if (*damage == NULL && !pg_verifymbstr(VARDATA(body), (int) length, true))
		*damage = "It is no text.";
	if (*damage == NULL)
		return body;
	pfree(body);
	return NULL;
}

bool
ol_pack_uses_template(const bytea *packed)
{
	return VARSIZE_ANY_EXHDR(packed) >= sizeof(Head) &&
		((const Head *) VARDATA_ANY(packed))->form == FORM_LZ4_TEMPLATE;
}

static text *
unpack_or_fail(const bytea *packed, const char *template, uint32 template_len)
{
	const char *damage;
	text	   *body = ol_unpack(packed, template, template_len, &damage);

	if (body == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the stored body of an event is damaged"),
				 errdetail("%s", damage)));
	return body;
}

/* The text of a template, which is packed without one; NULL: there is none. */
static text *
template_text(FunctionCallInfo fcinfo, int argument)
{
	text	   *template;

	if (PG_ARGISNULL(argument))
		return NULL;
	template = unpack_or_fail(PG_GETARG_BYTEA_PP(argument), NULL, 0);
	if (VARSIZE_ANY_EXHDR(template) > OL_TEMPLATE_MAX_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the template of an event is longer than %d bytes",
						OL_TEMPLATE_MAX_BYTES)));
	return template;
}

Datum
ol_event_pack(PG_FUNCTION_ARGS)
{
	text	   *body;
	text	   *template;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	body = PG_GETARG_TEXT_PP(0);
	template = template_text(fcinfo, 1);
	PG_RETURN_BYTEA_P(ol_pack(VARDATA_ANY(body), VARSIZE_ANY_EXHDR(body),
							  template == NULL ? NULL : VARDATA(template),
							  template == NULL ? 0 : VARSIZE_ANY_EXHDR(template)));
}

Datum
ol_event_body(PG_FUNCTION_ARGS)
{
	bytea	   *packed;
	text	   *template = NULL;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	packed = PG_GETARG_BYTEA_PP(0);
	if (ol_pack_uses_template(packed))
		template = template_text(fcinfo, 1);
	PG_RETURN_TEXT_P(unpack_or_fail(packed,
									template == NULL ? NULL : VARDATA(template),
									template == NULL ? 0 : VARSIZE_ANY_EXHDR(template)));
}

/* Reads the first bytes alone of one that is out of line. */
Datum
ol_event_bytes(PG_FUNCTION_ARGS)
{
	bytea	   *start = PG_GETARG_BYTEA_P_SLICE(0, 0, sizeof(Head));

	if (VARSIZE(start) - VARHDRSZ < sizeof(Head))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the stored body of an event is damaged")));
	PG_RETURN_INT32((int32) read_number(((Head *) VARDATA(start))->length));
}

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

static void report_damage(const char *detail) pg_attribute_noreturn();

static void
report_damage(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("the stored body of an event is damaged"),
			 errdetail("%s", detail)));
}

static Head
read_head(const bytea *packed)
{
	Head		head;

	if (VARSIZE_ANY_EXHDR(packed) < sizeof(Head))
		report_damage("It is shorter than its head.");
	memcpy(&head, VARDATA_ANY(packed), sizeof(Head));
	return head;
}

/* Whether a body may be so long, before memory is asked for. */
static void
check_length(uint32 length, Size nbytes, bool is_raw)
{
	if (is_raw ? length != nbytes :
		length > MaxAllocSize - VARHDRSZ ||
		length / LZ4_MOST_PER_BYTE > nbytes)
		report_damage("Its length is not that of its bytes.");
}

/* Not so short that it could be toasted or have a short header. */
text *
ol_unpack(const bytea *packed, const char *template, uint32 template_len)
{
	Head		head = read_head(packed);
	const char *bytes = VARDATA_ANY(packed) + sizeof(Head);
	Size		nbytes = VARSIZE_ANY_EXHDR(packed) - sizeof(Head);
	uint32		length = read_number(head.length);
	text	   *body;
	int			n = (int) nbytes;

	if (head.form < FORM_RAW || head.form > FORM_LZ4_TEMPLATE)
		report_damage("Its form is unknown.");
	if (head.form == FORM_LZ4_TEMPLATE && template == NULL)
		report_damage("Its template is missing.");
	check_length(length, nbytes, head.form == FORM_RAW);
	body = palloc(VARHDRSZ + (Size) length);
	SET_VARSIZE(body, VARHDRSZ + length);
	if (head.form == FORM_RAW)
		memcpy(VARDATA(body), bytes, nbytes);
	else if (head.form == FORM_LZ4)
		n = LZ4_decompress_safe(bytes, VARDATA(body), (int) nbytes,
								(int) length);
	else
		n = LZ4_decompress_safe_usingDict(bytes, VARDATA(body), (int) nbytes,
										  (int) length, template,
										  (int) template_len);
	if (n < 0 || (uint32) n != length)
		report_damage("It cannot be decompressed.");
	if (checksum_of(VARDATA(body), length) != read_number(head.checksum))
		report_damage("Its checksum is wrong.");
	if (!pg_verifymbstr(VARDATA(body), (int) length, true))
		report_damage("It is no text.");
	return body;
}

bool
ol_pack_uses_template(const bytea *packed)
{
	return read_head(packed).form == FORM_LZ4_TEMPLATE;
}

/* The text of a template, which is packed without one; NULL: there is none. */
static text *
template_text(FunctionCallInfo fcinfo, int argument)
{
	text	   *template;

	if (PG_ARGISNULL(argument))
		return NULL;
	template = ol_unpack(PG_GETARG_BYTEA_PP(argument), NULL, 0);
	if (VARSIZE_ANY_EXHDR(template) > OL_TEMPLATE_MAX_BYTES)
		report_damage("Its template is too long.");
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
	PG_RETURN_TEXT_P(ol_unpack(packed,
							   template == NULL ? NULL : VARDATA(template),
							   template == NULL ? 0 : VARSIZE_ANY_EXHDR(template)));
}

/* Reads the first bytes alone of one that is out of line. */
Datum
ol_event_bytes(PG_FUNCTION_ARGS)
{
	bytea	   *start = PG_GETARG_BYTEA_P_SLICE(0, 0, sizeof(Head));

	PG_RETURN_INT32((int32) read_number(read_head(start).length));
}

/*-------------------------------------------------------------------------
 * form.c
 *	  A request for a token: RFC 6749, sections 2.3.1, 3.2 and 4.4.2.
 *
 * The client says who it is by Basic, where both parts are encoded like a form
 * first, or in the form; by both is an error.  So is a parameter that is sent
 * twice.  One without a value counts as not sent.
 *
 * Pure: no PostgreSQL, no sockets.
 *-------------------------------------------------------------------------*/
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "form.h"

#define FORM_TYPE "application/x-www-form-urlencoded"
#define BASIC "Basic"

typedef struct Field
{
	const char *name;
	const char *value;
} Field;

static void
fail(OlForm *form, const char *error, const char *reason)
{
	form->error = error;
	form->reason = reason;
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
		c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* In place; false for what is no encoding of printable ASCII. */
static bool
decode(char *text)
{
	char	   *to = text;

	for (const char *from = text; *from != '\0'; from++)
	{
		int			c = *from == '+' ? ' ' : (unsigned char) *from;

		if (*from == '%')
		{
			int			high = hex_digit(from[1]);
			int			low = high < 0 ? -1 : hex_digit(from[2]);

			if (low < 0)
				return false;
			c = high << 4 | low;
			from += 2;
		}
		if (c < 0x20 || c > 0x7e)
			return false;
		*to++ = c;
	}
	*to = '\0';
	return true;
}

static int
base64_digit(char c)
{
	static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = c == '\0' ? NULL : strchr(digits, c);

	return found == NULL ? -1 : (int) (found - digits);
}

/* In place, terminated; false when it is no base64. */
static bool
decode_base64(char *text)
{
	char	   *to = text;
	unsigned int bits = 0;
	int			nbits = 0;
	const char *from = text;

	for (; base64_digit(*from) >= 0; from++)
	{
		bits = bits << 6 | base64_digit(*from);
		nbits += 6;
		if (nbits >= 8)
		{
			nbits -= 8;
			*to++ = bits >> nbits & 0xff;
		}
	}
	from += strspn(from, "=");
	if (*from != '\0')
		return false;
	*to = '\0';
	return true;
}

/* "Basic" and two parts; both are in form->memory behind what is there. */
static void
read_basic(OlForm *form, char *text)
{
	char	   *colon;

	text += sizeof(BASIC) - 1;
	text += strspn(text, " ");
	colon = decode_base64(text) ? strchr(text, ':') : NULL;
	if (colon == NULL)
	{
		fail(form, "invalid_client", "the header Authorization is not valid");
		return;
	}
	*colon = '\0';
	if (!decode(text) || !decode(colon + 1))
	{
		fail(form, "invalid_client", "the header Authorization is not valid");
		return;
	}
	form->by_header = true;
	form->client = text;
	form->secret = colon + 1;
}

/* Takes the known fields; false for one that comes twice or does not decode. */
static bool
read_fields(Field *fields, int nfields, char *rest)
{
	while (*rest != '\0')
	{
		char	   *name = rest;
		char	   *value;

		rest += strcspn(rest, "&");
		if (*rest == '&')
			*rest++ = '\0';
		value = name + strcspn(name, "=");
		if (*value == '=')
			*value++ = '\0';
		if (!decode(name) || !decode(value))
			return false;
		for (int i = 0; i < nfields; i++)
		{
			if (strcmp(fields[i].name, name) != 0 || *value == '\0')
				continue;
			if (fields[i].value != NULL)
				return false;
			fields[i].value = value;
		}
	}
	return true;
}

static void
judge_fields(OlForm *form, const Field *fields)
{
	if (fields[0].value == NULL)
		fail(form, "invalid_request", "grant_type is missing");
	else if (strcmp(fields[0].value, "client_credentials") != 0)
		fail(form, "unsupported_grant_type", "only client_credentials is supported");
	else if (form->by_header && (fields[2].value != NULL ||
								 (fields[1].value != NULL && strcmp(fields[1].value, form->client) != 0)))
		fail(form, "invalid_request", "the client authenticates in two ways");
	else if (!form->by_header && (fields[1].value == NULL || fields[2].value == NULL))
		fail(form, "invalid_client", "client authentication is missing");
	form->scope = fields[3].value;
	if (form->by_header)
		return;
	form->client = fields[1].value;
	form->secret = fields[2].value;
}

static bool
is_form(const char *type)
{
	size_t		len = sizeof(FORM_TYPE) - 1;

	return type != NULL && strncasecmp(type, FORM_TYPE, len) == 0 &&
		(type[len] == '\0' || type[len] == ';' || type[len] == ' ');
}

/* Headers are NULL where they were not sent. */
void
ol_form_read(OlForm *form, const char *authorization, const char *type,
			 const OlBuffer *body)
{
	Field		fields[] = {{"grant_type"}, {"client_id"}, {"client_secret"}, {"scope"}};
	size_t		text;

	memset(form, 0, sizeof(*form));
	ol_buffer_append_text(&form->memory, authorization == NULL ? "" : authorization);
	ol_buffer_append(&form->memory, "", 1);
	text = form->memory.used;
	ol_buffer_append(&form->memory, body->data, body->used);
	ol_buffer_append(&form->memory, "", 1);
	if (form->memory.failed)
		fail(form, "invalid_request", "out of memory");
	else if (!is_form(type))
		fail(form, "invalid_request", "the body must be of type " FORM_TYPE);
	else if (body->used > 0 && memchr(body->data, '\0', body->used) != NULL)
		fail(form, "invalid_request", "the body is not valid");
	else if (authorization != NULL && strncasecmp(authorization, BASIC " ", sizeof(BASIC)) != 0)
		fail(form, "invalid_client", "only Basic is supported in the header Authorization");
	if (form->error == NULL && authorization != NULL)
		read_basic(form, form->memory.data);
	if (form->error != NULL)
		return;
	if (!read_fields(fields, sizeof(fields) / sizeof(fields[0]), form->memory.data + text))
		fail(form, "invalid_request", "a parameter comes twice or is not valid");
	else
		judge_fields(form, fields);
}

/* Secrets are not left behind. */
void
ol_form_free(OlForm *form)
{
	if (form->memory.data != NULL)
		explicit_bzero(form->memory.data, form->memory.size);
	ol_buffer_free(&form->memory);
	memset(form, 0, sizeof(*form));
}

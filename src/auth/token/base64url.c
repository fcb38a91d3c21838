/*-------------------------------------------------------------------------
 * base64url.c
 *	  Strict base64url (RFC 7515, section 2).
 *
 * Each value has one spelling: no padding, no space, none of "+" and "/", and
 * bits of the last character that stand for no byte must be zero.  Otherwise
 * a token could be changed and still be the same token.
 *
 * A pure file: nothing of the server is used.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base64url.h"

static int
digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	if (c == '_')
		return 63;
	return -1;
}

/* Into OL_BASE64URL_SIZE(len) bytes; returns how many, or -1. */
int
ol_base64url_decode(const char *text, size_t len, unsigned char *bytes)
{
	uint32		group = 0;
	int			count = 0;

	if (len % 4 == 1)
		return -1;
	for (size_t i = 0; i < len; i++)
	{
		int			value = digit_value(text[i]);

		if (value < 0)
			return -1;
		group = group << 6 | (uint32) value;
		if (i % 4 == 3)
		{
			bytes[count++] = (unsigned char) (group >> 16);
			bytes[count++] = (unsigned char) (group >> 8);
			bytes[count++] = (unsigned char) group;
			group = 0;
		}
	}
	if (len % 4 == 2)
	{
		if ((group & 0xF) != 0)
			return -1;
		bytes[count++] = (unsigned char) (group >> 4);
	}
	else if (len % 4 == 3)
	{
		if ((group & 0x3) != 0)
			return -1;
		bytes[count++] = (unsigned char) (group >> 10);
		bytes[count++] = (unsigned char) (group >> 2);
	}
	return count;
}

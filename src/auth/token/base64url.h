/*-------------------------------------------------------------------------
 * base64url.h
 *	  Strict base64url; see base64url.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_TOKEN_BASE64URL_H
#define OL_TOKEN_BASE64URL_H

/* Bytes that len characters can stand for. */
#define OL_BASE64URL_SIZE(len) ((len) / 4 * 3 + 3)

extern int	ol_base64url_decode(const char *text, size_t len,
								unsigned char *bytes);

#endif

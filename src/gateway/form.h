/*-------------------------------------------------------------------------
 * form.h
 *	  A request for a token: RFC 6749; see form.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GATEWAY_FORM_H
#define OL_GATEWAY_FORM_H

#include "server/buffer.h"

/* Terminated texts within memory; NULL is what was not sent. */
typedef struct OlForm
{
	OlBuffer	memory;
	const char *client;
	const char *secret;
	const char *scope;
	const char *error;			/* of RFC 6749, section 5.2; NULL: none */
	const char *reason;
	bool		by_header;		/* the client used Basic */
} OlForm;

extern void ol_form_read(OlForm *form, const char *authorization,
						 const char *type, const OlBuffer *body);
extern void ol_form_free(OlForm *form);

#endif							/* OL_GATEWAY_FORM_H */

/*-------------------------------------------------------------------------
 * pack.h
 *	  Bodies of events as event_store keeps them; see pack.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_STORE_PACK_H
#define OL_STORE_PACK_H

#include "fmgr.h"

/* Nothing further back than this is of use to LZ4. */
#define OL_TEMPLATE_MAX_BYTES 65535

extern bytea *ol_pack(const char *body, uint32 len, const char *template,
					  uint32 template_len);
extern text *ol_unpack(const bytea *packed, const char *template,
						uint32 template_len, const char **damage);
extern bool ol_pack_uses_template(const bytea *packed);

#endif

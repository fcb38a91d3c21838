/*-------------------------------------------------------------------------
 * address.c
 *	  Which addresses may be connected to.
 *
 * Judged is the address a socket is about to be connected to, never a name:
 * what a name stands for can change between two looks at it.  IPv6 has several
 * ways to write an IPv4 address; each is judged as the address it reaches.
 *
 * Pure: no PostgreSQL, no sockets.
 *-------------------------------------------------------------------------*/
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#include "address.h"

typedef struct Range4
{
	uint32_t	first;
	int			bits;
	OlAddressKind kind;
} Range4;

typedef struct Range6
{
	unsigned char first[16];
	int			bits;
	OlAddressKind kind;
	int			embedded;		/* byte at which an IPv4 address begins, or 0 */
} Range6;

/* IANA's special-purpose registry; what is in none of them is public. */
static const Range4 ranges4[] = {
	{0x00000000, 8, OL_ADDRESS_NEVER},	/* this network */
	{0x0a000000, 8, OL_ADDRESS_PRIVATE},
	{0x64400000, 10, OL_ADDRESS_PRIVATE},	/* carriers' */
	{0x7f000000, 8, OL_ADDRESS_PRIVATE},	/* loopback */
	{0xa9fe0000, 16, OL_ADDRESS_LINK_LOCAL},
	{0xac100000, 12, OL_ADDRESS_PRIVATE},
	{0xc0000000, 24, OL_ADDRESS_PRIVATE},	/* protocol assignments */
	{0xc0000200, 24, OL_ADDRESS_PRIVATE},	/* documentation */
	{0xc0a80000, 16, OL_ADDRESS_PRIVATE},
	{0xc6120000, 15, OL_ADDRESS_PRIVATE},	/* benchmarks */
	{0xc6336400, 24, OL_ADDRESS_PRIVATE},	/* documentation */
	{0xcb007100, 24, OL_ADDRESS_PRIVATE},	/* documentation */
	{0xe0000000, 4, OL_ADDRESS_NEVER},	/* multicast */
	{0xf0000000, 4, OL_ADDRESS_NEVER},	/* reserved, broadcast */
};

/* The first that matches counts, so the narrower stand first. */
static const Range6 ranges6[] = {
	{{0}, 128, OL_ADDRESS_NEVER},
	{{[15] = 1}, 128, OL_ADDRESS_PRIVATE},	/* loopback */
	{{0}, 96, OL_ADDRESS_PUBLIC, 12},	/* IPv4-compatible */
	{{[10] = 0xff,[11] = 0xff}, 96, OL_ADDRESS_PUBLIC, 12}, /* IPv4-mapped */
	{{[8] = 0xff,[9] = 0xff}, 96, OL_ADDRESS_PUBLIC, 12},	/* IPv4-translated */
	{{0x00, 0x64, 0xff, 0x9b}, 96, OL_ADDRESS_PUBLIC, 12},	/* NAT64 */
	{{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, OL_ADDRESS_PRIVATE}, /* local NAT64 */
	{{0x01}, 64, OL_ADDRESS_NEVER}, /* discard */
	{{0x20, 0x01, 0x00, 0x00}, 32, OL_ADDRESS_NEVER},	/* Teredo */
	{{0x20, 0x01}, 23, OL_ADDRESS_PRIVATE}, /* protocol assignments */
	{{0x20, 0x01, 0x0d, 0xb8}, 32, OL_ADDRESS_PRIVATE}, /* documentation */
	{{0x20, 0x02}, 16, OL_ADDRESS_PUBLIC, 2},	/* 6to4 */
	{{0x3f, 0xff}, 20, OL_ADDRESS_PRIVATE}, /* documentation */
	{{0x5f, 0x00}, 16, OL_ADDRESS_PRIVATE}, /* segment routing */
	{{0xfd, 0x00, 0x0e, 0xc2}, 32, OL_ADDRESS_LINK_LOCAL},	/* Amazon's metadata */
	{{0xfc}, 7, OL_ADDRESS_PRIVATE},	/* unique local */
	{{0xfe, 0x80}, 10, OL_ADDRESS_LINK_LOCAL},
	{{0xfe, 0xc0}, 10, OL_ADDRESS_PRIVATE}, /* site local */
	{{0xff}, 8, OL_ADDRESS_NEVER},	/* multicast */
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static OlAddressKind
kind_of_ipv4(uint32_t address)
{
	for (size_t i = 0; i < COUNT(ranges4); i++)
		if ((address ^ ranges4[i].first) >> (32 - ranges4[i].bits) == 0)
			return ranges4[i].kind;
	return OL_ADDRESS_PUBLIC;
}

static bool
begins_with(const unsigned char *address, const unsigned char *first, int bits)
{
	int			whole = bits / 8;
	int			rest = bits % 8;

	return memcmp(address, first, whole) == 0 &&
		(rest == 0 || (address[whole] ^ first[whole]) >> (8 - rest) == 0);
}

static OlAddressKind
kind_of_ipv6(const unsigned char *address)
{
	for (size_t i = 0; i < COUNT(ranges6); i++)
	{
		const Range6 *range = &ranges6[i];
		const unsigned char *inner = address + range->embedded;

		if (!begins_with(address, range->first, range->bits))
			continue;
		if (range->embedded == 0)
			return range->kind;
		return kind_of_ipv4((uint32_t) inner[0] << 24 | inner[1] << 16 |
							inner[2] << 8 | inner[3]);
	}
	return OL_ADDRESS_PUBLIC;
}

OlAddressKind
ol_address_kind(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return kind_of_ipv4(ntohl(((const struct sockaddr_in *) address)->sin_addr.s_addr));
	if (address->sa_family == AF_INET6)
		return kind_of_ipv6(((const struct sockaddr_in6 *) address)->sin6_addr.s6_addr);
	return OL_ADDRESS_NEVER;	/* a Unix socket, for one */
}

/* Reads an address in its plain form; false when the text is none. */
bool
ol_address_literal(const char *text, struct sockaddr_storage *address)
{
	struct sockaddr_in *in = (struct sockaddr_in *) address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) address;

	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1)
		address->ss_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1)
		address->ss_family = AF_INET6;
	else
		return false;
	return true;
}

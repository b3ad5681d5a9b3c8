/*
 * tcp_connect.h - a connection to a host that may have several addresses, some of them dead.
 *
 * In the flow:  url -> lookup -> [tcp_connect] -> tcp
 * How:          RFC 8305 ("happy eyeballs"): addresses of both families in turn; when one has not
 *               answered after CONNECT_STAGGER_MS the next is tried beside it, when one fails at
 *               once the next follows at once. The first that answers is taken. So a dead IPv6
 *               route costs a quarter of a second, not a timeout.
 * Contract:     the watch's time limit holds for lookup and all attempts together.
 */
#ifndef SEALIFT_NET_TCP_CONNECT_H
#define SEALIFT_NET_TCP_CONNECT_H

#include "resolver/base/stream.h"
#include "resolver/net/lookup.h"

#define CONNECT_STAGGER_MS 250 /* RFC 8305 5 */

/*
 * Connects to url's host and port. *peer is the address that answered, for messages. On failure
 * *out is zeroed and err, ERR_IO, names each address tried with its reason; the watch is marked
 * broken when another try may help.
 */
enum err_code tcp_connect(const struct url *url, struct watch *watch, struct stream *out,
                          struct address_text *peer, struct err *err) MUST_USE;

#endif

/*
 * name_constraints.h - which names a CA may issue certificates for (RFC 5280, 4.2.1.10).
 *
 * In the flow:  CA's certificate -> x509 -> [name_constraints] -> chain
 * Checked here: permitted and excluded dNSName, iPAddress and directoryName subtrees, against all
 *               subject alternative names of those kinds, the subject, and the server name that was
 *               asked for (which a wildcard may have been found to fit).
 * Not checked:  subtrees of other kinds (mail addresses, URIs): names of those kinds are never used.
 *               Neither TLS library checks any of this, and both refuse every certificate in which
 *               the extension is critical: see chain.h.
 */
#ifndef SEALIFT_TLS_NAME_CONSTRAINTS_H
#define SEALIFT_TLS_NAME_CONSTRAINTS_H

#include <stdbool.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"
#include "resolver/tls/server_name.h"
#include "resolver/tls/x509.h"

/*
 * Whether cert, somewhere below the CA with these constraints (struct x509's name_constraints), is
 * within them; *is_within is false on failure too. server: the name asked for, or NULL for a CA's
 * certificate. ERR_FORMAT, "offset N: ...", when the constraints cannot be read, or have the
 * minimum and maximum that RFC 5280 forbids.
 */
enum err_code name_constraints_check(struct slice constraints, const struct x509 *cert,
                                     const struct server_name *server, bool *is_within,
                                     struct err *err) MUST_USE;

#endif

#include "resolver/tls/name_constraints.h"

#include <string.h>

#include "resolver/base/cursor.h"
#include "resolver/base/der.h"
#include "resolver/tls/x509_name.h"

#define PERMITTED_TAG DER_CONTEXT(0)
#define EXCLUDED_TAG DER_CONTEXT(1)

/* The name, or any name below it. ".example.com" means those below alone. */
static bool dns_is_in(struct slice name, struct slice base)
{
    bool is_below_only = slice_begins(base, ".");
    size_t above;

    if (base.len == 0)
        return true;
    if (base.len > name.len)
        return false;
    above = name.len - base.len;
    if (!slice_equal_nocase(slice_part(name, above, base.len), base))
        return false;
    if (above == 0)
        return !is_below_only;
    return is_below_only || name.ptr[above - 1] == '.';
}

/* base: an address and a mask of the same length. */
static bool ip_is_in(struct slice ip, struct slice base)
{
    if (base.len != 2 * ip.len)
        return false;
    for (size_t i = 0; i < ip.len; i++) {
        if ((ip.ptr[i] ^ base.ptr[i]) & base.ptr[ip.len + i])
            return false;
    }
    return true;
}

/* The contents of a distinguished name: its parts, one after the other. */
static struct slice parts_of(struct slice name)
{
    struct cursor in = cursor_of(name);
    struct slice parts;
    struct err ignored;

    return der_read(&in, DER_SEQUENCE, "name", &parts, &ignored) == ERR_OK ? parts
                                                                           : slice_of(NULL, 0);
}

/* A subtree is all names that begin with the parts of base. */
static bool directory_is_in(struct slice name, struct slice base)
{
    struct slice parts = parts_of(name), base_parts = parts_of(base);

    return parts.len >= base_parts.len &&
           slice_equal(slice_part(parts, 0, base_parts.len), base_parts);
}

static bool is_in(const struct general_name *name, const struct general_name *base)
{
    switch (name->tag) {
    case GENERAL_NAME_DNS:
        return dns_is_in(name->value, base->value);
    case GENERAL_NAME_IP:
        return ip_is_in(name->value, base->value);
    default:
        return directory_is_in(name->value, base->value);
    }
}

/* GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0] DEFAULT 0, maximum [1] OPTIONAL } */
static enum err_code read_base(struct cursor *in, struct general_name *base, struct err *err)
{
    struct cursor inside;
    enum err_code rc = der_open(in, DER_SEQUENCE, "subtree", &inside, err);

    *base = (struct general_name){0, {NULL, 0}};
    if (rc == ERR_OK)
        rc = general_name_read(&inside, base, err);
    if (rc == ERR_OK && cursor_left(&inside) > 0)
        rc = err_set(err, ERR_FORMAT, "offset %zu: subtree: a minimum or maximum", inside.at);
    return rc;
}

/* How a name stands to one list of subtrees. */
struct standing {
    bool has_kind; /* there are subtrees of the name's kind */
    bool is_in;    /* and the name is in one of them */
};

static enum err_code stand(struct cursor subtrees, const struct general_name *name,
                           struct standing *standing, struct err *err)
{
    enum err_code rc = ERR_OK;

    *standing = (struct standing){false, false};
    while (rc == ERR_OK && cursor_left(&subtrees) > 0) {
        struct general_name base;

        rc = read_base(&subtrees, &base, err);
        if (rc != ERR_OK || base.tag != name->tag)
            continue;
        standing->has_kind = true;
        if (is_in(name, &base))
            standing->is_in = true;
    }
    return rc;
}

struct constraints {
    struct cursor permitted, excluded;
};

static enum err_code constraints_open(struct slice bytes, struct constraints *out, struct err *err)
{
    struct cursor in = cursor_of(bytes);
    enum err_code rc = ERR_OK;

    out->permitted = out->excluded = cursor_of(slice_of(NULL, 0));
    if (der_next_tag(&in) == PERMITTED_TAG)
        rc = der_open(&in, PERMITTED_TAG, "permitted subtrees", &out->permitted, err);
    if (rc == ERR_OK && der_next_tag(&in) == EXCLUDED_TAG)
        rc = der_open(&in, EXCLUDED_TAG, "excluded subtrees", &out->excluded, err);
    if (rc == ERR_OK)
        rc = cursor_done(&in, err);
    return rc;
}

/* Clears *is_within when the constraints do not allow the name. */
static enum err_code check_name(const struct constraints *constraints,
                                const struct general_name *name, bool *is_within, struct err *err)
{
    struct standing permitted, excluded;
    enum err_code rc = stand(constraints->permitted, name, &permitted, err);

    if (rc == ERR_OK)
        rc = stand(constraints->excluded, name, &excluded, err);
    if (rc != ERR_OK || (permitted.has_kind && !permitted.is_in) || excluded.is_in)
        *is_within = false;
    return rc;
}

/* The name asked for: it may have fitted a wildcard of which only a part is allowed. */
static struct general_name asked_for(const struct server_name *server)
{
    if (server->is_ip)
        return (struct general_name){GENERAL_NAME_IP, slice_of(server->ip, server->ip_len)};
    return (struct general_name){GENERAL_NAME_DNS, slice_text(server->text)};
}

enum err_code name_constraints_check(struct slice constraints, const struct x509 *cert,
                                     const struct server_name *server, bool *is_within,
                                     struct err *err)
{
    struct general_name name = {GENERAL_NAME_DIRECTORY, cert->subject};
    struct cursor names = cursor_of(cert->alt_names);
    struct constraints opened;
    enum err_code rc = constraints_open(constraints, &opened, err);

    *is_within = rc == ERR_OK;
    if (rc == ERR_OK && parts_of(cert->subject).len > 0)
        rc = check_name(&opened, &name, is_within, err);
    while (rc == ERR_OK && general_name_next(&names, &name)) {
        if (name.tag == GENERAL_NAME_DNS || name.tag == GENERAL_NAME_IP ||
            name.tag == GENERAL_NAME_DIRECTORY)
            rc = check_name(&opened, &name, is_within, err);
    }
    if (rc == ERR_OK && server) {
        name = asked_for(server);
        rc = check_name(&opened, &name, is_within, err);
    }
    if (rc != ERR_OK)
        *is_within = false;
    return rc;
}

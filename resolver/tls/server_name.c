#include "resolver/tls/server_name.h"

#include <arpa/inet.h>
#include <string.h>

#include "resolver/base/cursor.h"
#include "resolver/base/quote.h"
#include "resolver/tls/x509_name.h"

#define LABEL_MAX 63
#define LISTED_MAX 5

static bool is_label_character(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

static bool is_dns_name(struct slice text)
{
    while (text.ptr) {
        struct slice label = slice_cut(&text, '.');

        if (label.len == 0 || label.len > LABEL_MAX)
            return false;
        for (size_t i = 0; i < label.len; i++) {
            if (!is_label_character(label.ptr[i]))
                return false;
        }
    }
    return true;
}

static bool read_ip(struct server_name *name)
{
    name->is_ip = true;
    name->ip_len = 4;
    if (inet_pton(AF_INET, name->text, name->ip) == 1)
        return true;
    name->ip_len = 16;
    if (inet_pton(AF_INET6, name->text, name->ip) == 1)
        return true;
    name->is_ip = false;
    name->ip_len = 0;
    return false;
}

enum err_code server_name_parse(const char *text, struct server_name *name, struct err *err)
{
    struct slice given = slice_text(text);

    memset(name, 0, sizeof *name);
    if (given.len > 1 && slice_ends(given, "."))
        given.len--;
    if (given.len > 0 && given.len <= SERVER_NAME_MAX) {
        memcpy(name->text, given.ptr, given.len);
        if (read_ip(name) || is_dns_name(given))
            return ERR_OK;
    }
    memset(name, 0, sizeof *name);
    return err_set(err, ERR_USAGE, "%s is neither a DNS name nor an IP address", quote(given).text);
}

static bool dns_fits(struct slice name, struct slice pattern)
{
    struct slice rest = name, after_star = slice_part(pattern, 2, pattern.len);

    if (!slice_begins(pattern, "*."))
        return slice_equal_nocase(name, pattern);
    slice_cut(&rest, '.');
    if (slice_find(after_star, '.') == after_star.len)
        return false; /* "*.com" */
    return slice_equal_nocase(rest, after_star);
}

bool server_name_fits(const struct server_name *name, struct slice alt_names)
{
    struct cursor in = cursor_of(alt_names);
    struct general_name general;

    while (general_name_next(&in, &general)) {
        if (name->is_ip && general.tag == GENERAL_NAME_IP &&
            slice_equal(general.value, slice_of(name->ip, name->ip_len)))
            return true;
        if (!name->is_ip && general.tag == GENERAL_NAME_DNS &&
            dns_fits(slice_text(name->text), general.value))
            return true;
    }
    return false;
}

static void show(const struct general_name *general, struct buf *out)
{
    char text[INET6_ADDRSTRLEN];
    int family = general->value.len == 4 ? AF_INET : AF_INET6;

    if (general->tag == GENERAL_NAME_DNS)
        buf_add_format(out, "DNS %s", quote(general->value).text);
    else if (general->value.len != 4 && general->value.len != 16)
        buf_add_text(out, "an IP address of another length");
    else if (inet_ntop(family, general->value.ptr, text, sizeof text))
        buf_add_format(out, "IP %s", text);
}

void server_name_list(struct slice alt_names, struct buf *out)
{
    struct cursor in = cursor_of(alt_names);
    struct general_name general;
    size_t count = 0;

    while (general_name_next(&in, &general)) {
        if (general.tag != GENERAL_NAME_DNS && general.tag != GENERAL_NAME_IP)
            continue;
        if (count < LISTED_MAX) {
            buf_add_text(out, count ? ", " : "");
            show(&general, out);
        }
        count++;
    }
    if (count == 0)
        buf_add_text(out, "no server");
    if (count > LISTED_MAX)
        buf_add_format(out, " and %zu more", count - LISTED_MAX);
}

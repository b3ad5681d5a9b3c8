#include "resolver/net/no_proxy.h"

#include <arpa/inet.h>
#include <string.h>

#include "resolver/base/quote.h"
#include "resolver/net/decimal.h"

struct address {
    unsigned bits; /* 32 or 128; 0: no address */
    uint8_t bytes[16];
};

static struct address parse_address(struct slice text)
{
    char name[INET6_ADDRSTRLEN];
    struct address address = {0};

    if (text.len == 0 || text.len >= sizeof name || slice_find(text, 0) < text.len)
        return address;
    memcpy(name, text.ptr, text.len);
    name[text.len] = '\0';
    if (inet_pton(AF_INET, name, address.bytes) == 1)
        address.bits = 32;
    else if (inet_pton(AF_INET6, name, address.bytes) == 1)
        address.bits = 128;
    return address;
}

static bool shares_prefix(const struct address *a, const struct address *b, unsigned bits)
{
    if (a->bits != b->bits)
        return false;
    for (unsigned i = 0; i < bits; i++) {
        unsigned mask = 0x80u >> i % 8;

        if ((a->bytes[i / 8] & mask) != (b->bytes[i / 8] & mask))
            return false;
    }
    return true;
}

static enum err_code match_network(struct slice entry, const struct address *host, bool *matches,
                                   struct err *err)
{
    struct slice prefix = entry;
    struct address network = parse_address(slice_cut(&prefix, '/'));
    uint64_t bits;

    if (network.bits == 0 || !decimal_parse(prefix, network.bits, &bits))
        return err_set(err, ERR_USAGE, "entry %s: not a network (ADDRESS/BITS)", quote(entry).text);
    *matches = shares_prefix(&network, host, (unsigned)bits);
    return ERR_OK;
}

static bool ends_nocase(struct slice text, struct slice suffix)
{
    char end[URL_HOST_MAX + 1];

    if (suffix.len > text.len || suffix.len >= sizeof end)
        return false;
    memcpy(end, suffix.ptr, suffix.len);
    end[suffix.len] = '\0';
    return strlen(end) == suffix.len &&
           slice_is_nocase(slice_part(text, text.len - suffix.len, suffix.len), end);
}

static bool matches_name(struct slice entry, struct slice host)
{
    if (slice_begins(entry, "*."))
        entry = slice_part(entry, 1, entry.len);
    if (slice_begins(entry, "."))
        entry = slice_part(entry, 1, entry.len);
    if (entry.len == 0 || !ends_nocase(host, entry))
        return false;
    return host.len == entry.len || host.ptr[host.len - entry.len - 1] == '.';
}

/* Takes ":PORT" off the entry's end; false when it names another port than the URL's. */
static bool fits_port(struct slice *entry, const struct url *url)
{
    size_t end = slice_begins(*entry, "[") ? slice_find(*entry, ']') : 0;
    size_t colon = end + slice_find(slice_part(*entry, end, entry->len), ':');
    struct slice port = slice_part(*entry, colon + 1, entry->len);
    uint64_t number;

    /* several colons and no bracket: an IPv6 address */
    if (colon >= entry->len || slice_find(port, ':') < port.len)
        return true;
    *entry = slice_part(*entry, 0, colon);
    return decimal_parse(port, UINT16_MAX, &number) && number == url->port;
}

static struct slice without_brackets(struct slice entry)
{
    if (slice_begins(entry, "[") && slice_ends(entry, "]"))
        return slice_part(entry, 1, entry.len - 2);
    return entry;
}

static enum err_code match_entry(struct slice entry, const struct url *url,
                                 const struct address *host, bool *matches, struct err *err)
{
    struct address address;

    if (slice_find(entry, '/') < entry.len)
        return match_network(entry, host, matches, err);
    if (!fits_port(&entry, url))
        return ERR_OK;
    if (slice_is(entry, "*")) {
        *matches = true;
        return ERR_OK;
    }
    address = parse_address(without_brackets(entry));
    if (address.bits && host->bits)
        *matches = shares_prefix(&address, host, address.bits);
    else
        *matches = host->bits == 0 && matches_name(entry, url->host);
    return ERR_OK;
}

static size_t entry_length(struct slice list)
{
    size_t len = 0;

    while (len < list.len && list.ptr[len] != ',' && list.ptr[len] != ' ' && list.ptr[len] != '\t')
        len++;
    return len;
}

enum err_code no_proxy_matches(struct slice list, const struct url *url, bool *matches,
                               struct err *err)
{
    struct address host = {0};

    *matches = false;
    if (url->host_type != URL_HOST_NAME)
        host = parse_address(url->host);
    while (list.len) {
        size_t len = entry_length(list);
        bool fits = false;

        if (len && match_entry(slice_part(list, 0, len), url, &host, &fits, err)) {
            *matches = false;
            return err->code;
        }
        *matches = *matches || fits;
        list = slice_part(list, len + 1, list.len);
    }
    return ERR_OK;
}

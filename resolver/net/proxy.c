#include "resolver/net/proxy.h"

#include <string.h>

#include "resolver/base/base64.h"
#include "resolver/net/no_proxy.h"

static const char *either(char *(*get)(const char *name), const char *lower, const char *upper)
{
    const char *value = get(lower);

    return value ? value : get(upper);
}

struct proxy_settings proxy_settings_read(char *(*get)(const char *name))
{
    bool is_cgi = get("REQUEST_METHOD") != NULL;

    return (struct proxy_settings){
        .https_proxy = either(get, "https_proxy", "HTTPS_PROXY"),
        .http_proxy = is_cgi ? get("http_proxy") : either(get, "http_proxy", "HTTP_PROXY"),
        .no_proxy = either(get, "no_proxy", "NO_PROXY"),
    };
}

static int hex_value(uint8_t digit)
{
    return digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}

/* Undoes the percent-encoding of userinfo, whose form url.c has checked. */
static void add_decoded(struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '%') {
            buf_add_byte(out, text.ptr[i]);
            continue;
        }
        buf_add_byte(out, (uint8_t)(hex_value(text.ptr[i + 1]) << 4 | hex_value(text.ptr[i + 2])));
        i += 2;
    }
}

/* RFC 7617 2 */
static enum err_code write_authorization(struct slice userinfo, struct proxy *proxy,
                                         struct err *err)
{
    uint8_t text[PROXY_CREDENTIALS_MAX];
    struct buf credentials, value;

    if (userinfo.len == 0)
        return ERR_OK;
    buf_init_fixed(&credentials, text, sizeof text);
    buf_init_fixed(&value, proxy->authorization, sizeof proxy->authorization - 1);
    add_decoded(userinfo, &credentials);
    if (slice_find(userinfo, ':') == userinfo.len)
        buf_add_byte(&credentials, ':');
    buf_add_text(&value, "Basic ");
    base64_encode(buf_slice(&credentials), &value);
    if (buf_done(&credentials, err) || buf_done(&value, err))
        return err_set(err, ERR_USAGE, "user name and password of more than %d bytes",
                       PROXY_CREDENTIALS_MAX);
    return ERR_OK;
}

/* The host and port in a proxy's value that has no scheme in front. */
static bool has_port(struct slice authority)
{
    size_t at = slice_find(authority, '@');
    size_t bracket;

    if (at < authority.len)
        authority = slice_part(authority, at + 1, authority.len);
    bracket = slice_find(authority, ']');
    if (bracket < authority.len)
        authority = slice_part(authority, bracket, authority.len);
    return slice_find(authority, ':') < authority.len;
}

/* Puts http:// before a value that has no scheme, and wants a port: programs differ in the one they
 * take when there is none (1080, 80, 3128). */
static enum err_code parse_value(struct slice value, struct proxy *proxy, struct err *err)
{
    struct slice scheme = slice_part(value, 0, slice_find(value, ':')), authority;

    if (!slice_begins(slice_part(value, scheme.len, 3), "://"))
        return err_set(err, ERR_USAGE, "write it as http://HOST:PORT");
    if (!slice_is_nocase(scheme, "http"))
        return err_set(err, ERR_USAGE, "only http:// proxies are supported");
    authority = slice_part(value, scheme.len + 3, value.len);
    authority = slice_part(authority, 0, slice_find(authority, '/'));
    if (authority.len && !has_port(authority))
        return err_set(err, ERR_USAGE, "no port is given: write it as http://HOST:PORT");
    if (url_parse_proxy(value, &proxy->url, err))
        return err_set(err, ERR_USAGE, "not the URL of a proxy: write it as http://HOST:PORT");
    return ERR_OK;
}

enum err_code proxy_find(const struct proxy_settings *settings, const struct url *url,
                         struct proxy *proxy, struct err *err)
{
    bool is_https = url->scheme == URL_HTTPS, is_excepted;
    const char *value = is_https ? settings->https_proxy : settings->http_proxy;

    *proxy = (struct proxy){0};
    if (!value || !*value)
        return ERR_OK;
    if (no_proxy_matches(slice_text(settings->no_proxy), url, &is_excepted, err))
        return err_add(err, "NO_PROXY");
    if (is_excepted)
        return ERR_OK;
    proxy->variable = is_https ? "HTTPS_PROXY" : "HTTP_PROXY";
    if (parse_value(slice_text(value), proxy, err) ||
        write_authorization(proxy->url.userinfo, proxy, err)) {
        err_add(err, "%s", proxy->variable);
        *proxy = (struct proxy){0};
        return err->code;
    }
    proxy->is_used = true;
    return ERR_OK;
}

#include "resolver/net/http_response.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/quote.h"
#include "resolver/net/decimal.h"

static enum err_code check_beginning(struct slice bytes, struct err *err)
{
    static const char want[] = "HTTP/1.";
    size_t len = bytes.len < sizeof want - 1 ? bytes.len : sizeof want - 1;

    if (len == 0 || memcmp(bytes.ptr, want, len) == 0)
        return ERR_OK;
    /* RFC 8446 5.1: a record of type alert or handshake, version 3.x */
    if (bytes.len > 1 && (bytes.ptr[0] == 21 || bytes.ptr[0] == 22) && bytes.ptr[1] == 3)
        return err_set(err, ERR_FORMAT,
                       "the server speaks TLS here: not an http:// but an https:// URL");
    return err_set(err, ERR_FORMAT, "not an HTTP/1.1 response: it begins with %s",
                   quote(slice_part(bytes, 0, 16)).text);
}

enum err_code http_head_find(struct slice bytes, size_t *scanned, size_t *head_len, struct err *err)
{
    *head_len = 0;
    if (check_beginning(bytes, err))
        return err->code;
    /* An empty line ends the head, with or without the CR: the parser then refuses the latter,
     * rather than that more bytes are awaited which never come. */
    for (; *scanned < bytes.len && *scanned < HTTP_HEAD_MAX; (*scanned)++) {
        size_t at = *scanned;

        if (bytes.ptr[at] != '\n' || at == 0)
            continue;
        if (bytes.ptr[at - 1] == '\n' ||
            (bytes.ptr[at - 1] == '\r' && at > 1 && bytes.ptr[at - 2] == '\n')) {
            *head_len = at + 1;
            return ERR_OK;
        }
    }
    if (*scanned == HTTP_HEAD_MAX)
        return err_set(err, ERR_FORMAT, "the response's head is longer than %zu bytes",
                       HTTP_HEAD_MAX);
    return ERR_OK;
}

/* RFC 9110 5.6.2 */
static bool is_token(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];

        if (byte <= ' ' || byte >= 0x7F || strchr("\"(),/:;<=>?@[\\]{}", byte))
            return false;
    }
    return text.len > 0;
}

/* RFC 9110 5.5: visible characters, blanks, tabs, and bytes above 0x7F. */
static bool is_value(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((text.ptr[i] < ' ' && text.ptr[i] != '\t') || text.ptr[i] == 0x7F)
            return false;
    }
    return true;
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

static struct slice trim(struct slice text)
{
    while (text.len && is_blank(text.ptr[0]))
        text = slice_part(text, 1, text.len);
    while (text.len && is_blank(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

/* Takes the next line, without its CR LF, from *rest. */
static enum err_code take_line(struct slice *rest, struct slice *line, struct err *err)
{
    *line = slice_cut(rest, '\n');
    if (line->len == 0 || line->ptr[line->len - 1] != '\r')
        return err_set(err, ERR_FORMAT, "a line of the response's head does not end in CR LF");
    line->len--;
    return ERR_OK;
}

/* RFC 9112 4: HTTP-version SP status-code SP [reason]; the last blank may be missing. */
static enum err_code parse_status_line(struct slice line, unsigned *minor,
                                       struct http_response *response, struct err *err)
{
    uint64_t status;
    bool fits = (slice_begins(line, "HTTP/1.0 ") || slice_begins(line, "HTTP/1.1 ")) &&
                (line.len == 12 || (line.len > 12 && line.ptr[12] == ' '));

    if (!fits || !decimal_parse(slice_part(line, 9, 3), 599, &status) || status < 100 ||
        !is_value(line))
        return err_set(err, ERR_FORMAT, "not the status line of an HTTP/1.1 response: %s",
                       quote(line).text);
    *minor = line.ptr[7] == '1';
    response->status = (unsigned)status;
    response->reason = slice_part(line, 13, line.len);
    return ERR_OK;
}

static enum err_code parse_header(struct slice line, struct http_response *response,
                                  struct err *err)
{
    struct slice rest = line;
    struct http_header *header;

    if (response->header_count == HTTP_HEADERS_MAX)
        return err_set(err, ERR_FORMAT, "the response has more than %d headers", HTTP_HEADERS_MAX);
    if (line.len && is_blank(line.ptr[0]))
        return err_set(err, ERR_FORMAT, "a folded header line: %s", quote(line).text);
    header = &response->headers[response->header_count];
    header->name = slice_cut(&rest, ':');
    header->value = trim(rest);
    if (!rest.ptr || !is_token(header->name))
        return err_set(err, ERR_FORMAT, "not a header line: %s", quote(line).text);
    if (!is_value(header->value))
        return err_set(err, ERR_FORMAT, "header %s: a control character in its value",
                       quote_bare(header->name).text);
    response->header_count++;
    return ERR_OK;
}

static bool name_is(const struct http_header *header, const char *name)
{
    return slice_is_nocase(header->name, name);
}

/* Whether the comma-separated values of all headers of that name have the word in them. */
static bool lists(const struct http_response *response, const char *name, const char *word)
{
    for (size_t i = 0; i < response->header_count; i++) {
        struct slice rest = response->headers[i].value;

        if (!name_is(&response->headers[i], name))
            continue;
        while (rest.ptr) {
            if (slice_is_nocase(trim(slice_cut(&rest, ',')), word))
                return true;
        }
    }
    return false;
}

static size_t count(const struct http_response *response, const char *name)
{
    size_t found = 0;

    for (size_t i = 0; i < response->header_count; i++)
        found += name_is(&response->headers[i], name);
    return found;
}

static enum err_code read_length(struct http_response *response, struct err *err)
{
    size_t times = count(response, "Content-Length");
    struct slice value = http_header(response, "Content-Length");

    if (times == 0)
        return ERR_OK;
    if (times > 1)
        return err_set(err, ERR_FORMAT, "header Content-Length: given %zu times", times);
    if (!decimal_parse(value, INT64_MAX, &response->length))
        return err_set(err, ERR_FORMAT, "header Content-Length: %s is not a length",
                       quote(value).text);
    response->has_length = true;
    return ERR_OK;
}

static enum err_code check_content_coding(const struct http_response *response, struct err *err)
{
    for (size_t i = 0; i < response->header_count; i++) {
        struct slice value = response->headers[i].value;

        if (name_is(&response->headers[i], "Content-Encoding") && value.len &&
            !slice_is_nocase(value, "identity"))
            return err_set(err, ERR_FORMAT, "header Content-Encoding: %s was not offered",
                           quote(value).text);
    }
    return ERR_OK;
}

/* RFC 9112 6.1, 6.3 */
static enum err_code read_coding(unsigned minor, struct http_response *response, struct err *err)
{
    struct slice coding = http_header(response, "Transfer-Encoding");

    if (!coding.ptr)
        return ERR_OK;
    if (count(response, "Transfer-Encoding") > 1 || !slice_is_nocase(coding, "chunked"))
        return err_set(err, ERR_FORMAT,
                       "header Transfer-Encoding: %s: only \"chunked\" is supported",
                       quote(coding).text);
    if (minor == 0)
        return err_set(err, ERR_FORMAT, "header Transfer-Encoding: in an HTTP/1.0 response");
    if (response->has_length)
        return err_set(err, ERR_FORMAT, "both Content-Length and Transfer-Encoding are given");
    response->framing = HTTP_BODY_CHUNKED;
    return ERR_OK;
}

static enum err_code read_framing(unsigned minor, bool is_head, struct http_response *response,
                                  struct err *err)
{
    bool has_body =
        !is_head && response->status >= 200 && response->status != 204 && response->status != 304;

    if (read_length(response, err) || read_coding(minor, response, err) ||
        (has_body && check_content_coding(response, err)))
        return err->code;
    if (!has_body)
        response->framing = HTTP_BODY_NONE;
    else if (response->has_length)
        response->framing = HTTP_BODY_LENGTH;
    else if (response->framing != HTTP_BODY_CHUNKED)
        response->framing = HTTP_BODY_UNTIL_CLOSE;
    response->keep_alive = response->framing != HTTP_BODY_UNTIL_CLOSE &&
                           !lists(response, "Connection", "close") &&
                           (minor == 1 || lists(response, "Connection", "keep-alive"));
    return ERR_OK;
}

static enum err_code parse(struct slice head, bool is_head, struct http_response *response,
                           struct err *err)
{
    struct slice rest = head, line;
    unsigned minor = 0;

    if (take_line(&rest, &line, err) || parse_status_line(line, &minor, response, err) ||
        take_line(&rest, &line, err))
        return err->code;
    while (line.len) {
        if (parse_header(line, response, err) || take_line(&rest, &line, err))
            return err->code;
    }
    if (rest.len)
        return err_set(err, ERR_FORMAT, "bytes after the response's head");
    return read_framing(minor, is_head, response, err);
}

enum err_code http_response_parse(struct slice head, bool is_head, struct http_response *response,
                                  struct err *err)
{
    *response = (struct http_response){0};
    if (parse(head, is_head, response, err))
        *response = (struct http_response){0};
    else
        return ERR_OK;
    return err->code;
}

struct slice http_header(const struct http_response *response, const char *name)
{
    for (size_t i = 0; i < response->header_count; i++) {
        struct slice value = response->headers[i].value;

        if (name_is(&response->headers[i], name))
            return value.ptr ? value : SLICE("");
    }
    return (struct slice){NULL, 0};
}

struct http_status_text http_status_show(const struct http_response *response)
{
    struct http_status_text shown;
    struct slice reason = slice_part(response->reason, 0, 60);

    snprintf(shown.text, sizeof shown.text, "%u%s%.70s", response->status, reason.len ? " " : "",
             quote_bare(reason).text);
    return shown;
}

#include "bundle/publish/gcp_record.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/hex.h"
#include "resolver/base/json.h"
#include "resolver/base/json_write.h"
#include "resolver/net/decimal.h"

#define DIGITS_MAX 20 /* of 64 bits */

static const char *const file_keys[GCP_FILE_FACTS] = {
    "device", "inode", "size", "written", "writtenNs", "changed", "changedNs"};

static void write_number(struct json_writer *json, const char *key, uint64_t value)
{
    char text[DIGITS_MAX + 1];

    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    json_member(json, key, text);
}

static void write_hex(struct json_writer *json, const char *key, const uint8_t *bytes, size_t len)
{
    char text[2 * SHA256_SIZE + 1];

    hex_encode(bytes, len, text);
    json_member(json, key, text);
}

void gcp_record_write(const struct gcp_record *record, struct buf *out)
{
    struct json_writer json = json_writer_to(out, 2);

    json_begin_map(&json);
    write_hex(&json, "imageSha256", record->image, SHA256_SIZE);
    if (record->has_archive) {
        write_number(&json, "archiveSize", record->archive_size);
        write_hex(&json, "archiveMd5", record->archive_md5, MD5_SIZE);
    }
    for (size_t i = 0; record->has_file && i < GCP_FILE_FACTS; i++)
        write_number(&json, file_keys[i], record->file[i]);
    json_end_map(&json);
    buf_add_byte(out, '\n');
}

/* --- Reading ------------------------------------------------------------------------------------ */

static enum err_code read_number(const struct node *root, const char *key, uint64_t *value,
                                 struct err *err)
{
    struct slice text;

    if (node_string(node_get(root, key), key, &text, err) != ERR_OK)
        return err->code;
    if (!decimal_parse(text, UINT64_MAX, value))
        return err_set(err, ERR_FORMAT, "%s: want a number", key);
    return ERR_OK;
}

static enum err_code read_hex(const struct node *root, const char *key, uint8_t *out, size_t len,
                              struct err *err)
{
    struct slice text;

    if (node_string(node_get(root, key), key, &text, err) != ERR_OK)
        return err->code;
    if (text.len != 2 * len || !hex_decode(text, out, len))
        return err_set(err, ERR_FORMAT, "%s: want %zu hexadecimal digits", key, 2 * len);
    return ERR_OK;
}

static enum err_code read_archive(const struct node *root, struct gcp_record *record,
                                  struct err *err)
{
    record->has_archive = node_get(root, "archiveMd5") != NULL;
    if (!record->has_archive)
        return ERR_OK;
    if (read_number(root, "archiveSize", &record->archive_size, err) != ERR_OK)
        return err->code;
    return read_hex(root, "archiveMd5", record->archive_md5, MD5_SIZE, err);
}

static enum err_code read_file(const struct node *root, struct gcp_record *record, struct err *err)
{
    record->has_file = node_get(root, file_keys[0]) != NULL;
    for (size_t i = 0; record->has_file && i < GCP_FILE_FACTS; i++) {
        if (read_number(root, file_keys[i], &record->file[i], err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

enum err_code gcp_record_parse(struct slice text, struct arena *arena, struct gcp_record *record,
                               struct err *err)
{
    const struct node *root;
    enum err_code rc;

    memset(record, 0, sizeof *record);
    if (text.len > GCP_RECORD_MAX)
        return err_set(err, ERR_LIMIT, "%zu bytes, at most %zu are allowed", text.len,
                       GCP_RECORD_MAX);
    rc = json_parse(text, arena, &root, err);
    if (rc == ERR_OK)
        rc = read_hex(root, "imageSha256", record->image, SHA256_SIZE, err);
    if (rc == ERR_OK)
        rc = read_archive(root, record, err);
    if (rc == ERR_OK)
        rc = read_file(root, record, err);
    if (rc != ERR_OK)
        memset(record, 0, sizeof *record);
    return rc;
}

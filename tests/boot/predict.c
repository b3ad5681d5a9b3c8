/*
 * predict.c - the registers that a disk will have, and why those of a boot differ, for tests/boot/run.
 *
 *     predict registers IMAGE [OPTION...]       prints "4 HEX", "9 HEX", "11 HEX", "12 HEX"
 *     predict explain LOG IMAGE [OPTION...]     prints the lines of explain; exit status 13 when any
 *     predict compare LOG LOG                   the same of two boots
 *
 * OPTION: secure-boot, loader.
 */
#include "bundle/measure/predict.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "bundle/archive/image_file.h"
#include "bundle/measure/eventlog.h"
#include "bundle/measure/explain.h"
#include "resolver/base/heap.h"
#include "resolver/base/hex.h"
#include "resolver/source/file.h"

#define LOG_MAX ((size_t)1 << 20)

static enum err_code predict(char **arguments, struct arena *arena, struct pcr_record *record,
                             struct err *err)
{
    int fd = open(arguments[0], O_RDONLY | O_CLOEXEC);
    struct predict_options options = {.bank = BANK_SHA256};
    struct prediction prediction;
    struct image disk;

    for (char **word = arguments + 1; *word; word++) {
        options.is_secure_boot |= strcmp(*word, "secure-boot") == 0;
        options.has_loader |= strcmp(*word, "loader") == 0;
    }
    if (image_of_file(&fd, &disk, err) || predict_disk(&disk, &options, arena, &prediction, err))
        return err->code;
    *record = prediction.record;
    return ERR_OK;
}

static enum err_code read_log(const char *path, struct arena *arena, struct pcr_record *record,
                              struct err *err)
{
    struct slice bytes;

    if (file_read(path, LOG_MAX, arena, &bytes, err))
        return err->code;
    return eventlog_parse(bytes, BANK_SHA256, arena, record, err);
}

static void print_registers(const struct pcr_record *record)
{
    static const unsigned shown[] = {4, 9, 11, 12};

    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        const struct pcr_register *pcr = &record->registers[shown[i]];
        char hex[2 * BANK_SIZE_MAX + 1];

        hex_encode(pcr->value, bank_size(BANK_SHA256), hex);
        printf("%u %s\n", shown[i], pcr->state == PCR_NOT_DERIVABLE ? "?" : hex);
    }
}

static enum err_code print_reasons(const struct pcr_record *a, const struct pcr_record *b,
                                   struct err *err)
{
    struct explain_side first = {"the first", a}, second = {"the second", b};
    static char text[65536];
    unsigned compared;
    struct buf out;
    enum err_code rc;

    buf_init_fixed(&out, text, sizeof text);
    rc = explain(&first, &second, &out, &compared, err);
    printf("%.*s", (int)buf_slice(&out).len, text);
    return rc;
}

static enum err_code run(char **arguments, struct arena *arena, struct err *err)
{
    struct pcr_record a, b;

    if (strcmp(arguments[0], "registers") == 0) {
        if (predict(arguments + 1, arena, &a, err))
            return err->code;
        print_registers(&a);
        return ERR_OK;
    }
    if (read_log(arguments[1], arena, &a, err))
        return err->code;
    if (strcmp(arguments[0], "explain") == 0 ? predict(arguments + 2, arena, &b, err)
                                             : read_log(arguments[2], arena, &b, err))
        return err->code;
    return print_reasons(&a, &b, err);
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct err err = {0};
    enum err_code rc;

    if (argc < 3)
        return err_exit_status(ERR_USAGE);
    arena_init_heap(&arena, (size_t)8 << 20);
    rc = run(argv + 1, &arena, &err);
    arena_clear(&arena);
    if (rc)
        fprintf(stderr, "predict: %s\n", err.msg);
    return err_exit_status(rc);
}

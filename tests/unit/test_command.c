#include "bundle/publish/command.h"

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

static struct arena arena;

TEST(command_is_put_together)
{
    struct command command = {0};
    struct err err = {0};

    arena_init_heap(&arena, 4096);
    command_begin(&command, WORDS("compute", "images"), &err);
    command_option(&command, "--project", "p", &arena, &err);
    command_option(&command, "--family", NULL, &arena, &err);
    command_add(&command, "--format=json", &err);
    CHECK(err.code == ERR_OK && command.count == 5);
    CHECK_TEXT("gcloud", slice_text(command.words[0]));
    CHECK_TEXT("images", slice_text(command.words[2]));
    CHECK_TEXT("--project=p", slice_text(command.words[3]));
    CHECK_TEXT("--format=json", slice_text(command.words[4]));
    CHECK(!command.words[5]);
    arena_clear(&arena);
}

TEST(command_loses_no_word_silently)
{
    struct command command = {0};
    struct err err = {0};

    for (int i = 0; i < COMMAND_WORDS_MAX - 1; i++)
        command_add(&command, "word", &err);
    CHECK(err.code == ERR_OK && !command.words[COMMAND_WORDS_MAX - 1]);
    command_add(&command, "--shielded-vtpm", &err);
    CHECK_ERR(ERR_BUG, "more than 63 words", err.code, err);
    CHECK(!command.words[COMMAND_WORDS_MAX - 1]);
}

TEST(command_keeps_its_error)
{
    struct command command = {0};
    struct err err = {0};

    arena_init_heap(&arena, 8);
    CHECK_TEXT("", slice_text(JOIN(&arena, &err, "gs://", "a-bucket", "/an-object")));
    CHECK(err.code == ERR_LIMIT);
    command_add(&command, "gcloud", &err);
    CHECK(err.code == ERR_LIMIT);
    arena_clear(&arena);
}

/* Lines on standard error: when, and in one write. */
#include "resolver/cli/say.h"

#include "tests/unit/session_world.h"

static struct session_world world;

static void check_said(const char *want)
{
    int before = session_world_listen(&world);

    say_warning(&world.invocation, "%s is %d", "a", 1);
    say_note(&world.invocation, "%s is %d", "b", 2);
    CHECK_TEXT(want, session_world_heard(&world, before));
}

TEST(say_follows_quiet_and_verbose)
{
    session_world_begin(&world);
    check_said("sealift: warning: a is 1\n");
    world.invocation.given[OPT_VERBOSE] = 1;
    check_said("sealift: warning: a is 1\nsealift: b is 2\n");
    world.invocation.given[OPT_QUIET] = 1;
    check_said("sealift: b is 2\n");
    world.invocation.given[OPT_VERBOSE] = 0;
    world.invocation.program = "sealift-resolver";
    check_said("");
    session_world_end(&world);
}

/* Whatever the program was called as, and however long what it says is. */
TEST(say_cuts_what_is_long)
{
    static char text[2 * ERR_MESSAGE_MAX + 1], program[5000];
    struct slice heard;
    int before;

    session_world_begin(&world);
    memset(text, 't', sizeof text - 1);
    memset(program, 'p', sizeof program - 1);
    world.invocation.program = program;
    before = session_world_listen(&world);
    say_warning(&world.invocation, "%s", text);
    heard = session_world_heard(&world, before);
    CHECK(slice_begins(heard, "pppp") && slice_ends(heard, "ttt\n"));
    CHECK(memmem(heard.ptr, heard.len, "p: warning: t", 13) && heard.len < 2 * sizeof text);
    session_world_end(&world);
}

TEST(say_line_and_bytes_as_they_are)
{
    int before;

    session_world_begin(&world);
    world.invocation.given[OPT_QUIET] = 1;
    before = session_world_listen(&world);
    say_line(&world.invocation, "kind: ", "100% of %s");
    say_bytes(SLICE("bytes\n"));
    CHECK_TEXT("sealift: kind: 100% of %s\nbytes\n", session_world_heard(&world, before));
    session_world_end(&world);
}

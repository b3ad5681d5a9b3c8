#include <stdio.h>
#include <string.h>

#include "resolver/core/choices.h"
#include "tests/unit/test.h"

static void check_text(const struct choices *choices, const char *want)
{
    char have[CHOICES_TEXT_MAX];

    memset(have, 'x', sizeof have);
    choices_text(choices, have);
    CHECK_TEXT(want, slice_text(have));
}

TEST(choices_say_none)
{
    struct choices choices = {0};

    check_text(&choices, "none");
}

TEST(choices_are_sorted_and_stand_once)
{
    struct choices choices = {0};

    choices_add(&choices, SLICE("us-east-1"));
    check_text(&choices, "us-east-1");
    choices_add(&choices, SLICE("eu-west-1"));
    choices_add(&choices, SLICE("us-east-1"));
    choices_add(&choices, SLICE("eu-west-1"));
    choices_add(&choices, SLICE("us-east-10"));
    choices_add(&choices, SLICE("ap-south-1"));
    CHECK_NUMBER(4, choices.total);
    check_text(&choices, "ap-south-1, eu-west-1, us-east-1, us-east-10");
}

TEST(choices_escape_what_terminals_obey)
{
    struct choices choices = {0};

    choices_add(&choices, SLICE("a\033[2Jb"));
    check_text(&choices, "a\\x1b[2Jb");
}

/* Texts "00", "01", ... in an order that begins with the largest or the smallest. */
static void add_numbers(struct choices *choices, char texts[][12], int count, bool backwards)
{
    for (int i = 0; i < count; i++) {
        int number = backwards ? count - 1 - i : i;

        snprintf(texts[number], sizeof texts[number], "%02d", number);
        choices_add(choices, slice_text(texts[number]));
    }
}

#define TEXT_32                                                                                \
    "00, 01, 02, 03, 04, 05, 06, 07, 08, 09, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, " \
    "22, 23, 24, 25, 26, 27, 28, 29, 30, 31"

TEST(choices_show_32_whatever_their_order)
{
    char texts[40][12];
    struct choices up = {0}, down = {0};

    add_numbers(&up, texts, 32, false);
    check_text(&up, TEXT_32);
    add_numbers(&down, texts, 32, true);
    check_text(&down, TEXT_32);
    CHECK_NUMBER(32, up.total);
    CHECK_NUMBER(32, down.total);
}

TEST(choices_above_32_keep_the_smallest)
{
    char texts[40][12];
    struct choices up = {0}, down = {0};

    add_numbers(&up, texts, 33, false);
    check_text(&up, TEXT_32 " and more");
    add_numbers(&down, texts, 40, true);
    check_text(&down, TEXT_32 " and more");
}

TEST(choices_that_repeat_above_32_are_not_counted_as_more)
{
    char texts[40][12];
    struct choices choices = {0};

    for (int i = 0; i < 1000; i++)
        add_numbers(&choices, texts, 33, i % 2);
    check_text(&choices, TEXT_32 " and more");
}

TEST(choices_with_no_room_say_how_many_more)
{
    char texts[4][101], want[CHOICES_TEXT_MAX], have[CHOICES_TEXT_MAX];
    struct choices choices = {0};

    for (int i = 0; i < 4; i++) {
        memset(texts[i], 'a' + i, 100);
        texts[i][100] = '\0';
        choices_add(&choices, slice_text(texts[i]));
    }
    choices_text(&choices, have);
    snprintf(want, sizeof want, "%s, %s and 2 more", texts[0], texts[1]);
    CHECK_TEXT(want, slice_text(have));
}

TEST(choices_fit_whatever_stands_in_them)
{
    char long_text[5000], have[CHOICES_TEXT_MAX];
    struct choices choices = {0};

    memset(long_text, '\x01', sizeof long_text);
    for (size_t i = 1; i <= CHOICES_MAX + 1; i++)
        choices_add(&choices, slice_of(long_text, i * 100));
    choices_text(&choices, have);
    CHECK(strlen(have) < CHOICES_TEXT_MAX);
    CHECK(slice_ends(slice_text(have), "... and more"));
}

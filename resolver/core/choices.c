#include "resolver/core/choices.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/quote.h"

void choices_add(struct choices *choices, struct slice text)
{
    size_t at = 0;

    while (at < choices->shown && slice_compare(choices->first[at], text) < 0)
        at++;
    if (at < choices->shown && slice_equal(choices->first[at], text))
        return;
    choices->total++;
    if (at == CHOICES_MAX)
        return;
    if (choices->shown < CHOICES_MAX)
        choices->shown++;
    memmove(&choices->first[at + 1], &choices->first[at],
            (choices->shown - 1 - at) * sizeof choices->first[0]);
    choices->first[at] = text;
}

void choices_text(const struct choices *choices, char out[CHOICES_TEXT_MAX])
{
    const size_t tail = sizeof " and 18446744073709551615 more";
    size_t used = 0, i;

    snprintf(out, CHOICES_TEXT_MAX, "none");
    for (i = 0; i < choices->shown; i++) {
        struct quoted text = quote_bare(choices->first[i]);
        size_t len = strlen(text.text) + (i ? 2 : 0);

        if (used + len + tail > CHOICES_TEXT_MAX)
            break;
        snprintf(out + used, CHOICES_TEXT_MAX - used, "%s%s", i ? ", " : "", text.text);
        used += len;
    }
    if (choices->total > CHOICES_MAX)
        snprintf(out + used, CHOICES_TEXT_MAX - used, " and more");
    else if (i < choices->total)
        snprintf(out + used, CHOICES_TEXT_MAX - used, " and %zu more", choices->total - i);
}

/* SPDX-License-Identifier: MIT
 *
 * The embedded script; see script.h.
 */
#include "report/script.h"

#include "report/data.h"
#include "report/figure.h"
#include "report/packed.h"

/* The assembler takes the files in as they are, which C has no words for. */
#define EMBED(name, file)                                                                          \
    __asm__(".pushsection .rodata\n"                                                               \
            ".global " #name "\n.global " #name "_end\n" #name ":\n"                               \
            ".incbin \"" HEAPMARK_PAGE_FOLDER "/" file "\"\n" #name "_end:\n"                      \
            ".byte 0\n.popsection\n");                                                             \
    extern const char name[] __attribute__((visibility("hidden")));                                \
    extern const char name##_end[] __attribute__((visibility("hidden")))

EMBED(heapmark_page_packed, "page.packed");
EMBED(heapmark_page_loader, "loader.min.js");
EMBED(heapmark_page_policy, "policy");

#define APPEND(page, name) text_append_bytes(page, name, (size_t)(name##_end - name))

bool script_is_there(void)
{
    return &heapmark_page_packed_end[0] != &heapmark_page_packed[0];
}

void script_append_policy(struct text *page)
{
    APPEND(page, heapmark_page_policy);
}

void script_append(const struct summary *summary, const struct figures *figures, struct text *page)
{
    struct text data = {0};
    data_append(summary, figures->charts, &data);
    text_append(page, "<script type=\"text/plain\" id=\"packed-data\">");
    packed_append(text_chars(&data), data.length, page);
    text_append(page, "</script>\n<script type=\"text/plain\" id=\"packed-script\">");
    APPEND(page, heapmark_page_packed);
    text_append(page, "</script>\n<script>");
    APPEND(page, heapmark_page_loader);
    text_append(page, "</script>\n");
    text_free(&data);
}

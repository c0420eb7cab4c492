/* SPDX-License-Identifier: MIT
 *
 * The charts of a run as files: drawn by gnuplot, each named after its title.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "report/deliver.h"
#include "report/figure.h"
#include "report/report.h"

#define DRAWING_LIMIT_NS UINT64_C(20000000000)

/* 440 pixels are a column of a paper, 880 both and what lies between them. */
enum { WIDE = 880, PANEL = 440, MOST_NAME_BYTES = 80 };

struct export
{
    const char *folder;
    enum gnuplot_format format;
    struct text_list *paths;
    struct error *error;
    bool failed;
};

/* Letters and digits of ASCII, in lower case; of whatever else lies between them a hyphen. */
static void append_slug(struct text *slug, const char *title)
{
    size_t before = slug->length;
    bool gap = false;
    for (; *title != '\0' && slug->length - before < MOST_NAME_BYTES; title++) {
        bool plain = (unsigned char)*title < 0x80 && isalnum((unsigned char)*title);
        char lower = (char)tolower((unsigned char)*title);
        if (plain && gap && slug->length > before)
            text_append(slug, "-");
        if (plain)
            text_append_bytes(slug, &lower, 1);
        gap = !plain;
    }
    if (slug->length == before)
        text_append(slug, "chart");
}

static bool is_taken(const struct text_list *paths, const char *path)
{
    for (size_t i = 0; i < paths->count; i++)
        if (strcmp(paths->items[i], path) == 0)
            return true;
    return false;
}

/* FOLDER/SLUG.svg, or FOLDER/SLUG-2.svg where a chart before it is called so too. */
static void append_path(struct text *path, const struct export *export, const struct chart *chart)
{
    struct text title = {0}, slug = {0};
    chart_append_title(chart, &title);
    append_slug(&slug, text_chars(&title));
    for (size_t number = 1; path->length == 0 || is_taken(export->paths, text_chars(path));
         number++) {
        text_free(path);
        text_format(path, "%s/%s", export->folder, text_chars(&slug));
        if (number > 1)
            text_format(path, "-%zu", number);
        text_format(path, ".%s", gnuplot_format_words[export->format]);
    }
    text_free(&title);
    text_free(&slug);
}

static bool draw(const struct export *export, const struct chart *chart, bool is_panel,
                 struct text *picture)
{
    const struct gnuplot_picture wanted = {export->format, is_panel ? PANEL : WIDE, true};
    struct text script = {0};
    bool missing;
    gnuplot_script(chart, &wanted, &script);
    bool good =
        gnuplot_run(text_chars(&script), DRAWING_LIMIT_NS, picture, &missing, export->error);
    text_free(&script);
    return good;
}

/* After a failure nothing more is drawn: it would fail again. */
static void take(void *taker, const struct chart *chart, bool is_panel)
{
    struct export *export = taker;
    struct text path = {0}, picture = {0};
    if (export->failed)
        return;
    append_path(&path, export, chart);
    char *target = deliver_find_target(text_chars(&path), "chart", export->error);
    export->failed = target == NULL || !draw(export, chart, is_panel, &picture) ||
                     !deliver_replace(target, &picture, text_chars(&path), "chart", export->error);
    if (!export->failed)
        text_list_add(export->paths, text_chars(&path));
    free(target);
    text_free(&path);
    text_free(&picture);
}

static bool make_folder(const char *folder, struct error *error)
{
    if (files_make_folder(folder))
        return true;
    if (errno == ENOTDIR && access(folder, F_OK) == 0)
        return error_user(error, "cannot write charts into '%s': it is no folder", folder);
    return errno == ENOSPC || errno == EIO
               ? error_system(error, "cannot make the folder '%s': %m", folder)
               : error_user(error, "cannot make the folder '%s' for the charts: %m", folder);
}

bool report_write_charts(const struct report_request *request, const char *folder,
                         enum gnuplot_format format, struct text_list *paths, struct error *error)
{
    struct export export = {.folder = folder, .format = format, .paths = paths, .error = error};
    if (!report_visit_charts(request, NULL, NULL, error) || !make_folder(folder, error) ||
        !report_visit_charts(request, take, &export, error))
        return false;
    return !export.failed &&
           (paths->count > 0 || error_user(error, "there is nothing to draw: no trial of the run "
                                                  "tells a figure that a chart shows"));
}

/* Text to pages: lines.py and layout.PageBuilder in one pass over a window of cells. */
#include "kernel.h"

#include <stdlib.h>

typedef struct {
    int64_t ink_end, end, width;
    int first, last, wrapped;
} Raw;

enum { LINE, TOO_SOON, TOO_NARROW };

/* Flags of characters between which no line breaks. */
enum { PLAIN = CONTEXT | NO_START | NO_END };

/* Whether a line may break between two characters with these flags. */
static int may_break(int32_t here, int32_t before, int is_start) {
    if (here & HANGS) return 1;
    return !is_start && ((here | before) & IDEOGRAPH || before & BREAK_AFTER) && !(here & NO_START) && !(before & NO_END);
}

/* lines._Window.line, without its arrays: a line is scanned until it is full. */
static int next_line(const int32_t *numbers, int64_t n, int is_last, const Cells *cells, const Geometry *geometry, int64_t start, int first,
                     Raw *line) {
    const int32_t *flags = cells->flags;
    const int64_t *advance = cells->advance;
    const int64_t room = first ? geometry->first_room : geometry->other_room;
    const int breaks = (int)geometry->breaks;
    /* What is drawn ends before white space: the place after the last other character, and the pen there; the same at the last place where
       the line may break. */
    int64_t pen = 0, at = start, ink_end = start, width = 0, candidate = start, candidate_ink_end = start, candidate_width = 0;
    int32_t before = 0;
    for (; at < n; at++) {
        int32_t cell = numbers[at], flag = flags[cell];
        if ((flag & ~PLAIN) == INK && !(before & (BREAK_AFTER | IDEOGRAPH))) {
            /* A stretch of plain characters: no line may break within it, and all of it is drawn. */
            int64_t next = pen + advance[cell], from = at;
            while (next <= room) {
                pen = next;
                if (++at == n || (flags[cell = numbers[at]] & ~PLAIN) != INK) break;
                next = pen + advance[cell];
            }
            if (at > from) {
                ink_end = at;
                width = pen;
                before = flags[numbers[at - 1]];
            }
            if (next > room || at == n) break;
            flag = flags[cell];
        }
        if (flag & NEWLINE && breaks) {
            *line = (Raw){ink_end, at + 1, width, first, 1, 0};
            return LINE;
        }
        if (may_break(flag, before, at == start)) {
            candidate = at;
            candidate_ink_end = ink_end;
            candidate_width = width;
        }
        int64_t step = flag & TAB ? geometry->tab - pen % geometry->tab : advance[cell];
        if (pen + step > room) break;
        pen += step;
        before = flag;
        if (!(flag & HANGS)) {
            ink_end = at + 1;
            width = pen;
        }
    }
    if (at == n) {
        *line = (Raw){ink_end, n, width, first, 0, 0};
        return is_last ? LINE : TOO_SOON;
    }
    if (candidate == start) {
        *line = (Raw){ink_end, at, width, first, 0, 1};
        return at == start ? TOO_NARROW : LINE;
    }
    int64_t end = candidate;
    while (end < n && flags[numbers[end]] & HANGS) end++;
    if (end == n && !is_last) return TOO_SOON;
    if (end < n && end > candidate && breaks && flags[numbers[end]] & NEWLINE)
        *line = (Raw){candidate_ink_end, end + 1, candidate_width, first, 1, 0};
    else
        *line = (Raw){candidate_ink_end, end, candidate_width, first, 0, end < n || !is_last};
    return LINE;
}

/* layout.PageBuilder. */
typedef struct {
    const Cells *cells;
    const Geometry *geometry;
    const Column *columns;
    const int32_t *numbers;
    Layout *out;
    Line *lines; /* of this page */
    int64_t n_lines, start, n_chars, y, column, paragraph_top, right, first_rect;
} Builder;

static int64_t rounded(int64_t length) { return (length + ONE_PX / 2) >> 16; }

static int64_t clamped(int64_t x, int64_t limit) { return x < 0 ? 0 : x > limit ? limit : x; }

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t on_grid(int64_t side, int64_t grid) { return (side + grid - 1) / grid * grid; }

static void begin_page(Builder *page, int64_t start, int64_t n_lines_before) {
    page->lines = page->out->lines + n_lines_before;
    page->n_lines = page->n_chars = page->column = page->right = 0;
    page->start = start;
    page->y = page->geometry->top;
    page->paragraph_top = -1;
    page->first_rect = page->out->n_rects;
}

static void add_rect(Builder *page, int64_t x0, int64_t y0, int64_t x1, int64_t y1, int64_t role) {
    Layout *out = page->out;
    if (out->n_rects == out->max_rects) {
        int64_t more = out->max_rects ? 2 * out->max_rects : 64;
        Rect *rects = realloc(out->rects, (size_t)more * sizeof(Rect));
        if (!rects) {
            out->no_memory = 1;
            return;
        }
        out->rects = rects;
        out->max_rects = more;
    }
    int64_t height = page->geometry->height_px;
    out->rects[out->n_rects++] = (Rect){x0, clamped(y0, height), x1, clamped(y1, height), role};
}

static void close_paragraph(Builder *page) {
    const Geometry *geometry = page->geometry;
    int64_t top = page->paragraph_top;
    page->paragraph_top = -1;
    if (top < 0 || !geometry->fills) return;
    const Column *column = page->columns + page->column;
    int64_t y0 = rounded(top - geometry->pad), y1 = rounded(page->y + geometry->pad);
    if (geometry->frames)
        add_rect(page, column->frame_x0, y0 - geometry->frame_px, column->frame_x1, y1 + geometry->frame_px, 0);
    add_rect(page, column->fill_x0, y0, column->fill_x1, y1, 1);
}

static int64_t space_before(const Builder *page, const Raw *line) {
    return page->y == page->geometry->top || !line->first ? 0 : page->geometry->before;
}

static int has_room(Builder *page, const Raw *line) {
    const Geometry *geometry = page->geometry;
    if (page->y + space_before(page, line) + geometry->pitch <= geometry->bottom) return 1;
    if (page->column + 1 < geometry->n_columns) {
        close_paragraph(page);
        page->column++;
        page->y = geometry->top;
        return 1;
    }
    return 0;
}

static int64_t slack_of(const Builder *page, int64_t start, const Raw *raw, int64_t room) {
    int32_t all = 0;
    for (int64_t i = start; i < raw->ink_end; i++) all |= page->cells->flags[page->numbers[i]];
    return all & TAB || !(all & HANGS) ? 0 : room;
}

/* layout._MIRRORED, in the order of geometry.ALIGNMENTS: left, right, center, justify. */
static const int64_t mirrored[] = {1, 0, 2, 1};

static void add_line(Builder *page, const Raw *raw) {
    const Geometry *geometry = page->geometry;
    const Column *column = page->columns + page->column;
    page->y += space_before(page, raw);
    if (page->paragraph_top < 0) page->paragraph_top = page->y;
    int64_t free_width = (raw->first ? geometry->first_room : geometry->other_room) - raw->width;
    int64_t left = raw->first ? column->first : column->other, slack = 0, start = page->start + page->n_chars;
    int64_t alignment = geometry->alignment;
    if (page->cells->flags[page->numbers[start]] & RTL) {
        left = smaller(column->first, column->other);
        if (alignment != 3 || !raw->wrapped) alignment = mirrored[alignment];
    }
    if (alignment == 1) left += free_width;
    if (alignment == 2) left += free_width >> 1;
    if (alignment == 3 && raw->wrapped) slack = slack_of(page, start, raw, free_width);
    Line *line = page->lines + page->n_lines++;
    line->start = page->n_chars;
    line->ink_end = raw->ink_end - page->start;
    line->end = page->n_chars = raw->end - page->start;
    line->left = left;
    line->right = left + raw->width + slack;
    line->slack = slack;
    line->top_px = rounded(page->y);
    line->bottom_px = rounded(page->y + geometry->pitch);
    line->baseline_px = rounded(page->y + geometry->to_baseline);
    page->y += geometry->pitch;
    if (raw->ink_end > start) page->right = larger(page->right, line->right);
    if (raw->last && geometry->breaks) {
        close_paragraph(page);
        page->y += geometry->after;
    }
}

static int end_page(Builder *page, int is_last, int next_first) {
    const Geometry *geometry = page->geometry;
    Layout *out = page->out;
    close_paragraph(page);
    if (out->no_memory) return 0;
    if (out->n_pages == out->max_pages) {
        int64_t more = out->max_pages ? 2 * out->max_pages : 64;
        PageRow *pages = realloc(out->pages, (size_t)more * sizeof(PageRow));
        if (!pages) {
            out->no_memory = 1;
            return 0;
        }
        out->pages = pages;
        out->max_pages = more;
    }
    int64_t n_bytes = 0, rect_x1 = 0, rect_y1 = 0;
    for (int64_t i = page->start; i < page->start + page->n_chars; i++) n_bytes += page->cells->n_bytes[page->numbers[i]];
    for (int64_t i = page->first_rect; i < out->n_rects; i++) {
        rect_x1 = larger(rect_x1, out->rects[i].x1);
        rect_y1 = larger(rect_y1, out->rects[i].y1);
    }
    int64_t width = geometry->width_px, height = geometry->height_px;
    if (geometry->crop_width && page->right)
        width = smaller(width, on_grid(larger((page->right + ONE_PX - 1) >> 16, rect_x1) + geometry->edge_x_px, geometry->crop_grid_px));
    if (geometry->crop_last_page && is_last && page->column == 0)
        height = smaller(height, on_grid(larger(page->lines[page->n_lines - 1].bottom_px, rect_y1) + geometry->edge_y_px, geometry->crop_grid_px));
    out->pages[out->n_pages++] = (PageRow){
        page->n_lines, page->n_chars, n_bytes, larger(1, width), larger(1, height), next_first, page->first_rect,
        out->n_rects - page->first_rect};
    return 1;
}

void lay_out(const int32_t *numbers, int64_t n, int is_last, int starts_paragraph, const Cells *cells, const Geometry *geometry,
             const Column *columns, Layout *out) {
    Builder page = {.cells = cells, .geometry = geometry, .columns = columns, .numbers = numbers, .out = out};
    int64_t at = 0, n_lines = 0;
    int first = starts_paragraph;
    out->too_narrow_at = -1;
    out->n_pages = out->n_rects = 0;
    out->is_full = out->no_memory = 0;
    begin_page(&page, 0, 0);
    while (at < n) {
        Raw raw;
        int found = next_line(numbers, n, is_last, cells, geometry, at, first, &raw);
        if (found == TOO_SOON) return;
        if (found == TOO_NARROW) {
            /* What came before is good, and is asked for first. */
            if (!out->n_pages) out->too_narrow_at = at;
            out->is_full = 1;
            return;
        }
        if (!has_room(&page, &raw)) {
            n_lines += page.n_lines;
            if (!end_page(&page, 0, raw.first)) return;
            begin_page(&page, at, n_lines);
        }
        if (n_lines + page.n_lines == out->max_lines) {
            out->is_full = 1;
            return;
        }
        add_line(&page, &raw);
        if (out->no_memory) return;
        first = raw.last;
        at = raw.end;
    }
    if (is_last && page.n_lines) end_page(&page, 1, 0);
}

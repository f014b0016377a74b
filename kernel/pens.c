/* layout.pens and boxes.reference: where characters stand. */
#include "kernel.h"

void line_pens(const int32_t *numbers, const Cells *cells, int64_t tab, const Line *line, int64_t *x) {
    const int32_t *flags = cells->flags;
    const int64_t *advance = cells->advance;
    int64_t pen = line->left, spaces = 0, rank = 0;
    if (line->slack)
        for (int64_t i = line->start; i < line->ink_end; i++) spaces += flags[numbers[i]] & HANGS;
    if (spaces) {
        /* Lines with slack have no tabs. */
        for (int64_t i = line->start; i < line->ink_end; i++) {
            x[i] = pen + line->slack * rank / spaces;
            rank += flags[numbers[i]] & HANGS;
            pen += advance[numbers[i]];
        }
    } else {
        for (int64_t i = line->start; i < line->ink_end; i++) {
            int32_t cell = numbers[i];
            x[i] = pen;
            pen += flags[cell] & TAB ? tab - (pen - line->left) % tab : advance[cell];
        }
    }
    for (int64_t i = line->ink_end; i < line->end; i++) x[i] = line->right;
}

static int32_t clamped(int64_t at, int64_t limit) { return (int32_t)(at < 0 ? 0 : at > limit ? limit : at); }

int char_boxes(const Sheet *sheet, int64_t *x, int32_t *boxes) {
    const int32_t *flags = sheet->cells.flags;
    for (const Line *line = sheet->lines; line < sheet->lines + sheet->n_lines; line++) {
        if (!is_line(line, sheet->n_numbers)) return BAD_INPUT;
        line_pens(sheet->numbers, &sheet->cells, sheet->tab, line, x);
        for (int64_t i = line->start; i < line->ink_end; i++) {
            int64_t after = i + 1 < line->ink_end ? x[i + 1] : line->right;
            int64_t x0 = x[i] >> 16, x1 = (after + ONE_PX - 1) >> 16, y0 = line->top_px, y1 = line->bottom_px;
            int32_t cell = sheet->numbers[i];
            if (flags[cell] & INK) {
                int64_t at = x[i] + ONE_PX / PHASES / 2;
                const Entry *entry = sheet->entries + (size_t)cell * PHASES + (at >> 14 & (PHASES - 1));
                if (entry->offset < 0) return GLYPHS_ABSENT;
                int64_t left = (at >> 16) + entry->left, top = line->baseline_px + entry->top;
                if (left < x0) x0 = left;
                if (left + entry->width > x1) x1 = left + entry->width;
                if (top < y0) y0 = top;
                if (top + entry->height > y1) y1 = top + entry->height;
            }
            boxes[4 * i] = clamped(x0, sheet->width);
            boxes[4 * i + 1] = clamped(y0, sheet->height);
            boxes[4 * i + 2] = clamped(x1, sheet->width);
            boxes[4 * i + 3] = clamped(y1, sheet->height);
        }
        for (int64_t i = 4 * line->ink_end; i < 4 * line->end; i++) boxes[i] = 0;
    }
    return PAINTED;
}

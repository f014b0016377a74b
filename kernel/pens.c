/* layout.edges and boxes.reference: where characters stand. */
#include "kernel.h"

void line_edges(const int32_t *numbers, const Cells *cells, int64_t tab, const Line *line, int64_t *x, int64_t *after, int64_t *scratch) {
    const int32_t *flags = cells->flags;
    const int64_t *advance = cells->advance;
    int64_t pen = line->left, spaces = 0, rank = 0;
    int32_t all = 0;
    if (line->slack)
        for (int64_t i = line->start; i < line->ink_end; i++) spaces += flags[numbers[i]] & HANGS;
    for (int64_t i = line->start; i < line->ink_end; i++) {
        int32_t cell = numbers[i], flag = flags[cell];
        all |= flag;
        /* Lines with slack have no tabs. */
        x[i] = spaces ? pen + line->slack * rank / spaces : pen;
        rank += flag & HANGS;
        pen += flag & TAB ? tab - (pen - line->left) % tab : advance[cell];
    }
    for (int64_t i = line->start; i + 1 < line->ink_end; i++) after[i] = x[i + 1];
    if (line->ink_end > line->start) after[line->ink_end - 1] = line->right;
    if (all & LEVEL) {
        /* Widths stay what they are where the order changes. */
        const int64_t n = line->ink_end - line->start;
        uint8_t *levels = (uint8_t *)(scratch + n);
        for (int64_t i = 0; i < n; i++) levels[i] = (uint8_t)((flags[numbers[line->start + i]] & LEVEL) >> LEVEL_SHIFT);
        bidi_order(levels, (size_t)n, scratch);
        pen = line->left;
        for (int64_t i = 0; i < n; i++) {
            int64_t at = line->start + scratch[i], width = after[at] - x[at];
            x[at] = pen;
            after[at] = pen += width;
        }
    }
    for (int64_t i = line->ink_end; i < line->end; i++) x[i] = after[i] = line->right;
}

static int32_t clamped(int64_t at, int64_t limit) { return (int32_t)(at < 0 ? 0 : at > limit ? limit : at); }

int char_boxes(const Sheet *sheet, int64_t *x, int32_t *boxes) {
    const int32_t *flags = sheet->cells.flags;
    int64_t *after = x + sheet->n_numbers, *scratch = after + sheet->n_numbers;
    for (const Line *line = sheet->lines; line < sheet->lines + sheet->n_lines; line++) {
        if (!is_line(line, sheet->n_numbers)) return BAD_INPUT;
        line_edges(sheet->numbers, &sheet->cells, sheet->tab, line, x, after, scratch);
        int64_t head = -1;
        for (int64_t i = line->start; i < line->ink_end; i++) {
            int64_t x0 = x[i] >> 16, x1 = (after[i] + ONE_PX - 1) >> 16, y0 = line->top_px, y1 = line->bottom_px;
            int32_t cell = sheet->numbers[i];
            if (flags[cell] & PART && head >= 0) {
                for (int side = 0; side < 4; side++) boxes[4 * i + side] = boxes[4 * head + side];
                continue;
            }
            if (flags[cell] & INK) {
                head = i;
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

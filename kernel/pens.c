/* layout.edges and boxes.reference: where characters stand. */
#include "kernel.h"

/* Rule L2 of UAX #9: the places of a line's characters from left to right, from order[line->start] on. */
static void order_of(const int32_t *numbers, const int32_t *flags, const Line *line, int64_t *order) {
    int32_t highest = 0, lowest_odd = LEVEL;
    for (int64_t i = line->start; i < line->ink_end; i++) {
        int32_t level = flags[numbers[i]] & LEVEL;
        if (level > highest) highest = level;
        if (level >> LEVEL_SHIFT & 1 && level < lowest_odd) lowest_odd = level;
        order[i] = i;
    }
    for (int32_t level = highest; level >= lowest_odd; level -= 1 << LEVEL_SHIFT)
        for (int64_t i = line->start, end; i < line->ink_end; i = end + 1) {
            for (end = i; end < line->ink_end && (flags[numbers[order[end]]] & LEVEL) >= level; end++) {}
            for (int64_t a = i, b = end - 1; a < b; a++, b--) {
                int64_t place = order[a];
                order[a] = order[b];
                order[b] = place;
            }
        }
}

void line_edges(const int32_t *numbers, const Cells *cells, int64_t tab, const Line *line, int64_t *x, int64_t *after, int64_t *order) {
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
        order_of(numbers, flags, line, order);
        pen = line->left;
        for (int64_t i = line->start; i < line->ink_end; i++) {
            int64_t at = order[i], width = after[at] - x[at];
            x[at] = pen;
            after[at] = pen += width;
        }
    }
    for (int64_t i = line->ink_end; i < line->end; i++) x[i] = after[i] = line->right;
}

static int32_t clamped(int64_t at, int64_t limit) { return (int32_t)(at < 0 ? 0 : at > limit ? limit : at); }

int char_boxes(const Sheet *sheet, int64_t *x, int32_t *boxes) {
    const int32_t *flags = sheet->cells.flags;
    int64_t *after = x + sheet->n_numbers, *order = after + sheet->n_numbers;
    for (const Line *line = sheet->lines; line < sheet->lines + sheet->n_lines; line++) {
        if (!is_line(line, sheet->n_numbers)) return BAD_INPUT;
        line_edges(sheet->numbers, &sheet->cells, sheet->tab, line, x, after, order);
        int64_t head = line->start;
        for (int64_t i = line->start; i < line->ink_end; i++) {
            int64_t x0 = x[i] >> 16, x1 = (after[i] + ONE_PX - 1) >> 16, y0 = line->top_px, y1 = line->bottom_px;
            int32_t cell = sheet->numbers[i];
            if (flags[cell] & PART && i > head) {
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

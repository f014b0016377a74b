/* layout.pens, for one line. */
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

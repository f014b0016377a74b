/* layout.pens, for one line. */
#include "kernel.h"

void line_pens(const int32_t *numbers, const Cells *cells, int64_t tab, const Line *line, int64_t *x) {
    const int32_t *flags = cells->flags;
    int64_t pen = line->left, spaces = 0, rank = 0;
    if (line->slack)
        for (int64_t i = line->start; i < line->ink_end; i++) spaces += flags[numbers[i]] & HANGS;
    for (int64_t i = line->start; i < line->ink_end; i++) {
        int32_t cell = numbers[i], flag = flags[cell];
        /* Lines with slack have no tabs, or they could not be told from those without. */
        x[i] = spaces ? pen + line->slack * rank / spaces : pen;
        rank += flag & HANGS;
        pen += flag & TAB ? tab - (pen - line->left) % tab : cells->advance[cell];
    }
    for (int64_t i = line->ink_end; i < line->end; i++) x[i] = line->right;
}

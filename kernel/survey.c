/* report.survey: what a page does not show as it stands. */
#include "kernel.h"

void survey(const int32_t *numbers, const int32_t *flags, const Line *lines, int64_t n_lines, Survey *out) {
    int64_t n_ink = 0, n_folded = 0, n_replaced = 0, last = -1;
    for (const Line *line = lines; line < lines + n_lines; line++)
        for (int64_t i = line->start; i < line->end; i++) {
            int32_t cell = numbers[i], flag = flags[cell];
            out->seen[cell] = 1;
            n_ink += (flag & INK) != 0;
            if (flag & FOLDED || (i >= line->ink_end && (flag & (NEWLINE | MARK)) != NEWLINE)) {
                if (i == last)
                    out->folded[n_folded - 1].second = i + 1;
                else
                    out->folded[n_folded++] = (Pair){i, i + 1};
                last = i + 1;
            }
            if (flag & (MISSING | SUBSTITUTED | UNSHAPED)) out->replaced[n_replaced++] = (Pair){i, cell};
        }
    out->n_ink = n_ink;
    out->n_folded = n_folded;
    out->n_replaced = n_replaced;
}

/* report.survey: what a page does not show as it stands. */
#include "kernel.h"

static void fold(Survey *out, int64_t at) {
    if (out->n_folded && out->folded[out->n_folded - 1].second == at)
        out->folded[out->n_folded - 1].second = at + 1;
    else
        out->folded[out->n_folded++] = (Pair){at, at + 1};
}

void survey(const int32_t *numbers, const int32_t *flags, const Line *lines, int64_t n_lines, int64_t at, Survey *out) {
    int64_t n_ink = 0;
    for (const Line *line = lines; line < lines + n_lines; line++) {
        for (int64_t i = at + line->start; i < at + line->ink_end; i++) {
            int32_t cell = numbers[i], flag = flags[cell];
            out->seen[cell] = 1;
            n_ink += (flag & (INK | PART)) != 0;
            if (!(flag & (FOLDED | MISSING | SUBSTITUTED))) continue;
            if (flag & FOLDED) fold(out, i);
            if (flag & (MISSING | SUBSTITUTED)) out->replaced[out->n_replaced++] = (Pair){i, cell};
        }
        for (int64_t i = at + line->ink_end; i < at + line->end; i++) {
            int32_t cell = numbers[i], flag = flags[cell];
            out->seen[cell] = 1;
            n_ink += (flag & (INK | PART)) != 0;
            if (flag & FOLDED || (flag & (NEWLINE | MARK)) != NEWLINE) fold(out, i);
            if (flag & (MISSING | SUBSTITUTED)) out->replaced[out->n_replaced++] = (Pair){i, cell};
        }
    }
    out->n_ink += n_ink;
}
